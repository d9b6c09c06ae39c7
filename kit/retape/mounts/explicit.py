"""What a transport answers from: a cassette's session, or a handler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from retape.errors import HandlerFailed
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


def name_of(handler: Handler) -> str:
    """What a handler is called in messages."""
    return str(getattr(handler, "__qualname__", type(handler).__qualname__))


def answered(handler: Handler, request: Request) -> Iterator[Step]:
    """A handler's steps.

    Raises:
        HandlerFailed: (from the iterator) the handler raised an exception.  It is no `Exception` itself, because the
            official client's releases before 3 would retry it and say "Connection error.".
        CassetteMiss: (from the iterator) the handler gave no steps.
    """
    __tracebackhide__ = True
    try:
        steps = handler(request)
        if not isinstance(steps, Iterable):
            raise malformed(f"the handler {handler!r} returned {steps!r}")
        yield from steps
    except Exception as error:
        raise HandlerFailed(name_of(handler), f"{request.method} {request.path}", error) from error


class HandlerSource:
    """A source that asks a handler."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def answer(self, request: Request) -> Iterator[Step]:
        """The handler's steps; see `answered`."""
        return answered(self.handler, request)

    def close(self) -> None:
        """A handler has nothing to save."""


def source(answers: PathLike | Handler, options: dict[str, Any]) -> Source:
    """A source from a cassette's path with `use_cassette`'s options, or from a handler."""
    if callable(answers):
        return HandlerSource(answers)
    return Session(answers, **options)
