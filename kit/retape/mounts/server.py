"""`serve`: any handler on a real socket, for any client in any language.

uvicorn in a thread with a loop of its own.  A handler answers every path, so nothing stands between uvicorn and it: no
framework, no routes.  What ASGI has no word for (a reset, an end before the end) goes through the connection's
transport, which a subclass of uvicorn's protocol hands to the application.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import logging
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from retape.errors import CassetteMiss, HandlerFailed, MissingExtra, UsageError
from retape.handlers import Handler
from retape.handlers.play import Played, aplay
from retape.mounts.explicit import answered
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head

try:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as error:  # pragma: no cover - tested in a process of its own
    raise MissingExtra("serving on a socket needs uvicorn: pip install 'retape[server]'") from error

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST = 512 * 1024 * 1024
"""Bytes of a request's body at most, as OpenAI's largest upload (a file)."""

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "trailer", "te"}
)
"""Fields that belong to one connection (RFC 9110, section 7.6.1), not to the answer."""

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing sends RST."""

_SILENT = logging.getLogger("retape.server")
_SILENT.setLevel(logging.CRITICAL)

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Scope], Any]


class ClientLeft(Exception):
    """The client closed its connection before the answer's end."""


def _protocol() -> type[asyncio.Protocol]:
    """Uvicorn's fastest protocol class that is installed, which also gives the application its transport."""
    base: Any = H11Protocol
    if importlib.util.find_spec("httptools"):
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

        base = HttpToolsProtocol

    class Protocol(base):  # type: ignore[misc]
        app: Any

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self.logger = _SILENT  # a broken answer is what was asked for
            self.app = functools.partial(_with_transport, self.app, transport)

    return Protocol


async def _with_transport(app: Any, transport: asyncio.Transport, scope: Scope, receive: Receive, send: Send) -> None:
    scope.setdefault("extensions", {})["retape.transport"] = transport
    await app(scope, receive, send)


class Server:
    """A handler on a socket, from `with` to the end of the block.

    Args:
        handler: what answers.
        host: the address to listen at.
        port: the port; 0 takes a free one.

    Attributes:
        failures: what the handler raised, oldest first; the client was told 500 and not to try again.
        left: requests whose answers a client left before their ends, as "POST /v1/chat/completions".
    """

    def __init__(self, handler: Handler, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.handler = handler
        self.failures: list[BaseException] = []
        self.left: list[str] = []
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def host(self) -> str:
        """The address, as a URL has it."""
        host = self._address[0]
        return f"[{host}]" if ":" in host else host

    @property
    def port(self) -> int:
        """The port it listens at."""
        if self._socket is None:
            raise UsageError("the server is not running: use it in a with block")
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Scheme, address and port."""
        return f"http://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What the official client takes as `base_url`."""
        return f"{self.url}/v1"

    def __enter__(self) -> Server:
        if self._thread is not None:
            raise UsageError("the server is running already")
        self._socket = self._bound()
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, name=f"retape server {self.port}", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join()
        if self._socket is not None:
            self._socket.close()
        self._thread = self._socket = self._loop = None

    def _bound(self) -> socket.socket:
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: asyncio asks before NODELAY
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except (OSError, OverflowError) as error:
            listener.close()
            why = getattr(error, "strerror", None) or "no such port"
            raise UsageError(f"can't listen at {host}, port {port}: {why}; port 0 takes a free one") from None
        listener.listen(2048)
        return listener

    def _run(self) -> None:
        config = uvicorn.Config(
            self._app,
            http=_protocol(),
            interface="asgi3",
            proxy_headers=False,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=60,
            h11_max_incomplete_event_size=256 * 1024,
        )
        asyncio.run(self._lifetime(uvicorn.Server(config)))

    async def _lifetime(self, server: uvicorn.Server) -> None:
        """From listening to the end, with no polling: the end of the block is one event away."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        protocol: Any = server.config.http_protocol_class
        made = functools.partial(protocol, config=server.config, server_state=server.server_state, app_state={})
        listener = await self._loop.create_server(made, sock=self._socket)  # type: ignore[arg-type]
        self._ready.set()
        try:
            await self._stop.wait()
        finally:
            listener.close()
            for connection in list(server.server_state.connections):
                connection.transport.abort()
            tasks = list(server.server_state.tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _request(scope, receive)
        if request is None:
            await _refuse(send, 413, "request_too_large", f"the body is longer than {MOST} bytes")
            return
        connection = _Connection(scope, receive, send)
        try:
            await self._answer(request, connection)
        except ClientLeft:
            self.left.append(f"{request.method} {request.path}")
        except (HandlerFailed, CassetteMiss) as error:
            self.failures.append(error)
            await connection.fail(error)
        finally:
            connection.close()

    async def _answer(self, request: Request, connection: _Connection) -> None:
        async for step in aplay(answered(self.handler, request), sleep=connection.wait):
            if isinstance(step, Abort):
                await connection.abort(step)
                return
            await connection.send(step)
        await connection.end()


class _Connection:
    """One answer on its way to a client."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport: asyncio.Transport = scope["extensions"]["retape.transport"]
        self._receive = receive
        self._send = send
        self._gone: asyncio.Task[None] | None = None
        self._started = False

    async def send(self, step: Played) -> None:
        if self._transport.is_closing():
            raise ClientLeft
        if isinstance(step, Head):
            raw = [
                (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
                for name, value in step.headers
                if name.lower() not in _HOP_BY_HOP
            ]
            self._started = True
            await self._send({"type": "http.response.start", "status": step.status, "headers": raw})
        elif isinstance(step, Chunk) and step.data:
            await self._send({"type": "http.response.body", "body": step.data, "more_body": True})

    async def end(self) -> None:
        if self._transport.is_closing():
            raise ClientLeft
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def close(self) -> None:
        """Stop watching the client."""
        if self._gone is not None:
            self._gone.cancel()

    async def fail(self, error: BaseException) -> None:
        """Tell the client what its author has to know; in the middle of an answer by breaking it off."""
        if self._started:
            self._transport.close()
        elif isinstance(error, CassetteMiss):
            await _refuse(self._send, 404, "cassette_miss", error.brief)
        else:
            await _refuse(self._send, 500, "handler_failed", str(error))

    async def wait(self, seconds: float) -> None:
        """Let time pass, but no more once the client is gone."""
        if self._gone is None:
            self._gone = asyncio.create_task(self._leave())
        await asyncio.wait({self._gone}, timeout=seconds)
        if self._gone.done():
            raise ClientLeft

    async def _leave(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def abort(self, step: Abort) -> None:
        """End as the step says: silence until the client leaves, a reset, or a close in the middle."""
        if step.how in ("timeout", "client-left"):
            await self.wait(86_400)
        if step.how == "reset":
            raw = self._transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._transport.abort()
        else:
            self._transport.close()


async def _request(scope: Scope, receive: Receive) -> Request | None:
    """The request with its body; None when that is too long."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST:
            return None
        if not message.get("more_body"):
            break
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    host = next((value for name, value in headers if name == "host"), "localhost")
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    url = f"{scope['scheme']}://{host}{path}{'?' * bool(query)}{query}"
    return Request(scope["method"], url, headers, bytes(body))


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    """Say what is wrong, in OpenAI's form, so that a client shows it; and that trying again is of no use."""
    from retape.handlers.fake.refusal import Refusal

    refusal = Refusal(status=status, message=message, type="retape_error", code=code)
    raw = [(b"content-type", b"application/json"), (b"x-should-retry", b"false")]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": refusal.body()})


def serve(handler: Handler, *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve a handler on a socket of this machine, ready when the block begins and gone when it ends.

    Args:
        handler: a `Fake`, `replay(...)`, a fault around either, or any function from a request to steps.
        host: the address; only loopback can't be reached from elsewhere.
        port: the port; 0 takes a free one (`server.port`, `server.base_url`).

    Raises:
        UsageError: the port is taken, or the handler is none.
        MissingExtra: uvicorn isn't installed.
    """
    if not callable(handler) or isinstance(handler, type):
        raise UsageError(f"serve takes a handler, not {handler!r}; a cassette's is retape.replay(path)")
    return Server(handler, host=host, port=port)
