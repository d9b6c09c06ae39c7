"""An answer opened for a fault: head and body apart, decoded, with its events found wherever its chunks are cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from retape.tape import encodings
from retape.tape.sse import SSEDecoder, SSEEvent
from retape.tape.steps import Abort, Chunk, Head, Step, Wait

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's parts.

    Args:
        before: what came before the head: waits, and for an answer that broke at once its `Abort`.
        head: status and headers; None when none came.
        rest: the steps after the head, to be read once.
    """

    before: tuple[Step, ...]
    head: Head | None
    rest: Iterator[Step]

    @property
    def is_stream(self) -> bool:
        """Whether it is an SSE stream."""
        return self.head is not None and (self.head.header("content-type") or "").lower().startswith(
            "text/event-stream"
        )

    def start(self, *, sized: bool = False) -> Iterator[Step]:
        """The steps up to the head, whose length is left out unless `sized`: the body may become another."""
        yield from self.before
        if self.head:
            yield self.head if sized else without(self.head, "content-length")


def without(head: Head, *names: str) -> Head:
    """A head without some header fields, named in lower case."""
    return replace(head, headers=tuple((key, value) for key, value in head.headers if key.lower() not in names))


def with_header(head: Head, name: str, value: str) -> Head:
    """A head with one header field set, in the place of what it had."""
    return replace(head, headers=(*without(head, name).headers, (name, value)))


def opened(steps: Iterator[Step]) -> Answer:
    """Open an answer; one with a content encoding is decoded.

    An encoded body is decoded whole: its waits come first and then one chunk.  One in an unknown encoding, or that
    isn't what its head says, stays as it is.

    Raises:
        MissingExtra: the encoding needs a library that isn't installed.
    """
    steps = iter(steps)
    before: list[Step] = []
    for step in steps:
        if isinstance(step, Head):
            return _decoded(Answer(tuple(before), step, steps))
        before.append(step)
    return Answer(tuple(before), None, iter(()))


def _decoded(answer: Answer) -> Answer:
    head = answer.head
    coding = head.header("content-encoding") if head else None
    if head is None or not coding:
        return answer
    rest = list(answer.rest)
    wire = joined(rest)
    try:
        plain = encodings.decode(wire, coding)
    except ValueError:
        return replace(answer, rest=iter(rest))
    if plain == wire and wire:  # a coding that nobody here knows
        return replace(answer, rest=iter(rest))
    others = [step for step in rest if isinstance(step, Wait)]
    end = [step for step in rest if isinstance(step, Abort)]
    bare = without(head, "content-encoding", "content-length")
    return replace(answer, head=bare, rest=iter([*others, Chunk(plain), *end]))


def joined(steps: list[Step]) -> bytes:
    """The bytes of these steps."""
    return b"".join(step.data for step in steps if isinstance(step, Chunk))


HERE: Final = "here"
"""Stands in `marked` where the wanted event ends."""


def marked(answer: Answer, after: int) -> Iterator[Step | Literal["here"]]:
    """The steps after the head, their chunks as they were cut, with `HERE` after exactly so many events.

    An event is what a client is given: a block with data; comments alone are none.  `HERE` doesn't come when there are
    fewer events, and comes after the head of any answer for 0.

    Args:
        answer: the answer.
        after: how many events stand before the mark.
    """
    if not after:
        yield HERE
    if not after or not answer.is_stream:
        yield from answer.rest
        return
    decoder = SSEDecoder()
    left, end, sent = after, 0, 0
    for step in answer.rest:
        if left and isinstance(step, Chunk):
            for event in decoder.feed(step.data):
                end += len(event.raw)
                left -= is_event(event)
                if not left:
                    break
            if not left:
                yield from _parted(step.data, end - sent)
                continue
            sent += len(step.data)
        yield step
        if isinstance(step, Abort):
            return
    if left and sum(map(is_event, decoder.close())) == left:
        yield HERE


def _parted(data: bytes, place: int) -> Iterator[Step | Literal["here"]]:
    if data[:place]:
        yield Chunk(data[:place])
    yield HERE
    if data[place:]:
        yield Chunk(data[place:])


def is_event(event: SSEEvent) -> bool:
    """Whether a client is given this block: it has data and is whole."""
    return event.complete and event.data is not None


def recut(
    steps: Iterator[Step],
    cut: Callable[[bytes], Iterable[bytes]],
    before: Callable[[], Iterable[Step]],
    *,
    first: bool = True,
) -> Iterator[Step]:
    """An answer's steps with each chunk cut into several.

    Args:
        steps: those after the head.
        cut: the pieces of a chunk.
        before: what comes before each piece.
        first: whether it comes before the first piece of a chunk, too.
    """
    for step in steps:
        if not isinstance(step, Chunk):
            yield step
            continue
        for number, piece in enumerate(cut(step.data)):
            if number or first:
                yield from before()
            yield Chunk(piece)


def rewritten(steps: Iterator[Step], rewrite: Callable[[SSEEvent], bytes]) -> Iterator[Step]:
    """A stream with each block put through a function; a chunk is what the old one completed.

    Args:
        steps: those after the head.
        rewrite: what becomes of a block, the unfinished one at the end included.
    """
    decoder = SSEDecoder()

    def chunk(events: list[SSEEvent]) -> Iterator[Step]:
        data = b"".join(map(rewrite, events))
        if data:
            yield Chunk(data)

    for step in steps:
        if isinstance(step, Chunk):
            yield from chunk(decoder.feed(step.data))
            continue
        if isinstance(step, Abort):
            yield from chunk(decoder.close())
        yield step
        if isinstance(step, Abort):
            return
    yield from chunk(decoder.close())
