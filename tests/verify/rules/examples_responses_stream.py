"""Examples for the rules in `retape.verify.rules.responses_stream`."""

from __future__ import annotations

from verify.rules.answers import GONE, Example, exchange
from verify.rules.responded import CALLED, SAID, begun, call, completed, created, ended, stream, without

ERROR = {"type": "error", "code": "server_error", "message": "The server had an error.", "param": None}
NESTED = {"type": "error", "error": {"code": "server_error", "message": "The server had an error."}}
FAILED = ended("failed", output=[], usage=None, error={"code": "server_error", "message": "The server had an error."})
PROGRESS = {"type": "response.in_progress", "response": begun()}
QUEUED = {"type": "response.queued", "response": begun(status="queued")}
PING = {"type": "keepalive"}
UNNUMBERED = [{**event, "sequence_number": GONE} for event in (created(), *SAID, completed())]
EARLY = [
    {**event, "sequence_number": GONE}
    for event in (created(created_at=1743465600), *SAID, completed(created_at=1743465600))
]
AFTER = "/resp_1?stream=true&starting_after=8"

EXAMPLES = (
    Example("responses-event-type", stream(created(), {"delta": "E"}, *SAID, completed()), stream()),
    Example(
        "responses-event-known", stream(created(), PING, *SAID, completed()), stream(created(), *SAID, completed())
    ),
    Example(
        "responses-event-line",
        stream({**created(), "named": "response.queued"}, *SAID, completed()),
        stream({**created(), "named": "response.created"}, *SAID, completed()),
    ),
    Example("responses-event-line-missing", stream(named=False), stream()),
    Example("responses-done", stream(created(), *SAID, completed(), "[DONE]"), stream()),
    Example("responses-stream-created", stream(*SAID, completed()), stream(QUEUED, *SAID, completed())),
    Example(
        "responses-stream-created", stream(PROGRESS, *SAID, completed()), stream(QUEUED, PROGRESS, *SAID, completed())
    ),
    Example("responses-stream-created-once", stream(created(), created(), *SAID, completed()), stream()),
    Example(
        "responses-stream-created-once",
        stream(created(), *SAID, PROGRESS, completed()),
        stream(created(), PROGRESS, *SAID, completed()),
    ),
    Example(
        "responses-stream-terminal", stream(created(), *SAID), stream(created(), *SAID, http={"outcome": "client-left"})
    ),
    Example("responses-stream-terminal", stream(created(), *SAID), stream(created(), ERROR)),
    Example(
        "responses-stream-terminal",
        stream(SAID[-1], path=AFTER),
        exchange("/responses" + AFTER, None, "", kind="text/event-stream", method="GET"),
    ),
    Example("responses-stream-last", stream(created(), *SAID, completed(), completed()), stream()),
    Example("responses-stream-last", stream(created(), *SAID, completed(), ERROR), stream(created(), ERROR, FAILED)),
    Example(
        "responses-stream-open",
        stream(http={"outcome": "timeout"}),
        stream(http={"outcome": "client-left"}),
    ),
    Example("responses-sequence", stream(*UNNUMBERED), stream(*EARLY)),
    Example(
        "responses-sequence",
        stream({**created(), "sequence_number": "0"}, *SAID, completed()),
        stream(created(), *SAID, completed()),
    ),
    Example(
        "responses-sequence-contiguous",
        stream({**created(), "sequence_number": 1}, *SAID, completed()),
        stream(),
    ),
    Example(
        "responses-sequence-contiguous",
        stream(created(), {**SAID[0], "sequence_number": 0}, *SAID[1:], completed()),
        stream(created(), *CALLED, completed(call()), tools=[{"type": "mcp"}]),
    ),
    Example(
        "responses-sequence-contiguous",
        stream({**completed(), "sequence_number": 8}, path=AFTER),
        stream(completed(), path=AFTER),
    ),
    Example("responses-stream-same-id", stream(created(id="resp_2"), *SAID, completed()), stream()),
    Example("responses-error-event", stream(created(), NESTED), stream(created(), ERROR)),
    Example("http-whole-body", stream(created(), *without(SAID, 6), http={"outcome": "reset"}), stream()),
)
