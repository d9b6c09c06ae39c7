"""Faults of HTTP itself, which only a socket can show: what an answer's bytes are framed by is broken.

In process, where nothing is framed, the client meets the exception that the bytes would have caused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Unpack

from retape.handlers import Handler
from retape.handlers.faults.delays import paused
from retape.handlers.faults.faulted import Faulted, Strike, When, at_least, one_of, through
from retape.handlers.faults.opened import HERE, Answer, joined, marked, recut, with_header
from retape.tape.request import Request
from retape.tape.steps import Abort, Step

BAD_SIZE = b"quark\r\n"
"""Stands where a chunk's size in hexadecimal digits belongs (RFC 9112, section 7.1)."""

At = Literal["status-line", "header", "headers"]
"""Where a head stops: inside its first line, inside a field, or before the blank line that ends it."""

HEADS: dict[At, bytes] = {
    "status-line": b"HTTP/1.1 20",
    "header": b"HTTP/1.1 200 OK\r\ncontent-ty",
    "headers": b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n",
}
"""Where it stops -> what came of it."""


def illegal_chunk(handler: Handler, *, after: int = 0, **when: Unpack[When]) -> Faulted:
    """Sends a chunk whose size is no number, after so many events: no client can read on.

    Args:
        handler: what answers; its body is sent chunked, without a length.
        after: whole events that come first, as in `cut`.
        when: which calls it strikes.
    """
    at_least(0, after=after)
    said = f"illegal chunk header: {bytearray(BAD_SIZE)!r}"
    broken = Abort("early-end", "RemoteProtocolError", said, wire=BAD_SIZE)

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start()
        if answer.head is None:
            return
        for step in marked(answer, after):
            if step == HERE:
                strike()
                yield broken
                return
            yield step

    return Faulted(handler, "illegal-chunk", through(change), {"after": after}, when)


def short_body(handler: Handler, *, missing: int = 1, **when: Unpack[When]) -> Faulted:
    """Sends fewer bytes than its Content-Length says, and closes the connection.

    Args:
        handler: what answers, streams too; all of its body is sent, and the length said is greater.
        missing: how many bytes greater.
        when: which calls it strikes.
    """
    at_least(1, missing=missing)

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        rest = list(answer.rest)
        yield from answer.before
        if answer.head is None:
            return
        came = len(joined(rest))
        said = f"peer closed connection without sending complete message body (received {came} bytes, "
        strike()
        yield with_header(answer.head, "content-length", str(came + missing))
        yield from (step for step in rest if not isinstance(step, Abort))
        yield Abort("early-end", "RemoteProtocolError", f"{said}expected {came + missing})")

    return Faulted(handler, "short-body", through(change), {"missing": missing}, when)


def stalled_head(handler: Handler, *, at: At = "header", **when: Unpack[When]) -> Faulted:
    """Sends half a head and then nothing, for longer than any client waits.  The handler isn't asked.

    Args:
        handler: what answers the other calls.
        at: "status-line" (inside it), "header" (inside a field) or "headers" (before the blank line after them).
        when: which calls it strikes.
    """
    one_of(HEADS, at=at)

    def act(_: Handler, request: Request, strike: Strike) -> Iterator[Step]:
        strike()
        return iter((Abort("timeout", "ReadTimeout", "timed out", wire=HEADS[at]),))

    return Faulted(handler, "stalled-head", act, {"at": at}, when)


def garbled_head(handler: Handler, **when: Unpack[When]) -> Faulted:
    """Sends a first line that is no HTTP, and closes the connection.  The handler isn't asked.

    Args:
        handler: what answers the other calls.
        when: which calls it strikes.
    """
    garbled = Abort(
        "early-end", "RemoteProtocolError", "illegal status line: bytearray(b'quark')", wire=b"quark\r\n\r\n"
    )

    def act(_: Handler, request: Request, strike: Strike) -> Iterator[Step]:
        strike()
        return iter((garbled,))

    return Faulted(handler, "garbled-head", act, {}, when)


def split_character(handler: Handler, *, seconds: float = 0.001, **when: Unpack[When]) -> Faulted:
    """Sends every UTF-8 character of several bytes in two chunks; nothing is lost.

    Args:
        handler: what answers.
        seconds: between the two, really waited for: on a socket each is a TCP segment of its own, and a client that is
            quick enough reads them apart.
        when: which calls it strikes.
    """
    at_least(0, seconds=seconds)

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start(sized=True)
        yield from recut(answer.rest, _split, lambda: paused(strike, seconds), first=False)

    return Faulted(handler, "split-character", through(change), {"seconds": seconds}, when)


def _split(data: bytes) -> list[bytes]:
    """Cut after the first byte of each character of several bytes; the rest of one that began before stays whole."""
    cuts = [place + 1 for place, byte in enumerate(data) if byte >= 0xC2 and place + 1 < len(data)]
    return [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
