"""What was really sent, and assertions about it."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from retape import Fake, Request, Sent, UsageError
from retape.handlers.fake.script.matchers import MATCHERS
from speaking import client

MODEL = "gpt-4o-mini"
WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}
CALLED = {
    "role": "assistant",
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}


def ask(fake: Fake, text: str = "Name a planet.", **options: Any) -> None:
    options = {"model": MODEL, "messages": [{"role": "user", "content": text}]} | options
    client(fake).chat.completions.create(**options)


def test_a_chat_request_is_kept_as_it_was_sent() -> None:
    fake = Fake()
    rule = fake.on().reply("Earth")
    messages: list[Any] = [
        {"role": "system", "content": "Be terse."},
        {"role": "developer", "content": "Really."},
        {"role": "user", "content": "Name a planet."},
        CALLED,
        RESULT,
    ]
    ask(fake, messages=messages, tools=[WEATHER], extra_headers={"X-Run": "7"})
    sent = fake.requests.only
    assert (sent.endpoint, sent.method, sent.path) == ("chat.completions.create", "POST", "/v1/chat/completions")
    assert sent.url == "https://api.openai.com/v1/chat/completions"
    assert (sent.headers["x-run"], sent.headers["X-RUN"], "x-none" in sent.headers) == ("7", "7", False)
    assert sent.body == sent.request.json() == {"model": MODEL, "messages": messages, "tools": [WEATHER]}
    assert sent.raw == sent.request.body
    assert (sent.model, sent.messages, sent.input) == (MODEL, messages, None)
    assert (sent.text, sent.system) == ("Name a planet.", "Be terse.\nReally.")
    assert (sent.tools, sent.tool_results) == (("get_weather",), (("get_weather", "sunny"),))
    assert (sent.tool_results[0].tool, sent.turn, sent.images) == ("get_weather", 2, 0)
    assert (sent.stream, sent.previous_response_id) == (False, None)
    assert (sent.status, sent.rule) == (200, rule)
    assert sent.request_id.startswith("req_")


def test_a_response_brings_the_conversation_that_it_goes_on_from() -> None:
    fake = Fake()
    first = client(fake).responses.create(model=MODEL, input="Hi", instructions="Be terse.")
    client(fake).responses.create(model=MODEL, input="And?", previous_response_id=first.id)
    begun, last = fake.requests
    assert (begun.text, begun.system, begun.turn, begun.input) == ("Hi", "Be terse.", 1, "Hi")
    assert (last.text, last.turn, last.previous_response_id) == ("And?", 2, first.id)
    assert [turn.role for turn in last.turns] == ["user", "assistant", "user"]


def test_the_request_id_is_the_answers() -> None:
    fake = Fake()
    raw = client(fake).models.with_raw_response.list()
    assert fake.requests.last.request_id == raw.headers["x-request-id"]
    with pytest.raises(openai.NotFoundError, match="404") as caught:
        client(fake).models.retrieve("none")
    assert fake.requests.last.request_id == caught.value.request_id
    fake.fail(429, times=1)
    fake.on().fail(500)
    for _ in range(2):
        with pytest.raises(openai.APIStatusError, match=r"429|500") as refused:
            ask(fake)
        assert fake.requests.last.request_id == refused.value.request_id


TEXTS: dict[str, tuple[Any, str]] = {
    "an embedding": (
        lambda c: c.embeddings.create(model="text-embedding-3-small", input=["a", "b"], encoding_format="float"),
        "a\nb",
    ),
    "a moderation": (lambda c: c.moderations.create(input="bad?"), "bad?"),
    "a completion": (lambda c: c.completions.create(model="gpt-3.5-turbo-instruct", prompt="Once"), "Once"),
    "a list": (lambda c: c.models.list(), ""),
}


@pytest.mark.parametrize("name", TEXTS)
def test_each_endpoint_has_its_text(name: str) -> None:
    send, text = TEXTS[name]
    fake = Fake()
    send(client(fake))
    assert fake.requests.only.text == text


BROKEN: dict[str, bytes] = {
    "no JSON": b"{",
    "no object": b"[1]",
    "nothing": b"",
    "no messages": b'{"messages": 3}',
    "messages of numbers": b'{"messages": [1, 2]}',
    "tools of numbers": b'{"messages": [], "tools": [1]}',
    "input of numbers": b'{"input": [1, {"type": 3}]}',
    "deep": b"[" * 100_000,
    "a number for a model": b'{"model": 3, "input": 4, "stream": "yes"}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_request_that_is_no_good_is_kept_too(name: str) -> None:
    fake = Fake()
    fields = (("content-type", "application/json"), ("authorization", "Bearer x"))
    list(fake(Request("POST", "https://api.openai.com/v1/chat/completions", fields, BROKEN[name])))
    sent = fake.requests.only
    assert sent.status == 400
    assert (sent.text, sent.system, sent.tools, sent.tool_results, sent.turn, sent.stream) == ("", "", (), (), 1, False)
    assert "400" in repr(sent)
    assert not fake.requests.matching(contains="x", tool="y", header={"a": "b"}, body={"a[0].b": 1})


def test_a_request_that_did_not_get_there_has_its_endpoint_too() -> None:
    fake = Fake(keys="right")
    fake.fail(429, times=1)
    with pytest.raises(openai.RateLimitError, match="429"):
        ask(fake)
    with pytest.raises(openai.AuthenticationError, match="401"):
        ask(fake)
    fake.assert_asked(endpoint="chat.completions.create", contains="planet", times=2)


def test_the_requests_of_a_batch_are_scripted_and_kept() -> None:
    fake = Fake(strict=True)
    rule = fake.on(contains="planet").reply("Earth")
    body = {"model": MODEL, "messages": [{"role": "user", "content": "a planet"}]}
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": body}
    files, batches = client(fake).files, client(fake).batches
    uploaded = files.create(file=("a.jsonl", json.dumps(line).encode()), purpose="batch")
    batch = batches.create(input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h")
    for _ in range(5):
        batch = batches.retrieve(batch.id)
    assert batch.output_file_id
    assert '"Earth"' in files.content(batch.output_file_id).text
    assert fake.requests.to("chat.completions.create").only.rule is rule


def test_an_unknown_path_is_kept_without_an_endpoint() -> None:
    fake = Fake()
    list(fake(Request("GET", "https://api.openai.com/v1/planets")))
    assert (fake.requests.only.endpoint, fake.requests.only.status) == ("", 404)
    assert repr(fake.requests.only) == "<Sent GET /v1/planets -> 404>"


def test_a_sent_request_reads_well_and_tells_no_secret() -> None:
    fake = Fake()
    ask(fake, "Name  a\nplanet, " * 9)
    text = "Name a planet, Name a planet, Name a planet, Name a plane..."
    assert repr(fake.requests.only) == f"<Sent chat.completions.create gpt-4o-mini {text!r} -> 200>"
    assert "Bearer" not in repr(fake.requests.only.headers)


def test_requests_can_be_picked() -> None:
    fake = Fake()
    ask(fake, "a planet")
    ask(fake, "a star", model="gpt-4o")
    client(fake).models.list()
    requests = fake.requests
    assert len(requests) == 3
    assert requests.last.endpoint == "models.list"
    assert [sent.text for sent in requests.to("chat.completions.create")] == ["a planet", "a star"]
    assert requests.to("chat.*").matching(contains="star").only.model == "gpt-4o"
    assert requests.matching(lambda sent: sent.method == "GET").only.endpoint == "models.list"
    assert isinstance(requests[0], Sent)


def test_a_list_of_requests_stays_as_it_was() -> None:
    fake = Fake()
    before = fake.requests
    ask(fake)
    assert before == []
    assert len(fake.requests) == 1


def test_a_fake_keeps_as_many_requests_as_it_is_told() -> None:
    fake = Fake(keep=2)
    for text in ("a", "b", "c"):
        ask(fake, text)
    assert [sent.text for sent in fake.requests] == ["b", "c"]


def test_no_request_and_several_are_no_only_one() -> None:
    fake = Fake()
    with pytest.raises(AssertionError, match="nothing was sent"):
        _ = fake.requests.last
    with pytest.raises(AssertionError, match=r"expected one request, nothing was sent\Z"):
        _ = fake.requests.only
    ask(fake, "a planet")
    ask(fake, "a star")
    with pytest.raises(
        AssertionError, match=r"expected one request, 2 were sent:\n  <Sent .*planet.*>\n  <Sent .*star"
    ):
        _ = fake.requests.only


def test_assertions_hold_when_they_are_true() -> None:
    fake = Fake()
    fake.assert_not_asked()
    ask(fake, "a planet")
    ask(fake, "a star")
    fake.assert_asked(contains="planet")
    fake.assert_asked(times=2)
    fake.assert_asked(contains="star", times=1)
    fake.assert_asked(lambda sent: sent.text == "a star")
    fake.assert_asked(contains="moon", times=0)
    fake.assert_asked_once(contains="planet", endpoint="chat.completions.create")
    fake.assert_not_asked(contains="moon")


SENT = r"2 were sent:\n  <Sent chat\.completions\.create gpt-4o-mini 'a planet' -> 200>\n  <Sent .*'a star' -> 200>\Z"
FALSE: dict[str, tuple[Any, str]] = {
    "asked": (lambda fake: fake.assert_asked(contains="moon"), r"a request with contains='moon', found none"),
    "once": (lambda fake: fake.assert_asked_once(model=MODEL), rf"1 request with model='{MODEL}', found 2"),
    "once of all": (lambda fake: fake.assert_asked_once(), r"1 request, found 2"),
    "times": (lambda fake: fake.assert_asked(contains="a", times=3), r"3 requests with contains='a', found 2"),
    "not asked": (lambda fake: fake.assert_not_asked(contains="star"), r"no request with contains='star', found 1"),
    "several": (
        lambda fake: fake.assert_asked(contains="star", tool=["a", "b"]),
        r"a request with contains='star', tool=\['a', 'b'\], found none",
    ),
}


@pytest.mark.parametrize("name", FALSE)
def test_an_assertion_that_fails_says_what_was_sent(name: str) -> None:
    claim, message = FALSE[name]
    fake = Fake()
    ask(fake, "a planet")
    ask(fake, "a star")
    with pytest.raises(AssertionError, match=rf"\Aexpected {message}; {SENT}"):
        claim(fake)


def test_an_assertion_of_nothing_sent_says_so() -> None:
    with pytest.raises(AssertionError, match="expected a request, found none; nothing was sent"):
        Fake().assert_asked()


@pytest.mark.parametrize(
    "claim",
    [
        lambda fake: fake.assert_asked(contain="x"),
        lambda fake: fake.assert_not_asked(contain="x"),
        lambda fake: fake.requests.matching(contain="x"),
    ],
)
def test_a_wrong_matcher_is_an_error_and_no_failed_assertion(claim: Any) -> None:
    with pytest.raises(UsageError, match=r"no matcher 'contain': did you mean 'contains'\?"):
        claim(Fake())


def test_a_wrong_endpoint_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"did you mean 'models\.list'\?"):
        Fake().requests.to("model.list")


def test_every_matcher_says_what_there_was_instead() -> None:
    fake = Fake()
    ask(fake)
    told = {name: row.seen(fake.requests.only) for name, row in MATCHERS.items()}
    assert told["contains"] == told["pattern"] == "the text is 'Name a planet.'"
    assert told["tool"] == "no tool is offered"
    assert told["images"] == "it has 0 images"
    assert all(told.values())
