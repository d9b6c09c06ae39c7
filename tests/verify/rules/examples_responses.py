"""Examples for the rules in `retape.verify.rules.responses`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import GONE, Example
from verify.rules.responded import SAID, completed, created, ended, message, plain, response, stream

FAILED = {"code": "server_error", "message": "The server had an error."}
CUT = {"reason": "max_output_tokens"}


def given(**changes: Any) -> retape.Exchange:
    """An answer whose response is another."""
    return plain(response(**changes))


def failed(**error: Any) -> retape.Exchange:
    """A stream that fails."""
    return stream(created(), ended("failed", output=[], usage=None, error={**FAILED, **error}))


EXAMPLES = (
    Example("responses-object", given(object="chat.completion"), given()),
    Example("responses-object", plain([response()]), plain(response())),
    Example("responses-id", given(id=""), given(id="resp_any")),
    Example("responses-id-prefix", given(id="chatcmpl-1"), given()),
    Example("responses-created-at", given(created_at="now"), given(created_at=1)),
    Example("responses-created-at", given(created_at=1763600000123), given()),
    Example("responses-created-at", given(created_at=True), given()),
    Example("responses-created-at-integer", given(created_at=1763600000.5), given()),
    Example("responses-completed-at", given(completed_at=1763599999), given(completed_at=1763600000)),
    Example("responses-completed-at", given(completed_at=None), given(completed_at=1763600001)),
    Example(
        "responses-completed-at",
        stream(created(completed_at=1763600001), *SAID, completed()),
        stream(created(completed_at=None), *SAID, completed(completed_at=1763600001)),
    ),
    Example("responses-status", given(status="done"), given(status="cancelled")),
    Example("responses-status", given(status=GONE), given()),
    Example("responses-status-reason", given(error=FAILED), given()),
    Example(
        "responses-status-reason", given(incomplete_details=CUT), given(status="incomplete", incomplete_details=CUT)
    ),
    Example("responses-status-reason", given(status="failed"), given(status="failed", error=FAILED)),
    Example("responses-status-reason", given(status="incomplete"), given()),
    Example("responses-error-code", failed(code=None), failed()),
    Example(
        "responses-incomplete-reason",
        given(status="incomplete", incomplete_details={"reason": "length"}),
        given(status="incomplete", incomplete_details={"reason": "steered"}),
    ),
    Example("responses-model", given(model=None), given(model="gpt-4o-mini")),
    Example("responses-keys", given(tools=GONE, text=GONE), given(user=GONE, service_tier="default")),
    Example("responses-output", given(output=GONE), given(), also="responses-keys"),
    Example("responses-output", given(output=[]), given(output=[], status="incomplete", incomplete_details=CUT)),
    Example("responses-output-early", stream(created(output=[message()]), *SAID, completed()), stream()),
    Example(
        "responses-event-status",
        stream(created(status="completed"), *SAID, completed()),
        stream(created(status="queued"), *SAID, completed()),
        also="responses-output",
    ),
    Example(
        "responses-event-status",
        stream(created(), *SAID, completed(status="incomplete", incomplete_details=CUT)),
        stream(created(), *SAID, ended("incomplete", incomplete_details=CUT)),
    ),
    Example(
        "responses-background",
        plain(response(background=True), background=True),
        plain(response(background=True, status="queued", output=[], usage=None), background=True),
    ),
)
