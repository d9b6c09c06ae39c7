"""Faults that break the connection: refused, reset, silent, cut after exactly so many events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, Unpack

from retape.handlers import Handler
from retape.handlers.faults.faulted import Act, Faulted, Strike, When, at_least, one_of, through
from retape.handlers.faults.opened import HERE, Answer, joined, marked
from retape.tape.request import Request
from retape.tape.sse import SSEDecoder, SSEEvent
from retape.tape.steps import Abort, Chunk, Step

Ending = Literal["early-end", "reset", "timeout", "end"]
"""How it breaks: closed before the body's end, a TCP RST, silence that outlasts the client, or an end in good order
that merely comes too soon."""

ENDINGS: dict[Ending, tuple[Step, ...]] = {
    "early-end": (
        Abort(
            "early-end",
            "RemoteProtocolError",
            "peer closed connection without sending complete message body (incomplete chunked read)",
        ),
    ),
    "reset": (Abort("reset", "ReadError", "[Errno 104] Connection reset by peer"),),
    "timeout": (Abort("timeout", "ReadTimeout", "timed out"),),
    "end": (),
}
"""How it breaks -> the steps; words of httpx on Linux."""


def refused(handler: Handler, **when: Unpack[When]) -> Faulted:
    """Nobody listens: the connection is refused; the handler isn't asked.

    Args:
        handler: what answers the other calls.
        when: which calls it strikes.
    """
    return Faulted(
        handler, "refused", _instead(Abort("refused", "ConnectError", "[Errno 111] Connection refused")), {}, when
    )


def timeout(handler: Handler, **when: Unpack[When]) -> Faulted:
    """Nothing comes for as long as any client waits; in process that costs no time.  The handler isn't asked.

    Args:
        handler: what answers the other calls.
        when: which calls it strikes.
    """
    return Faulted(handler, "timeout", _instead(*ENDINGS["timeout"]), {}, when)


def reset(handler: Handler, *, after: int | None = None, **when: Unpack[When]) -> Faulted:
    """Resets the connection (TCP RST).

    Args:
        handler: what answers.
        after: whole events that come first, 0 for the head alone; None for before anything, and then the handler isn't
            asked.  An answer that is no stream has no events and is left alone but for 0.
        when: which calls it strikes.
    """
    at_least(0, after=after)
    act = _instead(*ENDINGS["reset"]) if after is None else through(_ended(after, "reset"))
    return Faulted(handler, "reset", act, {"after": after}, when)


def cut(handler: Handler, *, after: int = 0, how: Ending = "early-end", **when: Unpack[When]) -> Faulted:
    """Cuts a stream after exactly so many events, each of them whole.

    Args:
        handler: what answers.
        after: whole events that come first, 0 for the head alone; `[DONE]` counts, comments don't.  An answer with
            fewer events, or that is no stream, is left alone; 0 cuts that one too, after its head.
        how: "early-end" (closed before the body's end), "reset" (TCP RST), "timeout" (silence that outlasts the
            client) or "end" (in good order, just too soon).  On a socket a reset waits until the events have reached
            the client's machine; on Linux the client reads them all before it meets the reset.
        when: which calls it strikes.
    """
    at_least(0, after=after)
    one_of(ENDINGS, how=how)
    return Faulted(handler, "cut", through(_ended(after, how)), {"after": after, "how": how}, when)


def half_character(handler: Handler, *, after: int = 0, how: Ending = "early-end", **when: Unpack[When]) -> Faulted:
    """Cuts the answer inside a UTF-8 character.

    Args:
        handler: what answers.
        after: whole events that come first.  The next one with a character of several bytes is cut in its first such
            character; where no event has one, the next is cut in half and the start of a "€" put there.  An answer
            that is no stream is cut the same way, whatever `after` is.
        how: as in `cut`.
        when: which calls it strikes.
    """
    at_least(0, after=after)
    one_of(ENDINGS, how=how)

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start()
        steps = marked(answer, after if answer.is_stream else 0)
        for step in steps:
            if step == HERE:
                break
            yield step
        rest = [step for step in steps if step != HERE]
        data = joined(rest)
        if not data:
            yield from rest
            return
        strike()
        yield Chunk(_halved(data, stream=answer.is_stream))
        yield from ENDINGS[how]

    return Faulted(handler, "half-character", through(change), {"after": after, "how": how}, when)


def _halved(data: bytes, *, stream: bool) -> bytes:
    place = next((place for place, byte in enumerate(data) if byte >= 0xC2), None)
    if place is not None:
        return data[: place + 1]
    first = _first_event(data) if stream else data
    return first[: len(first) // 2] + "€".encode()[:2]


def _first_event(data: bytes) -> bytes:
    events: list[SSEEvent] = SSEDecoder().feed(data)
    return events[0].raw if events else data


def _instead(*steps: Step) -> Act:
    def act(_: Handler, request: Request, strike: Strike) -> Iterator[Step]:
        strike()
        return iter(steps)

    return act


def _ended(after: int, how: Ending) -> Callable[[Request, Answer, Strike], Iterator[Step]]:
    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start(sized=how != "end")
        if answer.head is None:
            return
        for step in marked(answer, after):
            if step == HERE:
                strike()
                yield from ENDINGS[how]
                return
            yield step

    return change
