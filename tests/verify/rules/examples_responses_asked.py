"""Examples for the rules in `retape.verify.rules.responses_asked`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import GONE, Example
from verify.rules.responded import SCHEMA, TIME, WEATHER, call, message, part, plain, response, stream

NAMED = {"type": "function", "name": "get_weather"}
APPROVAL = {"id": "mcpr_1", "type": "mcp_approval_request", "name": "f", "arguments": "{}", "server_label": "d"}
ALLOWED = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_weather"}]}
REFUSAL = message({"type": "refusal", "refusal": "No."})
STRICT = {"format": {"type": "json_schema", "name": "place", "strict": True, "schema": SCHEMA}}
LOOSE = {"format": {"type": "json_schema", "name": "place", "strict": False, "schema": SCHEMA}}
OBJECT = {"format": {"type": "json_object"}}
TOKEN = {"token": "Earth", "logprob": -0.1, "bytes": [], "top_logprobs": [{"token": "Earth"}, {"token": "Mars"}]}


def called(*items: Any, tools: Any = (WEATHER, TIME), echoed: Any = GONE, **asked: Any) -> retape.Exchange:
    """An answer of calls, with what was asked."""
    told = asked | {"tools": list(tools)} | ({} if echoed is GONE else {"tools": echoed})
    return plain(response(*items, **told), tools=list(tools), **asked)


def said(text: str, asked: Any, **changes: Any) -> retape.Exchange:
    """A text in a format."""
    return plain(response(message(part(text)), **{"text": asked, **changes}), text=asked)


def echoed(name: str, asked: Any, told: Any) -> retape.Exchange:
    """A parameter and what the response repeats."""
    return plain(response(**{name: told}), **{name: asked})


EXAMPLES = (
    Example("responses-echo", echoed("temperature", 0.2, 1.0), echoed("temperature", 0, 0.0)),
    Example(
        "responses-echo",
        echoed("parallel_tool_calls", True, 1),
        echoed("parallel_tool_calls", False, False),
        also="responses-members",
    ),
    Example("responses-echo", echoed("store", False, True), echoed("store", True, False)),
    Example("responses-echo", echoed("metadata", {"a": "b"}, {}), echoed("metadata", {"a": "b"}, {"a": "b"})),
    Example(
        "responses-echo", echoed("instructions", "Be brief.", None), echoed("instructions", "Be brief.", "Be brief.")
    ),
    Example(
        "responses-echo",
        echoed("reasoning", {"effort": "low"}, {"effort": "high"}),
        echoed("reasoning", {"effort": "low", "summary": "auto"}, {"effort": "low", "summary": "detailed"}),
    ),
    Example(
        "responses-echo",
        echoed("text", {"format": {"type": "json_object"}}, {}),
        said("{}", OBJECT),
        also="responses-format",
    ),
    Example("responses-echo", echoed("tool_choice", "none", "auto"), echoed("tool_choice", "none", "none")),
    Example(
        "responses-echo",
        echoed("tool_choice", NAMED, {**NAMED, "name": "sing"}),
        called(call(), tool_choice=NAMED),
        also="responses-tool-choice-required",
    ),
    Example("responses-echo-missing", echoed("user", "me", GONE), echoed("user", "me", "me")),
    Example(
        "responses-echo-tools",
        called(call(), echoed=[TIME]),
        called(call(), echoed=[WEATHER, {**TIME, "strict": None}]),
    ),
    Example("responses-echo-tools", called(call(), echoed="none"), called(call(), echoed=[]), also="responses-members"),
    Example("responses-model-asked", plain(model="o4-mini"), plain(model="gpt-4o-mini")),
    Example(
        "responses-tool-choice-none",
        called(call(), tool_choice="none"),
        called(message(), tool_choice="none"),
    ),
    Example(
        "responses-tool-choice-required",
        called(message(), tool_choice="required"),
        called(REFUSAL, tool_choice="required"),
    ),
    Example(
        "responses-tool-choice-required",
        called(message(), tool_choice="required"),
        called(APPROVAL, tool_choice="required"),
    ),
    Example(
        "responses-tool-choice-required", called(message(), tool_choice=ALLOWED), called(call(), tool_choice=ALLOWED)
    ),
    Example("responses-tool-choice-required", called(message(), tool_choice=NAMED), called(call(), tool_choice=NAMED)),
    Example(
        "responses-tool-choice-named",
        called(call(name="get_time", arguments="{}"), tool_choice=NAMED),
        called(call(name="get_time", arguments="{}")),
    ),
    Example(
        "responses-parallel",
        called(call(), call(id="fc_2", call_id="call_2"), parallel_tool_calls=False),
        called(call(), call(id="fc_2", call_id="call_2"), parallel_tool_calls=True),
    ),
    Example("responses-call-known", called(call(name="sing")), called(call(), tools=[WEATHER])),
    Example(
        "responses-call-known", plain(response(call())), called(call(), tools=[{"type": "mcp", "server_label": "x"}])
    ),
    Example(
        "responses-call-schema",
        called(call(arguments='{"city": 3}')),
        called(call(arguments='{"city": 3}'), tools=[{**WEATHER, "strict": False}]),
    ),
    Example("responses-format", said("```json\n{}\n```", OBJECT), said("{}", OBJECT)),
    Example("responses-format", said("[]", OBJECT), said("{}", OBJECT)),
    Example("responses-format", said("{}", STRICT), said("{}", LOOSE)),
    Example("responses-format", said('{"city": 3}', STRICT), said('{"city": "Paris"}', STRICT)),
    Example(
        "responses-format",
        said('{"city"', LOOSE),
        said('{"city"', LOOSE, status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
    ),
    Example(
        "responses-top-logprobs",
        plain(response(message(part(logprobs=[TOKEN])), top_logprobs=1), top_logprobs=1),
        plain(response(message(part(logprobs=[TOKEN])), top_logprobs=2), top_logprobs=2),
    ),
    Example("http-stream-asked", plain(stream=True), stream()),
)
