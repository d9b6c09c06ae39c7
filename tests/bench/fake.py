"""What the fake costs in this process: its answers over the client's own time, the mount alone, and its start."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator

import openai

import retape
from bench import samples, start
from bench.cost import Times
from bench.tables import Row, Table, ms

EVENTS = 200
LIMITS = {"plain call": 1.5, "plain response": 1.5, "stream": 1.1}
MOUNT_LIMIT = 1.1  # of a plain call: 0.05 ms where the floor takes 0.5 ms

_START = """
import json, sys, time
start = time.perf_counter()
import retape
retape.Fake()
print(json.dumps([time.perf_counter() - start, sorted(sys.modules)]))
"""


def measure(*, quick: bool) -> Table:
    """Ratios over a mock transport that gives the same bytes in the same chunks."""
    calls = 60 if quick else 300
    rows = [
        *_rows("plain call", samples.ask_plain, calls),
        *_rows("plain response", _ask_response, calls),
        *_rows("stream", _stream(), calls // 5),
    ]
    notes = [
        "The same client on a mock transport that gives what the fake gave; both in turns, medians. The mount alone "
        "answers with the fake's steps, made before."
    ]
    return Table(
        title="fake: an answer in this process over the client's own time",
        rows=[*rows, _start(5 if quick else 15)],
        notes=notes,
    )


def _rows(what: str, ask: samples.Ask, rounds: int) -> list[Row]:
    told = _answer(ask)
    times = _timed(retape.Fake(), told, ask, rounds)
    alone = _timed(lambda request: iter(told), told, ask, rounds)
    counted = f"{what}, {len(told) - 1} events" if what == "stream" else what
    return [
        times.row(counted, "fake", LIMITS[what]),
        alone.row(f"{counted}: the mount alone", "mount", MOUNT_LIMIT),
    ]


def _ask_response(asker: openai.OpenAI, number: int) -> None:
    asker.responses.create(model=samples.MODEL, input=f"What is question {number}?")


def _stream() -> samples.Ask:
    """Ask for as many choices as it takes to about so many events."""

    def ask(asker: openai.OpenAI, number: int) -> None:
        messages = samples.messages(number)
        for _ in asker.chat.completions.create(model=samples.MODEL, messages=messages, stream=True, n=choices):
            pass

    choices = 1
    choices = round(EVENTS / (len(_answer(ask)) - 1))
    return ask


def _answer(ask: samples.Ask) -> list[retape.Step]:
    """The fake's steps for a request of ours."""
    fake = retape.Fake()
    told: list[retape.Step] = []

    def noted(request: retape.Request) -> Iterator[retape.Step]:
        for step in fake(request):
            told.append(step)
            yield step

    with retape.mount(noted):
        ask(samples.client(), 0)
    return told


def _timed(handler: retape.Handler, told: list[retape.Step], ask: samples.Ask, rounds: int) -> Times:
    """The mounted handler in turns with the floor."""
    chunks = [step.data for step in told if isinstance(step, retape.Chunk)]
    head = next(step for step in told if isinstance(step, retape.Head))
    mounted, floor = samples.client(), samples.client(samples.Floor(chunks, head.header("content-type") or ""))
    times = Times()
    with retape.mount(handler):
        for number in range(rounds + 5):
            for asker, seconds in ((mounted, times.replayed), (floor, times.floor)):
                begin = time.perf_counter()
                ask(asker, number)
                seconds.append(time.perf_counter() - begin)
    return Times(times.replayed[5:], times.floor[5:])


def _start(runs: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        start.run(_START, folder)
        found = [start.run(_START, folder) for _ in range(runs)]
    loaded = [name for name in start.LIBRARIES if name in found[0][1]]
    detail = f"HTTP libraries loaded: {', '.join(loaded) or 'none'}"
    return Row(
        what="import retape; retape.Fake()", figure=ms([seconds for seconds, _ in found]), unit="ms", detail=detail
    )
