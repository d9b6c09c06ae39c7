"""Examples for the rules in `retape.verify.rules.chat_refused`: for each fault a request that has it, and one near."""

from __future__ import annotations

import json
from typing import Any

from verify.rules.answers import (
    GONE,
    MESSAGES,
    WEATHER,
    Example,
    call,
    chat,
    choice,
    completion,
    exchange,
    message,
    told,
)

NAMELESS = {"type": "function", "function": {}}
BUILT_IN = {"type": "web_search"}

CALLED = [*MESSAGES, {"role": "assistant", "content": None, "tool_calls": [call()]}]
PICTURE = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]}]


def planet(**changes: Any) -> dict[str, Any]:
    """A response format."""
    return {"type": "json_schema", "json_schema": {"name": "planet", "schema": {"type": "object"}, **changes}}


def answer(call_id: str | None) -> dict[str, Any]:
    """A tool's answer."""
    return {"role": "tool", "tool_call_id": call_id, "content": "Sunny"}


FAULTS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"messages": GONE}, {}),
    ({"messages": []}, {}),
    ({"messages": "Hello"}, {}),
    ({"messages": [{"role": "king", "content": "Hello"}]}, {"messages": [{"role": "developer", "content": "Hello"}]}),
    ({"temperature": 2.1}, {"temperature": 2}),
    ({"temperature": "hot"}, {"temperature": None}),
    ({"top_p": 1.5}, {"top_p": 0}),
    ({"presence_penalty": -3}, {"presence_penalty": -2}),
    ({"frequency_penalty": 3}, {"frequency_penalty": 2.0}),
    ({"n": 0}, {"n": 1}),
    ({"n": 1.5}, {"n": None}),
    ({"top_logprobs": 21}, {"top_logprobs": None}),
    ({"top_logprobs": 2}, {"logprobs": False}),
    ({"tools": {}}, {"tools": [WEATHER]}),
    ({"tools": [{"type": "invalid"}]}, {"tools": [BUILT_IN]}),
    ({"tools": [NAMELESS]}, {"tools": [WEATHER]}),
    ({"tools": [WEATHER], "tool_choice": "maybe"}, {"tools": [WEATHER], "tool_choice": "any"}),
    ({"tool_choice": "auto"}, {"tools": [WEATHER], "tool_choice": "auto"}),
    ({"response_format": {"type": "xml"}}, {"response_format": {"type": "text"}}),
    ({"response_format": {"type": "json_schema"}}, {"response_format": {"type": "text"}}),
    ({"response_format": planet(schema=[])}, {"response_format": planet()}),
    ({"response_format": planet(strict="yes")}, {"response_format": planet(strict=False)}),
)
SLIPS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"stream_options": {"include_usage": True}}, {"stream_options": None}),
    ({"max_tokens": 0}, {"max_tokens": 100}),
    ({"max_completion_tokens": -1}, {"max_completion_tokens": 100}),
    ({"messages": [*CALLED, answer("call_9")]}, {"messages": [*CALLED, answer("call_1")]}),
    ({"messages": [*CALLED, answer(None)]}, {"messages": [*CALLED, answer("call_1")]}),
)

WHOLE = json.dumps(completion())
JSON = completion(choice(message("{}")))
BAD = {"http": {"status": 400}}
FOR_MESSAGES = told(message="Missing required parameter: 'messages'.", param="messages")

EXAMPLES = (
    *(Example("chat-refused-answered", chat(JSON, **wrong), chat(JSON, **right)) for wrong, right in FAULTS),
    Example("chat-refused-answered", exchange("/chat/completions", [], WHOLE), chat()),
    *(Example("chat-refused-slip", chat(JSON, **wrong), chat(JSON, **right)) for wrong, right in SLIPS),
    Example(
        "chat-refused-part",
        chat(told(), http={"status": 500}, messages=PICTURE),
        chat(told(), http={"status": 503}, messages=PICTURE),
    ),
    Example(
        "chat-refused-status",
        chat(told(param="messages"), http={"status": 500}, messages=GONE),
        chat(FOR_MESSAGES, messages=GONE, **BAD),
    ),
    Example(
        "chat-refused-status",
        chat(told(code="model_not_found"), http={"status": 404}, messages=GONE),
        chat(told(message="The model `nope` does not exist"), http={"status": 404}, messages=GONE, model="nope"),
    ),
    Example(
        "chat-refused-422",
        chat(FOR_MESSAGES, http={"status": 422}, messages=GONE),
        chat(FOR_MESSAGES, messages=GONE, **BAD),
    ),
    Example("chat-refused-param", chat(told(), messages=[], **BAD), chat(told(param="model"), messages=[], **BAD)),
    Example(
        "chat-refused-param",
        chat(told(), n=0, **BAD),
        exchange("/chat/completions", [], json.dumps(told()), status=400),
    ),
    Example("chat-refused-param", chat(told(), n=0, **BAD), chat(FOR_MESSAGES, messages=MESSAGES, **BAD)),
)
