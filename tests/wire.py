"""A server on loopback that sends exactly the bytes it is told to, and breaks where it is told to.

Recordings of broken connections need a server that breaks them; no real one does so on demand.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import struct
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

RESET = "reset"
"""Send a TCP RST."""
HANG = "hang"
"""Say nothing more until the client goes."""

Action = bytes | str


def plain(payload: Any, *, status: str = "200 OK", headers: Sequence[str] = ()) -> list[Action]:
    """A JSON answer with a Content-Length."""
    body = json.dumps(payload).encode()
    lines = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {len(body)}", *headers]
    return ["\r\n".join(lines).encode() + b"\r\n\r\n", body]


def zipped(payload: Any) -> list[Action]:
    """A JSON answer, gzip-encoded."""
    body = gzip.compress(json.dumps(payload).encode(), mtime=0)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
    return [head % len(body), body]


def stream(*pieces: Action, finish: bool = True) -> list[Action]:
    """A chunked SSE answer, each piece a chunk of its own."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    chunks = [b"%x\r\n%s\r\n" % (len(p), p) if isinstance(p, bytes) else p for p in pieces]
    return [head, *chunks, *([b"0\r\n\r\n"] if finish else [])]


def event(payload: Any) -> bytes:
    """One SSE event."""
    return b"data: " + (payload if isinstance(payload, bytes) else json.dumps(payload).encode()) + b"\n\n"


def delta(text: str, **more: Any) -> bytes:
    """A chat completion chunk as an SSE event."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None} | more
    return event({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


DONE = event(b"[DONE]")


def completion(text: str) -> dict[str, Any]:
    """A chat completion."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


class WireServer:
    """Answers each request with the next list of actions; the last one again and again.

    Attributes:
        requests: (method, target, body) of every request that came.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        self._answers: list[list[Action]] = [plain(completion("Hi"))]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Its base URL, as the official client takes it."""
        return f"http://127.0.0.1:{self.port}/v1"

    def says(self, *answers: list[Action]) -> None:
        """Set the answers to come."""
        self._answers = list(answers)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):  # not everywhere can a listening socket be shut down
            self._listener.shutdown(socket.SHUT_RDWR)  # closing it wouldn't wake a thread that waits on it
        self._listener.close()
        self._accepting.join(1)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            try:
                while self._one(connection):
                    pass
            except OSError:
                pass  # the client left

    def _one(self, connection: socket.socket) -> bool:
        head, _, body = self._until(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
        if not head:
            return False
        length = next(
            (int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        with self._lock:
            self.requests.append((method, target, body))
            actions = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return self._act(connection, actions)

    def _act(self, connection: socket.socket, actions: list[Action]) -> bool:
        for action in actions:
            if action == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            if action == HANG:
                connection.recv(1)
                return False
            assert isinstance(action, bytes)
            connection.sendall(action)
        whole = b"".join(action for action in actions if isinstance(action, bytes))
        return whole.endswith(b"0\r\n\r\n") or (b"content-length" in whole and b"early" not in whole)

    @staticmethod
    def _until(connection: socket.socket, mark: bytes) -> bytes:
        data = b""
        while mark not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            data += more
        return data


def refused_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
