"""Whether somebody listens, found out by a connection alone."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retape import proxy
from retape.mounts.dialing import Address
from retape.mounts.reaching import why_out_of_reach
from wire import refused_port


def at(port: int, host: str = "127.0.0.1") -> Address:
    return Address.parse(f"http://{host}:{port}/v1")


def test_whoever_listens_is_there_and_gets_no_byte() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert why_out_of_reach(at(listener.getsockname()[1])) == ""
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(30)
            assert connection.recv(1) == b""


def test_one_address_of_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    port = refused_port()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        addresses = [(socket.AF_INET, 0, 0, "", ("127.0.0.1", n)) for n in (port, listener.getsockname()[1])]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        assert why_out_of_reach(at(1, "several.example")) == ""


def raising(error: Exception) -> Callable[..., Any]:
    def look_up(*_: object, **__: object) -> Any:
        raise error

    return look_up


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "its name doesn't resolve: Name or service"),
        (UnicodeError("label empty or too long"), "no name can be written so"),
        (OSError(errno.ENETUNREACH, "?"), "Network is unreachable"),
    ],
    ids=["no-name", "no-label", "no-network"],
)
def test_a_name_that_leads_nowhere_is_said(monkeypatch: pytest.MonkeyPatch, error: Exception, told: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", raising(error))
    assert why_out_of_reach(at(1, "nobody.example")).startswith(told)


def test_nobody_at_the_port_is_said() -> None:
    assert why_out_of_reach(at(refused_port())) == "Connection refused"


def test_a_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(30) and [])
    assert why_out_of_reach(at(1, "slow.example"), seconds=0.01) == "no connection within 0.01 seconds"
    over.set()


def test_on_the_way_through_a_proxy_it_is_the_proxy_that_has_to_be_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        made = proxy("http://nobody.example/v1", cassette=tmp_path / "c.yaml")
        assert made.why_out_of_reach() == ""
    assert made.why_out_of_reach() == f"the proxy http://127.0.0.1:{port} can't be reached: Connection refused"
