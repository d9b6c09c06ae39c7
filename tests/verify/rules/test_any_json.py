"""Whatever an answer holds, the rules read it: a value of any kind in any place is at most a finding."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

import retape
from retape.tape.steps import OUTCOMES
from retape.verify.rulebook import violations
from verify.rules.answers import (
    DONE,
    USAGE,
    WEATHER,
    call,
    chat,
    choice,
    chunk,
    completion,
    counted,
    error,
    exchange,
    first,
    last,
    message,
    opened,
    piece,
    request,
    sse,
    stream,
    told,
    tool,
    tools,
)

ODD: tuple[Any, ...] = (None, True, 7, -1.5, "", "x", [], [None], {}, {"x": [{}]})

LOGPROBS = {"content": [{"token": "a", "logprob": -1, "bytes": [97], "top_logprobs": []}], "refusal": None}
FUNCTION = {"name": "get_weather", "arguments": "{}"}
DETAILS = {"prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}}
WHOLE = completion(
    choice(message("a", tool_calls=[call()], function_call=FUNCTION), logprobs=LOGPROBS),
    usage={**USAGE, **DETAILS},
    service_tier="default",
)
EVENTS = [
    first(),
    chunk(piece({"content": "a", "function_call": FUNCTION}, logprobs=LOGPROBS)),
    tools(opened(), tool("{}")),
    last("tool_calls"),
    counted(),
]
ASKED = request(
    messages=[
        {"role": "assistant", "tool_calls": [call()]},
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "a"}]},
    ],
    n=1,
    stop=["b"],
    tools=[WEATHER],
    tool_choice={"type": "function", "function": {"name": "get_weather"}},
    response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}, "strict": True}},
    logprobs=True,
    top_logprobs=1,
    max_tokens=4,
    stream=True,
    stream_options={"include_usage": True},
)


SENT = {"tools": [WEATHER], "stream_options": {"include_usage": True}}


def variants(value: Any) -> Iterator[Any]:
    """Copies with something odd in one place, and with that place taken away."""
    for path in paths(value):
        for odd in ODD:
            yield replaced(value, path, lambda parent, key, odd=odd: parent.__setitem__(key, odd))
        yield replaced(value, path, lambda parent, key: parent.__delitem__(key))


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*path, key)
        yield from paths(part, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], change: Any) -> Any:
    """A copy in which one place is changed."""
    made = copy.deepcopy(value)
    parent = made
    for step in path[:-1]:
        parent = parent[step]
    change(parent, path[-1])
    return made


def whole(body: Any) -> retape.Exchange:
    return chat(body, logprobs=True, tools=[WEATHER])


def streamed(events: Any) -> retape.Exchange:
    return stream(raw=sse(*(events if isinstance(events, list) else [events]), DONE), **SENT)


def asked(body: Any) -> retape.Exchange:
    return exchange("/chat/completions", body, json.dumps(WHOLE))


def asked_stream(body: Any) -> retape.Exchange:
    return exchange("/chat/completions", body, sse(*EVENTS, DONE), kind="text/event-stream")


@pytest.mark.parametrize(
    ("make", "base"),
    [(whole, WHOLE), (streamed, EVENTS), (asked, ASKED), (asked_stream, ASKED), (error, told())],
    ids=["whole", "stream", "request", "request of a stream", "error"],
)
def test_rules_read_any_json(make: Any, base: Any) -> None:
    found = [one for value in variants({"it": base}) for one in violations(make(value.get("it")))]
    assert all(violation.where and violation.message for violation in found)
    assert len({violation.rule for violation in found}) > 5


@pytest.mark.parametrize(
    "raw", [b"", b"\xff", b"{", b"data", b"data: {}\n\n", b"data: \xf0\n\n", b"[[" * 5000], ids=repr
)
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream", "text/html", ""])
@pytest.mark.parametrize("status", [200, 204, 400, 500])
def test_rules_read_any_bytes(raw: bytes, kind: str, status: int) -> None:
    for streams in (False, True):
        found = list(violations(chat(raw=raw, http={"kind": kind, "status": status}, stream=streams)))
        assert all(violation.message for violation in found)


@pytest.mark.parametrize("depth", [100, 500, 900, 100_000])
def test_rules_read_what_is_nested_deeply(depth: int) -> None:
    value = '{"x":' * depth + "1" + "}" * depth
    schema = {"$ref": "#/$defs/x", "$defs": {"x": {"type": "object", "properties": {"x": {"$ref": "#/$defs/x"}}}}}
    called = {"type": "function", "function": {"name": "nest", "strict": True, "parameters": schema}}
    wanted = {"type": "json_schema", "json_schema": {"name": "nest", "strict": True, "schema": schema}}
    for exchange_ in (
        chat(raw=value),
        chat(completion(choice(message(call(value, "nest"))))),
        chat(completion(choice(message(None, tool_calls=[call(value, "nest")]), "tool_calls")), tools=[called]),
        chat(completion(choice(message(value))), response_format=wanted),
        stream(raw=f"data: {value}\n\n"),
        error(value),
    ):
        assert all(violation.message for violation in violations(exchange_))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_exchange_without_a_status_breaks_no_rule(outcome: retape.Outcome) -> None:
    steps = () if outcome == "complete" else (retape.Abort(outcome),)
    sent = retape.Request("POST", "https://api.example.com/v1/chat/completions", (), json.dumps(ASKED).encode())
    assert list(violations(retape.Exchange(request=sent, steps=steps))) == []


def test_nothing_is_missed_at_the_end_of_what_the_client_left() -> None:
    """A stream's beginnings, cut anywhere: what wasn't waited for can't be missing."""
    body = sse(*EVENTS, DONE).encode()
    complete = {one.rule for one in violations(stream(raw=body, **SENT))}
    for end in range(len(sse(EVENTS[0])), len(body), 7):
        left = stream(raw=body[:end], http={"outcome": "client-left"}, **SENT)
        assert {one.rule for one in violations(left)} <= complete
