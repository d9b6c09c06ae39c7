"""Time in an answer: at once, as recorded, or so many times faster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from retape.errors import UsageError
from retape.tape.steps import Abort, Chunk, Step, Wait

Pace = Literal["instant", "recorded"] | float
"""How fast a replay goes; 4 is four times as fast as it was recorded."""


def parse_pace(value: str | float) -> Pace:
    """A pace from an argument, an option or an environment variable.

    Raises:
        UsageError: it is neither a known word nor a positive number.
    """
    if value in ("instant", "recorded"):
        return value  # type: ignore[return-value]
    try:
        factor = float(value)
    except (TypeError, ValueError):
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise UsageError(f"pace={value!r}: use instant, recorded or a positive number (4 is four times as fast)")
    return factor


def paced(steps: Iterable[Step], pace: Pace) -> Iterator[Step]:
    """The same steps with their waits dropped ("instant"), kept ("recorded") or shortened (a number)."""
    if pace == "instant":
        return (step for step in steps if not isinstance(step, Wait))
    if pace == "recorded":
        return iter(steps)
    return (Wait(step.seconds / pace) if isinstance(step, Wait) else step for step in steps)


def patient(steps: Iterable[Step], seconds: float | None) -> Iterator[Step]:
    """The same steps for a client that waits only so long: a longer wait ends in its time-out, as it would live.

    Args:
        steps: an answer, at its pace.
        seconds: how long the client waits for the next bytes, whatever the waits are that its silence is made of; None
            for ever.
    """
    silence = 0.0
    for step in steps:
        if isinstance(step, Wait):
            if seconds is not None and silence + step.seconds > seconds:
                yield Wait(seconds - silence)
                yield Abort("timeout", "ReadTimeout", "timed out")
                return
            silence += step.seconds
        elif not isinstance(step, Chunk) or step.data:
            silence = 0.0
        yield step
