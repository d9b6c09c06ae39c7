"""The same answer in every legal framing: what a client made of it may not change.

The rules are those of the WHATWG HTML standard, section 9.2 ("Server-sent events"): how lines end, what a comment is,
what a colon, a space and a BOM mean, which fields are ignored, and when an event is complete.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from retape.errors import UsageError
from retape.handlers import Handler
from retape.handlers.faults.opened import Answer, joined, opened, with_header, without
from retape.handlers.framings import FRAMINGS, Row
from retape.handlers.replay import PathLike, Replay, replay
from retape.tape.cassette import Cassette
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Step, Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """One way to put the same answer on the wire; a handler, to be mounted.

    Args:
        name: in kebab-case, "lone-cr".
        does: what is done to the bytes.
        known: releases of the official client that are known to misread it, such as "openai 1"; measured.
        row: its row in the table.
        handler: what answers.
        seed: for the framings that cut at random.
    """

    name: str
    does: str
    known: tuple[str, ...]
    row: Row = field(repr=False)
    handler: Handler = field(repr=False)
    seed: int = 0

    def __call__(self, request: Request) -> Iterator[Step]:
        """The handler's answer, framed; an answer that is no stream is only cut and compressed."""
        __tracebackhide__ = True
        return self._framed(opened(self.handler(request)), request)

    def _framed(self, answer: Answer, request: Request) -> Iterator[Step]:
        rest = list(answer.rest)
        frame = self.row.frame
        if frame is None or answer.head is None or not self._fits(answer, request):
            yield from (step for step in (*answer.start(sized=True), *rest) if not isinstance(step, Wait))
            return
        head = without(answer.head, "content-length") if answer.is_stream or self.row.encoding else answer.head
        yield with_header(head, "content-encoding", self.row.encoding) if self.row.encoding else head
        yield from (Chunk(data) for data in frame(joined(rest), self.seed) if data)
        yield from (step for step in rest if isinstance(step, Abort))

    def _fits(self, answer: Answer, request: Request) -> bool:
        """Whether the answer can be framed so, and its client offered to read that (RFC 9110, section 12.5.3)."""
        coded = answer.head is not None and answer.head.header("content-encoding")  # one that nobody here can undo
        offered = self.row.encoding in (request.header("accept-encoding") or "")
        return not coded and offered and (answer.is_stream or self.row.plain)


class _Remembered:
    """Asks a handler once for each request, and gives the same answer again in each round."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._answers: dict[Request, list[tuple[Step, ...]]] = {}
        self._lock = threading.Lock()

    def round(self) -> Handler:
        """A handler that begins anew: the n-th equal request gets the n-th answer."""
        asked: dict[Request, int] = {}

        def answer(request: Request) -> Iterator[Step]:
            __tracebackhide__ = True
            key = Request(request.method, request.url, (), request.body)
            with self._lock:
                turn = asked[key] = asked.get(key, 0) + 1
                kept = self._answers.setdefault(key, [])
                if len(kept) < turn:
                    kept.append(tuple(self._handler(request)))
                return iter(kept[turn - 1])

        return answer


def torture(
    source: Handler | Cassette | PathLike,
    *,
    only: str | Iterable[str] = (),
    skip: str | Iterable[str] = (),
    strict: bool = False,
    seed: int = 0,
) -> Iterator[Framing]:
    """The same answers in one legal framing after the other.

    for framing in retape.torture(handler):
        client = OpenAI(http_client=httpx2.Client(transport=Transport(framing)))
        assert ask(client) == expected

    A handler is asked once for each request: every framing has the same bytes to start from.  Of a cassette and a
    replay, each framing starts with all recordings unused.  Waits are left out.  Answers that are no streams are cut
    into pieces and compressed, and else left alone.

    Args:
        source: a handler, a replay, a cassette or the path of one.
        only: names of framings; none for all.
        skip: names of framings to leave out.
        strict: with the framings that some release of the official client is known to misread, `Framing.known`.
        seed: for the framings that cut at random.

    Raises:
        UsageError: no framing has such a name.
        CassetteDamaged, FileNotFoundError: the cassette can't be read.
    """
    wanted = _wanted(only)
    unwanted = _wanted(skip)
    rounds = _rounds(source)
    rows = [row for row in FRAMINGS.values() if row.name not in unwanted]
    chosen = [row for row in rows if row.name in wanted or (not wanted and (strict or not row.known))]
    return (
        Framing(name=row.name, does=row.does, known=row.known, row=row, handler=next(rounds), seed=seed)
        for row in chosen
    )


def _wanted(names: str | Iterable[str]) -> set[str]:
    wanted = {names} if isinstance(names, str) else set(names)
    unknown = wanted - FRAMINGS.keys()
    if unknown:
        raise UsageError(f"no framing {min(unknown)!r}: there are {', '.join(FRAMINGS)}")
    return wanted


def _rounds(source: Handler | Cassette | PathLike) -> Iterator[Handler]:
    if isinstance(source, str | os.PathLike):
        source = replay(source)
    if isinstance(source, Cassette):
        source = Replay([source.path], source.entries)
    if isinstance(source, Replay):
        return _replays(source)
    remembered = _Remembered(source)
    return iter(remembered.round, None)


def _replays(source: Replay) -> Iterator[Handler]:
    index = source.index
    while True:
        yield Replay(
            source.paths,
            index.entries,
            match=index.match,
            ignore=index.ignore,
            repeat=index.repeat,
            scrubber=source.scrubber,
            remedies=source.remedies,
        )
