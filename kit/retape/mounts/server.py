"""`serve`: any handler on a real socket, for any client in any language.

uvicorn's protocol in a thread with a loop of its own.  A handler answers every path, so nothing stands between the two:
no framework, no routes.  `Wire` has what ASGI has no word for: a reset, an end before the end, the moment a client
leaves.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import threading
import warnings
import weakref
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any

from retape.errors import HandlerFailed, OpenToOthers, UsageError
from retape.handlers import Handler
from retape.handlers.play import aplay
from retape.mounts.answering import Receive, Scope, Send, ServerAnswer, read_request
from retape.mounts.explicit import answered, name_of
from retape.mounts.limits import ServerLimits
from retape.mounts.wire import ClientLeft, Listener, Wire
from retape.tape.counting import Firsts
from retape.tape.request import Request
from retape.tape.steps import Abort, Step

LOOPBACK = ("127.0.0.1", "::1", "localhost")

_FROM_HERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - named, not bound
"""An address that stands for all -> one of them, for a client of this machine."""

_running: weakref.WeakSet[Server] = weakref.WeakSet()


class Server:
    """A handler on a socket, from `with` to the end of the block.

    It may be entered several times, from several threads too: it stops when the last block ends.

    Args:
        handler: what answers.
        host: the address to listen at.
        port: the port; 0 takes a free one.
        limits: what clients are held to.

    Attributes:
        handler: what answers; another one may be put in its place at any time, for the requests that come then.
        failures: what the handler raised, oldest first; the client was told an error and not to try again.  Of more
            than a hundred the rest is only counted, `failures.more`.
        left: requests whose answers a client left before their ends, as "POST /v1/chat/completions"; the first ones, as
            of `failures`.  One that leaves after `[DONE]`, or because nothing came any more, left nothing.
    """

    def __init__(
        self, handler: Handler, *, host: str = "127.0.0.1", port: int = 0, limits: ServerLimits | None = None
    ) -> None:
        self.handler = handler
        self.failures: Firsts[BaseException] = Firsts()
        self.left: Firsts[str] = Firsts()
        self.limits = limits or ServerLimits()
        self._address = (host, port)
        self._answering: dict[Wire, str] = {}
        self._lock = threading.Lock()
        self._forget()

    def __repr__(self) -> str:
        return f"<Server of {name_of(self.handler)} {self.url if self._socket else 'not running'}>"

    def _forget(self) -> None:
        """Nothing runs."""
        self._depth = 0
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None
        self._broken: BaseException | None = None
        self._stop = asyncio.Event()

    @property
    def host(self) -> str:
        """The address, as a URL has it, where a client of this machine finds the server."""
        host = _FROM_HERE.get(self._address[0], self._address[0])
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

    @property
    def answering(self) -> list[str]:
        """The requests whose answers are under way, as "POST /v1/chat/completions"."""
        return list(self._answering.values())

    @property
    def connections(self) -> int:
        """How many connections are open, those that wait for another request included."""
        listener = self._listener
        return listener.connections if listener else 0

    def __enter__(self) -> Server:
        with self._lock:
            if not self._depth:
                self._start()
            self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if self._depth > 1:
                self._depth -= 1
            elif self._depth:
                self._end()

    def reset(self, handler: Handler) -> None:
        """Begin afresh with another handler: answers under way are ended, failures and what was left are forgotten."""
        self.handler = handler
        if self._loop is not None and self._listener is not None:
            asyncio.run_coroutine_threadsafe(self._listener.interrupt(), self._loop).result()
        self.failures, self.left = Firsts(), Firsts()

    def _start(self) -> None:
        self._socket = _bound(*self._address)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name=f"retape server {self.port}", daemon=True)
        self._thread.start()
        ready.wait()
        if self._broken is not None:
            error = self._broken
            self._end()
            raise error
        _running.add(self)

    def _end(self) -> None:
        _running.discard(self)
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join()
        if self._socket is not None:
            self._socket.close()
        self._forget()

    def _run(self, ready: threading.Event) -> None:
        try:
            asyncio.run(self._lifetime(ready))
        except BaseException as error:  # noqa: BLE001 - told where the server was started
            self._broken = error
        finally:
            ready.set()

    async def _lifetime(self, ready: threading.Event) -> None:
        """From listening to the end, with no polling: the end of the block is one event away."""
        self._loop = asyncio.get_running_loop()
        self._listener = listener = Listener(self._app, self.limits)
        assert self._socket is not None
        try:
            await listener.start(self._socket)
            ready.set()
            await self._stop.wait()
        finally:
            await listener.stop()

    def after_fork(self) -> None:
        """In a forked child, where the server's thread isn't: let go of its sockets, which are the parent's."""
        listener, own = self._listener, self._socket
        for inherited in [*(listener.sockets if listener else []), own]:
            if inherited is not None:
                with suppress(OSError):
                    os.close(inherited.fileno())
        if own is not None:
            own.detach()
        self._lock = threading.Lock()
        self._answering = {}
        self._forget()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire: Wire = scope["state"]["wire"]
        request = await read_request(scope, receive, wire)
        if request is None:
            return
        label = f"{request.method} {request.path}"
        answer = ServerAnswer(wire, scope, send)
        self._answering[wire] = label
        wire.begin()
        try:
            await self._respond(request, answer)
        except ClientLeft:
            if not answer.enough:
                self.left.append(label)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - the client is told, and the list is
            await self._fail(error, label, answer)
        finally:
            wire.answering = False
            self._answering.pop(wire, None)

    async def _respond(self, request: Request, answer: ServerAnswer) -> None:
        """Answer one request; a server that asks no handler has its own way."""
        steps = answered(self.handler, request)
        try:
            await self._answer(steps, answer)
        finally:
            self._close(steps, f"{request.method} {request.path}")

    async def _answer(self, steps: Iterator[Step], answer: ServerAnswer) -> None:
        answer.eager = False  # a handler doesn't wait but in its steps
        async for step in aplay(steps, sleep=answer.pause):
            await answer.send(step)
            if type(step) is Abort:
                return
        await answer.end()

    async def _fail(self, error: BaseException, label: str, answer: ServerAnswer) -> None:
        if isinstance(error, Exception):  # what a server can't send: a header field with a line break in it
            failed = HandlerFailed(name_of(self.handler), label, error)
            failed.__cause__ = error
            error = failed
        self.failures.append(error)
        await answer.fail(error)

    def _close(self, steps: Any, label: str) -> None:
        try:
            steps.close()
        except Exception as error:  # noqa: BLE001 - of the handler's own clearing up
            self.failures.append(HandlerFailed(name_of(self.handler), label, error))


def _after_fork() -> None:
    for server in list(_running):
        server.after_fork()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: asyncio asks before NODELAY
    if os.name == "posix":  # elsewhere it lets two servers have one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        why = getattr(error, "strerror", None) or "no such port"
        remedy = "; port 0 takes a free one" if port else ""
        raise UsageError(f"can't listen at {host}, port {port}: {why}{remedy}") from None
    return listener


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host in LOOPBACK


def warn_if_open(host: str, *, what: str = "use it") -> None:
    """Warn, on behalf of the caller's caller, of an address that other machines reach.

    Args:
        host: the address to listen at.
        what: what they can do then.
    """
    if not _is_loopback(host):
        where = host or "every address"
        warnings.warn(f"listening at {where}: whoever reaches this machine can {what}", OpenToOthers, stacklevel=3)


def serve(handler: Handler, *, host: str = "127.0.0.1", port: int = 0, limits: ServerLimits | None = None) -> Server:
    """Serve a handler on a socket of this machine, ready when the block begins and gone when it ends.

    Args:
        handler: a `Fake`, `replay(...)`, a fault around either, or any function from a request to steps.
        host: the address; only loopback can't be reached from elsewhere, and any other gets an `OpenToOthers` warning.
        port: the port; 0 takes a free one (`server.port`, `server.base_url`).
        limits: how long and how large requests may be; None for the defaults of `ServerLimits`.

    Raises:
        UsageError: the handler is none; when the block begins: the port is taken.
        MissingExtra: uvicorn isn't installed.
    """
    if not callable(handler) or isinstance(handler, type):
        raise UsageError(f"serve takes a handler, not {handler!r}; a cassette's is retape.replay(path)")
    warn_if_open(host)
    return Server(handler, host=host, port=port, limits=limits)
