"""The HTML page of a run of 1,000 cells: its size, how long it takes to make, and how soon Chromium lets one use it."""

from __future__ import annotations

import gc
import random
import re
import statistics
import string
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from bench.tables import Row, Table
from report.browser import Tab, browser, found
from retape.report.page import page
from retape.tape.cassette import Cassette
from retape.tape.exchange import Exchange
from retape.tape.steps import Chunk, Step, Wait
from retape.verify.cell import VERDICTS, Cell, Run
from retape.verify.rulebook import violations

CASSETTES = Path(__file__).parents[2] / "cassettes"
CELLS, COLUMNS = 1000, 5
LETTERS = string.ascii_letters + string.digits
_CHANGING = re.compile(rb'(?<="content":")[^"\\]+|(?<="text":")[^"\\]+|(?<="delta":")[^"\\]+|\d{6,}|[A-Za-z0-9]{20,}')


def measure(*, quick: bool) -> Table:
    """Size, and medians of times, of two runs: of the recordings at hand, and of longer streams."""
    from bench import samples

    chunks = samples.stream_chunks(samples.EVENTS_IN_14_KB)
    long = [(samples.exchange(number, chunks, stream=True),) for number in range(CELLS // COLUMNS)]
    runs = {"recordings": _run(_recorded()), "streams of 14 KB": _run(long)}
    rows = [row for name, run in runs.items() for row in _rows(name, run, rounds=3 if quick else 9)]
    sizes = ", ".join(f"{name} {sum(map(_size, run.cells)) / 1e6:.1f} MB" for name, run in runs.items())
    notes = [
        f"{CELLS} cells each: the recordings in cassettes/ in turn, and streams of 14 KB, each with ids, numbers, "
        f"words and times of its own, so that none is a copy. Requests and answers: {sizes}.",
        "Usable: painted, the filter is there and a cell can be opened, from the start of the navigation to a file."
        if found()
        else "No Chromium here: nothing was measured in it.",
    ]
    return Table(title="page: a run of 1,000 cells as one HTML file", rows=rows, notes=notes)


def _size(cell: Cell) -> int:
    return sum(len(exchange.wire) + len(exchange.request.body) for exchange in cell.exchanges)


def _rows(name: str, run: Run, *, rounds: int) -> list[Row]:
    making = [_timed(run) for _ in range(rounds // 3)]
    source = page(run)
    rows = [
        Row(what=f"{name}: size", figure=len(source.encode()) / 1e6, unit="MB", limit=5),
        Row(what=f"{name}: making it", figure=statistics.median(making), unit="s"),
    ]
    program = found()
    return rows + (_in_browser(program, name, source, rounds=rounds) if program else [])


def _timed(run: Run) -> float:
    gc.collect()
    start = time.perf_counter()
    page(run)
    return time.perf_counter() - start


def _in_browser(program: str, name: str, source: str, *, rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, browser(program) as tab:
        path = Path(folder) / "page.html"
        path.write_text(source, "utf-8")
        usable = [_usable(tab, path) for _ in range(rounds)]
        opening = [_opening(tab, f"cell={row}.0") for row in range(rounds)]
        filtering = [_filtering(tab, word) for word in islice(cycle(("stream", "fail", "case-7")), rounds)]
        assert not tab.errors, tab.errors
    return [
        Row(what=f"{name}: usable in Chromium", figure=statistics.median(usable), unit="ms", limit=1000),
        Row(what=f"{name}: opening a cell", figure=statistics.median(opening), unit="ms"),
        Row(what=f"{name}: filtering", figure=statistics.median(filtering), unit="ms"),
    ]


def _usable(tab: Tab, path: Path) -> float:
    tab.open(path)
    tab.wait("performance.getEntriesByName('first-contentful-paint').length")
    painted = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    return float(tab.run(f"Math.max(Number(document.documentElement.dataset.usable), {painted})"))


def _opening(tab: Tab, fragment: str) -> float:
    wanted = f"document.querySelector('dialog').dataset.shown === '#{fragment}'"
    turn = "await new Promise((go) => setTimeout(go, 0))"
    script = f"location.hash = '{fragment}'; while (!({wanted})) {turn};"
    return float(
        tab.run(f"(async () => {{ const start = performance.now(); {script} return performance.now() - start; }})()")
    )


def _filtering(tab: Tab, word: str) -> float:
    script = f"box.value = '{word}'; box.dispatchEvent(new Event('input')); document.body.offsetHeight;"
    tab.run("document.querySelector('dialog').close()")
    start = "const box = document.getElementById('filter'), start = performance.now();"
    return float(tab.run(f"(() => {{ {start} {script} return performance.now() - start; }})()"))


def _recorded() -> list[tuple[Exchange, ...]]:
    return [
        tuple(entry.exchange for entry in Cassette.load(path).entries) for path in sorted(CASSETTES.rglob("*.yaml"))
    ]


def _run(kept: Sequence[tuple[Exchange, ...]]) -> Run:
    return Run(cells=tuple(_cells(kept, random.Random(5))), seconds=12.3, started="2026-01-02T03:04:05Z")


def _cells(kept: Sequence[tuple[Exchange, ...]], chance: random.Random) -> Iterator[Cell]:
    """Each row is one recording, told anew in every column."""
    for number, exchanges in enumerate(islice(cycle(kept), CELLS // COLUMNS)):
        streams = any(exchange.is_stream for exchange in exchanges)
        for column in range(COLUMNS):
            own = tuple(_retold(exchange, chance) for exchange in exchanges)
            verdict = VERDICTS[(number + column) % len(VERDICTS) if (number + column) % 3 else 0]
            yield Cell(
                test=f"test-{number // 4}",
                case=f"case-{number}",
                title=f"test_chat_{'streaming' if streams else 'non_streaming'}_{number // 4} (case-{number})",
                stream=streams,
                endpoint="chat",
                provider=f"provider-{column // 2}",
                model=f"some-organisation/some-model-{column}",
                verdict=verdict,
                why=""
                if verdict == "pass"
                else f"the answer to case {number} says nothing of {chance.randrange(10**6)}",
                conforms=True,
                violations=tuple(violations(own)),
                exchanges=own,
                cassette=f"cassettes/verify/provider-{column // 2}/{number}.yaml",
                seconds=chance.random(),
                rerun=f"retape verify --provider provider-{column // 2} -k case-{number}",
            )


def _retold(exchange: Exchange, chance: random.Random) -> Exchange:
    steps = tuple(_retold_step(step, chance) for step in exchange.steps)
    return Exchange(request=exchange.request, steps=steps, recorded_at=exchange.recorded_at)


def _retold_step(step: Step, chance: random.Random) -> Step:
    if isinstance(step, Wait):
        return Wait(round(step.seconds * (0.5 + 40 * chance.random()), 4))
    return Chunk(_CHANGING.sub(lambda found: _like(found[0], chance), step.data)) if isinstance(step, Chunk) else step


def _like(text: bytes, chance: random.Random) -> bytes:
    """As long a text of the same kind: digits, or letters and digits."""
    alphabet = "123456789" if text.isdigit() else LETTERS
    return "".join(chance.choices(alphabet, k=len(text))).encode()
