from __future__ import annotations

import base64
from typing import Any

import pytest

from report.recorded import asked_parts, request
from retape.report.asked import asked
from retape.report.view import Asked

PNG = base64.b64encode(b"\x89PNG" + b"\0" * 12_296).decode()
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}

SAID: dict[str, tuple[str, Any, list[tuple[str, str, str]]]] = {
    "messages": (
        "/chat/completions",
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]},
        [("system", "text", "Be brief."), ("user", "text", "Hi")],
    ),
    "content parts": (
        "/chat/completions",
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "See"},
                        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}},
                        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                        {
                            "type": "file",
                            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
                        },
                        {"type": "hologram", "x": 1},
                    ],
                }
            ]
        },
        [
            ("user", "text", "See"),
            ("user", "media", "image/png, 12.3 kB, detail low"),
            ("user", "media", "image https://example.com/a.png"),
            ("user", "media", "audio/wav, 3 B"),
            ("user", "media", "a.pdf, application/pdf, 3 B"),
            ("user", "text", '{"type": "hologram", "x": 1}'),
        ],
    ),
    "a tool call and its result": (
        "/chat/completions",
        {
            "messages": [
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": "12 C"},
            ]
        },
        [("assistant", "tool-call", '{\n  "a": 1\n}'), ("tool", "tool-result", "12 C")],
    ),
    "the legacy function call": (
        "/chat/completions",
        {
            "messages": [
                {"role": "assistant", "function_call": {"name": "look", "arguments": "{}"}},
                {"role": "function", "name": "look", "content": "12 C"},
            ]
        },
        [("assistant", "tool-call", "{}"), ("function", "tool-result", "12 C")],
    ),
    "arguments that are no JSON": (
        "/chat/completions",
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "look", "arguments": '{"a":'}}]}]},
        [("assistant", "tool-call", '{"a":')],
    ),
    "instructions and a text for Responses": (
        "/responses",
        {"instructions": "Be kind.", "input": "Hi"},
        [("instructions", "text", "Be kind."), ("user", "text", "Hi")],
    ),
    "items of Responses": (
        "/responses",
        {
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
                {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c1", "output": "12 C"},
                {"type": "web_search_call", "id": "w", "action": {"query": "planets"}},
                {"type": "item_reference", "id": "i1"},
            ]
        },
        [
            ("user", "text", "Hi"),
            ("assistant", "reasoning", "Hm"),
            ("assistant", "tool-call", "{}"),
            ("tool", "tool-result", "12 C"),
            ("assistant", "note", 'web_search_call {"action": {"query": "planets"}}'),
            ("reference", "note", "item i1"),
        ],
    ),
    "texts to embed": ("/embeddings", {"input": ["a", "b"]}, [("user", "text", "a"), ("user", "text", "b")]),
    "tokens to embed": (
        "/embeddings",
        {"input": [[1, 2, 3], [4]]},
        [("user", "note", "3 tokens"), ("user", "note", "1 token")],
    ),
    "an image to moderate": (
        "/moderations",
        {"input": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]},
        [("user", "media", "image https://example.com/a.png")],
    ),
    "one list of tokens": ("/embeddings", {"input": [1, 2]}, [("user", "note", "2 tokens")]),
    "nothing": ("/responses", {"input": []}, []),
    "a prompt": ("/completions", {"prompt": "Once"}, [("prompt", "text", "Once")]),
    "images named in JSON": (
        "/images/edits",
        {"prompt": "Green", "images": [{"image_url": f"data:image/png;base64,{PNG}"}]},
        [("prompt", "text", "Green"), ("user", "media", "image/png, 12.3 kB")],
    ),
    "JSON that is no object": ("/chat/completions", [1, 2], [("body", "body", "[1, 2]")]),
    "messages that are no list": ("/chat/completions", {"messages": "Hi"}, [("user", "text", "Hi")]),
    "no text at all": ("/chat/completions", b"\xff\xfe\x00", [("body", "media", "binary, 3 B")]),
}


@pytest.mark.parametrize(("path", "body", "rows"), SAID.values(), ids=SAID)
def test_a_request_says(path: str, body: Any, rows: list[tuple[str, str, str]]) -> None:
    assert asked_parts(body, path) == rows


FORM = (
    b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n'
    b"Content-Type: audio/mpeg\r\n\r\nID3...\r\n"
    b"--x--\r\n"
)


def test_a_form_gives_its_files_by_name_type_and_size() -> None:
    rows = asked_parts(FORM, "/audio/transcriptions", "multipart/form-data; boundary=x")
    assert rows == [("user", "media", "a.mp3, audio/mpeg, 6 B")]


def test_a_forms_plain_fields_are_read_as_json_ones_are() -> None:
    kind = "multipart/form-data; boundary=x"
    assert asked(request("/audio/transcriptions", FORM, kind=kind)).model == "whisper-1"


def test_tools_are_named_whatever_their_shape() -> None:
    tools = [
        {"type": "function", "function": {"name": "nested"}},
        {"type": "function", "name": "flat"},
        {"type": "custom", "custom": {"name": "free"}},
        {"type": "mcp", "server_label": "docs"},
        {"type": "web_search"},
    ]
    found = asked(request(body={"tools": tools, "functions": [{"name": "old"}]}))
    assert found.tools == ("nested", "flat", "free", "docs", "web_search", "old")


PARAMETERS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "a number": ({"temperature": 0.2}, ("temperature", "0.2")),
    "an object": ({"tool_choice": {"type": "function"}}, ("tool_choice", '{"type": "function"}')),
    "a schema by its name": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "city", "strict": True, "schema": {}}}},
        ("response_format", "json_schema city strict"),
    ),
    "a schema of Responses": (
        {"text": {"format": {"type": "json_schema", "name": "city", "schema": {}}, "verbosity": "low"}},
        ("text", 'json_schema city, {"verbosity": "low"}'),
    ),
}


@pytest.mark.parametrize(("body", "row"), PARAMETERS.values(), ids=PARAMETERS)
def test_a_parameter_is_one_line(body: dict[str, Any], row: tuple[str, str]) -> None:
    assert asked(request(body=body)).parameters == (row,)


def test_null_is_no_parameter() -> None:
    assert asked(request(body={"temperature": None})).parameters == ()


def test_json_that_is_broken_is_a_problem_and_its_text_is_shown() -> None:
    found = asked(request(body=b'{"model":'))
    assert (found.problems, found.turns[0].parts[0].text) == (("the request is no JSON",), '{"model":')


def test_a_request_without_a_body_says_nothing() -> None:
    assert asked(request("/models")) == Asked()
