"""When a stream's chunks came: numbers, and a row that pictures them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median

from retape.report.conversation import body_of, seconds
from retape.report.merging import has_text
from retape.tape.exchange import Exchange
from retape.tape.sse import SSEDecoder, decode_sse
from retape.tape.steps import Chunk, Head, Wait

LEVELS = "▁▂▃▄▅▆▇█"
SILENCE = "·"
ENDS = {"complete": "▏", "client-left": "◂", "early-end": "✂", "reset": "✗", "timeout": "⌛", "refused": "✗"}
"""Outcome -> the mark that closes the row."""

ASCII = {
    **dict(zip(LEVELS, "_.:-=+*#", strict=True)),
    SILENCE: " ",
    "▏": "|",
    "◂": "<",
    "✂": "x",
    "✗": "X",
    "⌛": "?",
}
"""Each mark for a terminal that knows only ASCII."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One chunk.

    Args:
        at: seconds since the request.
        size: bytes, as they came over the wire.
        events: how many events it completed.
        text: whether one of them carries a piece of the answer.
    """

    at: float
    size: int
    events: int
    text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """How an answer came.  All times are seconds since the request, None when no times were recorded.

    Args:
        arrivals: its chunks.
        outcome: how it ended.
        first_byte: when its head came; None too when none came.
        first_text: when the first piece of the answer came; None too when none did.
        total: when it ended.
        events: how many SSE events came, an unfinished one included.
        size: bytes, as they came over the wire.
    """

    arrivals: tuple[Arrival, ...]
    outcome: str
    first_byte: float | None
    first_text: float | None
    total: float | None
    events: int
    size: int

    @property
    def gaps(self) -> list[float]:
        """Seconds from each chunk to the next; empty when no times were recorded."""
        return [] if self.total is None else [b.at - a.at for a, b in pairwise(self.arrivals)]

    @property
    def median_gap(self) -> float | None:
        """The median of `gaps`; None when there are none."""
        return median(self.gaps) if self.gaps else None

    @property
    def largest_gap(self) -> float | None:
        """The largest of `gaps`; None when there are none."""
        return max(self.gaps, default=None)

    @property
    def largest_gap_after(self) -> int | None:
        """The number of the chunk, from 1, behind which the largest gap is."""
        return 1 + self.gaps.index(max(self.gaps)) if self.gaps else None


def timeline_of(exchange: Exchange) -> Timeline:
    """How an exchange's answer came, be it a stream or not.

    Args:
        exchange: whole or broken.
    """
    total = seconds(exchange)
    arrivals = tuple(_arrivals(exchange))
    heads = [time for time, step in _timed(exchange) if isinstance(step, Head)]
    texts = [arrival.at for arrival in arrivals if arrival.text]
    timed = total is not None
    return Timeline(
        arrivals=arrivals,
        outcome=exchange.outcome,
        first_byte=heads[0] if timed and heads else None,
        first_text=texts[0] if timed and texts else None,
        total=total,
        events=len(decode_sse(body_of(exchange) or b"")),
        size=len(exchange.wire),
    )


def _timed(exchange: Exchange) -> list[tuple[float, object]]:
    """Each step with the seconds that passed before it."""
    times = accumulate(step.seconds if isinstance(step, Wait) else 0.0 for step in exchange.steps)
    return list(zip(times, exchange.steps, strict=True))


def _arrivals(exchange: Exchange) -> list[Arrival]:
    decoder, inflate = SSEDecoder(), _inflater(exchange)
    found = []
    for time, step in _timed(exchange):
        if isinstance(step, Chunk):
            events = decoder.feed(inflate(step.data))
            text = any(has_text(event) for event in events)
            found.append(Arrival(at=time, size=len(step.data), events=len(events), text=text))
    return found


def _plain(data: bytes) -> bytes:
    return data


def _opaque(_data: bytes) -> bytes:
    """For br and zstd: which chunk completed which event isn't known."""
    return b""


def _inflating() -> Callable[[bytes], bytes]:
    """Undoes gzip and deflate chunk by chunk; what is neither gives nothing."""
    stream = zlib.decompressobj(wbits=47)

    def inflate(data: bytes) -> bytes:
        try:
            return stream.decompress(data)
        except zlib.error:
            return b""

    return inflate


def _inflater(exchange: Exchange) -> Callable[[bytes], bytes]:
    if exchange.encoding in ("", "identity"):
        return _plain
    return _inflating() if exchange.encoding in ("gzip", "x-gzip", "deflate") else _opaque


def picture(line: Timeline, width: int) -> str:
    """The stream as one row: what came when, silences, and how it ended.

    With times a cell is a slice of time and its height the events in it; without, a cell is a chunk,
    or several, and its height the bytes.

    Args:
        line: the stream.
        width: cells, the closing mark included.
    """
    cells = max(1, width - 1)
    if line.total is None:
        cells = min(cells, max(1, len(line.arrivals)))
    weights = [0.0] * cells
    for number, arrival in enumerate(line.arrivals):
        place = arrival.at / line.total if line.total else number / len(line.arrivals)
        weights[min(cells - 1, int(place * cells))] += _weight(arrival) if line.total else arrival.size
    top = max(weights)
    return "".join(_cell(weight, top) for weight in weights) + ENDS.get(line.outcome, "▏")


def _weight(arrival: Arrival) -> float:
    """Its events; next to nothing for a chunk that completed none."""
    return arrival.events or 1e-3


def _cell(weight: float, top: float) -> str:
    if not weight:
        return SILENCE
    return LEVELS[min(len(LEVELS) - 1, int(weight / top * len(LEVELS) - 1e-9))]
