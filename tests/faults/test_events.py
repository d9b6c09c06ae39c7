"""Streams that go wrong inside: an error event, malformed, lost and doubled events."""

from __future__ import annotations

import gzip
import json
from typing import Any, get_args

import openai
import pytest

import retape
from faults.scenes import (
    CHAT,
    RESPONSES,
    TEXTS,
    api,
    body_of,
    chain,
    chat_chunk,
    counted,
    frame,
    head_of,
    plain,
    read,
    request,
    steps,
    streamed,
)
from retape import Abort, Chunk, Handler, Head, UsageError, Wait, faults
from retape.handlers.faults.events import WAYS, Way


@pytest.mark.parametrize("k", range(6))
def test_an_error_in_a_chat_stream_is_an_api_error_after_k_events(k: int) -> None:
    came, error = read(faults.error_event(streamed(CHAT, 9), after=k))
    assert len(came) == min(k, len(TEXTS))
    assert type(error) is openai.APIError
    assert error.message.startswith("The server had an error processing your request.")
    assert isinstance(error.body, dict)
    assert error.body["type"] == "server_error"


def test_a_chat_streams_error_has_no_event_line_and_ends_it() -> None:
    body = body_of(steps(faults.error_event(streamed(CHAT), after=1, which="rate-limit-tokens")))
    last = retape.decode_sse(body)[-1]
    assert last.event == ""
    assert json.loads(last.data or "")["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize("k", range(8))
def test_an_error_in_a_responses_stream_takes_the_next_sequence_number(k: int) -> None:
    came, error = read(faults.error_event(streamed(RESPONSES, 9), after=k, which="overloaded"), "responses")
    assert error is None
    assert [event["sequence_number"] for event in came] == list(range(k + 1))
    assert came[-1]["type"] == "error"
    assert came[-1]["code"] == "server_is_overloaded"


def test_a_keep_alive_is_part_of_a_responses_stream() -> None:
    body = (
        frame({"type": "response.created", "sequence_number": 0})
        + b"data: 7\n\n"
        + frame({"type": "keepalive", "sequence_number": 1})
    )
    fault = faults.error_event(streamed(body), after=3)
    last = json.loads(retape.decode_sse(body_of(steps(fault, request("/v1/elsewhere"))))[-1].data or "")
    assert (last["type"], last["sequence_number"]) == ("error", 2)


def test_a_failed_response_is_the_one_that_was_created() -> None:
    came, error = read(faults.error_event(streamed(RESPONSES), after=3, form="failed"), "responses")
    assert error is None
    assert came[-1]["type"] == "response.failed"
    assert came[-1]["response"]["id"] == "resp_1"
    assert came[-1]["response"]["status"] == "failed"
    assert came[-1]["response"]["error"]["code"] == "server_error"


def test_a_nested_error_is_raised() -> None:
    came, error = read(faults.error_event(streamed(RESPONSES), after=2, form="nested"), "responses")
    assert len(came) == 2
    assert type(error) is openai.APIError


THEN = {"end": (b"", 2), "done": (b"data: [DONE]\n\n", 3), "go-on": (b"data: [DONE]\n\n", counted(CHAT) + 1)}


@pytest.mark.parametrize("then", THEN)
def test_what_follows_an_error_is_chosen(then: Any) -> None:
    end, events = THEN[then]
    body = body_of(steps(faults.error_event(streamed(CHAT, 7), after=1, then=then)))
    assert body.endswith(end)
    assert counted(body) == events


@pytest.mark.parametrize("which", ["bad-gateway", 504])
def test_a_proxys_page_is_said_as_an_error_inside_a_stream(which: Any) -> None:
    _, error = read(faults.error_event(streamed(CHAT), which=which))
    assert type(error) is openai.APIError


STREAM_ONLY = ("error-event", "no-done", "lost-event", "duplicate-event", "malformed", "hold-open")


@pytest.mark.parametrize("name", STREAM_ONLY)
def test_a_plain_answer_is_left_alone(name: str) -> None:
    fault = faults.fault(name)(plain())
    assert steps(fault) == steps(plain())
    assert fault.struck == 0


@pytest.mark.parametrize("name", ["error-event", "lost-event", "duplicate-event", "malformed"])
def test_a_stream_with_too_few_events_is_left_alone(name: str) -> None:
    fault = faults.fault(name, after=counted(CHAT) + 1)(streamed(CHAT, 7))
    assert body_of(steps(fault)) == CHAT
    assert fault.struck == 0


MISREAD: dict[Way, set[str]] = {
    "broken-json": {"JSONDecodeError"},
    "stray-newline": {"JSONDecodeError"},
    "no-blank-line": {"JSONDecodeError"},
    "no-field": set(),
    "no-colon": set(),
    "empty-data": {"JSONDecodeError"},
    "bad-utf8": {"UnicodeDecodeError"},
    "nul-byte": {"JSONDecodeError"},
}
"""How an event is malformed -> what the official client raises; where nothing, it loses the event."""


def test_every_way_is_tested() -> None:
    assert MISREAD.keys() == WAYS.keys() == set(get_args(Way))


@pytest.mark.parametrize("way", MISREAD)
def test_a_malformed_event_is_what_the_client_makes_of_it(way: Way) -> None:
    fault = faults.malformed(streamed(CHAT, 11), way=way, after=2)
    came, error = read(fault)
    assert fault.struck == 1
    assert [event["choices"][0]["delta"]["content"] for event in came][:2] == list(TEXTS[:2])
    if MISREAD[way]:
        assert MISREAD[way] <= chain(error)
        assert len(came) == 2
    else:
        assert error is None
        assert len(came) == len(TEXTS) - 1


def test_a_lost_event_is_missing_and_a_double_one_comes_twice() -> None:
    def texts(handler: Handler) -> list[str]:
        return [event["choices"][0]["delta"]["content"] for event in read(handler)[0]]

    assert texts(faults.lost_event(streamed(CHAT, 7), after=1)) == [TEXTS[0], *TEXTS[2:]]
    assert texts(faults.duplicate_event(streamed(CHAT, 7), after=1)) == [*TEXTS[:2], *TEXTS[1:]]


def test_a_doubled_first_event_has_one_byte_order_mark() -> None:
    body = body_of(steps(faults.duplicate_event(streamed(b"\xef\xbb\xbfdata: 1\n\n"))))
    assert body == b"\xef\xbb\xbfdata: 1\n\ndata: 1\n\n"


def test_a_stream_without_done_has_all_the_rest() -> None:
    fault = faults.no_done(streamed(CHAT, 7))
    came, error = read(fault)
    assert (len(came), error, fault.struck) == (len(TEXTS), None, 1)
    assert body_of(steps(fault)) == CHAT.removesuffix(b"data: [DONE]\n\n")
    none = faults.no_done(streamed(RESPONSES))
    assert body_of(steps(none)) == RESPONSES
    assert none.struck == 0


@pytest.mark.parametrize("pieces", [1, 9])
def test_a_compressed_stream_is_struck_all_the_same(pieces: int) -> None:
    wire = gzip.compress(CHAT, mtime=0)
    size = len(wire) // pieces
    chunks = [Chunk(wire[place : place + size]) for place in range(0, len(wire), size)]
    head = Head(
        200, (("content-type", "text/event-stream"), ("Content-Encoding", "gzip"), ("content-length", str(len(wire))))
    )
    fault = faults.cut(lambda request: iter((head, *chunks)), after=3)
    taken = steps(fault)
    assert head_of(taken).headers == (("content-type", "text/event-stream"),)
    assert counted(body_of(taken)) == 3
    assert fault.struck == 1
    assert len(read(fault)[0]) == 3


def test_a_compressed_streams_waits_come_before_it() -> None:
    head = Head(200, (("content-type", "text/event-stream"), ("content-encoding", "gzip")))
    wire = gzip.compress(CHAT, mtime=0)
    inner = (Wait(1), head, Wait(2), Chunk(wire[:50]), Wait(3), Chunk(wire[50:]), Abort("reset"))
    taken = steps(faults.lost_event(lambda request: iter(inner), after=99))
    plain_head = Head(200, (("content-type", "text/event-stream"),))
    assert taken == [Wait(1), plain_head, Wait(2), Wait(3), Chunk(CHAT), Abort("reset")]


@pytest.mark.parametrize("coding", ["x-unheard-of", "gzip"])
def test_what_cannot_be_decoded_is_sent_as_it_is(coding: str) -> None:
    head = Head(200, (("content-type", "text/event-stream"), ("content-encoding", coding)))
    taken = steps(faults.lost_event(lambda request: iter((head, Chunk(b"no gzip")))))
    assert taken == [head, Chunk(b"no gzip")]


CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Köln"}'}}


def test_a_plain_tool_calls_arguments_are_broken() -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    fault = faults.broken_arguments(plain({"choices": [{"message": message}]}))
    arguments = json.loads(body_of(steps(fault)))["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
    assert arguments == '{"city":"Köln"'
    assert "content-length" not in {name for name, _ in head_of(steps(fault)).headers}
    assert fault.struck == 2


def test_a_streamed_tool_calls_arguments_are_broken() -> None:
    pieces = [chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": part}}]}) for part in ('{"a":', "1}")]
    fault = faults.broken_arguments(streamed(b"".join(map(frame, pieces))))
    came, _ = read(fault)
    assert "".join(event["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] for event in came) == '{"a":1'
    assert fault.struck == 1


def test_a_responses_streams_arguments_are_broken_everywhere() -> None:
    delta = {"type": "response.function_call_arguments.delta", "delta": "1}"}
    done = {"type": "response.function_call_arguments.done", "arguments": '{"a":1}'}
    text = {"type": "response.output_text.delta", "delta": "}"}
    body = body_of(steps(faults.broken_arguments(streamed(b"".join(map(frame, (delta, done, text)))))))
    values = [json.loads(event.data or "") for event in retape.decode_sse(body)]
    assert values == [delta | {"delta": "1"}, done | {"arguments": '{"a":1'}, text]


def test_an_answer_without_tool_calls_has_no_arguments_to_break() -> None:
    for handler in (plain(), streamed(CHAT, 9)):
        fault = faults.broken_arguments(handler)
        assert body_of(steps(fault)) == body_of(steps(handler))
        assert fault.struck == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: faults.malformed(api, way="broken-jsn"), "did you mean 'broken-json'"),  # type: ignore[arg-type]
        (lambda: faults.error_event(api, form="flatt"), "did you mean 'flat'"),  # type: ignore[arg-type]
        (lambda: faults.error_event(api, then="stop"), "Use end or done or go-on"),  # type: ignore[arg-type]
        (lambda: faults.error_event(api, which="ratelimit"), "did you mean 'rate-limit'"),
        (lambda: faults.cut(api, how="rest"), "did you mean 'reset'"),  # type: ignore[arg-type]
        (lambda: faults.half_character(api, after=-1), "after=-1: use 0 or more"),
    ],
)
def test_a_wrong_word_is_an_error_at_once(make: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make()


def test_a_request_that_is_no_json_can_be_struck_too() -> None:
    asked = retape.Request("POST", "https://api.openai.com/v1/chat/completions", (), b"{")
    assert head_of(steps(faults.rate_limit(api), asked)).status == 429
    assert request().json()["model"] == "gpt-4o-mini"
