"""Rate limits that fill and empty, by a clock of the test's own."""

from __future__ import annotations

import json
import re
from typing import Any

import openai
import pytest

from faults.scenes import api, body_of, head_of, plain, refusal, request, say, steps
from retape import Head, Request, UsageError, faults


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def rates(fault: Any, asked: Request) -> dict[str, str]:
    """`x-ratelimit-*` of one answer, without that."""
    head = head_of(steps(fault, asked))
    return {name.removeprefix("x-ratelimit-"): value for name, value in head.headers if name.startswith("x-ratelimit")}


def test_requests_are_counted_and_come_back_continuously(clock: Clock) -> None:
    fault = faults.buckets(api, rpm=3, clock=clock)
    assert [rates(fault, request())["remaining-requests"] for _ in range(3)] == ["2", "1", "0"]
    assert "Limit 3, Used 3, Requested 1. Please try again in 20s. " in refusal(fault).message
    clock.now += 20
    assert say(fault).id == "c"
    clock.now += 60
    assert rates(fault, request())["remaining-requests"] == "2"
    assert fault.struck == 1


def test_the_headers_of_every_answer_add_up(clock: Clock) -> None:
    fault = faults.buckets(api, rpm=500, tpm=30_000, clock=clock)
    assert rates(fault, request(max_tokens=3000)) == {
        "limit-requests": "500",
        "limit-tokens": "30000",
        "remaining-requests": "499",
        "remaining-tokens": "27000",
        "reset-requests": "120ms",
        "reset-tokens": "6s",
    }
    clock.now += 2
    assert rates(fault, request(max_tokens=1)) == {
        "limit-requests": "500",
        "limit-tokens": "30000",
        "remaining-requests": "499",
        "remaining-tokens": "27998",
        "reset-requests": "120ms",
        "reset-tokens": "4.004s",
    }


def test_tokens_run_out_with_the_arithmetic_of_a_real_refusal(clock: Clock) -> None:
    """The figures of gpt-newspaper's issue 10."""
    fault = faults.buckets(api, tpm=10_000, clock=clock)
    steps(fault, request(max_tokens=9348))
    error = json.loads(body_of(steps(fault, request(max_tokens=5086, model="gpt-4o-mini"))))["error"]
    assert error["message"] == (
        "Rate limit reached for gpt-4o-mini in organization org-retape on tokens per min (TPM): Limit 10000, "
        "Used 9348, Requested 5086. Please try again in 26.604s. "
        "Visit https://platform.openai.com/account/rate-limits to learn more."
    )
    assert (error["type"], error["code"]) == ("tokens", "rate_limit_exceeded")


def test_what_the_sentence_promises_is_kept(clock: Clock) -> None:
    fault = faults.buckets(api, rpm=7, tpm=977, clock=clock)
    for number in range(40):
        head = head_of(taken := steps(fault, request(max_tokens=100 + 13 * number)))
        if head.status == 429:
            found = re.search(r"try again in (?:(\d+)m)?([\d.]+)(m?s)", body_of(taken).decode())
            assert found is not None
            clock.now += int(found[1] or 0) * 60 + float(found[2]) * (0.001 if found[3] == "ms" else 1)
            assert head_of(steps(fault, request(max_tokens=100 + 13 * number))).status == 200
    assert fault.struck > 20


def test_one_request_above_the_whole_limit_is_too_large(clock: Clock) -> None:
    fault = faults.buckets(api, tpm=1000, clock=clock)
    taken = steps(fault, request(max_tokens=1001))
    assert "Request too large for gpt-4o-mini" in body_of(taken).decode()
    assert head_of(taken).header("retry-after") is None
    assert rates(fault, request(max_tokens=1000))["remaining-tokens"] == "0"


def test_a_refused_request_is_not_counted(clock: Clock) -> None:
    fault = faults.buckets(api, rpm=1, clock=clock)
    statuses = [head_of(steps(fault)).status for _ in range(5)]
    assert statuses == [200, 429, 429, 429, 429]
    clock.now += 60
    assert head_of(steps(fault)).status == 200


def test_each_model_has_its_own_buckets(clock: Clock) -> None:
    fault = faults.buckets(api, rpm=1, clock=clock)
    assert [head_of(steps(fault, request(model=name))).status for name in "aba"] == [200, 200, 429]


def test_what_sends_no_prompt_is_not_limited(clock: Clock) -> None:
    fault = faults.buckets(plain(), rpm=1, clock=clock)
    asked = Request("GET", "https://api.openai.com/v1/models")
    assert [head_of(steps(fault, asked)).status for _ in range(3)] == [200, 200, 200]
    assert rates(fault, asked) == {}


def test_the_answers_own_headers_give_way(clock: Clock) -> None:
    head = Head(200, (("X-RateLimit-Limit-Requests", "9"), ("x-ratelimit-limit-tokens", "8")))
    taken = head_of(steps(faults.buckets(lambda request: iter((head,)), rpm=5, clock=clock)))
    assert taken.headers[:2] == (("x-ratelimit-limit-tokens", "8"), ("x-ratelimit-limit-requests", "5"))


@pytest.mark.parametrize(("real", "milliseconds"), [(False, "1"), (True, "20000")])
def test_the_client_waits_only_when_asked_to(real: bool, milliseconds: str, clock: Clock) -> None:
    fault = faults.buckets(api, rpm=3, real_delays=real, clock=clock)
    taken = [head_of(steps(fault)) for _ in range(4)][-1]
    assert (taken.header("retry-after"), taken.header("retry-after-ms")) == ("20", milliseconds)


def test_the_client_sees_a_rate_limit(clock: Clock) -> None:
    fault = faults.buckets(api, rpm=1, clock=clock)
    say(fault)
    with pytest.raises(openai.RateLimitError, match="Limit 1, Used 1, Requested 1"):
        say(fault, max_retries=2)
    assert fault.struck == 3


@pytest.mark.parametrize(
    ("limits", "said"), [({}, "buckets need rpm="), ({"rpm": 0}, "rpm=0"), ({"tpm": -5}, "tpm=-5")]
)
def test_buckets_need_a_limit(limits: dict[str, int], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        faults.buckets(api, **limits)  # type: ignore[arg-type]
