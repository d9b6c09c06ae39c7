"""The ways to frame an event stream that a conforming parser may not tell apart: a table.

Each function takes a whole body and gives the chunks of the framed one.  Sections are those of the WHATWG HTML
standard: 9.2.5 is the grammar, 9.2.6 how it is read.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from retape.handlers.faults.opened import BOM, is_event
from retape.tape.sse import SSEEvent, decode_sse

Frame = Callable[[bytes, int], Iterable[bytes]]
"""A body and a seed -> chunks."""

_LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[,{\[]')

PADDING = b":" + b" " * 2048 + b"\n"
"""What old browsers needed before they showed a stream."""


@dataclass(frozen=True, slots=True)
class Row:
    """A framing.

    Args:
        name: in kebab-case.
        does: what is done.
        frame: how; None for the chunks as they came.
        plain: whether an answer that is no stream is framed too.
        encoding: the content encoding that it puts on.
        known: releases of the official client that misread it, measured with openai 1.109, 2.54 and 3.52: they take a
            block without data for an event when it has a name, a `retry`, or comes after an `id`, and read no BOM.
    """

    name: str
    does: str
    frame: Frame | None
    plain: bool = False
    encoding: str = ""
    known: tuple[str, ...] = ()


def _lines(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each line and how it ends."""
    for match in _LINE.finditer(body):
        if match[0]:
            yield match[1], match[2]


def _ended(body: bytes, end: bytes) -> bytes:
    return b"".join(line + (end if was else b"") for line, was in _lines(body))


def _each_line(change: Callable[[bytes], bytes]) -> Frame:
    return lambda body, seed: [b"".join(change(line) + end for line, end in _lines(body))]


def _each_block(change: Callable[[SSEEvent, int], bytes]) -> Frame:
    """A framing block by block; a BOM stays in front, and what is unfinished stays as it is."""

    def framed(block: SSEEvent, place: int) -> bytes:
        if not block.complete:
            return block.raw
        lead = BOM if not place and block.raw.startswith(BOM) else b""
        return lead + change(replace(block, raw=block.raw.removeprefix(lead)), place)

    return lambda body, seed: [framed(block, place) for place, block in enumerate(decode_sse(body))]


def _cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    edges = sorted({0, len(body), *(place for place in places if 0 < place < len(body))})
    return [body[start:end] for start, end in pairwise(edges)]


def _bytes(body: bytes, seed: int) -> list[bytes]:
    return _cut(body, range(len(body)))


def _in_characters(body: bytes, seed: int) -> list[bytes]:
    return _cut(body, (place for place, byte in enumerate(body) if 0x80 <= byte < 0xC0))


def _random(body: bytes, seed: int) -> list[bytes]:
    dice = random.Random(seed)
    places: list[int] = []
    while (places[-1] if places else 0) < len(body):
        places.append((places[-1] if places else 0) + dice.choice((1, 2, 3, 5, 8, 13, 64, 500)))
    return _cut(body, places)


def _boundaries(body: bytes) -> list[int]:
    ends: list[int] = []
    for block in decode_sse(body):
        ends.append((ends[-1] if ends else 0) + len(block.raw))
    return ends


def _at_boundaries(shift: int) -> Frame:
    return lambda body, seed: _cut(body, (end + shift for end in _boundaries(body)))


def _glued(body: bytes, seed: int) -> list[bytes]:
    return _cut(body, _boundaries(body)[1::3])


def _in_crlf(body: bytes, seed: int) -> list[bytes]:
    body = _ended(body, b"\r\n")
    return _cut(body, (match.end() for match in re.finditer(rb"\r", body)))


def _with_comments(block: SSEEvent, place: int) -> bytes:
    lines = (b": ping\n\n", b":\n\n", b": keep-alive\n:\n", PADDING)
    return lines[place % len(lines)] + block.raw


def _comments_inside(block: SSEEvent, place: int) -> bytes:
    return b"".join(line + end + (b": inside\n" if line and end else b"") for line, end in _lines(block.raw))


def _no_space(line: bytes) -> bytes:
    name, colon, value = line.partition(b":")
    bare = value.startswith(b" ") and not value.startswith(b"  ")
    return name + colon + value[1:] if name and bare else line


def _space(line: bytes) -> bytes:
    name, colon, value = line.partition(b":")
    return line if not name or not colon or value.startswith(b" ") else name + colon + b" " + value


def _several_lines(block: SSEEvent, place: int) -> bytes:
    """A JSON text with a line break after the brackets and commas between its tokens; other data as it is."""
    lines = list(_lines(block.raw))
    held = [number for number, (line, _) in enumerate(lines) if line.partition(b":")[0] == b"data"]
    try:
        json.loads(block.data or "")
    except ValueError:
        return block.raw
    if len(held) != 1:
        return block.raw
    broken = _TOKENS.sub(lambda token: token[0] + "\n" * (token[0] in ",{["), block.data or "")
    several = [(b"data: " + part.encode(), b"\n") for part in broken.split("\n")]
    return b"".join(line + end for line, end in [*lines[: held[0]], *several, *lines[held[0] + 1 :]])


def _with(*fields: bytes) -> Callable[[SSEEvent, int], bytes]:
    def change(block: SSEEvent, place: int) -> bytes:
        added = b"".join(field % place if b"%d" in field else field for field in fields)
        return added + block.raw if is_event(block) else block.raw

    return change


def _name_last(block: SSEEvent, place: int) -> bytes:
    lines = list(_lines(block.raw))
    if block.data is None:
        return block.raw
    first = [line for line in lines if not line[0].startswith(b"event")]
    names = [line for line in lines if line[0].startswith(b"event")]
    return b"".join(line + end for line, end in [*first[:-1], *names, first[-1]])


def _zipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """gzip, flushed after each chunk so that a reader has all of it."""
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    for chunk in chunks:
        yield packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


def _zipped_by_event(body: bytes, seed: int) -> Iterator[bytes]:
    return _zipped(_cut(body, _boundaries(body)))


def _zipped_bytes(body: bytes, seed: int) -> list[bytes]:
    return _bytes(b"".join(_zipped_by_event(body, seed)), seed)


def _in(end: bytes, cut: Frame | None = None) -> Frame:
    """A framing with other line ends, and cut in some way."""
    return lambda body, seed: cut(_ended(body, end), seed) if cut else [_ended(body, end)]


def _with_bom(body: bytes, seed: int) -> list[bytes]:
    return [body if body.startswith(BOM) else BOM + body]


def _blank_lines(block: SSEEvent, place: int) -> bytes:
    return block.raw + b"\n\n\n"


_MISREAD = ("openai 1", "openai 2", "openai 3")

_PING = b": ping\n\n"
_STRANGE = (b"x-trace: %d\n", b"Data: x\n", b"note\n")

_ROWS = (
    Row("as-is", "the chunks as they came", None, plain=True),
    Row("whole", "everything in one chunk", lambda body, seed: [body], plain=True),
    Row("one-byte", "one byte a chunk", _bytes, plain=True),
    Row("random", "chunks of random sizes", _random, plain=True),
    Row("in-characters", "cut inside every character of several bytes", _in_characters, plain=True),
    Row("by-event", "an event a chunk", _at_boundaries(0)),
    Row("before-boundary", "cut one byte before the end of each event", _at_boundaries(-1)),
    Row("after-boundary", "cut one byte after the end of each event", _at_boundaries(1)),
    Row("glued", "three events a chunk", _glued),
    Row("crlf", "lines end in CR LF", _in(b"\r\n")),
    Row("crlf-cut", "lines end in CR LF, and each is cut between the two", _in_crlf),
    Row("crlf-bytes", "lines end in CR LF, one byte a chunk", _in(b"\r\n", _bytes)),
    Row("lone-cr", "lines end in CR", _in(b"\r")),
    Row("lone-cr-bytes", "lines end in CR, one byte a chunk", _in(b"\r", _bytes)),
    Row("comments", "pings, empty comments and 2 kB of padding between events", _each_block(_with_comments)),
    Row("comments-inside", "a comment after each line of an event", _each_block(_comments_inside)),
    Row("no-space", "no space after the colon", _each_line(_no_space)),
    Row("space", "a space after the colon", _each_line(_space)),
    Row("several-data-lines", "a `data:` line for each piece of the JSON", _each_block(_several_lines)),
    Row("name-last", "the event's name after its data", _each_block(_name_last)),
    Row("blank-lines", "three blank lines more after each event", _each_block(_blank_lines)),
    Row("unknown-fields", "fields that nobody knows", _each_block(_with(*_STRANGE))),
    Row("ids", "an `id:` for each event", _each_block(_with(b"id: %d\n"))),
    Row("retry", "a `retry:` for each event", _each_block(_with(b"retry: 3000\n"))),
    Row("retry-alone", "a `retry:` in a block of its own", _each_block(_with(b"retry: 3000\n\n")), known=_MISREAD),
    Row(
        "ids-and-pings",
        "ids, and comments in blocks of their own",
        _each_block(_with(_PING, b"id: %d\n")),
        known=_MISREAD,
    ),
    Row(
        "name-alone",
        "a named block without data before each event",
        _each_block(_with(b"event: ping\n\n")),
        known=_MISREAD,
    ),
    Row("bom", "a byte order mark in front", _with_bom, known=_MISREAD),
    Row("unfinished", "an event without its blank line at the end", lambda body, seed: [body, b"data: {"]),
    Row("gzip", "gzip, flushed by event", _zipped_by_event, plain=True, encoding="gzip"),
    Row("gzip-bytes", "gzip, one byte a chunk", _zipped_bytes, plain=True, encoding="gzip"),
)
FRAMINGS = {row.name: row for row in _ROWS}
"""Name -> framing."""
