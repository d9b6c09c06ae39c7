"""Faults: what goes wrong, put around any handler.

    handler = faults.cut(retape.replay("cassettes/planet.yaml"), after=3)     # three events, then the line is dead
    handler = faults.rate_limit(fake, times=2)                               # 429 twice, then fine
    handler = faults.jitter(faults.malformed(fake, after=5), mean=0.01)      # one around the other

Every fault takes `times`, `after_calls` and `every` (see `When`), is safe in threads, and says in `.struck` how often
it did what it was asked for.  Waiting costs nothing unless asked for: a 429 makes the official client try again at once
unless `real_delays`, and silence without a number of seconds is a time-out at once in process.

`fault("cut", after=3)`, `parse("cut:after=3")` and `build("cut", {"after": 3})` make the same from a name; `table()`
has all faults with their arguments.
"""

from retape.handlers.faults.bodies import broken_arguments, empty, html_page, truncated, wrong_type
from retape.handlers.faults.breaks import cut, half_character, refused, reset, timeout
from retape.handlers.faults.delays import drip, hold_open, jitter, slow_first_byte, stall
from retape.handlers.faults.events import duplicate_event, lost_event, malformed, no_done
from retape.handlers.faults.faulted import Faulted, When
from retape.handlers.faults.framing import garbled_head, illegal_chunk, short_body, split_character, stalled_head
from retape.handlers.faults.midstream import error_event
from retape.handlers.faults.rates import buckets
from retape.handlers.faults.rows import Argument, Row, find, table
from retape.handlers.faults.sequences import Wrap, sequence
from retape.handlers.faults.statuses import (
    bad_gateway,
    bad_request,
    billing_not_active,
    conflict,
    context_length,
    flagged,
    gateway_timeout,
    insufficient_quota,
    invalid_key,
    model_not_found,
    no_key,
    no_model_access,
    no_organization,
    no_permission,
    not_found,
    overloaded,
    rate_limit,
    rate_limit_tokens,
    request_timeout,
    request_too_large,
    server_error,
    status,
    too_large,
    unprocessable,
    unsupported_country,
)
from retape.handlers.faults.written import build, fault, parse

__all__ = [
    "Argument",
    "Faulted",
    "Row",
    "When",
    "Wrap",
    "bad_gateway",
    "bad_request",
    "billing_not_active",
    "broken_arguments",
    "buckets",
    "build",
    "conflict",
    "context_length",
    "cut",
    "drip",
    "duplicate_event",
    "empty",
    "error_event",
    "fault",
    "find",
    "flagged",
    "garbled_head",
    "gateway_timeout",
    "half_character",
    "hold_open",
    "html_page",
    "illegal_chunk",
    "insufficient_quota",
    "invalid_key",
    "jitter",
    "lost_event",
    "malformed",
    "model_not_found",
    "no_done",
    "no_key",
    "no_model_access",
    "no_organization",
    "no_permission",
    "not_found",
    "overloaded",
    "parse",
    "rate_limit",
    "rate_limit_tokens",
    "refused",
    "request_timeout",
    "request_too_large",
    "reset",
    "sequence",
    "server_error",
    "short_body",
    "slow_first_byte",
    "split_character",
    "stall",
    "stalled_head",
    "status",
    "table",
    "timeout",
    "too_large",
    "truncated",
    "unprocessable",
    "unsupported_country",
    "wrong_type",
]
