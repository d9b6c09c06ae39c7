"""A client that writes its own bytes, and answers for it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from retape import Chunk, Head, Request, Step

GET = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"


class Raw:
    """A connection to a server."""

    def __init__(self, server: Any) -> None:
        family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(30)
        self.socket.connect((server.host.strip("[]"), server.port))
        self.reset = False

    def __enter__(self) -> Raw:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def ask(self, data: bytes) -> Raw:
        """Send, whether anyone still listens or not."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.reset = True
        return self

    def rest(self) -> bytes:
        """All that comes until the connection ends; `reset` says whether that was by a reset."""
        came = b""
        try:
            while piece := self.socket.recv(65536):
                came += piece
        except ConnectionResetError:
            self.reset = True
        return came

    def some(self, size: int) -> Iterator[bytes]:
        """The next so many bytes, piece by piece."""
        while size > 0 and (piece := self.socket.recv(min(size, 65536))):
            size -= len(piece)
            yield piece

    def until(self, end: bytes) -> bytes:
        """All that comes up to and including some bytes."""
        came = b""
        while not came.endswith(end):
            piece = self.socket.recv(1)
            assert piece, f"it ended with {came!r}"
            came += piece
        return came


def echo(request: Request) -> Iterator[Step]:
    """Say what was asked, in one plain answer."""
    said = f"{request.method} {request.url} {len(request.body)}".encode()
    yield Head(200, (("content-type", "text/plain"), ("content-length", str(len(said)))))
    yield Chunk(said)


def steps(*given: Step) -> Callable[[Request], Iterator[Step]]:
    """A handler that answers everything with these."""
    return lambda request: iter(given)


def soon(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether something becomes true, looked at every millisecond."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True
