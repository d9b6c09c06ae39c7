"""Faults for every request of a fake, one around the other: the first that was declared strikes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from retape.handlers import Handler
from retape.handlers.fake.script.failing import Failing, wrap
from retape.handlers.fake.script.place import caller
from retape.tape.request import Request
from retape.tape.steps import Step


class Failures:
    """A handler around another, with faults between.

    Args:
        inside: what answers when none of them strikes.
    """

    def __init__(self, inside: Handler) -> None:
        self._inside = inside
        self._failures: list[tuple[Failing, str]] = []

    def __len__(self) -> int:
        return len(self._failures)

    def __call__(self, request: Request) -> Iterator[Step]:
        """The answer of the outermost."""
        return self._from(0, request)

    def _from(self, index: int, request: Request) -> Iterator[Step]:
        handler = self._failures[index][0] if index < len(self._failures) else self._inside
        return handler(request)

    def add(self, fault: int | str, arguments: Mapping[str, Any], *, place: str = "") -> None:
        """One more, inside the others.

        Raises:
            UsageError: an unknown fault or argument, or a value that it doesn't take.
        """
        within = len(self._failures) + 1
        failing = wrap(fault, arguments)(lambda request: self._from(within, request))
        self._failures.append((failing, place or caller()))

    def unasked(self) -> list[str]:
        """Those that struck less often than was said, a line each."""
        return [f"{place}: {failing!r}: {failing.missing}" for failing, place in self._failures if failing.missing]

    def reset(self) -> None:
        """Forget how often they struck."""
        for failing, _ in self._failures:
            failing.reset()
