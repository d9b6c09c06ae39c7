"""What every mount promises: library x door x plain or stream, recorded live and replayed equal."""

from __future__ import annotations

import importlib
import ssl
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import retape
from libraries import INSTALLED, NAMES
from mounts.raw import soon
from wire import DONE, HANG, RESET, Action, WireServer, delta, plain, refused_port, stream, zipped

ASK = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
CUT = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\nx-early: 1\r\n\r\n"

ANSWERS: dict[str, list[Action]] = {
    "plain": plain({"ok": "é😀"}),
    "error": plain({"error": {"message": "no"}}, status="429 Too Many Requests", headers=["retry-after-ms: 1"]),
    "gzip": zipped({"ok": [1, 2, 3] * 50}),
    "empty": [b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"],
    "stream": stream(delta("a"), delta("b")[:9], delta("b")[9:], DONE),
    "reset before": [RESET],
    "reset in mid-stream": stream(delta("a"), delta("b"), RESET, finish=False),
    "early end before": [b""],
    "early end in a stream": stream(delta("a"), finish=False),
    "early end in a body": [CUT, b'{"half'],
    "timeout": [HANG],
    "timeout in mid-stream": stream(delta("a"), HANG, finish=False),
}

OUTCOMES = {
    "reset before": "reset",
    "reset in mid-stream": "reset",
    "early end before": "early-end",
    "early end in a stream": "early-end",
    "early end in a body": "early-end",
    "timeout": "timeout",
    "timeout in mid-stream": "timeout",
    "refused": "refused",
}


@dataclass(frozen=True)
class Seen:
    """What a client saw of an answer."""

    status: int | None
    content_type: str | None
    chunks: tuple[bytes, ...]
    error: str


def _error(error: Exception) -> str:
    return f"{type(error).__module__.partition('.')[0]}.{type(error).__name__}: {error}"


PATIENCE: ContextVar[float] = ContextVar("seconds that a client waits for the next byte", default=30)
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # one for all: loading certificates is most of a client's cost


def sync_client(library: Any, url: str, **options: Any) -> Seen:
    status, kind, chunks = None, None, []
    client = library.Client(timeout=library.Timeout(30, read=PATIENCE.get()), verify=TLS, **options)
    try:
        with client, client.stream("POST", f"{url}/chat/completions", json=ASK) as response:
            status, kind = response.status_code, response.headers.get("content-type")
            for chunk in response.iter_raw():
                chunks += [chunk]
    except library.TransportError as error:
        return Seen(status, kind, tuple(chunks), _error(error))
    return Seen(status, kind, tuple(chunks), "")


async def async_client(library: Any, url: str, **options: Any) -> Seen:
    status, kind, chunks = None, None, []
    client = library.AsyncClient(timeout=library.Timeout(30, read=PATIENCE.get()), verify=TLS, **options)
    try:
        async with client, client.stream("POST", f"{url}/chat/completions", json=ASK) as response:
            status, kind = response.status_code, response.headers.get("content-type")
            async for chunk in response.aiter_raw():
                chunks += [chunk]
    except library.TransportError as error:
        return Seen(status, kind, tuple(chunks), _error(error))
    return Seen(status, kind, tuple(chunks), "")


Ask = Callable[[str, Path, str], Awaitable[Seen]]


@pytest.fixture(params=INSTALLED, ids=NAMES)
def library(request: pytest.FixtureRequest) -> Any:
    return request.param


DOORS = [
    ("patched", "sync", "asyncio"),
    ("patched", "async", "asyncio"),
    ("patched", "async", "trio"),
    ("transport", "sync", "asyncio"),
    ("transport", "async", "asyncio"),
    ("transport", "async", "trio"),
]


@pytest.fixture(params=DOORS, ids="-".join)
def door(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """Patched or an explicit transport, synchronous or not, under which event loop."""
    chosen: tuple[str, str, str] = request.param
    return chosen


@pytest.fixture
def anyio_backend(door: tuple[str, str, str]) -> str:
    return door[2]


@pytest.fixture
def ask(door: tuple[str, str, str], library: Any) -> Ask:
    """Ask through one door: (url, cassette, mode) -> what the client saw."""
    kind = door[1]
    mount = importlib.import_module(f"retape.mounts.{library.__name__}")

    async def patched(url: str, path: Path, mode: str) -> Seen:
        with retape.use_cassette(path, mode=mode, unused="fail"):
            return sync_client(library, url) if kind == "sync" else await async_client(library, url)

    async def explicit(url: str, path: Path, mode: str) -> Seen:
        if kind == "sync":
            return sync_client(library, url, transport=mount.Transport(path, mode=mode, unused="fail"))
        return await async_client(library, url, transport=mount.AsyncTransport(path, mode=mode, unused="fail"))

    return patched if door[0] == "patched" else explicit


@pytest.mark.anyio
@pytest.mark.parametrize("name", ANSWERS)
async def test_a_replay_gives_what_the_live_client_saw(name: str, ask: Ask, server: WireServer, tmp_path: Path) -> None:
    server.says(ANSWERS[name])
    if HANG in ANSWERS[name]:
        PATIENCE.set(0.05)
    path = tmp_path / "c.yaml"
    live = await ask(server.url, path, "record")
    again = await ask("http://127.0.0.1:1/v1", path, "replay")
    assert again == live
    assert soon(lambda: len(server.requests) == 1)  # a client that waits so shortly may leave before it is read
    assert retape.Cassette.load(path).exchanges[0].outcome == OUTCOMES.get(name, "complete")
    assert bool(live.error) == (name in OUTCOMES)


@pytest.mark.anyio
async def test_a_refused_connection_is_replayed_as_one(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    live = await ask(f"http://127.0.0.1:{refused_port()}/v1", path, "record")
    assert "ConnectError" in live.error
    assert await ask("http://127.0.0.1:1/v1", path, "replay") == live
    assert retape.Cassette.load(path).exchanges[0].outcome == "refused"
