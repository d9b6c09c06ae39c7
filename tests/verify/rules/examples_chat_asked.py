"""Examples for the rules in `retape.verify.rules.chat_asked`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import (
    DONE,
    USAGE,
    WEATHER,
    Example,
    call,
    calls,
    chat,
    choice,
    completion,
    first,
    last,
    message,
    stream,
    text,
)

TIME = {"type": "function", "function": {"name": "get_time"}}
TOOLS = {"tools": [WEATHER, TIME]}
ALLOWED = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [TIME]}}


def said(content: str, finish: str = "stop", *, spent: int = 2, **asked: Any) -> retape.Exchange:
    """A whole answer with this text."""
    usage = {**USAGE, "completion_tokens": spent, "total_tokens": 9 + spent}
    return chat(completion(choice(message(content), finish), usage=usage), **asked)


def streamed(*texts: str, **asked: Any) -> retape.Exchange:
    """A stream of these deltas."""
    return stream(first(), *map(text, texts), last(), DONE, **asked)


EXAMPLES = (
    Example("chat-asked-n", chat(n=2), chat(completion(choice(), choice(index=1)), n=2)),
    Example("chat-asked-n", chat(completion(choice(), choice(index=1))), chat(n=1)),
    Example("chat-asked-n", stream(n=2), stream(first(), http={"outcome": "client-left"}, n=2)),
    Example("chat-asked-stop", said("1, 2, 3", stop="3"), said("1, 2, ", stop="3")),
    Example("chat-asked-stop", streamed("Answer\nObs", "ervation", stop=["Observation"]), streamed("a", stop=["b"])),
    Example(
        "chat-asked-stop-leaks",
        streamed("Answer\nObs", stop=["Observation"]),
        streamed("Answer\nOb", stop=["Observation"]),
    ),
    Example(
        "chat-asked-no-tools",
        chat(calls(call()), tool_choice="none", **TOOLS),
        chat(calls(call()), tool_choice="auto", **TOOLS),
    ),
    Example("chat-asked-required", chat(tool_choice="required", **TOOLS), chat(tool_choice="auto", **TOOLS)),
    Example(
        "chat-asked-required",
        chat(tool_choice=TIME, **TOOLS),
        said("", "length", tool_choice=TIME, **TOOLS),
    ),
    Example("chat-asked-required", chat(tool_choice=ALLOWED, **TOOLS), chat(tool_choice="auto", **TOOLS)),
    Example(
        "chat-asked-named",
        chat(calls(call(), finish="stop"), tool_choice=TIME, **TOOLS),
        chat(calls(call("{}", "get_time"), finish="stop"), tool_choice=TIME, **TOOLS),
    ),
    Example(
        "chat-asked-named",
        chat(calls(call()), tool_choice=ALLOWED, **TOOLS),
        chat(calls(call("{}", "get_time")), tool_choice=ALLOWED, **TOOLS),
    ),
    Example(
        "chat-asked-parallel",
        chat(calls(call(), call("{}", "get_time", "call_2")), parallel_tool_calls=False, **TOOLS),
        chat(calls(call(), call("{}", "get_time", "call_2")), parallel_tool_calls=True, **TOOLS),
    ),
    Example(
        "chat-asked-limit",
        said("Earth", "length", spent=5, max_tokens=4),
        said("Earth", "length", spent=4, max_tokens=4),
    ),
    Example(
        "chat-asked-length", said("Once upon a", spent=4, max_tokens=4), said("Once upon a", spent=3, max_tokens=4)
    ),
    Example(
        "chat-asked-length-early",
        said("Earth", "length", max_completion_tokens=100),
        said("Earth", "length", spent=100, max_completion_tokens=100),
    ),
    Example("chat-asked-model", chat(model="llama3"), chat(model="openai/gpt-4o-mini-2024-07-18")),
)
