"""Examples for the rules in `retape.verify.rules.responses_usage`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import GONE, Example
from verify.rules.responded import SAID, USED, completed, created, message, plain, reasoning, response, stream

FAILED = {"code": "server_error", "message": "The server had an error."}
HIDDEN = {"reasoning_tokens": 2}
LONG = {**USED, "output_tokens": 17, "total_tokens": 26}


def given(**changes: Any) -> retape.Exchange:
    """An answer whose response is another."""
    return plain(response(**changes))


def used(usage: Any = None, **changes: Any) -> retape.Exchange:
    """An answer with another usage."""
    return plain(response(usage={**USED, **changes} if usage is None else usage))


EXAMPLES = (
    Example("responses-usage", given(usage=None), given(usage=None, status="cancelled")),
    Example("responses-usage", given(usage=GONE), given(usage=GONE, status="failed", error=FAILED)),
    Example("responses-usage-counts", used(input_tokens=9.0), used()),
    Example("responses-usage-counts", used(output_tokens=-1), used()),
    Example("responses-usage-counts", used({}), used(), also="responses-usage-details"),
    Example("responses-usage-sum", used(total_tokens=12), used(input_tokens=10, total_tokens=12)),
    Example("responses-usage-details", used(input_tokens_details=None), used()),
    Example("responses-usage-details", used(output_tokens_details={"reasoning_tokens": None}), used()),
    Example("responses-usage-parts", used(input_tokens_details={"cached_tokens": 10}), used()),
    Example(
        "responses-usage-parts",
        used(output_tokens_details={"reasoning_tokens": 3}),
        used(output_tokens_details={"reasoning_tokens": 2}),
    ),
    Example(
        "responses-usage-limit",
        plain(response(max_output_tokens=16, usage=LONG), max_output_tokens=16),
        plain(response(max_output_tokens=17, usage=LONG), max_output_tokens=17),
    ),
    Example("responses-usage-early", stream(created(usage=USED), *SAID, completed()), stream()),
    Example(
        "responses-reasoning-none",
        plain(
            response(usage={**USED, "output_tokens_details": HIDDEN}, reasoning={"effort": "none"}),
            reasoning={"effort": "none"},
        ),
        plain(response(reasoning={"effort": "none"}), reasoning={"effort": "none"}),
    ),
    Example(
        "responses-reasoning-none",
        plain(response(reasoning(), message(), reasoning={"effort": "none"}), reasoning={"effort": "none"}),
        plain(response(reasoning(), message(), reasoning={"effort": "low"}), reasoning={"effort": "low"}),
    ),
)
