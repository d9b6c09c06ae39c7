"""The first answer from a cassette of 1,000, opening included, in a fresh process each time."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.tables import Row, Table, pair

SIZE = 1000
FASTER = 5
ASKED = {"first": 0, "middle": SIZE // 2, "last": SIZE - 1}


def measure(*, quick: bool) -> Table:
    """Wall time and peak memory, retape and vcrpy in turns."""
    from bench import samples

    with tempfile.TemporaryDirectory() as folder:
        paths = {"retape": Path(folder) / "retape.yaml", "vcrpy": Path(folder) / "vcrpy.yaml"}
        chunks = samples.stream_chunks(samples.EVENTS_IN_14_KB)
        made = [samples.exchange(number, chunks, stream=True) for number in range(SIZE)]
        samples.write_retape(paths["retape"], made)
        samples.write_vcrpy(paths["vcrpy"], made)
        runs = [
            {(tool, asked): _child(tool, paths[tool], number) for asked, number in ASKED.items() for tool in paths}
            for _ in range(3 if quick else 7)
        ]
        sizes = {tool: path.stat().st_size / 1e6 for tool, path in paths.items()}

    def median(tool: str, asked: str, what: str) -> float:
        return statistics.median(run[tool, asked][what] for run in runs)

    rows = [row for asked in ASKED for row in _rows(asked, median)]
    files = pair("retape", sizes["retape"], "vcrpy", sizes["vcrpy"], "MB")
    imports = pair("retape", median("retape", "first", "imports"), "vcrpy", median("vcrpy", "first", "imports"))
    notes = [
        f"{SIZE} exchanges: requests of 2 KB, streams of 14 KB. Files: {files}. vcrpy matches method, URI and body.",
        f"Left out: imports ({imports}), and the client's own first call, made on a mock transport.",
    ]
    return Table(title="opening: the first answer from a cassette of 1,000", rows=rows, notes=notes)


def _rows(asked: str, median: Any) -> list[Row]:
    ours, peer = (median(tool, asked, "answer") for tool in ("retape", "vcrpy"))
    our_peak, peer_peak = (median(tool, asked, "peak") for tool in ("retape", "vcrpy"))
    return [
        Row(
            what=f"asking for the {asked}: times faster than vcrpy",
            figure=peer / ours,
            unit="x",
            detail=pair("retape", ours, "vcrpy", peer),
            limit=FASTER,
            at_least=True,
        ),
        Row(
            what=f"asking for the {asked}: peak memory over vcrpy's",
            figure=our_peak / peer_peak,
            unit="x",
            detail=pair("retape", our_peak, "vcrpy", peer_peak, "MB"),
            limit=1,
        ),
    ]


def _child(tool: str, path: Path, number: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.opening", tool, str(path), str(number)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def peak() -> float:
    """Megabytes.  Linux's ru_maxrss holds what the parent had when it started this process, so not that first."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1000


def _answer(tool: str, path: Path, number: int) -> dict[str, float]:
    """In the fresh process: milliseconds and megabytes."""
    start = time.perf_counter()
    from bench import samples

    if tool == "retape":
        import retape
        import retape.mounts.vcr

        opened: Any = retape.use_cassette
        options = {"unused": "ignore"}
    else:
        opened, options = samples.vcrpy, {}
    imported = time.perf_counter()
    chunks = samples.stream_chunks(samples.EVENTS_IN_14_KB)
    samples.ask_stream(samples.client(samples.Floor(chunks, samples.STREAM)), number)
    asker = samples.client()
    opening = time.perf_counter()
    with opened(path, **options):
        samples.ask_stream(asker, number)
        answered = time.perf_counter()
    return {"imports": (imported - start) * 1000, "answer": (answered - opening) * 1000, "peak": peak()}


if __name__ == "__main__":
    print(json.dumps(_answer(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
