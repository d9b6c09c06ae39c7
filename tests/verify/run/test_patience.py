"""Rate limits: what header fields ask for is done, on a clock that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

import retape
from retape.verify.cases.client import make_client
from retape.verify.run.patience import LONGEST, TRIES, Gate, make_patient, retry_after, seconds_of

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def gate() -> tuple[Gate, Clock]:
    clock = Clock()
    return Gate(clock, clock.sleep), clock


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1", 1.0),
        ("0.5", 0.5),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("20ms", 0.02),
        ("150us", 0.00015),
        ("0", 0.0),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("5x", None),
    ],
)
def test_waits_come_as_numbers_and_as_gos_durations(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "9"}, 9.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:07 GMT"}, 7.0),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"x-ratelimit-reset-requests": "2s", "x-ratelimit-reset-tokens": "5s"}, 5.0),
        ({"retry-after": "later"}, None),
        ({}, None),
    ],
)
def test_a_refusal_tells_how_long_to_wait(headers: Mapping[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=NOW) == seconds


def test_a_refusal_shuts_the_gate_for_everybody_for_as_long_as_it_asks() -> None:
    shut, clock = gate()
    assert shut.refused({"retry-after": "3"}, 1)
    asyncio.run(shut.passed())
    asyncio.run(shut.passed())
    assert (clock.slept, shut.waited) == ([3.0], 3.0)


def test_a_refusal_that_asks_for_nothing_is_waited_for_longer_each_time() -> None:
    shut, clock = gate()
    for tries in (1, 2, 3):
        shut.refused({}, tries)
        asyncio.run(shut.passed())
    assert clock.slept == [1.0, 2.0, 4.0]


def test_when_nothing_is_left_the_next_request_waits_for_the_reset_before_it_is_refused() -> None:
    shut, clock = gate()
    shut.answered({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1.5s"})
    asyncio.run(shut.passed())
    assert clock.slept == [1.5]


def test_when_something_is_left_nothing_waits() -> None:
    shut, clock = gate()
    shut.answered({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "60s"})
    asyncio.run(shut.passed())
    assert clock.slept == []


@pytest.mark.parametrize(
    ("headers", "tries", "told"),
    [
        ({"retry-after": str(LONGEST + 1)}, 1, "asks to wait 91 s, after 1 tries"),
        ({"retry-after": "0"}, TRIES, f"after {TRIES} tries"),
        ({"x-should-retry": "false"}, 1, "after 1 tries"),
    ],
)
def test_the_patience_has_an_end_that_is_told(headers: Mapping[str, str], tries: int, told: str) -> None:
    shut, _ = gate()
    assert not shut.refused(headers, tries)
    assert told in shut.given_up


def test_the_official_client_sends_again_what_was_refused_for_the_rate_and_sees_none_of_it() -> None:
    fake = retape.Fake()
    fake.fail(429, retry_after=0.25, times=3)
    shut, clock = gate()

    async def ask(base_url: str) -> str | None:
        async with make_client(base_url, "k") as client:
            make_patient(client, shut)
            answer = await client.chat.completions.create(
                model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}]
            )
            return answer.choices[0].message.content

    with retape.serve(fake) as server:
        assert asyncio.run(ask(server.base_url))
    assert len(clock.slept) == 3
    assert len(fake.requests) == 4
