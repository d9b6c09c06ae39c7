"""Replay in time: how late each chunk is against its recorded time."""

from __future__ import annotations

import random
import tempfile
import time
from itertools import accumulate
from pathlib import Path

import openai

import retape
from bench import samples
from bench.tables import Row, Table, ms, p99_ms

EVENTS = 60
MEDIAN_LIMIT, P99_LIMIT = 5, 15
FACTOR = 4


def measure(*, quick: bool) -> Table:
    """Lateness at pace="recorded", and the totals of the other paces."""
    gaps = [random.Random(7).choice((0.002, 0.005, 0.01, 0.02, 0.03)) for _ in range(EVENTS)]
    rounds = 3 if quick else 10
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stream.yaml"
        made = samples.exchange(0, samples.stream_chunks(EVENTS), stream=True, gaps=gaps)
        samples.write_retape(path, [made])
        asker = samples.client()
        _arrivals(asker, path, "instant")
        runs = {pace: [_arrivals(asker, path, pace) for _ in range(rounds)] for pace in ("recorded", FACTOR, "instant")}
    due = list(accumulate(gaps))
    late = [at - when for run in runs["recorded"] for at, when in zip(run, due, strict=True)]
    totals = {pace: ms([run[-1] for run in found]) for pace, found in runs.items()}
    asked = due[-1] * 1000
    rows = [
        Row(what="each chunk's lateness, median", figure=ms(late), unit="ms", limit=MEDIAN_LIMIT),
        Row(what="each chunk's lateness, p99", figure=p99_ms(late), unit="ms", limit=P99_LIMIT),
        Row(what="earliest chunk (below 0: before its time)", figure=min(late) * 1000, unit="ms"),
        Row(
            what="pace=recorded, whole stream", figure=totals["recorded"], unit="ms", detail=f"recorded {asked:.0f} ms"
        ),
        Row(
            what=f"pace={FACTOR}, times as fast",
            figure=asked / totals[FACTOR],
            unit="x",
            detail=f"{totals[FACTOR]:.1f} ms, a {FACTOR}th is {asked / FACTOR:.1f} ms",
        ),
        Row(what="pace=instant, whole stream", figure=totals["instant"], unit="ms"),
    ]
    notes = [f"{rounds} streams of {EVENTS} events, 2 to 30 ms apart; time counts from the client's call."]
    return Table(title='pace: replay at pace="recorded", against the recorded times', rows=rows, notes=notes)


def _arrivals(asker: openai.OpenAI, path: Path, pace: str | float) -> list[float]:
    """Seconds from the call to each event."""
    with retape.use_cassette(path, pace=pace):
        start = time.perf_counter()
        stream = asker.chat.completions.create(model=samples.MODEL, messages=samples.messages(0), stream=True)
        return [time.perf_counter() - start for _ in stream]
