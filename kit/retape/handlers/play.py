"""Steps in time: the one place that waits.

A step is due at the sum of the waits before it, counted from the start, so that the time a client takes to
work on a chunk doesn't add up: a real connection would have buffered the next one meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

from retape.tape.steps import Abort, Chunk, Head, Step, Wait

Played = Head | Chunk | Abort


def play(
    steps: Iterable[Step],
    *,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Played]:
    """Each step but the waits, at its time.

    Args:
        steps: an answer.
        clock: seconds that never go back.
        sleep: waits for that many seconds.
    """
    due = 0.0
    start = clock()
    for step in steps:
        if isinstance(step, Wait):
            due += step.seconds
            continue
        late = due - (clock() - start) if due else 0.0
        if late > 0:
            sleep(late)
        yield step


async def aplay(
    steps: Iterable[Step],
    *,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> AsyncIterator[Played]:
    """`play` for asynchronous code; sleeps with anyio, so under asyncio and trio."""
    if sleep is None:
        import anyio

        sleep = anyio.sleep
    due = 0.0
    start = clock()
    for step in steps:
        if isinstance(step, Wait):
            due += step.seconds
            continue
        late = due - (clock() - start) if due else 0.0
        if late > 0:
            await sleep(late)
        yield step
