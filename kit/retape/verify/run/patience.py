"""A provider's rate limits: what it says in header fields is done, for all that is asked of it at the same time."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from retape.verify.run.taping import TOO_MANY

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|h|m|s))+\Z")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)")
_KINDS = ("requests", "tokens")

TRIES = 6
"""How often one request is sent at most."""
LONGEST = 90.0
"""Seconds: what asks for a longer wait is an outage."""


def seconds_of(text: str) -> float | None:
    """A wait as header fields give it: "1.5", "6m0s", "20ms"; None for anything else.

    Source: OpenAI's guide to rate limits has Go's durations in x-ratelimit-reset-*; RFC 9110 whole seconds in
    Retry-After.
    """
    text = text.strip().lower()
    if _DURATION.match(text):
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """How many seconds a refusal asks to wait; None when it doesn't say.

    Args:
        headers: the answer's, with lower-case names.
        now: the time, for a date.
    """
    milliseconds = seconds_of(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    told = headers.get("retry-after", "")
    waits = seconds_of(told)
    if waits is not None:
        return waits
    try:
        date = parsedate_to_datetime(told)
    except ValueError:
        return _reset(headers, when_empty=False)
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())


def _reset(headers: Mapping[str, str], *, when_empty: bool) -> float | None:
    """The longest time until a limit is reset.

    Args:
        headers: the answer's.
        when_empty: only of limits of which nothing is left.
    """
    found = [
        seconds_of(headers.get(f"x-ratelimit-reset-{kind}", ""))
        for kind in _KINDS
        if not when_empty or headers.get(f"x-ratelimit-remaining-{kind}", "").strip() == "0"
    ]
    return max((wait for wait in found if wait is not None), default=None)


class Gate:
    """Through it goes all that is asked of a provider; shut, it lets everything wait.

    Args:
        clock: gives seconds.
        sleep: waits so many.

    Attributes:
        waited: seconds that somebody was kept waiting, each refusal counted once.
        sent: how many requests went out, whatever came of them.
        given_up: why nothing more can be asked; "" while it can.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._until = 0.0
        self.waited = 0.0
        self.sent = 0
        self.given_up = ""

    async def passed(self) -> None:
        """Wait until something may be asked."""
        while (rest := self._until - self._clock()) > 0:
            await self._sleep(rest)

    async def rest(self, seconds: float) -> None:
        """Wait for something else than a limit."""
        await self._sleep(seconds)

    def refused(self, headers: Mapping[str, str], tries: int) -> bool:
        """Note a 429; whether the request is worth another try.

        Args:
            headers: the answer's, with lower-case names.
            tries: how often it was sent by now.
        """
        told = retry_after(headers)
        wait = 2.0 ** (tries - 1) if told is None else told
        if headers.get("x-should-retry") == "false" or wait > LONGEST or tries >= TRIES:
            asks = f", and asks to wait {wait:.0f} s" if told is not None and wait > LONGEST else ""
            self.given_up = f"the provider refuses more requests (429){asks}, after {tries} tries"
            return False
        self._shut(wait)
        return True

    def answered(self, headers: Mapping[str, str]) -> None:
        """Note what an answer tells of the limits: when nothing is left, the next one waits for the reset."""
        wait = _reset(headers, when_empty=True)
        if wait is not None and wait <= LONGEST:
            self._shut(wait)

    def _shut(self, seconds: float) -> None:
        until = self._clock() + seconds
        if until > self._until:
            self.waited += until - max(self._until, self._clock())
            self._until = until


class Patient:
    """A transport of the httpx family that waits as its gate says, and repeats what was refused for the rate alone.

    Args:
        transport: the real one.
        gate: the provider's.
    """

    def __init__(self, transport: Any, gate: Gate) -> None:
        self._transport = transport
        self._gate = gate

    async def handle_async_request(self, request: Any) -> Any:
        """The answer, after as many tries as it takes."""
        tries = 0
        while True:
            await self._gate.passed()
            self._gate.sent += 1
            answer = await self._transport.handle_async_request(request)
            tries += 1
            if answer.status_code != TOO_MANY:
                self._gate.answered(answer.headers)
                return answer
            await answer.aread()
            await answer.aclose()
            if not self._gate.refused(answer.headers, tries):
                return answer

    async def aclose(self) -> None:
        """Close the real one."""
        await self._transport.aclose()

    async def __aenter__(self) -> Patient:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *how: object) -> None:
        await self._transport.__aexit__(*how)


def make_patient(client: Any, gate: Gate) -> None:
    """Let all that a client sends go through a gate.

    Leaned on: the official client keeps its httpx client in `_client`, and that one its transports in `_transport` and
    `_mounts`, in every release of each.  A test holds them.

    Args:
        client: an official client.
        gate: the provider's.
    """
    inner = client._client
    inner._transport = Patient(inner._transport, gate)
    inner._mounts = {where: real and Patient(real, gate) for where, real in inner._mounts.items()}
