"""An answer is a sequence of steps; whatever produces one is a handler.

A complete answer is `Head, Chunk*`, with a `Wait` wherever time passed.  One that broke
ends in an `Abort`, and has no `Head` when nothing came at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Headers = tuple[tuple[str, str], ...]
"""Header fields in order; a name may come more than once."""

Outcome = Literal["complete", "client-left", "refused", "timeout", "reset", "early-end"]
"""How an exchange ended.

complete      the whole answer came
client-left   the client stopped reading before the end
refused       no connection: nobody listened, or the name didn't resolve
timeout       nothing came for as long as the client was willing to wait
reset         the connection broke (TCP RST), before or in the answer
early-end     the connection was closed in order, but before the answer's end
"""

OUTCOMES: tuple[Outcome, ...] = ("complete", "client-left", "refused", "timeout", "reset", "early-end")


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and header fields.

    Args:
        status: the status code.
        headers: header fields, in order.
        reason: the reason phrase, "" when none came (HTTP/2 has none).
    """

    status: int
    headers: Headers = ()
    reason: str = ""

    def header(self, name: str) -> str | None:
        """The first value of a header field, whatever the case of its name; None when absent."""
        lowered = name.lower()
        return next((value for key, value in self.headers if key.lower() == lowered), None)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one network read gave: bytes as they came, still content-encoded.  Not an event."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes: `seconds` until the next step, counted from the step before."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Abort:
    """The answer breaks here.

    Args:
        how: any outcome but "complete".
        error: class name of the client library's exception when it was recorded
            ("ReadError"), so that a replay raises the same; "" lets the mount choose.
        message: that exception's text.
        wire: bytes that a socket sends before it ends so, past HTTP's framing and so free to break it; in process
            `error` says what a client makes of them.  No recording has any.
    """

    how: Outcome
    error: str = ""
    message: str = ""
    wire: bytes = b""


Step = Head | Chunk | Wait | Abort
