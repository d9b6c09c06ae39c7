"""Server-sent events, decoded and encoded without loss.

The grammar is the WHATWG HTML standard's, section 9.2 ("Server-sent events"): lines end in LF, CR or
CRLF, one BOM may lead, one space after the colon is dropped, several `data` lines are joined by LF, a
blank line ends an event.  What the standard throws away (comments, unknown fields, the way it was
framed, an event cut short) is kept in `raw`, so `encode(decode(stream)) == stream` for any bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"\r\n|\r|\n")
_NEWLINE = re.compile(r"[\r\n]")
_DIGITS = re.compile(r"[0-9]{1,4000}\Z")  # Python refuses to read longer numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class SSEEvent:
    """One block of an event stream: what stands between two blank lines.

    Args:
        data: the joined `data` lines; None when there was none (a comment, a bare id).
        event: the event's name, "" when none was given.
        id: the last `id` line; None when there was none.
        retry: milliseconds; None when there was none.
        comments: the lines that begin with a colon, without it and one space.
        complete: False for what a stream left behind without a closing blank line.
        raw: the bytes it came as, b"" for one that was made here; no part of equality.
    """

    data: str | None = None
    event: str = ""
    id: str | None = None
    retry: int | None = None
    comments: tuple[str, ...] = ()
    complete: bool = True
    raw: bytes = field(default=b"", compare=False, repr=False)

    def encode(self) -> bytes:
        """The bytes it came as, or for one made here its plain framing (LF, a space after the colon).

        Raises:
            ValueError: a field holds what SSE has no way to say (CR anywhere, LF outside data, NUL in an id).
        """
        if self.raw:
            return self.raw
        lines = [f": {text}" for text in self.comments]
        if self.event:
            lines.append(f"event: {self.event}")
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        if (self.retry or 0) < 0:
            raise ValueError(f"no SSE framing for {self!r}: retry is a number of milliseconds, not negative")
        if "\0" in (self.id or "") or any(_NEWLINE.search(line) for line in lines) or "\r" in (self.data or ""):
            raise ValueError(f"no SSE framing for {self!r}: a line break or NUL in a field that can't hold one")
        if self.data is not None:
            lines.extend(f"data: {line}" for line in self.data.split("\n"))
        text = "".join(f"{line}\n" for line in lines)
        return (text + "\n" if self.complete else text).encode()


class SSEDecoder:
    """Decodes a stream piece by piece; pieces may be cut anywhere, inside a character or a CRLF too.

    An event comes out with the end of its blank line.  When a piece ends in a CR, an LF may follow that is part
    of the same line end, so what that CR ends comes out with the next byte, or with `close`: like this every cut
    of a stream gives the same events.
    """

    def __init__(self) -> None:
        self._rest = b""  # the start of a line, or a CR that may be half a CRLF
        self._open: list[bytes] = []  # pieces of a line whose end isn't in yet
        self._raw: list[bytes] = []  # the event under way, as it came
        self._lines: list[bytes] = []  # its lines, without their ends
        self._started = False

    def feed(self, data: bytes) -> list[SSEEvent]:
        """Take the next bytes; return the events they complete."""
        if not data:
            return []
        return self._take(self._rest + data, last=False)

    def close(self) -> list[SSEEvent]:
        """End the stream; return what it left: at most one event, complete only if a lone CR ended it."""
        events = self._take(self._rest, last=True)
        if self._open:
            self._end_line(b"")
        return events + ([self._finish(complete=False)] if self._raw else [])

    def _take(self, data: bytes, *, last: bool) -> list[SSEEvent]:
        self._rest = b""
        start = 0
        if not self._started:
            if not last and len(data) < len(_BOM) and _BOM.startswith(data):
                self._rest = data
                return []
            self._started = True
            if data.startswith(_BOM):
                self._raw.append(_BOM)
                start = len(_BOM)
        events: list[SSEEvent] = []
        for match in _LINE.finditer(data, start):
            if match[0] == b"\r" and match.end() == len(data) and not last:
                break
            if match.start() > start:
                self._open.append(data[start : match.start()])
            if self._end_line(match[0]):
                events.append(self._finish(complete=True))
            start = match.end()
        if data.endswith(b"\r") and start < len(data) and not last:
            data, self._rest = data[:-1], b"\r"
        if start < len(data):
            self._open.append(data[start:])
        return events

    def _end_line(self, end: bytes) -> bool:
        """Take in the line that is open; say whether it was blank."""
        line = b"".join(self._open)
        self._open = []
        self._raw += (line, end)
        if line:
            self._lines.append(line)
        return not line

    def _finish(self, *, complete: bool) -> SSEEvent:
        event = _parse(self._lines, b"".join(self._raw), complete=complete)
        self._lines, self._raw = [], []
        return event


def _parse(lines: list[bytes], raw: bytes, *, complete: bool) -> SSEEvent:
    data: list[str] = []
    comments: list[str] = []
    name, last_id, retry = "", None, None
    for line in lines:
        key, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if line.startswith(b":"):
            comments.append(value)
        elif key == "data":
            data.append(value)
        elif key == "event":
            name = value
        elif key == "id" and "\0" not in value:
            last_id = value
        elif key == "retry" and _DIGITS.match(value):
            retry = int(value)
    return SSEEvent(
        data="\n".join(data) if data else None,
        event=name,
        id=last_id,
        retry=retry,
        comments=tuple(comments),
        complete=complete,
        raw=raw,
    )


def decode_sse(data: bytes) -> list[SSEEvent]:
    """Decode a whole stream; what it left unfinished comes last, with `complete=False`."""
    if b"\r" in data or b"\n\n\n" in data or data.startswith((_BOM, b"\n")):
        return list(iter_sse([data]))
    return list(_plainly_framed(data))


def _plainly_framed(data: bytes) -> Iterator[SSEEvent]:
    """The events of a stream as nearly all are: lines end in LF, one blank line stands between two events.

    Three times as fast as the decoder, and held against it by a test.
    """
    *blocks, rest = data.split(b"\n\n")
    for block in blocks:
        if block.startswith(b"data: ") and b"\n" not in block:
            yield _data_event(block[6:].decode("utf-8", "replace"), block + b"\n\n")
        else:
            yield _parse(block.split(b"\n"), block + b"\n\n", complete=True)
    if rest:
        yield _parse(rest.removesuffix(b"\n").split(b"\n"), rest, complete=False)


_FIELDS = ("data", "event", "id", "retry", "comments", "complete", "raw")
_data, _event, _id, _retry, _comments, _complete, _raw = (SSEEvent.__dict__[name].__set__ for name in _FIELDS)


def _data_event(data: str, raw: bytes) -> SSEEvent:
    """An event of one data line.  What `SSEEvent(data=..., raw=...)` does, in 40 % of its time: nearly all are such."""
    event = object.__new__(SSEEvent)
    _data(event, data)
    _event(event, "")
    _id(event, None)
    _retry(event, None)
    _comments(event, ())
    _complete(event, True)
    _raw(event, raw)
    return event


def iter_sse(pieces: Iterable[bytes]) -> Iterator[SSEEvent]:
    """Decode a stream that comes in pieces, event by event."""
    decoder = SSEDecoder()
    for piece in pieces:
        yield from decoder.feed(piece)
    yield from decoder.close()


def encode_sse(events: Iterable[SSEEvent]) -> bytes:
    """The stream of these events: for decoded ones the very bytes they came as."""
    return b"".join(event.encode() for event in events)


TERMINAL_EVENTS = ("response.completed", "response.failed", "response.incomplete", "error")
"""Events after which a Responses stream sends nothing more."""


def is_terminal(event: SSEEvent) -> bool:
    """Whether a stream of the API is over with this event, whatever the connection still does."""
    if not event.complete or event.data is None:
        return False
    return event.data.strip() == "[DONE]" or event.event in TERMINAL_EVENTS
