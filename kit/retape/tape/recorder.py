"""Turns what a mount sees into an exchange, with its times."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from retape.tape.exchange import Exchange
from retape.tape.request import Request
from retape.tape.sse import decode_sse, is_terminal
from retape.tape.steps import Abort, Chunk, Head, Headers, Outcome, Step, Wait


class Recording:
    """One exchange while it happens.  Make it when the request is sent; finish it exactly once.

    Args:
        request: what is being sent.
        done: called with the exchange when it is over.
        clock: seconds that never go back.
    """

    def __init__(
        self, request: Request, done: Callable[[Exchange], None], *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.request = request
        self.recorded_at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        self._done = done
        self._clock = clock
        self._last = clock()
        self._steps: list[Step] = []
        self._finished = False

    def _wait(self) -> None:
        now = self._clock()
        self._steps.append(Wait(now - self._last))
        self._last = now

    def head(self, status: int, headers: Headers, reason: str = "") -> None:
        """The status line and header fields are in."""
        self._wait()
        self._steps.append(Head(status, headers, reason))

    def chunk(self, data: bytes) -> None:
        """One read gave these bytes."""
        self._wait()
        self._steps.append(Chunk(data))

    def complete(self) -> None:
        """The answer is whole."""
        self._finish()

    def broke(self, how: Outcome, error: str, message: str) -> None:
        """The answer broke: how, and the client library's exception."""
        if not self._finished:
            self._wait()
            self._steps.append(Abort(how, error, message))
        self._finish()

    def left(self) -> None:
        """The client stopped reading; after the last event of a stream, or all of a body, that is a whole answer."""
        if not self._finished and not self._is_whole():
            self._wait()
            self._steps.append(Abort("client-left"))
        self._finish()

    def freeze(self) -> None:
        """Let no more time pass: what is told from now on, perhaps by another thread, happened at this moment."""
        now = self._clock()
        self._clock = lambda: now

    def cut(self) -> None:
        """The recording itself was stopped: what came is kept as where a client leaves, if anything came."""
        if any(isinstance(step, Head) for step in self._steps):
            self.left()
        self._finished = True

    def forget(self) -> None:
        """There is nothing to keep."""
        self._finished = True

    def _finish(self) -> None:
        if not self._finished:
            self._finished = True
            self._done(Exchange(request=self.request, steps=tuple(self._steps), recorded_at=self.recorded_at))

    def _is_whole(self) -> bool:
        exchange = Exchange(request=self.request, steps=tuple(self._steps))
        if exchange.head is None:
            return False
        if self.request.method == "HEAD" or exchange.head.status in (204, 304):
            return True  # the head is all there is
        length = exchange.head.header("content-length")
        if length and length.isdigit():
            return len(exchange.wire) >= int(length)
        return exchange.is_stream and any(is_terminal(event) for event in decode_sse(exchange.body))
