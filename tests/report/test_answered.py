from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest

from report.recorded import answer_parts, plain, view

CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}
PNG = base64.b64encode(b"\x89PNG" + b"\0" * 12_296).decode()
VECTOR = base64.b64encode(struct.pack("<3f", 0.1, 0.2, 0.3)).decode()


def chat(**message: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}]}


SAID: dict[str, tuple[Any, list[tuple[str, str, str]]]] = {
    "a message": (chat(content="Earth"), [("assistant", "text", "Earth")]),
    "a refusal": (chat(content=None, refusal="No."), [("assistant", "refusal", "No.")]),
    "thoughts first": (
        chat(content="Earth", reasoning_content="Hm"),
        [("assistant", "reasoning", "Hm"), ("assistant", "text", "Earth")],
    ),
    "thoughts under another name": (
        chat(content="Earth", reasoning="Hm"),
        [("assistant", "reasoning", "Hm"), ("assistant", "text", "Earth")],
    ),
    "a tool call": (chat(content=None, tool_calls=[CALL]), [("assistant", "tool-call", 'look {\n  "a": 1\n}')]),
    "sound with its transcript": (
        chat(content=None, audio={"id": "a", "data": base64.b64encode(b"RIFF....WAVE").decode(), "transcript": "Hi"}),
        [("assistant", "media", "audio/wav, 12 B"), ("assistant", "text", "Hi")],
    ),
    "log probabilities, counted": (
        {"choices": [{"message": {"content": "A"}, "logprobs": {"content": [{"token": "A"}, {"token": "B"}]}}]},
        [("assistant", "text", "A"), ("assistant", "note", "logprobs of 2 tokens")],
    ),
    "citations, counted": (
        chat(content="Earth", annotations=[{"type": "url_citation"}]),
        [("assistant", "text", "Earth"), ("assistant", "note", "1 annotation")],
    ),
    "legacy completions": ({"choices": [{"text": "upon a time"}]}, [("assistant", "text", "upon a time")]),
    "output items": (
        {
            "output": [
                {"type": "reasoning", "summary": [], "encrypted_content": "xyz"},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Earth"}]},
                {"type": "function_call", "name": "look", "arguments": "{}", "call_id": "c1"},
                {"type": "image_generation_call", "result": PNG},
            ]
        },
        [
            ("assistant", "note", "reasoning, encrypted"),
            ("assistant", "text", "Earth"),
            ("assistant", "tool-call", "look {}"),
            ("assistant", "media", "image/png, 12.3 kB"),
        ],
    ),
    "hosted tools": (
        {
            "output": [
                {"type": "mcp_call", "name": "find", "arguments": "{}", "output": "2 moons", "error": "late"},
                {"type": "code_interpreter_call", "id": "ci", "code": "1 + 1"},
                {"type": "file_search_call", "id": "f", "queries": ["moons"]},
            ]
        },
        [
            ("assistant", "tool-call", "find {}"),
            ("assistant", "tool-result", "2 moons"),
            ("assistant", "error", "late"),
            ("assistant", "tool-call", "code_interpreter 1 + 1"),
            ("assistant", "note", 'file_search_call {"queries": ["moons"]}'),
        ],
    ),
    "an image within a message": (
        chat(content="See", images=[{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]),
        [("assistant", "text", "See"), ("assistant", "media", "image https://example.com/a.png")],
    ),
    "embeddings": (
        {"data": [{"embedding": [0.1, 0.2, 0.3]}, {"embedding": VECTOR}]},
        [("answer", "note", "2 embeddings x 3 dimensions")],
    ),
    "models": (
        {"object": "list", "data": [{"id": "a", "object": "model"}, {"id": "b", "object": "model"}]},
        [("answer", "note", "2 models: a, b")],
    ),
    "images by address": (
        {"data": [{"url": "https://example.com/a.png"}, {"url": "https://example.com/b.png"}]},
        [
            ("answer", "media", "image https://example.com/a.png"),
            ("answer", "media", "image https://example.com/b.png"),
        ],
    ),
    "an image in base64": (
        {"data": [{"b64_json": PNG, "revised_prompt": "A cat"}]},
        [("answer", "media", "image/png, 12.3 kB"), ("answer", "note", "prompt revised: A cat")],
    ),
    "a transcript": (
        {"text": "Hello", "language": "english", "duration": 1.5, "segments": [{}, {}]},
        [
            ("answer", "text", "Hello"),
            ("answer", "note", "language english, duration 1.5"),
            ("answer", "note", "2 segments"),
        ],
    ),
    "a verdict": (
        {"results": [{"flagged": True, "categories": {"hate": True, "sex": False}, "category_scores": {"hate": 0.9}}]},
        [("answer", "note", "flagged: hate; highest score hate 0.9")],
    ),
    "anything else": ({"id": "f", "bytes": 3}, [("answer", "body", '{\n  "id": "f",\n  "bytes": 3\n}')]),
    "no choices": ({"choices": []}, [("answer", "note", "nothing")]),
}


@pytest.mark.parametrize(("body", "rows"), SAID.values(), ids=SAID)
def test_an_answer_says(body: Any, rows: list[tuple[str, str, str]]) -> None:
    assert answer_parts(plain(body)) == rows


ERRORS: dict[str, tuple[Any, tuple[str, str]]] = {
    "OpenAI": (
        {"error": {"message": "No.", "type": "invalid_request_error", "param": "model", "code": "bad"}},
        ("No.", "type invalid_request_error, code bad, param model"),
    ),
    "a bare string": ({"error": "No."}, ("No.", "")),
    "Mistral, vLLM": ({"object": "error", "message": "No.", "type": "x", "code": 3}, ("No.", "type x, code 3")),
    "FastAPI": ({"detail": "No."}, ("No.", "")),
    "FastAPI's validation": (
        {"detail": [{"loc": ["body", "model"], "msg": "No.", "type": "missing"}]},
        ("No.", 'type missing, loc ["body", "model"]'),
    ),
    "Gemini's list": ([{"error": {"code": 400, "message": "No.", "status": "BAD"}}], ("No.", "code 400, status BAD")),
    "an object without a message": ({"error": {"reason": "x"}}, ('{"reason": "x"}', "")),
    "JSON's null": (None, ("null", "")),
}


@pytest.mark.parametrize(("body", "expected"), ERRORS.values(), ids=ERRORS)
def test_an_error_of_any_shape_gives_message_and_codes(body: Any, expected: tuple[str, str]) -> None:
    [turn] = view(body, status=400).answered.turns
    assert [(part.kind, part.text, part.name) for part in turn.parts] == [("error", *expected)]


def test_an_error_page_is_an_error() -> None:
    page = b"<html>Bad gateway</html>"
    assert answer_parts(plain(page, status=502, kind="text/html")) == [("answer", "error", page.decode())]


def test_each_of_several_choices_has_its_number_and_finish_reason() -> None:
    choices = [{"index": i, "message": {"content": str(i)}, "finish_reason": "stop"} for i in (0, 1)]
    turns = view({"choices": choices}).answered.turns
    assert [(turn.choice, turn.finish) for turn in turns] == [(0, "stop"), (1, "stop")]


def test_a_single_choice_has_no_number() -> None:
    assert view(chat(content="Earth")).answered.turns[0].choice is None


def test_an_incomplete_response_says_why() -> None:
    body = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []}
    assert view(body).answered.finish == ("incomplete (max_output_tokens)",)


def test_usage_is_flattened_to_its_figures() -> None:
    usage = {
        "prompt_tokens": 3,
        "details": {"reasoning_tokens": 2},
        "flag": True,
        "note": "x",
        "odd": float("inf"),
        "huge": 10**400,
    }
    assert view({"choices": [], "usage": usage}).answered.usage == (
        ("prompt_tokens", 3),
        ("details.reasoning_tokens", 2),
    )


def test_a_binary_answer_is_its_type_and_size() -> None:
    assert answer_parts(plain(b"\xff\xfb" + b"\xff" * 998, kind="audio/mpeg")) == [
        ("answer", "media", "audio/mpeg, 1.0 kB")
    ]


def test_json_that_was_promised_and_is_broken_is_a_problem() -> None:
    assert view(b'{"choices": [').problems == ("the answer is no JSON",)


def test_nesting_without_end_is_read_as_text() -> None:
    deep = b"[" * 50_000
    assert answer_parts(plain(deep))[0][1] == "body"


def test_a_broken_json_is_still_shown() -> None:
    assert answer_parts(plain(b'{"choices": ['))[0][2] == '{"choices": ['


def test_base64_in_an_unknown_body_is_never_shown() -> None:
    assert PNG not in json.dumps(answer_parts(plain({"picture": PNG})))
