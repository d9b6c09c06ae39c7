"""Examples for the rules in `retape.verify.rules.chat_stream`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import DONE, GONE, HELLO, Example, chunk, first, last, piece, sse, stream, text

FILTERED = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": []}
BEFORE, *AFTER = HELLO


def with_text(**changes: Any) -> retape.Exchange:
    """A stream in which the text's first chunk has other members."""
    return stream(first(), text("Ear", **changes), text("th"), last(), DONE)


def with_delta(**delta: Any) -> retape.Exchange:
    """A stream in which one delta has other members."""
    return stream(first(), chunk(piece({"content": "Earth", **delta})), last(), DONE)


EXAMPLES = (
    Example("chat-stream-object", with_text(object="text_completion"), stream()),
    Example("chat-stream-object", stream(first(), {"tool": "search", "status": "running"}, last(), DONE), stream()),
    Example("chat-stream-event-name", stream(raw=f"event: message\n{sse(*HELLO)}"), stream()),
    Example("chat-stream-id", with_text(id=""), stream()),
    Example("chat-stream-model", with_text(model=GONE), stream()),
    Example("chat-stream-created", with_text(created=None), stream()),
    Example("chat-stream-same-id", with_text(id="chatcmpl-2"), stream()),
    Example("chat-stream-same-created", with_text(created=1763600001), stream()),
    Example("chat-stream-same-model", with_text(model="gpt-4o"), stream()),
    Example("chat-stream-service-tier", with_text(service_tier="on_demand"), with_text(service_tier="default")),
    Example("chat-stream-choices", with_text(choices=None), stream()),
    Example("chat-stream-choices", with_text(choices=["Ear"]), stream()),
    Example("chat-stream-choices-empty", with_text(choices=[]), stream()),
    Example("chat-stream-prompt-filter", stream(FILTERED, *HELLO), stream()),
    Example("chat-stream-index", with_text(choices=[piece({"content": "Ear"}, index="0")]), stream()),
    Example("chat-stream-index", stream(chunk(*first()["choices"], piece({"content": "a"})), *AFTER), stream()),
    Example("chat-stream-delta", with_text(choices=[piece(None)]), stream()),
    Example("chat-stream-message", with_text(choices=[piece({"content": "Ear"}, message={})]), stream()),
    Example("chat-stream-role", with_delta(role=None), stream()),
    Example("chat-stream-role", with_delta(role=""), stream()),
    Example("chat-stream-content", with_delta(content=[{"type": "text", "text": "Earth"}]), with_delta(content=None)),
    Example("chat-stream-refusal", with_delta(refusal=False), with_delta(refusal=None)),
    Example("chat-stream-finish-reason", stream(first(), last("eos_token"), DONE), stream(first(), last(), DONE)),
    Example(
        "chat-stream-finish-reason",
        with_text(choices=[piece({"content": "Ear"}, "")]),
        with_text(choices=[piece({"content": "Ear"}, None)]),
    ),
)
