from __future__ import annotations

import base64
from typing import Any

import pytest

from report.recorded import answer_parts, delta, event, plain, streamed
from retape.report.conversation import conversation
from retape.report.merging import merged
from retape.tape.sse import decode_sse


def call(index: int | None = 0, **fields: Any) -> dict[str, Any]:
    """A chat chunk with a piece of a tool call; its function's fields are `name` and `arguments`."""
    function = {name: fields.pop(name) for name in ("name", "arguments") if name in fields}
    place = {} if index is None else {"index": index}
    return {"choices": [{"index": 0, "delta": {"tool_calls": [{**place, **fields, "function": function}]}}]}


def response(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", **fields}


CALL_A, CALL_B = ("assistant", "tool-call", 'look {\n  "a": 1\n}'), ("assistant", "tool-call", "find {}")

SAID: dict[str, tuple[list[Any], list[tuple[str, str, str]]]] = {
    "text in pieces": ([delta("Ea", role="assistant"), delta("rth"), "[DONE]"], [("assistant", "text", "Earth")]),
    "two choices, interleaved": (
        [delta("a", 1), delta("A", 0), delta("b", 1), delta("B", 0)],
        [("assistant", "text", "AB"), ("assistant", "text", "ab")],
    ),
    "thoughts, then text": (
        [delta("", reasoning_content="H"), delta("", reasoning_content="m"), delta("Earth")],
        [("assistant", "reasoning", "Hm"), ("assistant", "text", "Earth")],
    ),
    "thoughts in parts, then text": (
        [
            {"choices": [{"delta": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "H"}]}]}}]},
            {"choices": [{"delta": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "m"}]}]}}]},
            {"choices": [{"delta": {"content": "Ea"}}]},
            {"choices": [{"delta": {"content": "rth"}}]},
        ],
        [("assistant", "reasoning", "Hm"), ("assistant", "text", "Earth")],
    ),
    "a refusal": ([delta("", refusal="N"), delta("", refusal="o.")], [("assistant", "refusal", "No.")]),
    "two calls by index": (
        [
            call(0, id="c1", name="look", arguments=""),
            call(0, arguments='{"a"'),
            call(1, id="c2", name="find", arguments="{"),
            call(0, arguments=":1}"),
            call(1, arguments="}"),
        ],
        [CALL_A, CALL_B],
    ),
    "two whole calls that both say index 0": (
        [call(0, id="c1", name="look", arguments='{"a":1}'), call(0, id="c2", name="find", arguments="{}")],
        [CALL_A, CALL_B],
    ),
    "whole calls without an index": (
        [call(None, id="c1", name="look", arguments='{"a":1}'), call(None, id="c2", name="find", arguments="{}")],
        [CALL_A, CALL_B],
    ),
    "legacy completions": (
        [{"choices": [{"index": 0, "text": "upon "}]}, {"choices": [{"index": 0, "text": "a time"}]}],
        [("assistant", "text", "upon a time")],
    ),
    "log probabilities": (
        [
            {"choices": [{"index": 0, "delta": {"content": t}, "logprobs": {"content": [{"token": t}]}}]}
            for t in ("A", "B")
        ],
        [("assistant", "text", "AB"), ("assistant", "note", "logprobs of 2 tokens")],
    ),
    "a response's last word": (
        [
            response("output_text.delta", output_index=0, content_index=0, delta="Ea"),
            response("completed", response={"output": [{"type": "message", "content": "Earth"}]}),
        ],
        [("assistant", "text", "Earth")],
    ),
    "a response cut short": (
        [
            response("created", response={"model": "m-1", "output": []}),
            response("output_item.added", output_index=0, item={"type": "reasoning", "summary": []}),
            response("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="Hm"),
            response("output_text.delta", output_index=1, content_index=0, delta="Ea"),
            response("output_text.delta", output_index=1, content_index=0, delta="rth"),
            response("output_item.added", output_index=2, item={"type": "function_call", "name": "find"}),
            response("function_call_arguments.delta", output_index=2, delta="{}"),
        ],
        [("assistant", "reasoning", "Hm"), ("assistant", "text", "Earth"), CALL_B],
    ),
    "a response's refusal without its item": (
        [response("refusal.delta", output_index=0, content_index=0, delta="No.")],
        [("assistant", "refusal", "No.")],
    ),
    "items that the final event leaves out": (
        [
            response("output_item.done", output_index=0, item={"type": "message", "content": "Earth"}),
            response("completed", response={"status": "completed", "output": []}),
        ],
        [("assistant", "text", "Earth")],
    ),
    "an error in mid-stream": (
        [delta("Ea"), {"error": {"message": "Overloaded", "code": 503}}],
        [("assistant", "text", "Ea"), ("error", "error", "Overloaded")],
    ),
    "an error event": (
        [{"type": "error", "code": "x", "message": "Overloaded", "sequence_number": 1}],
        [("error", "error", "Overloaded")],
    ),
    "a transcript": (
        [{"type": "transcript.text.delta", "delta": "Hel"}, {"type": "transcript.text.delta", "delta": "lo"}],
        [("answer", "text", "Hello")],
    ),
    "speech": (
        [{"type": "speech.audio.delta", "audio": base64.b64encode(b"abcdef").decode()}] * 2,
        [("answer", "media", "base64, 12 B")],
    ),
    "images, the last one": (
        [{"type": f"image_generation.{kind}", "b64_json": "iVBORw0KGgo="} for kind in ("partial_image", "completed")],
        [("answer", "media", "image/png, 8 B")],
    ),
}


@pytest.mark.parametrize(("events", "rows"), SAID.values(), ids=SAID)
def test_a_stream_says(events: list[Any], rows: list[tuple[str, str, str]]) -> None:
    assert answer_parts(streamed(events)) == rows


def test_a_stream_reads_like_the_plain_answer() -> None:
    usage = {"prompt_tokens": 3}
    message = {"role": "assistant", "content": "Earth"}
    whole = {"model": "m-1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
    pieces = [
        {"model": "m-1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Ea"}}]},
        {"model": "m-1", "choices": [{"index": 0, "delta": {"content": "rth"}, "finish_reason": "stop"}]},
        {"model": "m-1", "choices": [], "usage": usage},
        "[DONE]",
    ]
    assert conversation(streamed(pieces)).answered == conversation(plain(whole)).answered


def test_a_stream_is_known_by_its_look_when_its_type_is_wrong() -> None:
    body = event(delta("Earth"))
    assert answer_parts(plain(body, kind="application/json")) == [("assistant", "text", "Earth")]


ODD: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"data: {oops\n\n", "1 event with data that is no JSON object"),
    "no object": (b"data: 1\n\ndata: 2\n\n", "2 events with data that is no JSON object"),
    "nothing known": (b'data: {"x": 1}\n\n', "1 event of an unknown kind"),
    "cut short": (b'data: {"choi', "1 event cut short"),
}


@pytest.mark.parametrize(("data", "problem"), ODD.values(), ids=ODD)
def test_an_event_that_cannot_be_read_is_counted(data: bytes, problem: str) -> None:
    assert conversation(streamed([event(delta("Earth")), data])).problems == (problem,)


def test_a_stream_of_unknown_events_is_shown_as_it_came() -> None:
    assert answer_parts(streamed([b'data: {"x": 1}\n\n'])) == [("answer", "body", 'data: {"x": 1}\n\n')]


@pytest.mark.parametrize("index", ["0", None, {}, 1.5])
def test_an_index_that_is_no_number_is_its_place_in_the_list(index: Any) -> None:
    pieces = [{"choices": [{"index": index, "delta": {"content": text}}]} for text in ("Ea", "rth")]
    assert answer_parts(streamed(pieces)) == [("assistant", "text", "Earth")]


def test_choices_that_another_event_left_broken_are_put_right() -> None:
    broken = response("created", response={"choices": "x"})
    assert answer_parts(streamed([broken, delta("Earth")])) == [("assistant", "text", "Earth")]


def test_an_absurd_index_makes_no_absurd_list() -> None:
    body, _ = merged(decode_sse(event(response("output_text.delta", output_index=10**9, content_index=-1, delta="x"))))
    assert len(body["output"]) == 1
