"""A server on loopback in a process of its own: plain sockets and threads, events at known times.

Each event says when it was sent, on a clock that all processes of a machine share.
"""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench import samples

EVENTS = 30
GAP = 0.01  # seconds between events
FIRST = 0.02  # seconds to the head, and so to the first event

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The base URL of a running server."""
    command = [sys.executable, "-m", "bench.upstream"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.terminate()


def serve() -> None:
    """Print the port and answer for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_talk, args=(connection,), daemon=True).start()


def _talk(connection: socket.socket) -> None:
    with connection, contextlib.suppress(ConnectionError):
        received = b""
        while data := connection.recv(65536):
            received += data
            head, found, body = received.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if found and len(body) >= int(length[1] if length else 0):
                received = b""
                time.sleep(FIRST)
                _stream(connection) if b'"stream":true' in body else _plain(connection)


def _plain(connection: socket.socket) -> None:
    body = samples.plain_body()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {samples.PLAIN}\r\ncontent-length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


def _stream(connection: socket.socket) -> None:
    connection.sendall(
        f"HTTP/1.1 200 OK\r\ncontent-type: {samples.STREAM}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    )
    start = time.perf_counter()
    for number in range(EVENTS):
        time.sleep(max(0.0, start + number * GAP - time.perf_counter()))
        _send(connection, samples.event(f"word{number} ", sent=time.perf_counter()))
    _send(connection, b"data: [DONE]\n\n")
    connection.sendall(b"0\r\n\r\n")


def _send(connection: socket.socket, data: bytes) -> None:
    connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))


if __name__ == "__main__":
    serve()
