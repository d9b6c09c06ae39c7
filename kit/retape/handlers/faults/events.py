"""Faults of single events: lost, doubled, broken, no `[DONE]`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, Unpack

from retape.handlers import Handler
from retape.handlers.faults.faulted import Change, Faulted, Strike, When, at_least, one_of, through
from retape.handlers.faults.opened import BOM, Answer, is_event, rewritten
from retape.tape.request import Request
from retape.tape.sse import SSEEvent
from retape.tape.steps import Step

Rewrite = Callable[[SSEEvent], bytes]


def _each(rewrite: Callable[[Strike], Rewrite]) -> Change:
    """A change of a stream event by event; other answers are left alone."""

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start(sized=not answer.is_stream)
        yield from rewritten(answer.rest, rewrite(strike)) if answer.is_stream else answer.rest

    return change


def _one(after: int, change: Rewrite) -> Change:
    """A change of one event, the first after so many."""

    def begin(strike: Strike) -> Rewrite:
        left = after

        def rewrite(event: SSEEvent) -> bytes:
            nonlocal left
            left -= is_event(event)
            if left >= 0 or strike.done or not is_event(event):
                return event.raw
            strike()
            return change(event)

        return rewrite

    return _each(begin)


def no_done(handler: Handler, **when: Unpack[When]) -> Faulted:
    """Leaves out `[DONE]`; a stream without one (every one of the Responses API) is left alone.

    Args:
        handler: what answers.
        when: which calls it strikes.
    """

    def begin(strike: Strike) -> Rewrite:
        def rewrite(event: SSEEvent) -> bytes:
            if (event.data or "").strip() != "[DONE]":
                return event.raw
            strike()
            return b""

        return rewrite

    return Faulted(handler, "no-done", through(_each(begin)), {}, when)


def lost_event(handler: Handler, *, after: int = 0, **when: Unpack[When]) -> Faulted:
    """Leaves out one event.

    Args:
        handler: what answers.
        after: events before it; a stream with no more, and an answer that is none, is left alone.
        when: which calls it strikes.
    """
    at_least(0, after=after)
    return Faulted(handler, "lost-event", through(_one(after, lambda event: b"")), {"after": after}, when)


def duplicate_event(handler: Handler, *, after: int = 0, **when: Unpack[When]) -> Faulted:
    """Sends one event twice.

    Args:
        handler: what answers.
        after: events before it; a stream with no more, and an answer that is none, is left alone.
        when: which calls it strikes.
    """
    at_least(0, after=after)
    change = _one(after, lambda event: event.raw + event.raw.removeprefix(BOM))
    return Faulted(handler, "duplicate-event", through(change), {"after": after}, when)


def _named(event: SSEEvent) -> bytes:
    return f"event: {event.event}\n".encode() if event.event else b""


def _data(event: SSEEvent) -> bytes:
    return (event.data or "").replace("\n", " ").encode()


def _broken_json(event: SSEEvent) -> bytes:
    data = _data(event)
    return _named(event) + b"data: " + (data[: len(data) // 2] or b"{") + b"\n\n"


def _stray_newline(event: SSEEvent) -> bytes:
    data = _data(event)
    return _named(event) + b"data: " + data[: len(data) // 2] + b"\n" + data[len(data) // 2 :] + b"\n\n"


def _no_blank_line(event: SSEEvent) -> bytes:
    return event.raw[:-2] if event.raw.endswith(b"\r\n") else event.raw[:-1]


def _inside(byte: bytes) -> Rewrite:
    def change(event: SSEEvent) -> bytes:
        before, quote, after = event.raw.rpartition(b'"')
        return before + byte + quote + after if quote else event.raw[:-2] + byte + event.raw[-2:]

    return change


Way = Literal[
    "broken-json", "stray-newline", "no-blank-line", "no-field", "no-colon", "empty-data", "bad-utf8", "nul-byte"
]
"""How an event is malformed."""

WAYS: dict[Way, Rewrite] = {
    "broken-json": _broken_json,  # the JSON stops in the middle
    "stray-newline": _stray_newline,  # a line break in the data, and no second `data:`
    "no-blank-line": _no_blank_line,  # it runs into the next one
    "no-field": lambda event: _data(event) + b"\n\n",  # the JSON alone, without `data:`
    "no-colon": lambda event: _named(event) + b"data " + _data(event) + b"\n\n",  # a field with a long name
    "empty-data": lambda event: _named(event) + b"data:\n\n",
    "bad-utf8": _inside(b"\xff"),
    "nul-byte": _inside(b"\x00"),
}
"""Way -> what becomes of the event."""


def malformed(handler: Handler, *, way: Way = "broken-json", after: int = 0, **when: Unpack[When]) -> Faulted:
    """Sends one event that is no good SSE, or no good JSON in it.

    Args:
        handler: what answers.
        way: "broken-json", "stray-newline" (no second `data:`), "no-blank-line" (it runs into the next event),
            "no-field" (bare JSON), "no-colon", "empty-data", "bad-utf8" or "nul-byte".
        after: events before it; a stream with no more, and an answer that is none, is left alone.
        when: which calls it strikes.
    """
    at_least(0, after=after)
    one_of(WAYS, way=way)
    shown: dict[str, Any] = {"way": way, "after": after}
    return Faulted(handler, "malformed", through(_one(after, WAYS[way])), shown, when)
