"""What recording adds to a live call: time to the first event, and how late each event is."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import openai

import retape
from bench import samples, upstream
from bench.tables import Row, Table, ms, p99_ms, pair

FIRST_LIMIT, LATER_LIMIT = 5, 2


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds: from the call to the first event, from an event's sending to its arrival, from the call to the end."""

    first: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    stream: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)


Way = Callable[[Path], AbstractContextManager[Any]]
WAYS: dict[str, Way] = {
    "direct": lambda _: contextlib.nullcontext(),
    "retape": lambda path: retape.use_cassette(path, mode="record"),
    "vcrpy": lambda path: samples.vcrpy(path, "new_episodes"),
}


def measure(*, quick: bool) -> Table:
    """Differences to a direct call, the three ways in turns."""
    os.environ["RETAPE_RECORD_IN_CI"] = "1"
    rounds = 6 if quick else 25
    seen = {name: Seen() for name in WAYS}
    numbers = count()
    synced: list[float] = []
    with upstream.running() as base_url, tempfile.TemporaryDirectory() as folder:
        asker = samples.client(base_url=base_url)
        for _ in range(2):
            _stream(asker, 0, Seen())
        for _ in range(rounds):
            for name, way in WAYS.items():
                number = next(numbers)
                with way(Path(folder) / f"{number}.yaml"):
                    _stream(asker, number, seen[name])
                    _plain(asker, number, seen[name])
            synced.append(_fsync(Path(folder) / "synced"))
    events = f"{upstream.EVENTS} events {upstream.GAP * 1000:.0f} ms apart"
    notes = [
        f"{rounds} streams each way ({events}) and as many plain calls, in turns; the server is a process of its own.",
        "Lateness runs from the server's send of an event to its arrival in the client.",
        "A finished exchange is on the disk before the client goes on, so a plain call waits for one fsync.",
    ]
    rows = [row for name in ("retape", "vcrpy") for row in _rows(name, seen[name], seen["direct"])]
    rows.append(Row(what="an fsync of 4 KB on this disk, median", figure=ms(synced), unit="ms"))
    return Table(title="recording: what it adds to a live call", rows=rows, notes=notes)


def _rows(name: str, ours: Seen, direct: Seen) -> list[Row]:
    limited = name == "retape"

    def row(what: str, figure: Callable[[list[float]], float], part: str, limit: float | None) -> Row:
        mine, theirs = figure(getattr(ours, part)), figure(getattr(direct, part))
        detail = pair(name, mine, "direct", theirs)
        return Row(what=f"{name}: {what}", figure=mine - theirs, unit="ms", detail=detail, limit=limit)

    return [
        row("first event, median", ms, "first", FIRST_LIMIT if limited else None),
        row("each event's lateness, median", ms, "late", LATER_LIMIT if limited else None),
        row("each event's lateness, p99", p99_ms, "late", LATER_LIMIT if limited else None),
        row("whole stream, saving to the journal included", ms, "stream", None),
        row("plain call, median", ms, "plain", FIRST_LIMIT if limited else None),
    ]


def _stream(asker: openai.OpenAI, number: int, seen: Seen) -> None:
    start = time.perf_counter()
    stream = asker.chat.completions.create(model=samples.MODEL, messages=samples.messages(number), stream=True)
    arrived = [(time.perf_counter(), event.sent) for event in stream]  # type: ignore[attr-defined]
    seen.stream.append(time.perf_counter() - start)
    seen.first.append(arrived[0][0] - start)
    seen.late.extend(at - sent for at, sent in arrived)


def _fsync(path: Path) -> float:
    with path.open("ab") as file:
        file.write(b"x" * 4096)
        file.flush()
        start = time.perf_counter()
        os.fsync(file.fileno())
        return time.perf_counter() - start


def _plain(asker: openai.OpenAI, number: int, seen: Seen) -> None:
    start = time.perf_counter()
    samples.ask_plain(asker, number)
    seen.plain.append(time.perf_counter() - start)
