"""Examples for the rules in `retape.verify.rules.responses_refused`."""

from __future__ import annotations

from typing import Any

from verify.rules.answers import GONE, Example, told
from verify.rules.responded import SCHEMA, WEATHER, call, plain, response

NAMELESS = {"type": "function"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "Sunny"}


def place(**changes: Any) -> dict[str, Any]:
    """A format."""
    return {"format": {"type": "json_schema", "name": "place", "schema": SCHEMA, "strict": False, **changes}}


FAULTS: tuple[tuple[dict[str, Any], dict[str, Any], str], ...] = (
    ({"input": GONE}, {"input": GONE, "prompt": {"id": "pmpt_1"}}, ""),
    ({"input": None}, {"input": None, "prompt": {"id": "pmpt_1"}}, ""),
    ({"input": 7}, {"input": [{"role": "user", "content": "Hello"}]}, ""),
    ({"temperature": 3}, {"temperature": 1}, "responses-echo"),
    ({"top_p": -1}, {"top_p": 1}, "responses-echo"),
    ({"top_logprobs": 21}, {}, "responses-echo-missing"),
    ({"tools": {}}, {"tools": []}, ""),
    ({"tools": [NAMELESS]}, {"tools": [WEATHER]}, ""),
    ({"tools": ["web_search"]}, {"tools": [{"type": "any_tool"}]}, ""),
    ({"tool_choice": "maybe"}, {"tool_choice": "auto"}, "responses-echo"),
    ({"tool_choice": "required"}, {}, "responses-echo responses-tool-choice-required"),
    ({"text": place(name=None)}, {}, "responses-echo responses-format"),
    ({"text": place(schema=None)}, {}, "responses-echo responses-format"),
    ({"previous_response_id": "resp_0", "conversation": "conv_1"}, {"conversation": "conv_1"}, "responses-echo"),
)
SLIPS: tuple[tuple[dict[str, Any], dict[str, Any], str], ...] = (
    ({"max_output_tokens": 8}, {"max_output_tokens": None}, "responses-echo"),
    ({"input": [OUTPUT]}, {"input": [call(), OUTPUT]}, ""),
    ({"input": [OUTPUT]}, {"input": [OUTPUT], "conversation": "conv_1"}, ""),
)

EXAMPLES = (
    *(Example("responses-refused-answered", plain(**wrong), plain(**right), also) for wrong, right, also in FAULTS),
    *(Example("responses-refused-slip", plain(**wrong), plain(**right), also) for wrong, right, also in SLIPS),
    Example(
        "responses-refused-status",
        plain(told(), http={"status": 500}, temperature=3),
        plain(told(), http={"status": 400}, temperature=3),
    ),
    Example(
        "responses-refused-status",
        plain(told(), http={"status": 404}, tools=7),
        plain(response(), tools=[]),
    ),
)
