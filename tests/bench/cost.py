"""What a replayed call costs over the client's own time, in small and in large cassettes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai

import retape
from bench import samples
from bench.tables import Row, Table, ms, pair

EVENTS = 200
SIZES = (10, 340, 5000)
LIMITS = {"plain call": 1.3, "200-event stream": 1.1}
GROWTH = 1.2
PEER_SIZE = 340


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of the calls on the cassette and on the floor, taken in turns."""

    replayed: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median over median."""
        return ms(self.replayed) / ms(self.floor)

    def row(self, what: str, name: str, limit: float | None) -> Row:
        """The ratio as a row."""
        detail = pair(name, ms(self.replayed), "floor", ms(self.floor))
        return Row(what=what, figure=self.ratio, unit="x", detail=detail, limit=limit)


def measure(*, quick: bool) -> Table:
    """Ratios over a mock transport, for each size of cassette, and vcrpy's beside them."""
    calls = 40 if quick else 200
    with tempfile.TemporaryDirectory() as folder:
        ours = {size: _ours(Path(folder) / f"{size}.yaml", size, calls) for size in SIZES}
        peer = _peer(Path(folder) / "peer.yaml", 20 if quick else 60)
    rows = [
        ours[size][kind].row(f"{kind}, cassette of {size}", "retape", LIMITS[kind]) for kind in LIMITS for size in SIZES
    ]
    rows += [_growth(kind, ours[SIZES[0]][kind], ours[SIZES[-1]][kind]) for kind in LIMITS]
    rows += [peer[kind].row(f"vcrpy: {kind}, cassette of {PEER_SIZE}", "vcrpy", None) for kind in LIMITS]
    notes = [
        "The same client on a mock transport that yields the same chunks; retape and the floor in turns, medians.",
        "Requests of 2 KB; what isn't asked for are streams of 14 KB. vcrpy matches method, URI and body.",
    ]
    return Table(title="cost: a replayed call over the client's own time", rows=rows, notes=notes)


def _growth(kind: str, small: Times, large: Times) -> Row:
    detail = pair(f"in {SIZES[-1]}", large.ratio, f"in {SIZES[0]}", small.ratio, "x the floor")
    what = f"{kind}, cassette of {SIZES[-1]} over {SIZES[0]}"
    return Row(what=what, figure=large.ratio / small.ratio, unit="x", detail=detail, limit=GROWTH)


def _exchanges(size: int, each: int) -> tuple[list[retape.Exchange], list[int], list[int]]:
    """A cassette's exchanges, and the numbers of the plain ones and of the 200-event streams, spread over it."""
    step = size // (2 * each)
    plain, streams = range(0, size, step)[0 : 2 * each : 2], range(0, size, step)[1 : 2 * each : 2]
    filler, long, short = (
        samples.stream_chunks(samples.EVENTS_IN_14_KB),
        samples.stream_chunks(EVENTS),
        samples.plain_body(),
    )
    kinds = {number: [short] for number in plain} | dict.fromkeys(streams, long)
    made = [samples.exchange(n, kinds.get(n, filler), stream=n not in plain) for n in range(size)]
    return made, list(plain), list(streams)


def _ours(path: Path, size: int, calls: int) -> dict[str, Times]:
    made, plain, streams = _exchanges(size, min(calls, size // 2))
    samples.write_retape(path, made)
    del made
    return _timed(lambda: retape.use_cassette(path, unused="ignore"), plain, streams, max(1, calls // len(plain)))


def _peer(path: Path, calls: int) -> dict[str, Times]:
    made, plain, streams = _exchanges(PEER_SIZE, calls)
    samples.write_vcrpy(path, made)
    return _timed(lambda: samples.vcrpy(path), plain, streams, 1)


def _timed(
    opened: Callable[[], AbstractContextManager[Any]], plain: list[int], streams: list[int], rounds: int
) -> dict[str, Times]:
    """Each recording asked for once in each opening, in turns with the floor."""
    asked: list[tuple[str, samples.Ask, list[int], openai.OpenAI]] = [
        ("plain call", samples.ask_plain, plain, _floor([samples.plain_body()], samples.PLAIN)),
        ("200-event stream", samples.ask_stream, streams, _floor(samples.stream_chunks(EVENTS), samples.STREAM)),
    ]
    times = {kind: Times() for kind, *_ in asked}
    replayed = samples.client()
    for _, ask, _, floor in asked:
        for number in range(5):
            ask(floor, number)
    for _ in range(rounds):
        with opened():
            for kind, ask, numbers, floor in asked:
                for number in numbers:
                    times[kind].replayed.append(_seconds(ask, replayed, number))
                    times[kind].floor.append(_seconds(ask, floor, number))
    return times


def _floor(chunks: list[bytes], kind: str) -> openai.OpenAI:
    return samples.client(samples.Floor(chunks, kind))


def _seconds(ask: samples.Ask, asker: openai.OpenAI, number: int) -> float:
    start = time.perf_counter()
    ask(asker, number)
    return time.perf_counter() - start
