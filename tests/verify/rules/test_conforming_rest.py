"""What the fake answers elsewhere than in chat breaks no rule; what is found in real recordings is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import retape
from retape.verify.evidence import Evidence
from retape.verify.responses_answer import result
from retape.verify.rulebook import violations
from verify.rules.responded import SCHEMA, TIME, WEATHER

CASSETTES = Path(__file__).parents[3] / "cassettes"
CLOSED = {**SCHEMA, "additionalProperties": False}
CALL = {**WEATHER, "parameters": CLOSED}
TOOLS = {"tools": [CALL, TIME]}
NAMED = {"type": "function", "name": "get_weather"}
STRICT = {"format": {"type": "json_schema", "name": "place", "strict": True, "schema": CLOSED}}

ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"temperature": 0.5, "top_p": 0.9, "user": "me", "metadata": {"a": "b"}, "truncation": "auto", "store": True},
    {"instructions": "Be brief.", "safety_identifier": "s", "prompt_cache_key": "k", "parallel_tool_calls": False},
    TOOLS,
    {**TOOLS, "tool_choice": "required"},
    {**TOOLS, "tool_choice": "none"},
    {**TOOLS, "tool_choice": NAMED},
    {**TOOLS, "tool_choice": "required", "parallel_tool_calls": False},
    {"tools": [{"type": "custom", "name": "sql"}], "tool_choice": "required"},
    {"tools": [{"type": "web_search"}]},
    {"tools": [{"type": "web_search_preview"}], "tool_choice": {"type": "web_search_preview"}},
    {"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]},
    {"tools": [{"type": "image_generation"}]},
    {"text": {"format": {"type": "json_object"}}, "input": "Answer in JSON."},
    {"text": STRICT},
    {"max_output_tokens": 16, "input": "Tell a long story of dragons, with many words, one after another."},
    {"top_logprobs": 2, "include": ["message.output_text.logprobs"]},
    {"model": "o4-mini", "reasoning": {"effort": "low", "summary": "auto"}},
    {"model": "gpt-5.1", "reasoning": {"effort": "none"}},
    {"store": False},
    {"background": True},
    {"input": []},
    {"tools": [{"type": "invalid"}]},
)

OTHERS: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/responses/input_tokens", {"input": "Hello"}),
    ("POST", "/responses/compact", {"model": "gpt-4o-mini", "input": "Hello"}),
    *(
        ("POST", "/embeddings", {"model": "text-embedding-3-small", **asked})
        for asked in (
            {"input": "a"},
            {"input": ["a", "b"], "encoding_format": "base64"},
            {"input": [1, 2, 3]},
            {"input": [[1], [2, 3]], "encoding_format": "float"},
            {"input": "a", "dimensions": 64},
            {"input": []},
            {"input": 5},
        )
    ),
    ("GET", "/models", None),
    ("GET", "/models/gpt-4o-mini", None),
    ("GET", "/models/nope", None),
    *(
        ("POST", "/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "Say hello to the world", **asked})
        for asked in (
            {},
            {"n": 2},
            {"prompt": ["a", "b"]},
            {"echo": True},
            {"logprobs": 2},
            {"echo": True, "logprobs": 1},
            {"stop": " ", "max_tokens": 5},
            {"stream": True},
            {"stream": True, "stream_options": {"include_usage": True}, "n": 2},
        )
    ),
    *(
        ("POST", "/moderations", {"model": "omni-moderation-latest", "input": asked})
        for asked in ("I will kill them", ["a", "b"], [{"type": "text", "text": "a"}])
    ),
)


def answer(fake: retape.Fake, method: str, path: str, body: Any = None) -> retape.Exchange:
    """What the fake answers."""
    headers = (("content-type", "application/json"), ("authorization", "Bearer unused"))
    raw = b"" if body is None else json.dumps(body).encode()
    sent = retape.Request(method, f"https://api.openai.com/v1{path}", headers, raw)
    return retape.Exchange(request=sent, steps=tuple(fake(sent)))


def life(fake: retape.Fake, asked: dict[str, Any]) -> Iterator[retape.Exchange]:
    """A response from its creation to its deletion."""
    body = {"model": "gpt-4o-mini", "input": "What is the weather in Paris?", **asked}
    yield (made := answer(fake, "POST", "/responses", body))
    done = result(Evidence(made))
    if done is None or made.head is None or made.head.status >= 400:
        return
    here = f"/responses/{done.body['id']}"
    yield answer(fake, "GET", here)
    yield answer(fake, "GET", f"{here}/input_items")
    yield answer(fake, "GET", f"{here}?stream=true")
    yield answer(fake, "GET", f"{here}?stream=true&starting_after=1")
    yield answer(fake, "POST", f"{here}/cancel")
    yield answer(
        fake,
        "POST",
        "/responses",
        {**body, "tools": [], "tool_choice": "auto", "previous_response_id": done.body["id"]},
    )
    yield answer(fake, "DELETE", here)
    yield answer(fake, "GET", here)


@pytest.mark.parametrize("mode", [{}, {"stream": True}], ids=["plain", "stream"])
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: json.dumps(asked)[:60])
def test_a_response_of_the_fake_breaks_no_rule_in_all_its_life(asked: dict[str, Any], mode: dict[str, Any]) -> None:
    exchanges = list(life(retape.Fake(), {**asked, **mode}))
    assert len(exchanges) in (1, 9)
    assert list(map(str, violations(exchanges))) == []


@pytest.mark.parametrize(("method", "path", "body"), OTHERS, ids=lambda value: str(value)[:60])
def test_no_other_answer_of_the_fake_breaks_a_rule(method: str, path: str, body: Any) -> None:
    fake = retape.Fake()
    exchanges = [answer(fake, "GET", "/models"), answer(fake, method, path, body)]
    assert list(map(str, violations(exchanges))) == []


LLAMACPP = {
    "responses-created-at": "response-stream.yaml",
    "responses-echo-missing": "response-instructions.yaml",
    "responses-keys": "response.yaml",
    "responses-model": "response-stream.yaml",
    "responses-output": "response-stream.yaml",
    "responses-refused-slip": "response-instructions.yaml",
    "responses-sequence": "response-stream.yaml",
    "responses-stream-index": "response-tool-stream.yaml",
    "responses-usage-details": "response-tool.yaml",
}
"""What llama.cpp's server does unlike api.openai.com, and a recording that shows it."""


def test_what_is_found_in_recordings_of_llamacpp_is_true() -> None:
    shown: dict[str, set[str]] = {}
    for path in sorted(CASSETTES.joinpath("llamacpp").glob("*.yaml")):
        for one in violations(retape.Cassette.load(path).exchanges):
            if not one.rule.startswith(("http", "sse", "error", "chat")):
                shown.setdefault(one.rule, set()).add(path.name)
    assert shown.keys() == LLAMACPP.keys()
    assert all(name in shown[rule] for rule, name in LLAMACPP.items())
