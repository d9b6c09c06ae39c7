"""What a client may not do to the server, with each of uvicorn's parsers: nothing breaks, and the next is served."""

from __future__ import annotations

import gc
import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mounts.raw import GET, Raw, echo, soon
from retape import Request, ServerLimits, Step, UsageError, serve

pytest.importorskip("uvicorn", reason="serving needs retape[server]")

QUICK = ServerLimits(
    body=1000,
    head=2000,
    head_seconds=0.05,
    body_seconds=0.05,
    idle_seconds=0.5,  # a good request comes sooner, on the busiest machine
    linger_seconds=0.05,
)
PATIENT = replace(QUICK, idle_seconds=30, linger_seconds=30)
"""For clients that read the refusal, however late they come to it."""

POST = b"POST /v1/x HTTP/1.1\r\nhost: x\r\n"


def served(server: Any) -> bool:
    """Whether a good request is answered."""
    with Raw(server) as raw:
        return raw.ask(b"GET /good HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").rest().endswith(b"/good 0")


REFUSED = {
    "no HTTP": (b"quark\r\n\r\n", 400),
    "a length that is no number": (POST + b"content-length: x\r\n\r\n", 400),
    "a chunk size that is no number": (POST + b"transfer-encoding: chunked\r\n\r\nquark\r\n", 400),
    "a chunk longer than said": (POST + b"transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n", 400),
    "a length over the limit": (POST + b"content-length: 1001\r\n\r\n", 413),
    "a length over any limit": (POST + b"content-length: 99999999999999999\r\n\r\n" + b"x" * 100_000, 413),
    "chunks over the limit": (POST + b"transfer-encoding: chunked\r\n\r\n" + b"64\r\n%b\r\n" % (b"x" * 100) * 11, 413),
    "a long field": (b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"x" * 3000 + b"\r\n\r\n", 431),
    "many fields": (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x-one: 1\r\n" * 300 + b"\r\n", 431),
    "a head without an end": (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x-one: 1\r\n" * 300, 431),
    "a line without an end": (b"GET /" + b"x" * 3000, 431),
    "a slow head": (b"GET / HTTP/1.1\r\nhost: x\r\n", 408),
    "a slow body": (POST + b"content-length: 9\r\n\r\nhell", 408),
    "slow chunks": (POST + b"transfer-encoding: chunked\r\n\r\n4\r\nhel", 408),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_request_is_refused_in_openais_form_and_the_connection_closed(what: str) -> None:
    asked, status = REFUSED[what]
    seen: list[Request] = []

    def handler(request: Request) -> Iterator[Step]:
        seen.append(request)
        return echo(request)

    with serve(handler, limits=PATIENT) as server:
        with Raw(server) as raw:
            came = raw.ask(asked).rest()
        assert came.startswith(f"HTTP/1.1 {status} ".encode()), came
        assert b'"type":"retape_error"' in came.replace(b": ", b":")
        assert b"x-should-retry: false\r\n" in came
        assert not seen
        assert served(server)


def test_a_refused_client_that_keeps_sending_reads_why() -> None:
    with serve(echo, limits=PATIENT) as server, Raw(server) as raw:
        raw.ask(POST + b"content-length: 5000000\r\n\r\n" + b"x" * 5_000_000)
        assert raw.rest().startswith(b"HTTP/1.1 413 ")


def test_a_slow_second_head_is_refused_too() -> None:
    with serve(echo, limits=PATIENT) as server, Raw(server) as raw:
        raw.ask(GET).until(b" 0")
        assert raw.ask(b"GET / HTTP/1.1\r\n").rest().startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("before", [b"", GET], ids=["at first", "after a request"])
def test_a_silent_connection_is_closed(before: bytes) -> None:
    with serve(echo, limits=QUICK) as server, Raw(server) as raw:
        came = raw.ask(before).rest()
    assert came.count(b"HTTP/1.1") == bool(before)


def test_a_client_that_leaves_in_its_body_is_nobody() -> None:
    seen: list[Request] = []
    with serve(lambda request: seen.append(request) or echo(request)) as server:  # type: ignore[func-returns-value]
        with Raw(server) as raw:
            raw.ask(POST + b"content-length: 9\r\n\r\nhell")
        assert served(server)
        assert (len(seen), server.left, server.failures) == (1, [], [])


def malformed(dice: random.Random) -> bytes:
    """A good request with a few bytes changed, lost or doubled."""
    good = bytearray(POST + b"transfer-encoding: chunked\r\nx-more: yes\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    for _ in range(dice.randint(1, 9)):
        place = dice.randrange(len(good))
        good[place : place + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 3))
    return bytes(good)


def open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_200_malformed_requests_leave_nothing_behind() -> None:
    dice = random.Random(4)
    with serve(echo, limits=QUICK) as server:
        assert served(server)
        before, threads = open_files(), threading.active_count()
        for _ in range(200):
            with Raw(server) as raw:
                raw.ask(malformed(dice))
                raw.socket.shutdown(socket.SHUT_WR)
                raw.rest()
        assert served(server)
        gc.collect()
        assert soon(lambda: open_files() <= before)
        assert threading.active_count() <= threads  # another test's may end meanwhile
        assert soon(lambda: server.connections == 0)
        assert not server.answering


def test_slow_clients_do_not_keep_others_waiting() -> None:
    with serve(echo) as server:
        slow = [Raw(server).ask(b"GET / HTTP/1.1\r\nhost: x\r\n") for _ in range(50)]
        assert served(server)
        for raw in slow:
            raw.socket.close()
        assert soon(lambda: server.connections == 0)


def test_a_limit_is_more_than_nothing() -> None:
    with pytest.raises(UsageError, match="head_seconds=0: use more than 0"):
        ServerLimits(head_seconds=0)
