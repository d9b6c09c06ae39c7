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
        if "\0" in (self.id or "") or any(_NEWLINE.search(line) for line in lines) or "\r" in (self.data or ""):
            raise ValueError(f"no SSE framing for {self!r}: a line break or NUL in a field that can't hold one")
        if self.data is not None:
            lines.extend(f"data: {line}" for line in self.data.split("\n"))
        text = "".join(f"{line}\n" for line in lines)
        return (text + "\n" if self.complete else text).encode()


class SSEDecoder:
    """Decodes a stream piece by piece; pieces may be cut anywhere, inside a character or a CRLF too.

    An event comes out as soon as its blank line is in, be it a lone CR; an LF that turns out to
    belong to that CR then leads the next event's `raw`.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._block = b""  # the whole lines of the event under way, as they came
        self._lines: list[bytes] = []
        self._started = False
        self._after_cr = False

    def feed(self, data: bytes) -> list[SSEEvent]:
        """Take the next bytes; return the events they complete."""
        self._buffer += data
        if not self._started and not self._skip_bom():
            return []
        events: list[SSEEvent] = []
        start = 0
        if self._after_cr and self._buffer:
            self._after_cr = False
            if self._buffer[:1] == b"\n":
                self._block += b"\n"
                start = 1
        for match in _LINE.finditer(self._buffer, start):
            line = self._buffer[start : match.start()]
            self._block += self._buffer[start : match.end()]
            start = match.end()
            if line:
                self._lines.append(line)
            else:
                events.append(self._finish(complete=True))
        self._after_cr = self._buffer[start - 1 : start] == b"\r" and start == len(self._buffer) and start > 0
        self._buffer = self._buffer[start:]
        return events

    def close(self) -> list[SSEEvent]:
        """End the stream; return what was left without a closing blank line, if anything."""
        left = self._buffer
        self._buffer = b""
        self._block += left
        if left and left != _BOM[: len(left)]:
            self._lines.append(left)
        return [self._finish(complete=False)] if self._block else []

    def _skip_bom(self) -> bool:
        if len(self._buffer) < len(_BOM) and _BOM.startswith(self._buffer):
            return False
        self._started = True
        if self._buffer.startswith(_BOM):
            self._block, self._buffer = _BOM, self._buffer[len(_BOM) :]
        return True

    def _finish(self, *, complete: bool) -> SSEEvent:
        event = _parse(self._lines, self._block, complete=complete)
        self._lines, self._block = [], b""
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
        elif key == "retry" and value.isascii() and value.isdigit():
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
    return list(iter_sse([data]))


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
