"""What the recording proxy adds to a call: to the first byte, and to any chunk, alone and with others at once."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import retape
from bench import upstream
from bench.tables import Row, Table, ms, p99_ms, pair

FIRST_LIMIT, CHUNK_LIMIT = 3, 2
ABREAST = 8
_SENT = re.compile(rb'"sent":([0-9.e-]+)')


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds: from the request to the first byte, and from an event's sending to its arrival."""

    first: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)


def measure(*, quick: bool) -> Table:
    """Differences to the same client going direct, in turns; the proxy is a process of its own, as a user has it."""
    rounds = 8 if quick else 40
    numbers = count()
    alone = {"direct": Seen(), "proxy": Seen()}
    abreast = {"direct": Seen(), "proxy": Seen()}
    with upstream.running() as direct, tempfile.TemporaryDirectory() as folder, _proxied(direct, folder) as proxied:
        ways = {"direct": direct, "proxy": proxied}
        for url in ways.values():
            _stream(url, next(numbers), Seen())
        for _ in range(rounds):
            for name, url in ways.items():
                _stream(url, next(numbers), alone[name])
        for _ in range(max(2, rounds // 8)):
            for name, url in ways.items():
                _together(url, numbers, abreast[name])
    rows = [
        *_rows("one stream", alone),
        *_rows(f"{ABREAST} streams at once", abreast, limited=False),
        _leaving(5 if quick else 20),
    ]
    return Table(
        title="proxy: what recording on a socket adds",
        rows=rows,
        notes=[
            f"{rounds} streams each way, {upstream.EVENTS} events {upstream.GAP * 1000:.0f} ms apart, in turns; "
            "client, proxy and server are three processes, the client a plain socket.",
            "A chunk's lateness runs from the server's send to its arrival; all is recorded, scrubbed and synced.",
        ],
    )


def _rows(what: str, seen: dict[str, Seen], *, limited: bool = True) -> Iterator[Row]:
    figures = (("first byte, median", ms, "first"), ("a chunk, median", ms, "late"), ("a chunk, p99", p99_ms, "late"))
    for name, figure, part in figures:
        ours, theirs = figure(getattr(seen["proxy"], part)), figure(getattr(seen["direct"], part))
        limit = (FIRST_LIMIT if part == "first" else CHUNK_LIMIT) if limited else None
        detail = pair("through it", ours, "direct", theirs)
        yield Row(what=f"{what}: {name}", figure=ours - theirs, unit="ms", detail=detail, limit=limit)


def _leaving(times: int) -> Row:
    """How long the upstream is kept for a client that has left."""
    found = []
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
        retape.proxy(
            f"http://127.0.0.1:{listener.getsockname()[1]}", cassette=f"{folder}/left.yaml", mode="live"
        ) as running,
    ):
        for _ in range(times):
            with socket.create_connection((running.host, running.port)) as client:
                client.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
                held, _ = listener.accept()
                held.recv(65536)
                held.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n")
                client.recv(65536)
            start = time.perf_counter()
            with held:
                held.recv(1)
            found.append(time.perf_counter() - start)
    return Row(what="a client that leaves: upstream let go, slowest", figure=max(found) * 1000, unit="ms", limit=100)


@contextlib.contextmanager
def _proxied(direct: str, folder: str) -> Iterator[str]:
    """The base URL of a running `retape record`."""
    cassette = str(Path(folder) / "proxied.yaml")
    command = [sys.executable, "-m", "retape", "record", "--upstream", direct, "--cassette", cassette, "--record-in-ci"]
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout
        line = child.stdout.readline()
        threading.Thread(target=child.stdout.read, daemon=True).start()
        try:
            yield line.partition('"base_url": "')[2].partition('"')[0]
        finally:
            child.send_signal(signal.SIGINT)
            child.wait()
    assert os.path.getsize(cassette)  # noqa: PTH202


def _together(url: str, numbers: Iterator[int], seen: Seen) -> None:
    threads = [threading.Thread(target=_stream, args=(url, next(numbers), seen)) for _ in range(ABREAST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _stream(url: str, number: int, seen: Seen) -> None:
    """Read one stream as it comes from a socket."""
    parts = urlsplit(url)
    body = b'{"model":"m","stream":true,"messages":[{"role":"user","content":"%d"}]}' % number
    head = f"POST {parts.path}/chat/completions HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-length: {len(body)}\r\n"
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.perf_counter()
        raw.sendall(head.encode() + b"content-type: application/json\r\n\r\n" + body)
        first = b""
        got = b""
        while not got.endswith(b"0\r\n\r\n"):
            got = raw.recv(65536)
            arrived = time.perf_counter()
            if not first:
                first = got
                seen.first.append(arrived - start)
            seen.late.extend(arrived - float(sent) for sent in _SENT.findall(got))
