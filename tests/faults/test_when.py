"""Which calls are struck, how often, and faults around faults."""

from __future__ import annotations

import threading
from typing import Any

import openai
import pytest

import retape
from faults.scenes import (
    CHAT,
    EVENTS,
    RECORDED,
    api,
    body_of,
    chain,
    head_of,
    plain,
    read,
    refusal,
    request,
    say,
    steps,
    streamed,
    waits,
)
from retape import Abort, Chunk, UsageError, Wait, faults


def struck(fault: faults.Faulted, calls: int = 9) -> list[int]:
    """The numbers of the calls that got an error."""
    return [number for number in range(1, calls + 1) if head_of(steps(fault)).status == 500]


WHEN: dict[str, tuple[dict[str, int | None], list[int]]] = {
    "always": ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    "always, said so": ({"times": None}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    "never": ({"times": 0}, []),
    "twice": ({"times": 2}, [1, 2]),
    "after some": ({"after_calls": 7}, [8, 9]),
    "every third": ({"every": 3}, [3, 6, 9]),
    "all three": ({"times": 2, "after_calls": 1, "every": 2}, [3, 5]),
}


@pytest.mark.parametrize("name", WHEN)
def test_a_fault_strikes_when_it_was_told_to(name: str) -> None:
    when, calls = WHEN[name]
    fault = faults.status(api, 500, **when)  # type: ignore[arg-type]
    assert struck(fault) == calls
    assert (fault.asked, fault.struck) == (9, len(calls))


@pytest.mark.parametrize("when", [{"times": -1}, {"after_calls": -1}, {"every": 0}])
def test_a_fault_that_could_never_strike_is_an_error(when: Any) -> None:
    with pytest.raises(UsageError, match=r"use [01] or more"):
        faults.status(api, 500, **when)


def test_an_unknown_argument_is_an_error() -> None:
    with pytest.raises(UsageError, match="no-done takes no argument 'time'"):
        faults.no_done(api, time=1)  # type: ignore[call-arg]


def test_a_strike_that_an_answer_gave_no_chance_to_is_kept_for_the_next() -> None:
    bodies = iter([b"data: 1\n\n", CHAT, CHAT])
    fault = faults.cut(lambda request: streamed(next(bodies))(request), after=2, times=1)
    assert [len(body_of(steps(fault))) for _ in range(3)] != [0, 0, 0]
    assert (fault.asked, fault.struck) == (3, 1)


@pytest.mark.parametrize("fault", [faults.cut, faults.server_error], ids=["cut", "status"])
def test_an_answer_that_nobody_begins_to_read_gives_its_strike_back(fault: Any) -> None:
    handler = fault(streamed(CHAT), times=1)
    handler(request()).close()
    left = 1 - handler.struck
    assert sum(steps(handler) != steps(streamed(CHAT)) for _ in range(3)) == left
    assert handler.struck == 1


def test_429_twice_then_fine_replays_the_recording_that_was_not_used_up() -> None:
    path = RECORDED / "chat.yaml"
    asked = retape.Cassette.load(path).exchanges[0].request
    fault = faults.rate_limit(retape.replay(path), times=2)
    assert [head_of(steps(fault, asked)).status for _ in range(3)] == [429, 429, 200]


def test_a_miss_inside_a_fault_is_a_miss() -> None:
    fault = faults.cut(retape.replay(RECORDED / "chat.yaml"), after=1, times=1)
    for _ in range(2):
        with pytest.raises(retape.CassetteMiss, match="no recording answers POST /chat/completions"):
            fault(request())
    assert fault.struck == 0


def test_threads_share_the_count() -> None:
    fault = faults.status(api, 500, times=20)
    failed: list[int] = []

    def ask() -> None:
        failed.extend(struck(fault, 25))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (fault.asked, fault.struck, len(failed)) == (100, 20, 20)


def test_a_fault_goes_around_a_fault() -> None:
    inner = faults.lost_event(streamed(CHAT), after=1)
    outer = faults.cut(inner, after=2)
    came, error = read(outer)
    assert [event["choices"][0]["delta"]["content"] for event in came] == ["Grüße", " Köln"]
    assert "RemoteProtocolError" in chain(error)
    assert (inner.struck, outer.struck) == (1, 1)


def test_a_refusal_around_a_fault_leaves_it_unasked() -> None:
    inner = faults.cut(api)
    outer = faults.rate_limit(inner, times=1)
    with pytest.raises(openai.RateLimitError, match="Rate limit reached"):
        say(outer)
    assert (inner.asked, outer.struck) == (0, 1)


def test_a_sequence_gives_each_call_its_own_fault() -> None:
    sequence = faults.sequence(api, [faults.fault("rate-limit"), None, faults.fault("status", which=503), faults.cut])
    assert refusal(sequence).status_code == 429
    assert say(sequence).id == "c"
    assert refusal(sequence).status_code == 503
    with pytest.raises(openai.APIConnectionError, match="Connection error"):
        say(sequence)
    assert say(sequence).id == "c"
    assert (sequence.asked, sequence.struck) == (5, 3)


def test_a_sequence_counts_a_strike_that_is_an_early_end() -> None:
    sequence = faults.sequence(streamed(CHAT), [faults.fault("cut", after=1, how="end")])
    steps(sequence)
    assert sequence.struck == 1


def test_a_sequence_counts_no_strike_that_missed() -> None:
    sequence = faults.sequence(plain(), [faults.fault("no-done"), faults.fault("empty")])
    for _ in range(2):
        steps(sequence)
    assert sequence.struck == 1


def test_a_fault_shows_how_it_was_made() -> None:
    fault = faults.cut(retape.replay, after=3, times=2)  # type: ignore[arg-type]
    assert repr(fault) == f"faults.cut({retape.replay!r}, after=3, how='early-end', times=2)"


CHANGING = (
    "broken-arguments",
    "cut",
    "drip",
    "duplicate-event",
    "empty",
    "error-event",
    "half-character",
    "hold-open",
    "jitter",
    "lost-event",
    "malformed",
    "no-done",
    "stall",
    "truncated",
    "wrong-type",
)
"""Faults that change an answer."""


@pytest.mark.parametrize("name", CHANGING)
def test_an_answer_that_broke_before_its_head_stays_as_it_broke(name: str) -> None:
    broken = (Wait(1), Abort("reset", "ReadError", "gone"))
    fault = faults.fault(name)(lambda request: iter(broken))
    assert tuple(steps(fault)) == broken
    assert fault.struck == 0


@pytest.mark.parametrize("name", CHANGING)
def test_the_time_that_an_answer_takes_stays(name: str) -> None:
    """Until it is cut; what a fault adds comes on top."""
    slow = (Wait(1), EVENTS, Wait(2), Chunk(CHAT), Wait(3))
    taken = steps(faults.fault(name, **({"mean": 0} if name == "jitter" else {}))(lambda request: iter(slow)))
    assert waits(taken)[0] == 1
    assert [seconds for seconds in waits(taken) if seconds] in ([1], [1, 2], [1, 2, 3])
