"""Faults and framings on a real socket: what a client in any language meets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import openai
import pytest

import retape
from faults.scenes import ASK, CHAT, RESPONSES, TEXTS, chain, plain, streamed
from retape import Handler, Request, Step, faults

pytest.importorskip("uvicorn", reason="serving needs retape[server]")


class Switch:
    """A handler that can be exchanged while it is served."""

    def __init__(self) -> None:
        self.now: Handler = plain()

    def __call__(self, request: Request) -> Iterator[Step]:
        return self.now(request)


@pytest.fixture(scope="module")
def switch() -> Switch:
    return Switch()


@pytest.fixture(scope="module")
def client(switch: Switch) -> Iterator[openai.OpenAI]:
    with (
        retape.serve(switch) as server,
        openai.OpenAI(base_url=server.base_url, api_key="unused", max_retries=0, timeout=5) as client,
    ):
        yield client


ENDS = {"early-end": "RemoteProtocolError", "end": ""} | ({"reset": "ReadError"} if sys.platform == "linux" else {})
"""How a stream is cut -> what the client meets.  Elsewhere a reset throws away what the client hasn't read."""


@pytest.mark.parametrize("k", range(len(TEXTS)))
@pytest.mark.parametrize("how", ENDS)
def test_a_cut_delivers_exactly_k_events(how: Any, k: int, switch: Switch, client: openai.OpenAI) -> None:
    switch.now = faults.cut(streamed(CHAT, 9), after=k, how=how)
    came = 0
    error: Exception | None = None
    try:
        for _ in client.chat.completions.create(stream=True, **ASK):
            came += 1
    except Exception as broke:  # noqa: BLE001 - which one is what is tested
        error = broke
    assert came == k
    assert not ENDS[how] or ENDS[how] in chain(error)


def test_a_reset_is_a_reset(switch: Switch, client: openai.OpenAI) -> None:
    switch.now = faults.reset(plain())
    with pytest.raises(openai.APIConnectionError, match="Connection error") as raised:
        client.chat.completions.create(**ASK)
    assert "ReadError" in chain(raised.value)


def test_silence_lasts_until_the_client_gives_up(switch: Switch, client: openai.OpenAI) -> None:
    switch.now = faults.timeout(plain())
    with pytest.raises(openai.APITimeoutError, match="timed out"):
        client.with_options(timeout=0.05).chat.completions.create(**ASK)


def test_429_twice_costs_no_time(switch: Switch, client: openai.OpenAI) -> None:
    switch.now = fault = faults.rate_limit(plain(), retry_after=30, times=2)
    assert client.with_options(max_retries=2).chat.completions.create(**ASK).id == "c"
    assert fault.struck == 2


def test_every_framing_reads_the_same(switch: Switch, client: openai.OpenAI) -> None:
    def ask(handler: Handler) -> list[Any]:
        switch.now = handler
        return [
            event.model_dump(warnings=False) for event in client.responses.create(model="m", input="Hi", stream=True)
        ]

    expected = ask(streamed(RESPONSES))
    assert len(expected) == 8
    for framing in retape.torture(streamed(RESPONSES)):
        assert ask(framing) == expected, framing.name
