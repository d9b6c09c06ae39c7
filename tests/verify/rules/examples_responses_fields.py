"""Examples for the rules in `retape.verify.rules.responses_fields`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import GONE, Example
from verify.rules.responded import SAID, TIME, closes, completed, created, delta, opens, plain, response, stream, whole

WRONG: tuple[tuple[str, Any, Any], ...] = (
    ("metadata", [], None),
    ("parallel_tool_calls", "true", False),
    ("temperature", "1.0", None),
    ("text", "text", {"format": {"type": "text"}, "verbosity": "low"}),
    ("text", {"format": "text"}, {}),
    ("reasoning", {"effort": 3}, {"effort": "low"}),
    ("tool_choice", True, {"type": "function", "name": "get_time"}),
    ("tools", {}, [TIME]),
    ("tools", ["get_time"], []),
    ("instructions", 7, [{"role": "developer", "content": "Be brief."}]),
    ("max_output_tokens", 20.5, 20),
    ("truncation", False, "auto"),
    ("error", "none", None),
)
"""A member, what no reference knows there, and what it does."""


def told(*events: Any) -> retape.Exchange:
    """A stream of a message, of these events in the place of the ones about its text."""
    return stream(created(), SAID[0], *events, SAID[-1], completed())


def grown(*deltas: Any) -> retape.Exchange:
    """A stream of a message's text."""
    return told(opens(), *deltas, whole(), closes())


EXAMPLES = (
    *(
        Example(
            "responses-members",
            plain(response(**{name: wrong})),
            plain(response(**{name: right})),
            also="responses-status-reason" if name == "error" else "",
        )
        for name, wrong, right in WRONG
    ),
    Example("responses-members", stream(created(metadata=""), *SAID, completed()), stream()),
    Example(
        "responses-event-response",
        stream({"type": "response.created"}, *SAID, completed()),
        stream(created(), *SAID, completed()),
    ),
    Example(
        "responses-event-response",
        stream(created(), *SAID, {"type": "response.completed", "response": "resp_1"}),
        stream(),
    ),
    Example(
        "responses-event-part",
        told(opens(part=GONE), delta("Earth"), whole(), closes()),
        grown(delta("Earth")),
    ),
    Example(
        "responses-event-part",
        told(opens(part={"type": "output_text"}), delta("Earth"), whole(), closes()),
        told(opens(part={"type": "output_text", "text": ""}), delta("Earth"), whole(), closes()),
    ),
    Example(
        "responses-event-logprobs",
        grown(delta("Earth", logprobs={})),
        grown(delta("Ear", logprobs=[]), delta("th", logprobs=None)),
    ),
    Example(
        "responses-stream-same-head",
        stream(created(created_at=1763600001), *SAID, completed()),
        stream(created(created_at=1763600000), *SAID, completed()),
    ),
    Example("responses-stream-same-head", stream(created(model="gpt-4o"), *SAID, completed()), stream()),
)
