"""All cells of a run: first what is on record, then, with several workers, what has to be asked."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from retape.verify.cell import Cell, Run
from retape.verify.run.asker import Cost
from retape.verify.run.plan import Spot
from retape.verify.run.trying import Tries
from retape.version import __version__

OnCell = Callable[[Cell], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run and what it took.

    Args:
        run: the run.
        asked: the cells of it for which somebody was asked.
        cost: what that took.
        missing: how many cells it hadn't come to when it was interrupted.
    """

    run: Run
    asked: tuple[Cell, ...] = ()
    cost: Cost = field(default_factory=Cost)
    missing: int = 0


async def run(
    spots: Sequence[Spot], tries: Tries, *, workers: int = 4, on_cell: OnCell = lambda cell: None
) -> Finished:
    """Run.  When it is cancelled it gives what it has.

    Args:
        spots: the cells, in the order of the matrix.
        tries: how they are tried.
        workers: how many are asked at the same time.
        on_cell: hears of each cell that is finished, in whichever order.
    """
    from retape.mounts import vcr

    begun, cells = time.monotonic(), dict[int, Cell]()
    interrupted = False

    def finished(number: int, cell: Cell) -> None:
        cells[number] = cell
        on_cell(cell)

    vcr.enter()  # once, and not with each cassette
    try:
        missing = [n for n, spot in enumerate(spots) if not await _on_record(n, spot, tries, finished)]
        await _ask([(number, spots[number]) for number in missing], tries, workers, finished)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        interrupted = True
    finally:
        vcr.leave()
        await tries.close()
    done = tuple(cells[number] for number in sorted(cells))
    return Finished(
        run=Run(
            cells=done,
            live=bool(tries.asked),
            started=_started(done, live=bool(tries.asked)),
            seconds=time.monotonic() - begun,
            display=dict(_display(spots)),
            interrupted=interrupted,
            version=__version__,
            client=_client(),
        ),
        asked=tuple(tries.asked),
        cost=tries.cost,
        missing=len(spots) - len(done),
    )


async def _on_record(number: int, spot: Spot, tries: Tries, finished: Callable[[int, Cell], None]) -> bool:
    cell = await tries.on_record(spot)
    if cell is None:
        return False
    finished(number, cell)
    await asyncio.sleep(0)  # where an interrupt gets through
    return True


async def _ask(
    missing: Sequence[tuple[int, Spot]], tries: Tries, workers: int, finished: Callable[[int, Cell], None]
) -> None:
    """Ask each provider once alone, so that one out of reach costs one error, then whatever is left."""
    first = {spot.provider.id: (number, spot) for number, spot in reversed(missing)}
    alone = [row for row in missing if row in first.values()]
    rest = iter([row for row in missing if row not in alone])

    async def work(rows: Iterable[tuple[int, Spot]]) -> None:
        for number, spot in rows:  # an iterator that the workers share
            finished(number, await tries.ask(spot))

    await work(alone)
    tasks = [asyncio.create_task(work(rest)) for _ in range(workers)]
    try:
        await asyncio.gather(*tasks)
    finally:
        deque(rest, maxlen=0)  # nobody finds another one, even if a library swallows the cancellation
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _started(cells: Iterable[Cell], *, live: bool) -> str:
    """When it began; of recordings the oldest one."""
    if live:
        return datetime.now(UTC).isoformat(timespec="seconds")
    return min((one.recorded_at for cell in cells for one in cell.exchanges if one.recorded_at), default="")


def _display(spots: Iterable[Spot]) -> Iterator[tuple[str, str]]:
    for spot in spots:
        yield spot.provider.id, spot.provider.name
        yield f"{spot.provider.id}/{spot.model.id}", spot.model.name


def _client() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"openai {version('openai')}"
    except PackageNotFoundError:
        return ""
