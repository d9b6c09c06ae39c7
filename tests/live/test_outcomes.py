"""Exchanges that break: whoever replays them gets the exception that the first client got."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import OpenAI

from live.asking import ENDLESS, chat
from live.reading import Tape
from live.servers import kill

LONG = {"max_tokens": 900, "extra_body": ENDLESS}
BROKEN_BY = {"RemoteProtocolError": "early-end", "ReadError": "reset"}
"""The cause's class -> the outcome: which of them a killed server leaves is up to the operating system."""


def test_refused(connect: Callable[..., OpenAI], tape: Tape) -> None:
    with pytest.raises(openai.APIConnectionError, match="Connection error") as caught:
        connect("nowhere").chat.completions.create(**chat())
    assert type(caught.value.__cause__).__name__ == "ConnectError"
    assert str(caught.value.__cause__) == (tape.last.abort.message if tape.last.abort else "")
    assert tape.last.outcome == "refused"
    assert tape.last.head is None


def test_timeout(connect: Callable[..., OpenAI], tape: Tape) -> None:
    with pytest.raises(openai.APITimeoutError, match="timed out"):
        connect("slow", timeout=0.3).chat.completions.create(**chat("Take your time.", **LONG))
    assert tape.last.outcome == "timeout"
    assert tape.last.head is None


def test_killed_before(connect: Callable[..., OpenAI], tape: Tape) -> None:
    executioner = threading.Timer(0.3, kill, ["victim-before"])
    executioner.start()
    with pytest.raises(openai.APIConnectionError, match="Connection error") as caught:
        connect("victim-before").chat.completions.create(**chat("Your last words?", **LONG))
    executioner.cancel()  # in replay nobody waits for it
    assert BROKEN_BY[type(caught.value.__cause__).__name__] == tape.last.outcome
    assert tape.last.head is None


def test_killed_amid(connect: Callable[..., OpenAI], tape: Tape) -> None:
    seen: list[dict[str, Any]] = []

    def read() -> None:
        for chunk in stream:
            seen.append(chunk.to_dict())
            if len(seen) == 4:
                kill("victim-amid")

    stream = connect("victim-amid").chat.completions.create(**chat("Your last words?", stream=True, **LONG))
    with pytest.raises(Exception, match=r"peer closed|disconnected|reset|Connection error") as caught:
        read()
    broken = caught.value if type(caught.value).__name__ in BROKEN_BY else caught.value.__cause__
    assert BROKEN_BY[type(broken).__name__] == tape.last.outcome
    assert seen == tape.events()
    assert len(seen) >= 4
    assert b"[DONE]" not in tape.last.body
