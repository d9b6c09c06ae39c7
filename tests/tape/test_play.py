"""Steps in time, on a clock that stands still but for the waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from retape import Abort, Chunk, Head, Step, Wait
from retape.handlers.pace import patient
from retape.handlers.play import aplay, play

A, B = Chunk(b"a"), Chunk(b"b")


class Clock:
    """Tells a time that passes by sleeping, and by what a client does between two steps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


Played = list[tuple[Step | None, float]]


def played(steps: list[Step], busy: float = 0) -> Played:
    """When each step came, and the end, to a client that works on each for so many seconds."""
    clock = Clock()

    def each() -> Iterator[tuple[Step | None, float]]:
        for step in play(steps, clock=clock, sleep=clock.sleep):
            yield step, clock.now - 100
            clock.sleep(busy)
        yield None, clock.now - 100

    return list(each())


async def aplayed(steps: list[Step], busy: float = 0) -> Played:
    clock = Clock()
    found: Played = []
    async for step in aplay(steps, clock=clock, sleep=clock.asleep):
        found.append((step, clock.now - 100))
        clock.sleep(busy)
    return [*found, (None, clock.now - 100)]


TIMES: dict[str, tuple[list[Step], float, Played]] = {
    "no waits": ([Head(200), A], 0, [(Head(200), 0), (A, 0), (None, 0)]),
    "between": ([Head(200), Wait(2), A, Wait(1), Wait(1), B], 0, [(Head(200), 0), (A, 2), (B, 4), (None, 4)]),
    "before the end": ([Head(200), A, Wait(5)], 0, [(Head(200), 0), (A, 0), (None, 5)]),
    "nothing but a wait": ([Wait(5)], 0, [(None, 5)]),
    "a busy client": ([Head(200), Wait(2), A, Wait(4), B, Wait(4)], 3, [(Head(200), 0), (A, 3), (B, 6), (None, 10)]),
}


@pytest.mark.parametrize("name", TIMES)
def test_each_step_and_the_end_come_at_their_time(name: str) -> None:
    steps, busy, seen = TIMES[name]
    assert played(steps, busy) == seen


@pytest.mark.anyio
@pytest.mark.parametrize("name", TIMES)
async def test_asynchronously_too(name: str) -> None:
    steps, busy, seen = TIMES[name]
    assert await aplayed(steps, busy) == seen


GONE = Abort("timeout", "ReadTimeout", "timed out")
SILENCES: dict[str, tuple[list[Step], list[Step]]] = {
    "one wait": ([Wait(9), Head(200)], [Wait(4), GONE]),
    "several waits": ([Wait(3), Wait(3), Head(200)], [Wait(3), Wait(1), GONE]),
    "a chunk of nothing": ([Head(200), Wait(3), Chunk(b""), Wait(3)], [Head(200), Wait(3), Chunk(b""), Wait(1), GONE]),
    "bytes between": ([Wait(3), Head(200), Wait(3), A, Wait(3)], [Wait(3), Head(200), Wait(3), A, Wait(3)]),
    "as long as it waits": ([Wait(4), Head(200)], [Wait(4), Head(200)]),
}


@pytest.mark.parametrize("name", SILENCES)
def test_a_client_waits_so_long_for_bytes_and_not_for_a_step(name: str) -> None:
    steps, seen = SILENCES[name]
    assert list(patient(steps, 4)) == seen


def test_a_client_may_wait_for_ever() -> None:
    steps = [Wait(9), Head(200), Wait(99), A]
    assert list(patient(steps, None)) == steps
