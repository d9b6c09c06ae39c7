"""Bodies that are too short, empty, of another type or another page, and faults of time."""

from __future__ import annotations

import time
from typing import Any

import openai
import pytest

import retape
from faults.scenes import (
    CHAT,
    RESPONSES,
    TEXTS,
    api,
    body_of,
    chain,
    client,
    head_of,
    plain,
    read,
    refusal,
    say,
    steps,
    streamed,
    waits,
)
from libraries import OURS
from retape import Chunk, UsageError, faults

WHOLE = body_of(steps(plain()))


@pytest.mark.parametrize(("size", "sent"), [(None, len(WHOLE) // 2), (0, 0), (1, 1), (30, 30)])
def test_a_truncated_answer_has_the_length_of_what_is_sent(size: int | None, sent: int) -> None:
    taken = steps(faults.truncated(faults.drip(plain(), size=7), size=size))
    assert body_of(taken) == WHOLE[:sent]
    assert head_of(taken).header("content-length") == str(sent)


@pytest.mark.parametrize("size", [len(WHOLE), 10_000])
def test_an_answer_that_is_not_longer_is_left_alone(size: int) -> None:
    fault = faults.truncated(plain(), size=size)
    assert steps(fault) == steps(plain())
    assert fault.struck == 0


def test_a_truncated_stream_ends_where_the_byte_falls() -> None:
    body = body_of(steps(faults.truncated(streamed(CHAT, 7), size=200)))
    assert body == CHAT[:200]


def test_the_client_finds_truncated_json_broken() -> None:
    with pytest.raises(Exception, match=r"Unterminated|Expecting|delimiter") as raised:
        say(faults.truncated(api))
    assert {"JSONDecodeError", "APIError"} & chain(raised.value)


def test_an_empty_answer_keeps_its_status_and_type() -> None:
    head = head_of(taken := steps(faults.empty(plain())))
    assert (head.status, head.header("content-type"), head.header("content-length")) == (200, "application/json", "0")
    assert body_of(taken) == b""
    assert read(faults.empty(api)) == ([], None)


@pytest.mark.parametrize("to", ["text/plain", "text/html; charset=utf-8"])
def test_a_wrong_type_changes_nothing_else(to: str) -> None:
    taken = steps(faults.wrong_type(plain(), to=to))
    assert [step for step in taken if isinstance(step, Chunk)] == [Chunk(WHOLE)]
    assert head_of(taken).headers == (("content-length", str(len(WHOLE))), ("content-type", to))


def test_the_official_client_reads_json_of_a_wrong_type() -> None:
    assert say(faults.wrong_type(api)).choices[0].message.content == "Grüße!"


@pytest.mark.parametrize(("code", "kind"), [(502, openai.InternalServerError), (403, openai.PermissionDeniedError)])
def test_an_html_page_is_an_error_with_its_text(code: int, kind: type[openai.APIStatusError]) -> None:
    error = refusal(faults.html_page(api, code=code))
    assert type(error) is kind
    assert error.body is None or "<h1>" in str(error.body)
    assert "<h1>" in error.response.text


def test_a_captive_portals_page_is_no_error_to_the_client() -> None:
    assert "<h1>200 OK</h1>" in say(faults.html_page(api, code=200))


@pytest.mark.parametrize("code", [100, 600])
def test_a_page_needs_a_status_that_can_have_one(code: int) -> None:
    with pytest.raises(UsageError, match=f"code={code}: use a status from 200 to 599"):
        faults.html_page(api, code=code)


STALLS = [("chat", k) for k in range(7)] + [("responses", 0), ("responses", 3)]


@pytest.mark.parametrize(("name", "k"), STALLS)
def test_a_stall_times_out_at_once_after_k_events(name: str, k: int) -> None:
    body = CHAT if name == "chat" else RESPONSES
    start = time.perf_counter()
    came, error = read(faults.stall(streamed(body, 9), after=k), name)
    assert len(came) == min(k, len(TEXTS))
    if k <= len(TEXTS):  # after [DONE] the client has left
        assert "ReadTimeout" in chain(error)
    assert time.perf_counter() - start < 5


def test_a_stall_of_some_seconds_goes_on_after_them() -> None:
    taken = steps(faults.stall(streamed(CHAT, 9), after=2, seconds=3))
    assert waits(taken) == [3]
    assert body_of(taken) == CHAT


def test_a_client_that_waits_less_times_out() -> None:
    fault = faults.stall(streamed(CHAT, 9), after=2, seconds=3600)
    with client(fault, timeout=0.02) as asking, pytest.raises((openai.APITimeoutError, OURS.ReadTimeout), match="time"):
        list(asking.chat.completions.create(model="m", messages=[], stream=True))
    assert fault.struck == 1


def test_a_slow_first_byte_comes_before_the_head() -> None:
    assert steps(faults.slow_first_byte(plain(), seconds=2)) == [retape.Wait(2), *steps(plain())]


def test_a_held_connection_harms_only_who_reads_past_done() -> None:
    taken = steps(faults.hold_open(streamed(CHAT), seconds=9))
    assert (body_of(taken), taken[-1]) == (CHAT, retape.Wait(9))
    came, error = read(faults.hold_open(streamed(RESPONSES)), "responses")
    assert len(came) == 8
    assert "ReadTimeout" in chain(error)


def test_a_client_that_leaves_at_done_does_not_notice() -> None:
    came, error = read(faults.hold_open(streamed(CHAT)))
    assert len(came) == len(TEXTS)
    # openai 1 reads on to the end
    assert (error is None) == (int(openai.__version__.partition(".")[0]) > 1)


def test_jitter_is_the_same_in_every_run_and_another_for_each_seed() -> None:
    def times(**arguments: Any) -> list[float]:
        return waits(steps(faults.jitter(streamed(CHAT, 50), **arguments)))

    assert times() == times()
    assert times() != times(seed=1)
    assert len(times()) == -(-len(CHAT) // 50)
    assert all(0.005 <= seconds <= 0.015 for seconds in times(mean=0.01, spread=0.5))
    assert set(times(mean=0.01, spread=0)) == {0.01}
    assert body_of(steps(faults.jitter(streamed(CHAT, 50)))) == CHAT


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_drip_is_made_of_small_chunks(size: int) -> None:
    taken = steps(faults.drip(streamed(CHAT), size=size, seconds=0.25))
    chunks = [step.data for step in taken if isinstance(step, Chunk)]
    assert b"".join(chunks) == CHAT
    assert {len(chunk) for chunk in chunks[:-1]} <= {size}
    assert waits(taken) == [0.25] * len(chunks)
    assert len(read(faults.drip(streamed(CHAT), size=size))[0]) == len(TEXTS)
