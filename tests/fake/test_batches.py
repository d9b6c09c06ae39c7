"""Batches: requests in a file, run against the fake itself."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from retape import Fake
from speaking import async_client, client

CHAT = "/v1/chat/completions"


def line(custom_id: str, url: str = CHAT, **body: Any) -> dict[str, Any]:
    told = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": custom_id}]} if url == CHAT else {}
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": told | body}


def started(api: openai.OpenAI, *lines: dict[str, Any] | str, endpoint: Any = CHAT, **more: Any) -> Any:
    """A batch of these lines."""
    data = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines).encode()
    file = api.files.create(file=("in.jsonl", data), purpose="batch")
    return api.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h", **more)


def looked_at(api: openai.OpenAI, batch: Any, times: int) -> Any:
    """The batch after someone looked so many times."""
    for _ in range(times):
        batch = api.batches.retrieve(batch.id)
    return batch


def rows(api: openai.OpenAI, file_id: str | None) -> list[dict[str, Any]]:
    assert file_id is not None
    return [json.loads(row) for row in api.files.content(file_id).text.splitlines()]


def test_a_batch_moves_on_each_time_someone_looks() -> None:
    api = client(Fake())
    batch = started(api, line("a"), line("b"), metadata={"job": "nightly"})
    seen = [(batch.status, batch.request_counts)]
    for _ in range(4):
        batch = api.batches.retrieve(batch.id)
        seen.append((batch.status, batch.request_counts))
    assert [status for status, _ in seen] == ["validating", "in_progress", "finalizing", "completed", "completed"]
    assert [(counts.total, counts.completed, counts.failed) for _, counts in seen] == [
        (0, 0, 0),
        (2, 0, 0),
        (2, 2, 0),
        (2, 2, 0),
        (2, 2, 0),
    ]
    assert (batch.metadata, batch.error_file_id) == ({"job": "nightly"}, None)


def test_each_line_gets_the_answer_that_it_would_have_got_by_itself() -> None:
    api = client(Fake())
    batch = looked_at(api, started(api, line("say 'one'"), line("say 'two'")), 3)
    answers = rows(api, batch.output_file_id)
    assert [row["custom_id"] for row in answers] == ["say 'one'", "say 'two'"]
    assert [row["response"]["body"]["choices"][0]["message"]["content"] for row in answers] == ["one", "two"]
    assert {row["response"]["status_code"] for row in answers} == {200}
    assert all(row["error"] is None and row["id"].startswith("batch_req_") for row in answers)
    usage = [row["response"]["body"]["usage"] for row in answers]
    assert batch.to_dict()["usage"]["total_tokens"] == sum(each["total_tokens"] for each in usage)


def test_what_is_refused_goes_into_the_error_file() -> None:
    api = client(Fake())
    batch = looked_at(api, started(api, line("good"), line("bad", messages=[{"role": "fake", "content": "x"}])), 3)
    assert (batch.request_counts.completed, batch.request_counts.failed) == (1, 1)
    (row,) = rows(api, batch.error_file_id)
    assert (row["custom_id"], row["response"]["status_code"], row["error"]) == ("bad", 400, None)
    assert row["response"]["body"]["error"]["param"] == "messages[0].role"


def test_the_script_answers_a_batch_too() -> None:
    fake = Fake()
    fake.on(contains="planet").reply("Jupiter")
    api = client(fake)
    batch = looked_at(api, started(api, line("planet"), line("other")), 3)
    said = [row["response"]["body"]["choices"][0]["message"]["content"] for row in rows(api, batch.output_file_id)]
    assert said[0] == "Jupiter"
    assert said[1] != "Jupiter"


@pytest.mark.parametrize("fault", ["reset", "timeout"])
def test_a_request_that_gets_no_answer_is_an_error_of_its_own(fault: str) -> None:
    fake = Fake()
    fake.on(contains="planet").fail(fault)
    api = client(fake)
    batch = looked_at(api, started(api, line("planet"), line("other")), 3)
    (row,) = rows(api, batch.error_file_id)
    assert (row["custom_id"], row["response"], row["error"]["code"]) == ("planet", None, "request_failed")
    assert (batch.request_counts.completed, batch.request_counts.failed) == (1, 1)


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "hi"}),
        ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "hi"}),
        ("/v1/moderations", {"model": "omni-moderation-latest", "input": "hi"}),
        ("/v1/responses", {"model": "gpt-4o-mini", "input": "hi"}),
        ("/v1/images/generations", {"model": "gpt-image-1", "prompt": "hi"}),
    ],
)
def test_batches_run_on_other_endpoints(endpoint: str, body: dict[str, Any]) -> None:
    api = client(Fake())
    batch = looked_at(api, started(api, line("a", endpoint, **body), endpoint=endpoint), 3)
    assert (batch.status, batch.request_counts.completed, batch.model) == ("completed", 1, body["model"])


GOOD = json.dumps(line("a"))


@pytest.mark.parametrize(
    ("lines", "code", "number", "param", "said"),
    [
        (["{no json", GOOD], "invalid_json_line", 1, None, "not parseable as valid JSON"),
        ([GOOD, "{no json"], "invalid_json_line", 2, None, "not parseable as valid JSON"),
        ([GOOD, "[1]"], "invalid_json_line", 2, None, "not parseable as valid JSON"),
        (["\ufeff" + GOOD], "invalid_json_line", 1, None, "not parseable as valid JSON"),
        ([{"method": "POST", "url": CHAT, "body": {}}], "missing_required_parameter", 1, "custom_id", "'custom_id'"),
        ([GOOD, {"custom_id": "b", "url": CHAT, "body": {}}], "missing_required_parameter", 2, "method", "'method'"),
        ([line("a"), line("a")], "duplicate_custom_id", 2, "custom_id", "duplicate of another request"),
        ([line("a") | {"url": "/v1/embeddings"}], "invalid_url", 1, "url", "does not match the batch endpoint"),
        ([line("a") | {"method": "GET"}], "invalid_method", 1, "method", "POST"),
        ([line("a", model="gpt-none")], "model_not_found", 1, "body.model", "'gpt-none' is not supported by the Batch"),
        ([line("a", model=None)], "invalid_request", 1, "body.model", "Model parameter is required."),
        ([line("a"), line("b", model="gpt-4o")], "mismatched_model", 2, "body.model", "single model"),
        ([line("a", stream=True)], "streaming_unsupported", 1, "body.stream", "Chat Completions: Streaming is not"),
        ([line("a") | {"custom_id": 7}], "invalid_type", 1, "custom_id", "expected a string"),
        ([line("a") | {"body": "x"}], "invalid_type", 1, "body", "expected an object"),
    ],
)
def test_a_batch_of_which_a_line_is_wrong_fails_and_says_where(
    lines: list[Any], code: str, number: int, param: str | None, said: str
) -> None:
    api = client(Fake())
    batch = looked_at(api, started(api, *lines), 1)
    assert (batch.status, batch.output_file_id) == ("failed", None)
    (error,) = batch.errors.data
    assert (error.code, error.line, error.param) == (code, number, param)
    assert said in error.message
    assert looked_at(api, batch, 1) == batch


def test_what_an_endpoint_needs_is_named() -> None:
    api = client(Fake())
    lines = line("a", messages=None), line("b", "/v1/chat/completions")
    del lines[0]["body"]["messages"]
    batch = looked_at(api, started(api, *lines), 1)
    assert [(error.message, error.param, error.line) for error in batch.errors.data] == [
        ("Messages parameter is required.", "body.messages", 1)
    ]


def test_a_batch_has_no_more_requests_than_the_api_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retape.handlers.fake.batch_input.MOST", 2)
    api = client(Fake())
    batch = looked_at(api, started(api, line("a"), line("b"), line("c")), 1)
    assert (batch.status, batch.errors.data[0].code) == ("failed", "too_many_tasks")


def test_a_file_that_does_not_exist_fails_the_batch_and_not_the_request() -> None:
    api = client(Fake())
    batch = api.batches.create(input_file_id="file-none", endpoint=CHAT, completion_window="24h")
    assert batch.status == "validating"
    batch = api.batches.retrieve(batch.id)
    assert batch.errors is not None
    assert batch.errors.data is not None
    error = batch.errors.data[0]
    assert (batch.status, error.code, error.param) == ("failed", "invalid_request", "file_id")
    assert "Cannot find file file-none" in str(error.message)


def test_a_batch_can_be_cancelled_until_it_ended() -> None:
    api = client(Fake())
    batch = started(api, line("a"))
    assert api.batches.cancel(batch.id).status == "cancelling"
    assert api.batches.retrieve(batch.id).status == "cancelled"
    assert api.batches.cancel(batch.id).status == "cancelled"
    done = looked_at(api, started(api, line("b")), 3)
    with pytest.raises(openai.ConflictError, match="Cannot cancel a batch with status 'completed'"):
        api.batches.cancel(done.id)


@pytest.mark.parametrize("act", ["retrieve", "cancel"])
def test_a_batch_that_does_not_exist_is_refused(act: str) -> None:
    with pytest.raises(openai.NotFoundError, match="No batch found with id 'batch_x'"):
        getattr(client(Fake()).batches, act)("batch_x")


def test_listing_moves_nothing() -> None:
    api = client(Fake())
    made = [started(api, line(str(i))).id for i in range(3)]
    assert [batch.id for batch in api.batches.list(limit=2)] == made[::-1]
    assert {batch.status for batch in api.batches.list()} == {"validating"}


def test_output_expires_when_it_was_told_to() -> None:
    api = client(Fake())
    wish = {"anchor": "created_at", "seconds": 3600}
    batch = looked_at(api, started(api, line("a"), extra_body={"output_expires_after": wish}), 3)
    assert api.files.retrieve(batch.output_file_id).expires_at == batch.created_at + 3600


@pytest.mark.anyio
async def test_the_asynchronous_client_runs_a_batch() -> None:
    api = async_client(Fake())
    file = await api.files.create(file=("in.jsonl", GOOD.encode()), purpose="batch")
    batch = await api.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
    for _ in range(3):
        batch = await api.batches.retrieve(batch.id)
    assert batch.status == "completed"
