"""What a fake remembers that runs for days: the latest of each kind, and no more."""

from __future__ import annotations

import gc
import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from retape import Fake, Request, ScriptNotFollowed, UsageError
from retape.handlers.fake.settings import State
from retape.tape.steps import Chunk

BASE = "https://api.openai.com/v1"
HEADERS = (("content-type", "application/json"), ("authorization", "Bearer unused"))


def asked(fake: Fake, method: str, path: str, **body: Any) -> tuple[int, Any]:
    data = json.dumps(body).encode() if body else b""
    head, *chunks = list(fake(Request(method, BASE + path, HEADERS, data)))
    return head.status, json.loads(b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk)))  # type: ignore[union-attr]


def answer(fake: Fake, number: int, **more: Any) -> str:
    told: str = asked(fake, "POST", "/responses", model="gpt-4o", input=f"question {number}", **more)[1]["id"]
    return told


MAKERS = {
    "/responses": {"model": "gpt-4o", "input": "hi"},
    "/conversations": {"metadata": {"a": "b"}},
    "/vector_stores": {"name": "a"},
    "/batches": {"input_file_id": "file-x", "endpoint": "/v1/embeddings", "completion_window": "24h"},
    "/chat/completions": {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "store": True},
}


@pytest.mark.parametrize("path", MAKERS)
def test_the_latest_are_stored_and_the_oldest_is_forgotten(path: str) -> None:
    fake = Fake(store=3)
    made = [asked(fake, "POST", path, **MAKERS[path])[1]["id"] for _ in range(5)]
    assert [asked(fake, "GET", f"{path}/{one}")[0] for one in made] == [404, 404, 200, 200, 200]


def test_without_a_limit_everything_is_stored() -> None:
    fake = Fake()
    made = [answer(fake, number) for number in range(300)]
    assert asked(fake, "GET", f"/responses/{made[0]}")[0] == 200


def test_what_was_forgotten_is_no_answer_to_go_on_from() -> None:
    fake = Fake(store=2)
    first, *_ = [answer(fake, number) for number in range(3)]
    status, told = asked(fake, "POST", "/responses", model="gpt-4o", input="and then?", previous_response_id=first)
    assert (status, told["error"]["code"]) == (400, "previous_response_not_found")


def test_how_often_a_request_came_is_forgotten_in_the_end() -> None:
    state = State(room=1)
    assert [state.count("a"), state.count("a")] == [0, 1]
    for number in range(64):
        state.count(number)
    assert state.count("a") == 0


def test_of_a_request_that_keeps_coming_it_is_remembered_how_often() -> None:
    state = State(room=1)
    for number in range(200):
        state.count(number)
        assert state.count("a") == number


def test_beginning_anew_keeps_the_limit() -> None:
    fake = Fake(store=1)
    fake.reset()
    first, second = answer(fake, 1), answer(fake, 2)
    assert [asked(fake, "GET", f"/responses/{one}")[0] for one in (first, second)] == [404, 200]


def test_a_fake_with_limits_does_not_grow() -> None:
    fake = Fake(keep=10, store=10)
    grown = []
    tracemalloc.start()
    try:
        for start in range(0, 600, 200):
            for number in range(start, start + 200):
                answer(fake, number, instructions="x" * 2000)
            gc.collect()
            grown.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert grown[2] - grown[1] < 200_000  # 200 requests of 2 kB each, and their answers, were 1 MB and more


def test_a_strict_script_names_the_first_requests_that_it_did_not_know_and_counts_the_rest() -> None:
    fake = Fake(strict=True)
    fake.on(contains="no such text").reply("never").optional()
    for number in range(150):
        asked(fake, "POST", "/responses", model="gpt-4o", input=f"question {number}")
    with pytest.raises(ScriptNotFollowed, match="and 50 more") as found:
        fake.check()
    assert len(found.value.requests) == 101


@pytest.mark.parametrize(
    ("name", "value"),
    [("keep", -1), ("keep", 1.5), ("store", 0), ("store", "many"), ("window", 0), ("max_body", -1), ("now", "noon")],
)
def test_a_limit_that_is_none_is_an_error_at_once(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{name}={value!r}: use a whole number"):
        Fake(**{name: value})


def test_32_threads_that_store_read_and_delete_get_what_is_theirs() -> None:
    fake = Fake()
    talk = asked(fake, "POST", "/conversations", metadata={"a": "b"})[1]["id"]

    def life(number: int) -> list[int]:
        one = answer(fake, number, conversation=talk)
        told = asked(fake, "GET", f"/responses/{one}")
        listed = asked(fake, "GET", f"/conversations/{talk}/items?limit=100")
        streamed = list(fake(Request("GET", f"{BASE}/responses/{one}?stream=true", HEADERS)))
        waiting = answer(fake, number, background=True)
        polls = [asked(fake, "GET", f"/responses/{waiting}")[1]["status"] for _ in range(3)]
        gone = asked(fake, "DELETE", f"/responses/{one}")
        assert told[1]["id"] == one
        assert polls == ["in_progress", "completed", "completed"]
        assert f"question {number}" in told[1]["output"][0]["content"][0]["text"]
        return [told[0], listed[0], streamed[0].status, gone[0]]  # type: ignore[union-attr]

    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(life, range(80))) == [[200] * 4] * 80
    assert len(fake.requests) == 1 + 80 * 9
    assert {sent.status for sent in fake.requests} == {200}


def test_requests_that_meet_faults_at_the_same_time_are_not_mixed_up() -> None:
    fake = Fake()
    fake.fail(429, times=1)
    body = {"model": "gpt-4o", "input": "hi"}
    first, second = (
        fake(Request("POST", f"{BASE}/responses", HEADERS, json.dumps(body | {"input": name}).encode()))
        for name in ("first", "second")
    )
    answers = {"second": list(second), "first": list(first)}
    assert {sent.text: sent.status for sent in fake.requests} == {"first": 200, "second": 429}
    assert {
        name: steps[0].header("x-request-id")
        for name, steps in answers.items()  # type: ignore[union-attr]
    } == {sent.text: sent.request_id for sent in fake.requests}
