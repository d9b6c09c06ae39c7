"""Faults of time.  A number of seconds is really waited for; silence without a number costs nothing in process."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Unpack

from retape.handlers import Handler
from retape.handlers.faults.breaks import ENDINGS
from retape.handlers.faults.faulted import Faulted, Strike, When, at_least, through
from retape.handlers.faults.opened import HERE, Answer, marked, recut
from retape.tape.request import Request
from retape.tape.steps import Step, Wait


def _silence(seconds: float | None) -> tuple[Step, ...]:
    """Time that passes; None for the time-out of whoever waits, at once in process."""
    return ENDINGS["timeout"] if seconds is None else (Wait(seconds),)


def paused(strike: Strike, seconds: float) -> tuple[Step, ...]:
    """A strike before a piece of a body, and the wait there; none for 0 seconds."""
    strike()
    return (Wait(seconds),) if seconds else ()


def stall(handler: Handler, *, after: int = 0, seconds: float | None = None, **when: Unpack[When]) -> Faulted:
    """Falls silent after so many events.

    Args:
        handler: what answers.
        after: whole events that come first, as in `cut`.
        seconds: how long it is silent before it goes on, really waited for; a client that waits less times out.  None
            for longer than any client waits: in process its time-out comes at once, on a socket silence does.
        when: which calls it strikes.
    """
    at_least(0, after=after, seconds=seconds)

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start(sized=True)
        for step in marked(answer, after) if answer.head else ():
            if step != HERE:
                yield step
                continue
            strike()
            yield from _silence(seconds)
            if seconds is None:
                return

    return Faulted(handler, "stall", through(change), {"after": after, "seconds": seconds}, when)


def slow_first_byte(handler: Handler, *, seconds: float | None = None, **when: Unpack[When]) -> Faulted:
    """Lets the client wait for the head.

    Args:
        handler: what answers.
        seconds: how long, really waited for; None for longer than any client waits, as in `stall`.
        when: which calls it strikes.
    """
    at_least(0, seconds=seconds)

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        strike()
        yield from _silence(seconds)
        if seconds is not None:
            yield from answer.start(sized=True)
            yield from answer.rest

    return Faulted(handler, "slow-first-byte", through(change), {"seconds": seconds}, when)


def hold_open(handler: Handler, *, seconds: float | None = None, **when: Unpack[When]) -> Faulted:
    """Sends a whole stream, `[DONE]` and all, and doesn't close the connection.

    A client that leaves after `[DONE]` notices nothing; one that reads on waits.  Answers that are no stream end with
    their length, and are left alone.

    Args:
        handler: what answers.
        seconds: how long before it is closed, really waited for; None for longer than any client waits, as in `stall`.
        when: which calls it strikes.
    """
    at_least(0, seconds=seconds)

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start(sized=not answer.is_stream)
        yield from answer.rest
        if answer.is_stream:
            strike()
            yield from _silence(seconds)

    return Faulted(handler, "hold-open", through(change), {"seconds": seconds}, when)


def jitter(
    handler: Handler, *, mean: float = 0.02, spread: float = 0.5, seed: int = 0, **when: Unpack[When]
) -> Faulted:
    """Waits before each chunk, irregularly: a function of seed and request, so the same in every run.

    Args:
        handler: what answers; waits of its own are kept.
        mean: seconds, on average, really waited for.
        spread: how irregular, 0 to 1: 0.5 for half the mean to one and a half of it.
        seed: another seed, other times.
        when: which calls it strikes.
    """
    at_least(0, mean=mean, spread=spread)

    def change(request: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        dice = random.Random(f"{seed} {request.method} {request.path} {request.body!r}")

        def wait() -> Iterator[Step]:
            strike()
            yield Wait(max(0.0, mean * (1 + spread * dice.uniform(-1, 1))))

        yield from answer.start(sized=True)
        yield from recut(answer.rest, lambda data: (data,), wait)

    return Faulted(handler, "jitter", through(change), {"mean": mean, "spread": spread, "seed": seed}, when)


def drip(handler: Handler, *, size: int = 1, seconds: float = 0.0, **when: Unpack[When]) -> Faulted:
    """Sends the body in tiny chunks.

    Args:
        handler: what answers.
        size: bytes a chunk.
        seconds: between two of them, really waited for.
        when: which calls it strikes.
    """
    at_least(1, size=size)
    at_least(0, seconds=seconds)

    def cut(data: bytes) -> Iterator[bytes]:
        return (data[place : place + size] for place in range(0, len(data), size))

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start(sized=True)
        yield from recut(answer.rest, cut, lambda: paused(strike, seconds))

    return Faulted(handler, "drip", through(change), {"size": size, "seconds": seconds}, when)
