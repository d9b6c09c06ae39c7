"""What an explicit transport answers from: a cassette's session, or a handler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from retape.handlers import Handler
from retape.handlers.replay import PathLike
from retape.mounts.failures import malformed
from retape.mounts.session import Session
from retape.tape.recorder import Recording
from retape.tape.request import Request
from retape.tape.steps import Step


class Source(Protocol):
    """Answers until it is closed."""

    def answer(self, request: Request) -> Iterator[Step] | Recording | None:
        """What becomes of a request."""

    def close(self) -> None:
        """Save."""


class _HandlerSource:
    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def answer(self, request: Request) -> Iterator[Step]:
        steps = self._handler(request)
        if not isinstance(steps, Iterable):  # None would mean: send it
            raise malformed(f"the handler {self._handler!r} returned {steps!r}")
        return iter(steps)

    def close(self) -> None:
        """A handler has nothing to save."""


def source(answers: PathLike | Handler, options: dict[str, Any]) -> Source:
    """A source from a cassette's path with `use_cassette`'s options, or from a handler."""
    if callable(answers):
        return _HandlerSource(answers)
    return Session(answers, **options)
