"""What a script lets go wrong, and when: errors, cuts, waits, for one rule or for every request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from retape import Abort, Chunk, Fake, Head, Request, Step, UsageError, Wait
from speaking import client

MODEL = "gpt-4o-mini"


def steps(fake: Fake, path: str = "/chat/completions", **body: Any) -> list[Step]:
    """The very steps of an answer."""
    headers = (("authorization", "Bearer unused"), ("content-type", "application/json"))
    data = json.dumps(body).encode()
    return list(fake(Request("POST", f"https://api.openai.com/v1{path}", headers, data)))


def ask(fake: Fake, text: str = "Name a planet.", *, retries: int = 0, **options: Any) -> Any:
    messages: Any = [{"role": "user", "content": text}]
    return client(fake, max_retries=retries).chat.completions.create(model=MODEL, messages=messages, **options)


def deltas(stream: Any) -> Iterator[str]:
    return (chunk.choices[0].delta.content for chunk in stream if chunk.choices and chunk.choices[0].delta.content)


def test_a_rule_fails_so_often_and_then_goes_on() -> None:
    fake = Fake()
    fake.on(contains="planet").fail(429, times=2, retry_after=1).reply("Earth")
    assert ask(fake, retries=2).choices[0].message.content == "Earth"
    assert [sent.status for sent in fake.requests] == [429, 429, 200]
    fake.check()


def test_only_the_requests_of_the_rule_fail() -> None:
    fake = Fake()
    fake.on(contains="planet").fail(500)
    assert ask(fake, "a star").choices
    with pytest.raises(openai.InternalServerError, match="500"):
        ask(fake)


def test_every_request_fails_and_then_none() -> None:
    fake = Fake()
    fake.fail(429, retry_after=0.01, times=2)
    assert ask(fake, retries=2).choices
    assert [sent.status for sent in fake.requests] == [429, 429, 200]
    assert client(fake).models.list().data


def test_faults_for_every_request_take_turns() -> None:
    fake = Fake()
    fake.fail(429, times=2)
    fake.fail("server-error", times=1)
    ask(fake, retries=3)
    assert [sent.status for sent in fake.requests] == [429, 429, 500, 200]


def test_every_request_is_every_one() -> None:
    fake = Fake()
    fake.fail(503, times=2)
    for wrong in (lambda: client(fake).models.list(), lambda: client(fake).files.list()):
        with pytest.raises(openai.InternalServerError, match="503"):
            wrong()


WORDED: dict[str, tuple[Any, dict[str, Any]]] = {
    "message": ({"message": "No more."}, {"message": "No more."}),
    "all": (
        {"message": "m", "type": "t", "param": "p", "code": "c"},
        {"message": "m", "type": "t", "param": "p", "code": "c"},
    ),
    "code none": ({"code": None}, {"code": None}),
}


@pytest.mark.parametrize("name", WORDED)
@pytest.mark.parametrize("everywhere", [True, False])
def test_an_error_can_have_words_of_ones_own(name: str, everywhere: bool) -> None:
    own, expected = WORDED[name]
    fake, plain = Fake(), Fake()
    (fake if everywhere else fake.on()).fail(429, **own)
    plain.fail(429)
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    head, chunk = steps(fake, **body)
    plain_head, plain_chunk = steps(plain, **body)
    assert isinstance(chunk, Chunk)
    assert isinstance(plain_chunk, Chunk)
    assert head == plain_head
    assert json.loads(chunk.data)["error"] == json.loads(plain_chunk.data)["error"] | expected
    assert chunk.data.startswith(plain_chunk.data[:12])
    assert chunk.data[-3:] == plain_chunk.data[-3:]


def test_words_of_ones_own_are_for_that_error_alone() -> None:
    fake = Fake()
    fake.fail(429, message="No more.", times=1)
    with pytest.raises(openai.RateLimitError, match=r"No more\."):
        ask(fake)
    with pytest.raises(openai.BadRequestError, match="temperature"):
        ask(fake, temperature=9)
    assert "".join(deltas(ask(fake, "Say Vega", stream=True))) == "Vega"
    assert client(fake).responses.create(model=MODEL, input="Say Vega").output_text == "Vega"


def test_a_proxys_page_has_no_words_of_its_own() -> None:
    with pytest.raises(UsageError, match=r"fail\('bad-gateway'\) gives a proxy's page, which has no message"):
        Fake().fail("bad-gateway", message="x")


def test_an_error_by_name_says_what_openai_says() -> None:
    fake = Fake()
    fake.on().fail("insufficient-quota")
    with pytest.raises(openai.RateLimitError, match="exceeded your current quota") as caught:
        ask(fake)
    assert caught.value.code == "insufficient_quota"


def test_a_cut_comes_after_so_many_events_of_the_fakes_own_answer() -> None:
    fake = Fake()
    fake.on().fail("cut", after=3)
    told = steps(fake, model=MODEL, messages=[{"role": "user", "content": "Hi"}], stream=True)
    assert b"".join(step.data for step in told if isinstance(step, Chunk)).count(b"data: ") == 3
    assert told[-1] == Abort(
        "early-end",
        "RemoteProtocolError",
        "peer closed connection without sending complete message body (incomplete chunked read)",
    )


def test_a_scripted_answer_can_go_wrong() -> None:
    fake = Fake()
    fake.on().reply("Earth is the third.").and_fail("cut", after=3)
    told = steps(fake, model=MODEL, messages=[{"role": "user", "content": "Hi"}], stream=True)
    text = b"".join(step.data for step in told if isinstance(step, Chunk))
    assert b'"content":"Earth"' in text
    assert text.count(b"data: ") == 3
    assert isinstance(told[-1], Abort)


def test_several_things_can_go_wrong_with_one_answer() -> None:
    fake = Fake()
    fake.on().reply("Earth is the third.").and_fail("no-done").and_fail("drip", size=1000)
    told = steps(fake, model=MODEL, messages=[{"role": "user", "content": "Hi"}], stream=True)
    assert b"[DONE]" not in b"".join(step.data for step in told if isinstance(step, Chunk))


def test_a_call_breaks_in_the_middle() -> None:
    fake = Fake()
    fake.on().call("get_weather", location="Paris").and_fail("truncated")
    body = steps(fake, model=MODEL, messages=[{"role": "user", "content": "Hi"}])[-1]
    assert not (isinstance(body, Chunk) and _is_json(body.data))


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def test_a_connection_that_breaks_at_once_leaves_no_status() -> None:
    fake = Fake()
    fake.on().fail("refused")
    with pytest.raises(openai.APIConnectionError, match="Connection error"):
        ask(fake)
    assert fake.requests.only.status is None
    assert "no answer" in repr(fake.requests.only)


def test_a_refused_request_does_not_use_a_failure_up() -> None:
    fake = Fake()
    fake.on().fail(429, times=1).reply("fine")
    with pytest.raises(openai.BadRequestError, match="400"):
        ask(fake, temperature=9)
    with pytest.raises(openai.RateLimitError, match="429"):
        ask(fake)
    assert ask(fake).choices[0].message.content == "fine"


BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/chat/completions", {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}),
    "two choices": ("/chat/completions", {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "n": 2}),
    "completions": ("/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "Hi"}),
    "responses": ("/responses", {"model": MODEL, "input": "Hi"}),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_stream_comes_in_the_scripted_deltas_with_the_scripted_waits(name: str) -> None:
    path, body = BODIES[name]
    fake = Fake()
    fake.on().stream("Ear", 0.5, "th", " is", delay=0.25)
    told = steps(fake, path, **body, stream=True)
    waits = [place for place, step in enumerate(told) if isinstance(step, Wait)]
    assert [step for step in told if isinstance(step, Wait)] == [Wait(0.75), Wait(0.25)]
    for place, text in zip(waits, (b'"th"', b'" is"'), strict=True):
        following = told[place + 1]
        assert isinstance(following, Chunk)
        assert text in following.data
    assert b"Earth is" not in b"".join(s.data for s in told if isinstance(s, Chunk) and b"delta" in s.data[:60])


@pytest.mark.parametrize("name", BODIES)
def test_who_asks_for_no_stream_waits_for_the_whole(name: str) -> None:
    path, body = BODIES[name]
    fake = Fake()
    fake.on().stream(1, "Ear", 0.5, "th")
    head, wait, chunk = steps(fake, path, **body)
    assert isinstance(head, Head)
    assert wait == Wait(1.5)
    assert isinstance(chunk, Chunk)
    assert b"Earth" in chunk.data


def test_a_stream_is_what_the_client_gets() -> None:
    fake = Fake()
    fake.on().stream("Ear", "th", " \u2641", usage={"completion_tokens": 9})
    assert list(deltas(ask(fake, stream=True))) == ["Ear", "th", " \u2641"]
    assert ask(fake).usage.completion_tokens == 9


def test_a_refused_stream_waits_nowhere() -> None:
    fake = Fake()
    fake.on().stream("a", 9, "b")
    told = steps(fake, model=MODEL, messages=[{"role": "user", "content": "Hi"}], stream=True, max_tokens=1)
    assert not [step for step in told if isinstance(step, Wait)]
