"""Calls that fail through vcrpy's own stubs: recorded as what they were, and no client is blamed for them."""

from __future__ import annotations

import asyncio
import http.client
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import requests
import urllib3

import retape
from libraries import OURS
from retape.mounts.failures import outcome_of
from wire import HANG, RESET, Action, WireServer, delta, refused_port, stream

LONG, BRIEF = 30.0, 0.2
"""Seconds that a client waits; and one that is kept waiting."""


def with_requests(url: str, seconds: float = LONG) -> None:
    requests.get(f"{url}/models", timeout=seconds)


def with_urllib3(url: str, seconds: float = LONG) -> None:
    with urllib3.PoolManager(retries=False, timeout=seconds) as pool:
        pool.request("GET", f"{url}/models")


def with_aiohttp(url: str, seconds: float = LONG) -> None:
    async def ask() -> None:
        limit = aiohttp.ClientTimeout(total=seconds)
        async with aiohttp.ClientSession(timeout=limit) as session, session.get(f"{url}/models"):
            pass

    asyncio.run(ask())


def with_urllib(url: str, seconds: float = LONG) -> None:
    with urllib.request.urlopen(f"{url}/models", timeout=seconds):
        pass


def with_http_client(url: str, seconds: float = LONG) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.request("GET", f"{parts.path}/models")
        connection.getresponse()
    finally:
        connection.close()


def with_httpx(url: str, seconds: float = LONG) -> None:
    with OURS.Client(timeout=seconds, trust_env=False) as client:
        client.get(f"{url}/models")


CLIENTS = {
    f.__name__: f for f in (with_requests, with_urllib3, with_aiohttp, with_urllib, with_http_client, with_httpx)
}
FAILS = (OSError, HTTPException, OURS.TransportError, urllib3.exceptions.HTTPError, aiohttp.ClientError)


def failing(ask: Callable[[str, float], None], url: str, seconds: float = LONG) -> type[BaseException]:
    """What a client raises."""
    with pytest.raises(FAILS) as caught:
        ask(url, seconds)
    return caught.type


def outcomes(path: Path) -> list[str]:
    return [exchange.outcome for exchange in retape.Cassette.load(path).exchanges]


@pytest.mark.parametrize("name", CLIENTS)
def test_a_server_that_refuses_is_recorded_as_that_and_refuses_again(name: str, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{refused_port()}/v1"
    with retape.use_cassette(tmp_path / "c.yaml", mode="record") as cassette:
        live = failing(CLIENTS[name], url)
    assert len(cassette.recorded) == 1
    assert outcomes(tmp_path / "c.yaml") == ["refused"]
    with retape.use_cassette(tmp_path / "c.yaml", unused="fail"):
        assert issubclass(failing(CLIENTS[name], url), (live, *FAILS))


BREAKS: dict[str, tuple[list[Action], str]] = {
    "silence": ([HANG], "timeout"),
    "reset": ([RESET], "reset"),
    "end": ([], "early-end"),
    "nonsense": ([b"nonsense\r\n\r\n"], "early-end"),
}


HIDDEN = ("with_aiohttp", "nonsense")
"""aiohttp says so with the exception that it has for an error's status."""


@pytest.mark.parametrize(("name", "how"), [pair for pair in product(CLIENTS, BREAKS) if pair != HIDDEN])
def test_an_answer_that_breaks_before_it_begins_is_recorded_as_that(
    name: str, how: str, server: WireServer, tmp_path: Path
) -> None:
    server.says(BREAKS[how][0])
    with retape.use_cassette(tmp_path / "c.yaml", mode="record"):
        failing(CLIENTS[name], server.url, BRIEF if how == "silence" else LONG)
    assert set(outcomes(tmp_path / "c.yaml")) == {BREAKS[how][1]}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        *[(name, "reset") for name in ("with_requests", "with_urllib3", "with_urllib")],
        ("with_aiohttp", "early-end"),  # which is what aiohttp makes of it
    ],
)
def test_a_stream_that_breaks_is_recorded_as_what_the_client_saw_of_it(
    name: str, outcome: str, server: WireServer, tmp_path: Path
) -> None:
    server.says(stream(delta("a"), RESET, finish=False))
    with retape.use_cassette(tmp_path / "c.yaml", mode="record"):
        failing(CLIENTS[name], server.url)
    assert outcomes(tmp_path / "c.yaml") == [outcome]


def test_a_call_that_is_cancelled_was_given_up_by_its_client(server: WireServer, tmp_path: Path) -> None:
    server.says([HANG])

    async def give_up() -> None:
        async with aiohttp.ClientSession() as session:
            call = asyncio.create_task(asyncio.wait_for(session.get(f"{server.url}/models"), 60))
            while not server.requests:
                await asyncio.sleep(0.001)
            call.cancel()
            with pytest.raises(asyncio.CancelledError, match=r"^$"):
                await call

    with (
        pytest.warns(UserWarning, match="the client gave up 1 of its calls before any answer came"),
        retape.use_cassette(tmp_path / "c.yaml", mode="record"),
    ):
        asyncio.run(give_up())
    assert not (tmp_path / "c.yaml").exists()


def test_what_could_not_be_sent_is_no_answer_of_a_servers(tmp_path: Path) -> None:
    with (
        pytest.warns(UserWarning, match="1 call was given up, or could not be sent, before any answer came"),
        retape.use_cassette(tmp_path / "c.yaml", mode="record"),
        pytest.raises(ValueError, match="Invalid header"),
    ):
        urllib3.request("GET", "http://127.0.0.1:1/v1/models", headers={"x": "a\nb"}, retries=False)
    assert not (tmp_path / "c.yaml").exists()


def chained(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


ENDS: list[tuple[Any, str | None]] = [
    (ConnectionRefusedError(), "refused"),
    (BrokenPipeError(), "reset"),
    (TimeoutError(), "timeout"),
    (http.client.RemoteDisconnected(), "early-end"),
    (http.client.IncompleteRead(b""), "early-end"),
    (urllib3.exceptions.ConnectTimeoutError(), "timeout"),
    (chained(urllib3.exceptions.ProtocolError(), ConnectionResetError()), "reset"),
    (aiohttp.ServerDisconnectedError(), "early-end"),
    (aiohttp.ClientOSError(), "reset"),
    (aiohttp.ServerTimeoutError(), "timeout"),
    (aiohttp.InvalidURL("x"), None),
    (ValueError(), None),
]


@pytest.mark.parametrize(("error", "outcome"), ENDS, ids=lambda value: value if isinstance(value, str) else None)
def test_an_exception_says_how_an_exchange_ended_or_that_there_was_none(error: Exception, outcome: str | None) -> None:
    assert outcome_of(error) == outcome
