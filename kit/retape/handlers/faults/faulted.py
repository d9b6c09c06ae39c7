"""A handler with a fault around it: when it strikes, and how often it did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypedDict

from retape.errors import UsageError
from retape.handlers import Handler
from retape.handlers.faults.opened import Answer, opened
from retape.tape.request import Request
from retape.tape.steps import Step, Wait


class When(TypedDict, total=False):
    """Which calls a fault strikes; every fault takes these.  A client's own retries are calls too.

    Args:
        times: how often it strikes at most; None for always.
        after_calls: how many calls it lets pass first.
        every: strike only every so many-th of the calls after those.
    """

    times: int | None
    after_calls: int
    every: int


class Strike:
    """One call's strike: called at the moment when the fault does what it was asked for."""

    __slots__ = ("_told", "done")

    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told
        self.done = False

    def __call__(self) -> None:
        """Count it, once a call."""
        if not self.done:
            self.done = True
            self._told()


Act = Callable[[Handler, Request, Strike], Iterator[Step]]
"""What a fault does with a call that is its own."""

Change = Callable[[Request, Answer, Strike], Iterator[Step]]
"""What a fault does with an answer that another handler gave."""


def through(change: Change) -> Act:
    """A fault that asks the handler inside, and changes its answer."""
    return lambda handler, request, strike: change(request, opened(handler(request)), strike)


def at_least(minimum: float, **values: float | None) -> None:
    """Refuse arguments that are too small.

    Raises:
        UsageError: one is; None passes.
    """
    for name, value in values.items():
        if value is not None and not value >= minimum:
            raise UsageError(f"{name}={value!r}: use {minimum} or more")


def one_of(choices: Iterable[str], **values: str) -> None:
    """Refuse a word that isn't known.

    Raises:
        UsageError: it isn't one of these; the message names the nearest.
    """
    known = list(choices)
    for name, value in values.items():
        if value not in known:
            near = get_close_matches(str(value), known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise UsageError(f"{name}={value!r}: {hint}Use {' or '.join(known)}")


class Faulted:
    """A handler with a fault around it; a handler itself, so faults go around faults.  Safe in threads.

    Args:
        handler: what answers when the fault doesn't.
        name: the fault's name, "cut".
        act: what it does.
        arguments: what it was given, for `repr`.
        when: which calls it strikes.

    Attributes:
        asked: how many calls came.
        struck: how often the fault did what it was asked for.  A call whose answer gave it no chance (a cut after
            event 9 of 3, `no-done` on an answer that is no stream) isn't counted, and uses up none of `times`.

    Raises:
        UsageError: `when` makes no sense.
    """

    def __init__(self, handler: Handler, name: str, act: Act, arguments: Mapping[str, Any], when: When) -> None:
        unknown = when.keys() - When.__annotations__.keys()
        if unknown:
            raise UsageError(f"{name} takes no argument {min(unknown)!r}")
        at_least(0, times=when.get("times"), after_calls=when.get("after_calls"))
        at_least(1, every=when.get("every"))
        self.handler = handler
        self.name = name
        self.asked = 0
        self.struck = 0
        self._act = act
        self._when = when
        self._shown = {**arguments, **when}
        self._pending = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        arguments = "".join(f", {name}={value!r}" for name, value in self._shown.items())
        return f"faults.{self.name.replace('-', '_')}({self.handler!r}{arguments})"

    def __call__(self, request: Request) -> Iterator[Step]:
        """The answer, struck or not."""
        __tracebackhide__ = True
        if not self._due():
            return self.handler(request)
        strike = Strike(self._strike)
        try:
            steps = self._act(self.handler, request, strike)
        except BaseException:
            self._give_back()
            raise
        watched = self._watched(steps, strike)
        next(watched)
        return watched

    def _due(self) -> bool:
        with self._lock:
            self.asked += 1
            turn = self.asked - self._when.get("after_calls", 0)
            times = self._when.get("times")
            left = times is None or self.struck + self._pending < times
            due = turn > 0 and turn % self._when.get("every", 1) == 0 and left
            self._pending += due
            return due

    def _watched(self, steps: Iterator[Step], strike: Strike) -> Iterator[Step]:
        """The steps, after one that starts the generator: what never began would end without giving its turn back."""
        try:
            yield Wait(0)
            yield from steps
        finally:
            getattr(steps, "close", int)()
            if not strike.done:
                self._give_back()

    def _strike(self) -> None:
        with self._lock:
            self.struck += 1
            self._pending -= 1

    def _give_back(self) -> None:
        with self._lock:
            self._pending -= 1
