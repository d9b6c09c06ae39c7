"""Examples for the rules in `retape.verify.rules.sse`."""

from __future__ import annotations

import json

from verify.rules.answers import DONE, HELLO, Example, first, last, sse, stream, text

LINES = sse(*HELLO)
SPREAD = "".join(f"data: {line}\n" for line in json.dumps(text("Ear"), indent=1).splitlines()) + "\n"

EXAMPLES = (
    Example("sse-data-json", stream(": PROCESSING", *HELLO), stream(first(), text(": PROCESSING"), last(), DONE)),
    Example("sse-data-json", stream(first(), '{"x": NaN}', last(), DONE), stream()),
    Example("sse-data-object", stream('""', *HELLO), stream()),
    Example("sse-data-empty", stream(raw=f"data:\n\n{LINES}"), stream()),
    Example("sse-data-empty", stream(raw=f"data: \n\n{LINES}"), stream()),
    Example("sse-last-blank-line", stream(raw=LINES[:-1]), stream(), also="chat-stream-done-missing"),
    Example("sse-unknown-line", stream(raw=f'{{"id": 1}}\n\n{LINES}'), stream()),
    Example("sse-unknown-line", stream(raw=f" {LINES}"), stream(), also="chat-stream-role-first"),
    Example("sse-comment", stream(raw=f": ping\n\n{LINES}"), stream()),
    Example("sse-newlines", stream(raw=LINES.replace("\n", "\r\n")), stream()),
    Example("sse-newlines", stream(raw=LINES.replace("\n", "\r")), stream()),
    Example("sse-newlines", stream(raw=LINES.replace("\n\n", "\n\r\n")), stream()),
    Example("sse-no-space", stream(raw=LINES.replace("data: ", "data:")), stream()),
    Example("sse-data-lines", stream(raw=sse(first()) + SPREAD + sse(last(), DONE)), stream()),
    Example("sse-id", stream(raw=f"id: 1\n{LINES}"), stream()),
    Example("sse-id", stream(raw=f"retry: 3000\n{LINES}"), stream()),
    Example("sse-bom", stream(raw=f"\ufeff{LINES}"), stream()),
    Example("sse-event-without-data", stream(raw=f"event: ping\n\n{LINES}"), stream()),
)
