"""Examples for the rules in `retape.verify.rules.chat_usage`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import (
    DONE,
    GONE,
    HELLO,
    USAGE,
    Example,
    chat,
    chunk,
    completion,
    counted,
    first,
    piece,
    stream,
    text,
)

ASKED = {"stream_options": {"include_usage": True}}
OPEN = HELLO[:-1]
ENDED = chunk(piece({}, "stop"), usage=USAGE)
COUNTED = stream(*OPEN, counted(), DONE, **ASKED)


def used(**changes: Any) -> retape.Exchange:
    """An answer with another usage."""
    return chat(completion(usage=USAGE | changes))


def detailed(name: str, value: Any) -> dict[str, Any]:
    """A usage's details."""
    return {f"{name}_details": value}


EXAMPLES = (
    Example("chat-usage-missing", chat(completion(usage=GONE)), chat()),
    Example("chat-usage-missing", chat(completion(usage=None)), chat()),
    Example("chat-usage-counts", used(prompt_tokens=9.0), used()),
    Example("chat-usage-counts", used(completion_tokens=-2), used()),
    Example("chat-usage-counts", stream(*OPEN, counted(usage={"total_tokens": 0}), DONE, **ASKED), COUNTED),
    Example("chat-usage-sum", used(total_tokens=12), used(total_tokens=11)),
    Example(
        "chat-usage-parts",
        used(**detailed("prompt_tokens", {"cached_tokens": 10})),
        used(**detailed("prompt_tokens", {"cached_tokens": 9})),
    ),
    Example(
        "chat-usage-parts",
        used(**detailed("completion_tokens", {"reasoning_tokens": 3})),
        used(**detailed("completion_tokens", {"reasoning_tokens": 2})),
    ),
    Example(
        "chat-usage-details",
        used(**detailed("completion_tokens", {"reasoning_tokens": None})),
        used(**detailed("completion_tokens", None)),
    ),
    Example(
        "chat-usage-details", used(**detailed("prompt_tokens", 4)), used(**detailed("prompt_tokens", {"tier": "x"}))
    ),
    Example(
        "chat-usage-unasked", stream(first(), text("Earth"), ENDED, DONE), stream(first(), text("Earth"), *HELLO[3:])
    ),
    Example("chat-usage-unasked", stream(*OPEN, counted(), DONE), COUNTED),
    Example("chat-usage-asked", stream(*HELLO, **ASKED), stream(*HELLO[:2], http={"outcome": "client-left"}, **ASKED)),
    Example(
        "chat-usage-once",
        stream(first(), text("Earth", usage=USAGE), *HELLO[3:4], counted(), DONE, **ASKED),
        stream(
            *(first(), text("Earth", usage=USAGE), *HELLO[3:4], counted(), DONE),
            stream_options={"include_usage": True, "continuous_usage_stats": True},
        ),
    ),
    Example("chat-usage-place", stream(first(), text("Earth"), ENDED, DONE, **ASKED), COUNTED),
    Example("chat-usage-place", stream(first(), counted(), *HELLO[1:], **ASKED), COUNTED),
    Example("chat-usage-in-choice", stream(*OPEN[:-1], chunk(piece({}, "stop", usage=USAGE)), DONE), stream()),
)
