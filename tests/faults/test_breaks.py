"""Broken connections, through the official client."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

import retape
from faults.scenes import (
    ASK,
    CHAT,
    EVENTS,
    RECORDED,
    RESPONSES,
    api,
    async_client,
    body_of,
    chain,
    counted,
    plain,
    read,
    say,
    steps,
    streamed,
)
from retape import Abort, Chunk, Handler, faults

STREAMS = {"chat": CHAT, "responses": RESPONSES}

RECORDINGS = {"chat": "stream.yaml", "responses": "response-stream.yaml"}

EXCEPTIONS = {"early-end": "RemoteProtocolError", "reset": "ReadError", "timeout": "ReadTimeout"}


def recorded(name: str) -> Handler:
    """A recording that answers whatever is asked."""
    steps = retape.Cassette.load(RECORDED / RECORDINGS[name]).exchanges[0].steps
    return lambda request: iter(steps)


@pytest.mark.parametrize("size", [0, 1, 7, 64])
@pytest.mark.parametrize("name", STREAMS)
def test_a_cut_after_k_events_delivers_exactly_k_for_every_k(name: str, size: int) -> None:
    uncut = read(streamed(STREAMS[name]), name)[0]
    for k in range(len(uncut) + 1):
        came, error = read(faults.cut(streamed(STREAMS[name], size), after=k), name)
        assert came == uncut[:k]
        assert "RemoteProtocolError" in chain(error)


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_cut_recording_delivers_exactly_k_for_every_k(name: str) -> None:
    uncut = read(recorded(name), name)[0]
    assert len(uncut) > 10
    for k in range(len(uncut) + 1):
        came, error = read(faults.cut(recorded(name), after=k), name)
        assert came == uncut[:k]
        assert "RemoteProtocolError" in chain(error)


@pytest.mark.parametrize("k", [0, 1, 3, 5])
def test_a_cut_delivers_exactly_k_to_an_asynchronous_client(k: int) -> None:
    async def ask() -> tuple[int, BaseException | None]:
        came = 0
        async with async_client(faults.cut(streamed(CHAT, 5), after=k)) as client:
            try:
                async for _ in await client.chat.completions.create(stream=True, **ASK):
                    came += 1
            except Exception as error:  # noqa: BLE001 - which one is what is tested
                return came, error
        return came, None

    came, error = asyncio.run(ask())
    assert came == k
    assert "RemoteProtocolError" in chain(error)


@pytest.mark.parametrize("how", EXCEPTIONS)
def test_each_way_to_break_is_its_own_exception(how: Any) -> None:
    came, error = read(faults.cut(streamed(CHAT), after=2, how=how))
    assert len(came) == 2
    assert EXCEPTIONS[how] in chain(error)


def test_a_cut_that_ends_in_good_order_is_no_error_to_the_client() -> None:
    came, error = read(faults.cut(streamed(CHAT), after=2, how="end"))
    assert (len(came), error) == (2, None)


LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
BLOCKS = st.sampled_from(["data: a", "data: {1}é🪐", ": ping", "event: x", "data", "retry: 3", "data: a|data: b"])


@given(st.lists(st.tuples(BLOCKS, LINE_ENDS)), st.integers(0, 6), st.integers(1, 9))
def test_a_cut_sends_the_very_bytes_up_to_the_end_of_event_k(blocks: list[tuple[str, str]], k: int, size: int) -> None:
    body = "".join(block.replace("|", end) + end + end for block, end in blocks).encode()
    fault = faults.cut(streamed(body, size), after=k)
    sent = body_of(taken := steps(fault))
    assert body.startswith(sent)
    if counted(body) < k:
        assert (sent, fault.struck) == (body, 0)
    else:
        assert counted(sent) == k
        assert isinstance(taken[-1], Abort)
        assert fault.struck == 1


def test_a_cut_keeps_the_chunks_as_they_were() -> None:
    taken = steps(faults.cut(streamed(b"data: 1\n\ndata: 2\n\ndata: 3\n\n", 5), after=2))
    assert [step.data for step in taken if isinstance(step, Chunk)] == [b"data:", b" 1\n\nd", b"ata: ", b"2\n\n"]


def test_a_plain_answer_has_no_events_to_be_cut_after() -> None:
    fault = faults.cut(api, after=1)
    assert say(fault).choices[0].message.content == "Grüße!"
    assert fault.struck == 0
    with pytest.raises(openai.APIConnectionError, match="Connection error"):
        say(faults.cut(api))


BEFORE = {
    "refused": (faults.refused, openai.APIConnectionError, "ConnectError"),
    "reset": (faults.reset, openai.APIConnectionError, "ReadError"),
    "timeout": (faults.timeout, openai.APITimeoutError, "ReadTimeout"),
    "slow-first-byte": (faults.slow_first_byte, openai.APITimeoutError, "ReadTimeout"),
}


@pytest.mark.parametrize("name", BEFORE)
def test_what_breaks_before_the_head_is_the_clients_own_exception(name: str) -> None:
    wrap, kind, cause = BEFORE[name]
    fault = wrap(api)
    with pytest.raises(kind, match=r"Connection error|Request timed out") as raised:
        say(fault)
    assert type(raised.value) is kind
    assert cause in chain(raised.value)
    assert fault.struck == 1


@pytest.mark.parametrize("k", [0, 2])
def test_a_reset_comes_after_the_head_or_k_events(k: int) -> None:
    came, error = read(faults.reset(streamed(CHAT), after=k))
    assert len(came) == k
    assert "ReadError" in chain(error)


@pytest.mark.parametrize("k", range(5))
def test_a_half_written_character_ends_a_stream_inside_one(k: int) -> None:
    taken = steps(faults.half_character(streamed(CHAT, 9), after=k))
    with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
        body_of(taken).decode()
    assert counted(body_of(taken)) >= k
    came, error = read(faults.half_character(streamed(CHAT, 9), after=k))
    assert len(came) == counted(body_of(taken))
    assert "RemoteProtocolError" in chain(error)


@pytest.mark.parametrize("body", [b'data: {"a":1}\n\n', "data: ü\n\n".encode()])
def test_a_half_written_character_is_made_where_there_is_none(body: bytes) -> None:
    with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
        body_of(steps(faults.half_character(streamed(body), how="end"))).decode()


def test_a_plain_answer_ends_inside_a_character_too() -> None:
    with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
        body_of(steps(faults.half_character(plain(), how="end"))).decode()
    with pytest.raises(openai.APIConnectionError, match="Connection error"):
        say(faults.half_character(api))


def test_nothing_is_half_written_after_the_last_event() -> None:
    fault = faults.half_character(streamed(CHAT), after=counted(CHAT))
    assert body_of(steps(fault)) == CHAT
    assert fault.struck == 0


def test_an_answer_that_broke_by_itself_stays_as_it_broke() -> None:
    end = Abort("reset", "ReadError", "gone")
    assert steps(faults.cut(lambda request: iter((end,)), after=1)) == [end]
    taken = steps(faults.cut(lambda request: iter((EVENTS, Chunk(b"data: 1\n\n"), end)), after=2))
    assert taken[-1] is end
    undecided = faults.cut(lambda request: iter((EVENTS, Chunk(b"data: 1\r\r"), end)), after=1)
    assert steps(undecided) == [EVENTS, Chunk(b"data: 1\r\r"), end]
