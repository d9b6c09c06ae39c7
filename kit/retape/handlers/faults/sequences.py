"""Faults one after the other, a call each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Unpack

from retape.handlers import Handler
from retape.handlers.faults.faulted import Faulted, Strike, When
from retape.tape.request import Request
from retape.tape.steps import Step

Wrap = Callable[[Handler], Faulted]
"""A fault, not yet around a handler."""


def sequence(handler: Handler, of: Sequence[Wrap | None], **when: Unpack[When]) -> Faulted:
    """Strikes each call with the next of several faults; after the last it strikes no more.

    Args:
        handler: what answers.
        of: a fault for each call, made by `fault`, `parse` or `build`; None lets a call pass.
        when: which calls are part of the sequence.
    """
    wrapped = [wrap(handler) if wrap else None for wrap in of]
    turn = iter(wrapped)
    lock = threading.Lock()

    def act(inside: Handler, request: Request, strike: Strike) -> Iterator[Step]:
        with lock:
            mine = next(turn, None)
        return inside(request) if mine is None else _noting(mine, request, strike)

    return Faulted(handler, "sequence", act, {"of": list(of)}, when)


def _noting(mine: Faulted, request: Request, strike: Strike) -> Iterator[Step]:
    """The answer of a member, which is asked this once: its strike is the sequence's."""
    steps = mine(request)

    def noted() -> Iterator[Step]:
        for step in steps:
            if mine.struck:
                strike()
            yield step
        if mine.struck:  # by ending too soon
            strike()

    return noted()
