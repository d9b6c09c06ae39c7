"""In replay mode nothing leaves the machine, whichever library tries."""

from __future__ import annotations

import asyncio
import http.client
import socket
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import websockets.asyncio.client
import websockets.sync.client

import retape


def datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as plain:
        plain.sendto(b"x", ("192.0.2.1", 53))


WAYS_OUT: dict[str, Callable[[], Any]] = {
    "a name looked up": lambda: socket.getaddrinfo("example.com", 443),
    "a connection to a name": lambda: socket.create_connection(("example.com", 443)),
    "a connection to an address": lambda: socket.create_connection(("192.0.2.1", 443)),
    "IPv6": lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 443)),
    "a datagram": datagram,
    "a WebSocket": lambda: websockets.sync.client.connect("wss://example.com/v1/realtime"),
    "an asynchronous connection": lambda: asyncio.run(asyncio.open_connection("example.com", 443)),
}


@pytest.mark.parametrize("name", WAYS_OUT)
def test_a_way_out_is_closed_with_an_error_that_names_host_and_test(name: str, tmp_path: Path) -> None:
    with (
        retape.use_cassette(tmp_path / "none.yaml") as cassette,
        pytest.raises(
            retape.NetworkBlocked, match=r"test_guard\.py::test_a_way_out.* tried to reach (?:example\.com|192|2001)"
        ),
    ):
        WAYS_OUT[name]()
    assert len(cassette.blocked) == 1


def test_an_asynchronous_websocket_is_stopped(tmp_path: Path) -> None:
    async def connect() -> None:
        await websockets.asyncio.client.connect("wss://example.com/v1/realtime")

    with retape.use_cassette(tmp_path / "none.yaml"), pytest.raises(retape.NetworkBlocked, match=r"example\.com"):
        asyncio.run(connect())


def test_loopback_stays_open(tmp_path: Path) -> None:
    with (
        retape.use_cassette(tmp_path / "none.yaml"),
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(("localhost", listener.getsockname()[1])) as client,
    ):
        assert client.getpeername()[0] == "127.0.0.1"


def test_a_unix_socket_stays_open(tmp_path: Path) -> None:
    with (
        retape.use_cassette(tmp_path / "none.yaml"),
        socket.socket(socket.AF_UNIX) as listener,
        socket.socket(socket.AF_UNIX) as client,
    ):
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        client.connect(str(tmp_path / "s"))


def test_an_allowed_host_is_not_stopped(tmp_path: Path) -> None:
    host = "no-such-host.invalid"
    with retape.use_cassette(tmp_path / "n.yaml", allow_hosts=[host]) as cassette, pytest.raises(socket.gaierror):
        socket.getaddrinfo(host, 80)
    assert not cassette.blocked


def test_an_allowed_host_may_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a load balancer: its name leads to another address each time, and once to none."""
    monkeypatch.setattr("retape.mounts.guard.left_loopback", [])
    found = [[], ["203.0.113.1"], ["203.0.113.2"]]

    def getaddrinfo(name: str, port: None) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        addresses = found.pop(0)
        if not addresses:
            raise socket.gaierror("not now")
        return [(2, 1, 6, "", (address, 0)) for address in addresses]

    def connect(address: str) -> None:
        with socket.socket() as asking:
            sys.audit("socket.connect", asking, (address, 443))

    with retape.use_cassette(tmp_path / "n.yaml", allow_hosts=["moves.invalid"]) as cassette:
        monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
        with pytest.raises(retape.NetworkBlocked, match=r"203\.0\.113\.1:443"):
            connect("203.0.113.1")
        for address in ("203.0.113.1", "203.0.113.2", "203.0.113.1"):
            connect(address)
    assert (found, len(cassette.blocked)) == ([], 1)


def test_outside_a_cassette_nothing_is_stopped(tmp_path: Path) -> None:
    with retape.use_cassette(tmp_path / "none.yaml"):
        pass
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("no-such-host.invalid", 80)


def test_a_thread_that_the_cassette_does_not_know_is_stopped_too(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def out() -> None:
        try:
            socket.getaddrinfo("example.com", 443)
        except BaseException as error:  # noqa: BLE001 - looked at below
            errors.append(error)

    with retape.use_cassette(tmp_path / "none.yaml"):
        thread = threading.Thread(target=out)
        thread.start()
        thread.join()
    assert isinstance(errors[0], retape.NetworkBlocked)


@pytest.mark.parametrize("mode", ["replay", "none"])
def test_clients_that_vcrpy_patches_miss_rather_than_connect(mode: str, tmp_path: Path) -> None:
    with retape.use_cassette(tmp_path / "none.yaml", mode=mode):
        with pytest.raises(retape.CassetteMiss, match="GET"):
            urllib.request.urlopen("http://example.com/x")
        connection = http.client.HTTPSConnection("example.com")
        connection.request("GET", "/y")
        with pytest.raises(retape.CassetteMiss, match="GET"):
            connection.getresponse()
