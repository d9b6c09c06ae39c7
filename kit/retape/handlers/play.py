"""Steps in time: the one place that waits.

A step, and the end, is due at the sum of the waits before it, counted from the start, so that the time a client takes
to work on a chunk doesn't add up: a real connection would have buffered the next one meanwhile.
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

    def wait() -> None:
        late = due - (clock() - start) if due else 0.0
        if late > 0:
            sleep(late)

    for step in steps:
        if isinstance(step, Wait):
            due += step.seconds
            continue
        wait()
        yield step
    wait()


class aplay:  # noqa: N801 - used as a function is
    """`play` for asynchronous code; sleeps with anyio, so under asyncio and trio.

    An iterator and no generator: nothing has to be closed when a client stops reading.
    """

    def __init__(
        self,
        steps: Iterable[Step],
        *,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self._steps = iter(steps)
        self._clock = clock
        self._sleep = sleep
        self._due = 0.0
        self._start = clock()

    def __aiter__(self) -> AsyncIterator[Played]:
        return self

    async def __anext__(self) -> Played:
        for step in self._steps:
            if isinstance(step, Wait):
                self._due += step.seconds
                continue
            await self._wait()
            return step
        await self._wait()
        raise StopAsyncIteration

    async def _wait(self) -> None:
        late = self._due - (self._clock() - self._start) if self._due else 0.0
        if late <= 0:
            return
        if self._sleep is None:
            import anyio

            self._sleep = anyio.sleep
        await self._sleep(late)
