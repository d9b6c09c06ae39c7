"""From the block's first line to its last: what a server starts, what it lets go of, and who may use it when."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import retape
from mounts.raw import GET, Raw, echo, soon, steps
from retape import Abort, Chunk, Head, Request, Step, UsageError, Wait, serve

pytest.importorskip("uvicorn", reason="serving needs retape[server]")

STREAM = Head(200, (("content-type", "text/event-stream"),))


class Endless:
    """A stream without an end, which notes when it is stopped."""

    def __init__(self, *between: Step, chunk: bytes = b": ping\n\n") -> None:
        self.between = between
        self.chunk = chunk
        self.given = 0
        self.stopped = threading.Event()

    def __call__(self, request: Request) -> Iterator[Step]:
        try:
            yield STREAM
            while True:
                self.given += 1
                yield Chunk(self.chunk)
                yield from self.between
        finally:
            self.stopped.set()


def answered(server: Any) -> bool:
    with Raw(server) as raw:
        return b" 200 " in raw.ask(GET.replace(b"host", b"connection: close\r\nhost")).rest()


@pytest.mark.parametrize("between", [(Wait(3600),), (Wait(0.001),), ()], ids=["silent", "slow", "fast"])
def test_the_end_of_the_block_ends_streams_in_flight_and_leaves_nothing(between: tuple[Step, ...]) -> None:
    threads, files = threading.active_count(), open_files()
    endless = Endless(*between)
    with serve(endless) as server:
        clients = [Raw(server).ask(GET) for _ in range(5)]
        assert soon(lambda: len(server.answering) == 5)
        port = server.port
    assert endless.stopped.is_set()
    assert (server.answering, server.connections, threading.active_count()) == ([], 0, threads)
    for raw in clients:
        raw.rest()
        raw.socket.close()
    assert open_files() == files
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_it_is_ready_when_the_block_begins_and_gone_when_it_ends_time_after_time() -> None:
    """How fast that is, `tox -e bench` measures."""
    for _ in range(5):
        with serve(echo) as server:
            port = server.port
            socket.create_connection(("127.0.0.1", port)).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_a_block_within_a_block_is_the_same_server_until_the_outer_one_ends() -> None:
    with serve(echo) as server:
        port = server.port
        with server as again:
            assert again is server
            assert again.port == port
        assert answered(server)
    with pytest.raises(UsageError, match="not running"):
        _ = server.port


def test_threads_share_a_server_and_have_their_own() -> None:
    shared = serve(echo)

    def use(number: int) -> bool:
        with shared, serve(echo) as own:
            return answered(shared) and answered(own)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(16)))
    assert "not running" in repr(shared)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_serves_by_itself_and_holds_nothing_of_its_parents() -> None:
    server = serve(echo)
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()

    def child() -> None:
        try:
            stopped = "not running" in repr(server)
            with server as own, serve(echo) as other:
                theirs.send((stopped, own.port, answered(own) and answered(other)))
        except BaseException as error:  # noqa: BLE001 - the parent shows it
            theirs.send(repr(error))
        theirs.recv()

    with server:
        port = server.port
        with Raw(server) as raw:
            raw.ask(GET).until(b" 0")
            process = fork.Process(target=child)
            process.start()
            try:
                assert ours.poll(10)
                told = ours.recv()
                assert told[0] is True, told
                assert told[2] is True
                assert told[1] != port
                assert answered(server)
                server.reset(echo)
            finally:
                pass
    with pytest.raises(ConnectionRefusedError):  # while the child lives
        socket.create_connection(("127.0.0.1", port))
    ours.send(None)
    process.join(10)
    assert process.exitcode == 0


def test_another_handler_may_take_the_place_of_the_first() -> None:
    endless = Endless(Wait(3600))
    with serve(endless) as server, Raw(server) as raw:
        raw.ask(GET).until(b"ping")
        server.reset(echo)
        assert endless.stopped.wait(30)
        assert (server.left, server.failures, server.answering) == ([], [], [])
        assert not raw.rest().endswith(b"0\r\n\r\n")
        assert answered(server)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_it_listens_where_it_is_told(host: str) -> None:
    try:
        with serve(echo, host=host) as server:
            assert server.url == f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
            assert answered(server)
    except UsageError:
        if host == "::1":
            pytest.skip("there is no IPv6 here")
        raise


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.0.2.1"])
def test_an_address_that_others_reach_is_warned_of(host: str) -> None:
    with pytest.warns(retape.OpenToOthers, match="whoever reaches this machine can use it") as caught:
        server = serve(echo, host=host)
    assert caught[0].filename == __file__
    if host != "192.0.2.1":  # nobody's (RFC 5737)
        with server:
            assert server.url.startswith("http://127.0.0.1:")
            assert answered(server)


WHOLE = {
    "by its length": [Head(200, (("content-length", "2"),)), Chunk(b"o"), Chunk(b"k")],
    "without a body": [Head(204)],
    "of no length": [Head(200, (("content-length", "0"),))],
}


@pytest.mark.parametrize("what", WHOLE)
def test_a_client_that_has_all_when_it_goes_leaves_nothing_behind(what: str) -> None:
    with serve(steps(*WHOLE[what], Wait(3600), Chunk(b"!"))) as server:
        with Raw(server) as connection:
            connection.ask(GET).until(b"ok" if what == "by its length" else b"\r\n\r\n")
        assert soon(lambda: not server.answering)
        assert server.left == []


def test_a_silence_is_not_over_when_a_slow_client_reads_on() -> None:
    large = 20_000_000
    head = Head(200, (("content-type", "application/octet-stream"), ("content-length", str(large + 1))))
    with serve(steps(head, Chunk(b"x" * large), Abort("timeout"))) as server, Raw(server) as connection:
        connection.ask(GET).until(b"\r\n\r\n")
        assert sum(map(len, connection.some(large))) == large
        connection.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.socket.recv(1)
        assert server.answering == ["GET /v1/models"]


def test_the_warnings_have_their_old_names_too() -> None:
    from retape import pytest_server
    from retape.mounts import server

    assert (server.OpenToOthers, pytest_server.HalfRead) == (retape.OpenToOthers, retape.HalfRead)


def test_an_address_that_is_not_here_is_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"can't listen at 127.0.0.1, port 70000: no such port; port 0"):
        serve(echo, port=70000).__enter__()


@pytest.mark.parametrize("between", [(Wait(3600),), (Wait(0.0001),), ()], ids=["between chunks", "slow", "fast"])
def test_a_client_that_leaves_stops_the_handler(between: tuple[Step, ...]) -> None:
    endless = Endless(*between)
    with serve(endless) as server:
        with Raw(server) as raw:
            raw.ask(GET).until(b"ping")
        assert endless.stopped.wait(30)
        assert soon(lambda: server.left == ["GET /v1/models"])
        assert soon(lambda: server.connections == 0)


def test_a_client_that_stops_reading_stops_the_handler_where_it_is_and_leaving_ends_it() -> None:
    endless = Endless(chunk=b"x" * 65536)
    with serve(endless) as server:
        with Raw(server) as raw:
            raw.ask(GET).until(b"xxx")
            assert soon(lambda: stands(endless, server))
            assert endless.given * 65536 < 32_000_000  # what the kernel takes, and little more
            assert not endless.stopped.is_set()
        assert endless.stopped.wait(30)


def stands(endless: Endless, server: Any) -> bool:
    """Whether nothing is taken from the handler while the server's loop answers somebody else."""
    before = endless.given
    assert answered_beside(server)
    return endless.given == before


def answered_beside(server: Any) -> bool:
    """Whether another client is answered meanwhile."""
    server.handler = echo
    return answered(server)


def test_a_client_that_does_not_read_for_too_long_is_cut_off() -> None:
    from retape import ServerLimits

    endless = Endless(chunk=b"x" * 65536)
    with serve(endless, limits=ServerLimits(unread_seconds=0.05)) as server, Raw(server) as raw:
        raw.ask(GET)
        assert endless.stopped.wait(30)
        assert server.left == ["GET /v1/models"]


def test_a_client_that_leaves_after_done_or_in_a_silence_left_nothing() -> None:
    for after in ((Wait(3600), Chunk(b"\n")), (Abort("timeout"),)):
        with serve(steps(STREAM, Chunk(b"data: [DONE]\n\n"), *after)) as server:
            with Raw(server) as raw:
                raw.ask(GET).until(b"[DONE]")
                assert server.answering
            assert soon(lambda server=server: not server.answering)  # type: ignore[misc]
            assert server.left == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a reset throws away what wasn't read")
@pytest.mark.parametrize("events", [0, 1, 7, 2000])
def test_a_reset_comes_after_all_that_was_sent_before_it(events: int) -> None:
    chunk = Chunk(b"data: %b\n\n" % (b"x" * 1000))
    with serve(steps(STREAM, *[chunk] * events, Abort("reset"))) as server:
        for _ in range(5):
            with Raw(server) as raw:
                came = raw.ask(GET).rest()
            assert raw.reset
            assert came.count(chunk.data) == events


def test_a_handler_whose_clearing_up_fails_is_told_of() -> None:
    def handler(request: Request) -> Iterator[Step]:
        try:
            yield STREAM
            yield Wait(3600)
        finally:
            raise ZeroDivisionError("while clearing up")

    with serve(handler) as server:
        with Raw(server) as raw:
            raw.ask(GET).until(b"\r\n\r\n")
        assert soon(lambda: len(server.failures) == 1)
        assert "while clearing up" in str(server.failures[0])
