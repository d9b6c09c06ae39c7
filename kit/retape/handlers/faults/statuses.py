"""Faults that answer in the place of the handler: an error status with OpenAI's body and headers.

The handler inside isn't asked, so "429 twice, then fine" replays a recording on the third call.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate
from typing import Unpack

from retape.handlers import Handler
from retape.handlers.faults.asked import Asked
from retape.handlers.faults.causes import Cause, cause
from retape.handlers.faults.faulted import Faulted, Strike, When, at_least
from retape.tape.request import Request
from retape.tape.steps import Headers, Step

RETRIED = (408, 409, 429)
"""Statuses below 500 that the official client tries again (openai/_base_client.py, `_should_retry`)."""


def status(
    handler: Handler,
    which: int | str = 500,
    *,
    retry_after: float | None = None,
    date: bool = False,
    real_delays: bool = False,
    should_retry: bool | None = None,
    now: Callable[[], float] = time.time,
    **when: Unpack[When],
) -> Faulted:
    """Answers with an error: status, body, layout and headers as OpenAI gives them; the handler isn't asked.

    A client that may try again does so at once: beside the honest `retry-after` stands `retry-after-ms: 1`, which the
    official client prefers.

    Args:
        handler: what answers the other calls.
        which: a status, 400 to 599, or a name such as "insufficient-quota".
        retry_after: seconds until a retry would succeed; the rate limits' sentence and headers follow it.  None for
            what the error itself implies: a rate limit says when there is room again, a server error nothing.
        date: give `retry-after` as an HTTP date.
        real_delays: give the true milliseconds, so that the client waits.
        should_retry: `x-should-retry`, which the official client obeys before all; None leaves it out.
        now: seconds since the epoch, for `date`.
        when: which calls it strikes.

    Raises:
        UsageError: no such error, or a negative time.
    """
    at_least(0, retry_after=retry_after)
    row = cause(which)

    def act(_: Handler, request: Request, strike: Strike) -> Iterator[Step]:
        asked = Asked(request=request, wait=retry_after)
        answer = row.make(asked)
        headers: Headers = ()
        if should_retry or answer.status >= 500 or answer.status in RETRIED:
            headers = retry_headers(row.wait(asked), real_delays=real_delays, now=now if date else None)
        if should_retry is not None:
            headers += (("x-should-retry", str(should_retry).lower()),)
        strike()
        return replace(answer, headers=answer.headers + headers).steps(asked.request_id)

    return Faulted(handler, "status", act, {"which": which, "retry_after": retry_after}, when)


def retry_headers(wait: float | None, *, real_delays: bool = False, now: Callable[[], float] | None = None) -> Headers:
    """The fields that say when to try again.

    `retry-after` has whole seconds (RFC 9110, section 10.2.3), so it is rounded up.

    Args:
        wait: seconds; None when nobody knows.
        real_delays: whether the milliseconds are the true ones; else 1.
        now: the clock for an HTTP date; None for a number.
    """
    headers: Headers = ()
    if wait is not None:
        seconds = math.ceil(wait)
        headers = (("retry-after", formatdate(now() + seconds, usegmt=True) if now else str(seconds)),)
    if not real_delays:
        headers += (("retry-after-ms", "1"),)
    elif wait is not None:
        headers += (("retry-after-ms", str(math.ceil(round(wait * 1000, 3)))),)
    return headers


class Named:
    """`status` for one cause, under that cause's name."""

    def __init__(self, row: Cause) -> None:
        self._row = row
        self.__name__ = row.name.replace("-", "_")
        self.__doc__ = row.does

    def __repr__(self) -> str:
        return f"faults.{self.__name__}"

    def __call__(
        self,
        handler: Handler,
        *,
        retry_after: float | None = None,
        date: bool = False,
        real_delays: bool = False,
        should_retry: bool | None = None,
        **when: Unpack[When],
    ) -> Faulted:
        """As `status`."""
        faulted = status(
            handler,
            self._row.name,
            retry_after=retry_after,
            date=date,
            real_delays=real_delays,
            should_retry=should_retry,
            **when,
        )
        faulted.name = self._row.name
        return faulted


bad_request = Named(cause("bad-request"))
context_length = Named(cause("context-length"))
flagged = Named(cause("flagged"))
invalid_key = Named(cause("invalid-key"))
no_key = Named(cause("no-key"))
no_permission = Named(cause("no-permission"))
no_organization = Named(cause("no-organization"))
unsupported_country = Named(cause("unsupported-country"))
no_model_access = Named(cause("no-model-access"))
not_found = Named(cause("not-found"))
model_not_found = Named(cause("model-not-found"))
request_timeout = Named(cause("request-timeout"))
conflict = Named(cause("conflict"))
too_large = Named(cause("too-large"))
unprocessable = Named(cause("unprocessable"))
rate_limit = Named(cause("rate-limit"))
rate_limit_tokens = Named(cause("rate-limit-tokens"))
request_too_large = Named(cause("request-too-large"))
insufficient_quota = Named(cause("insufficient-quota"))
billing_not_active = Named(cause("billing-not-active"))
server_error = Named(cause("server-error"))
bad_gateway = Named(cause("bad-gateway"))
overloaded = Named(cause("overloaded"))
gateway_timeout = Named(cause("gateway-timeout"))

NAMED = tuple(value for value in vars().values() if isinstance(value, Named))
"""All of them."""
