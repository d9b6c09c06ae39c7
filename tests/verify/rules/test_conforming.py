"""What is right breaks no rule: the fake's own answers; and what is found in recordings of real servers is true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import retape
from retape.verify.rulebook import violations
from verify.rules.answers import MESSAGES, WEATHER, call, request

CASSETTES = Path(__file__).parents[3] / "cassettes"

CLOCK = {
    "type": "function",
    "function": {
        "name": "get_time",
        "strict": True,
        "parameters": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
    },
}
QUERY = {"type": "custom", "custom": {"name": "sql"}}
TOOLS = {"tools": [WEATHER, CLOCK]}
NAMED = {"type": "function", "function": {"name": "get_time"}}
ALLOWED = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [NAMED]}}
PLANETS = {
    "type": "object",
    "properties": {"names": {"type": "array", "items": {"type": "string"}}, "count": {"type": "integer"}},
    "required": ["names", "count"],
    "additionalProperties": False,
}
SAID = [{"role": "user", "content": "Answer in JSON: what is the weather in Paris \U0001f638?"}]
PICTURE = {"type": "image_url", "image_url": {"url": "https://example.com/planet.png"}}

ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"n": 3},
    {"messages": SAID},
    {"messages": [{"role": "developer", "content": [{"type": "text", "text": "Be brief."}]}, *MESSAGES]},
    {"messages": [*MESSAGES, {"role": "assistant", "content": None, "tool_calls": [call()]}], **TOOLS},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, PICTURE]}]},
    TOOLS,
    {"messages": SAID, **TOOLS},
    {"tool_choice": "required", **TOOLS},
    {"tool_choice": "none", **TOOLS},
    {"tool_choice": NAMED, **TOOLS},
    {"tool_choice": ALLOWED, **TOOLS},
    {"tool_choice": "required", "parallel_tool_calls": False, **TOOLS},
    {"tool_choice": "required", "tools": [QUERY]},
    {"tool_choice": "required", "max_tokens": 2, **TOOLS},
    {"functions": [WEATHER["function"]], "function_call": {"name": "get_weather"}},
    {"logprobs": True},
    {"logprobs": True, "top_logprobs": 5, "n": 2},
    {"max_tokens": 3},
    {"max_completion_tokens": 1},
    {"stop": ["a", "e"]},
    {"stop": " "},
    {"messages": SAID, "response_format": {"type": "json_object"}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "planets", "schema": PLANETS}}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "planets", "strict": True, "schema": PLANETS}}},
    {"model": "o3-mini", "reasoning_effort": "high"},
    {"service_tier": "flex", "store": True, "seed": 1, "temperature": 0},
    {"messages": []},
    {"messages": [{"role": "king", "content": "Hello"}]},
    {"model": "nope"},
    {"temperature": 3},
    {"top_logprobs": 3},
    {"n": 0},
    {"tools": [{"type": "invalid"}]},
    {"tool_choice": "maybe", **TOOLS},
    {"tool_choice": "required"},
    {"response_format": {"type": "json_schema"}},
    {"messages": [*MESSAGES, {"role": "tool", "tool_call_id": "call_9", "content": "Sunny"}]},
)

MODES = {
    "plain": {},
    "stream": {"stream": True},
    "stream with usage": {"stream": True, "stream_options": {"include_usage": True}},
}


def answer(fake: retape.Fake, body: dict[str, Any]) -> retape.Exchange:
    """What the fake answers."""
    headers = (("content-type", "application/json"), ("authorization", "Bearer unused"))
    sent = retape.Request("POST", "https://api.openai.com/v1/chat/completions", headers, json.dumps(body).encode())
    return retape.Exchange(request=sent, steps=tuple(fake(sent)))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: json.dumps(asked)[:60])
def test_the_fake_breaks_no_rule(asked: dict[str, Any], mode: str) -> None:
    exchange = answer(retape.Fake(), request(**asked, **MODES[mode]))
    assert list(map(str, violations(exchange))) == []


@pytest.mark.parametrize("mode", MODES)
def test_the_fake_breaks_no_rule_when_it_refuses_or_calls_as_told(mode: str) -> None:
    fake = retape.Fake()
    fake.on(contains="humans").refuse("I can't help with that.")
    fake.on(contains="weather").call("get_weather", city="Paris").call("get_weather", city="Rome")
    refusal = answer(fake, request(**MODES[mode]))
    both = answer(fake, request(messages=SAID, **TOOLS, **MODES[mode]))
    assert b"get_weather" in both.body
    assert '"refusal":"I' in refusal.body.decode().replace(" ", "")
    assert list(map(str, violations([refusal, both]))) == []


def test_the_fake_breaks_no_rule_with_what_it_stores() -> None:
    fake = retape.Fake()
    made = answer(fake, request(store=True, **TOOLS))
    place = f"/chat/completions/{json.loads(made.body)['id']}"
    asked = [("GET", "/chat/completions"), ("GET", f"{place}/messages"), ("POST", place), ("GET", place)]
    asked += [("DELETE", place), ("GET", place)]
    exchanges = [made, *(about(fake, method, path) for method, path in asked)]
    assert [one.head.status for one in exchanges if one.head] == [200] * 6 + [404]
    assert list(map(str, violations(exchanges))) == []


def about(fake: retape.Fake, method: str, path: str) -> retape.Exchange:
    """What the fake answers about what it has stored."""
    headers = (("content-type", "application/json"), ("authorization", "Bearer unused"))
    body = b'{"metadata": {}}' if method == "POST" else b""
    sent = retape.Request(method, f"https://api.openai.com/v1{path}", headers, body)
    return retape.Exchange(request=sent, steps=tuple(fake(sent)))


LLAMACPP = {
    "chat-tool-finish-named": "tool-call-named.yaml",
    "error-code": "async-error.yaml",
    "error-keys": "async-error.yaml",
    "http-whole-body": "killed-amid.yaml",
    "sse-comment": "stream-pings.yaml",
}
"""What llama.cpp's server does unlike api.openai.com, and a recording that shows it."""


def test_what_is_found_in_recordings_of_llamacpp_is_true() -> None:
    shown: dict[str, set[str]] = {}
    for path in sorted(CASSETTES.joinpath("llamacpp").glob("*.yaml")):
        for one in violations(retape.Cassette.load(path).exchanges):
            if one.rule.startswith(("http", "sse", "error", "chat")):
                shown.setdefault(one.rule, set()).add(path.name)
    assert shown.keys() == LLAMACPP.keys()
    assert all(name in shown[rule] for rule, name in LLAMACPP.items())
