"""Real rate limits: buckets of requests and tokens that fill continuously, and headers that tell their state."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Unpack

from retape.errors import UsageError
from retape.handlers import Handler
from retape.handlers.fake.refusal import Refusal
from retape.handlers.faults.allowance import Allowance, Kind, tokens_of
from retape.handlers.faults.asked import Asked
from retape.handlers.faults.faulted import Faulted, Strike, When, at_least
from retape.handlers.faults.refusals import limited
from retape.handlers.faults.statuses import retry_headers
from retape.tape.request import Request
from retape.tape.steps import Head, Headers, Step


class Buckets:
    """One model's allowances at a time.

    Args:
        full: the allowances, nothing used.
        now: the time, in seconds.
    """

    def __init__(self, full: tuple[Allowance, ...], now: float) -> None:
        self.allowances = full
        self._at = now

    def refill(self, now: float) -> None:
        """Give back what time gives back."""
        self.allowances = tuple(allowance.later(now - self._at) for allowance in self.allowances)
        self._at = now

    def take(self, wanted: dict[Kind, int]) -> None:
        """Use up what a granted request counts for."""
        self.allowances = tuple(allowance.take(wanted[allowance.kind]) for allowance in self.allowances)

    def reached(self, wanted: dict[Kind, int]) -> Allowance | None:
        """The limit that a request would pass; the one with the longest wait where it passes both."""
        short = [allowance for allowance in self.allowances if allowance.wait(wanted[allowance.kind]) > 1e-9]
        return max(short, key=lambda allowance: allowance.wait(wanted[allowance.kind]), default=None)

    @property
    def headers(self) -> Headers:
        """`x-ratelimit-*` of all limits, in OpenAI's order."""
        columns = zip(*(allowance.headers for allowance in self.allowances), strict=True)
        return tuple(field for column in columns for field in column)


def buckets(
    handler: Handler,
    *,
    rpm: int | None = None,
    tpm: int | None = None,
    real_delays: bool = False,
    clock: Callable[[], float] = time.monotonic,
    **when: Unpack[When],
) -> Faulted:
    """Limits requests and tokens as OpenAI does: a bucket of each for each model, refilled continuously.

    Each POST counts, with the larger of its `max_tokens` and a quarter of its text's characters as tokens; every answer
    to one tells the state in `x-ratelimit-*`.  What doesn't fit gets the 429 that OpenAI gives, is not counted, and
    doesn't reach the handler.

    Args:
        handler: what answers the requests that fit.
        rpm: requests a minute; None for no limit.
        tpm: tokens a minute; None for no limit.
        real_delays: give the true `retry-after-ms`, so that the client waits until there is room; else it tries again
            at once, and fails unless the clock is yours.
        clock: seconds that never go back.
        when: which calls are limited.

    Raises:
        UsageError: neither limit is given, or one below 1.
    """
    if rpm is None and tpm is None:
        raise UsageError("buckets need rpm=, tpm= or both: requests and tokens a minute")
    at_least(1, rpm=rpm, tpm=tpm)
    sizes: tuple[tuple[Kind, int | None], ...] = (("requests", rpm), ("tokens", tpm))
    full = tuple(Allowance(kind=kind, limit=limit) for kind, limit in sizes if limit is not None)
    models: dict[str, Buckets] = {}
    lock = threading.Lock()

    def admit(asked: Asked) -> Refusal | Headers:
        wanted: dict[Kind, int] = {"requests": 1, "tokens": tokens_of(asked.body)}
        now = clock()
        mine = models.setdefault(asked.model, Buckets(full, now))
        mine.refill(now)
        reached = mine.reached(wanted)
        if reached is None:
            mine.take(wanted)
            return mine.headers
        return _refusal(asked, reached, wanted[reached.kind], mine, real_delays=real_delays)

    def act(inside: Handler, request: Request, strike: Strike) -> Iterator[Step]:
        if request.method != "POST":
            return inside(request)
        asked = Asked(request=request)
        with lock:
            verdict = admit(asked)
        if isinstance(verdict, Refusal):
            strike()
            return verdict.steps(asked.request_id)
        return _with(inside(request), verdict)

    return Faulted(handler, "buckets", act, {"rpm": rpm, "tpm": tpm}, when)


def _refusal(asked: Asked, reached: Allowance, wanted: int, mine: Buckets, *, real_delays: bool) -> Refusal:
    rest = tuple(allowance for allowance in mine.allowances if allowance.kind != reached.kind)
    if wanted > reached.limit:
        return limited(asked, reached, reached.too_large(asked.model, wanted), rest)
    refusal = limited(asked, reached, reached.reached(asked.model, wanted), rest)
    wait = retry_headers(reached.wait(wanted), real_delays=real_delays)
    return replace(refusal, headers=refusal.headers + wait)


def _with(steps: Iterator[Step], headers: Headers) -> Iterator[Step]:
    names = {name for name, _ in headers}
    for step in steps:
        if isinstance(step, Head):
            kept = tuple(field for field in step.headers if field[0].lower() not in names)
            step = replace(step, headers=kept + headers)
        yield step
