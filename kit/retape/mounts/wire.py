"""One connection as its bytes are: uvicorn's protocol, the transport under it, and what ASGI has no word for.

A subclass of uvicorn's protocol class is the connection's `Wire`.  It is handed to the application in the scope's
state, and gives it the raw transport: single writes, a reset, bytes past HTTP's framing, and the moment when the client
leaves.  It also holds clients to the limits that uvicorn has none for.  The parser is h11 wherever httptools is
installed, too: that one drops the body of a request that offers an upgrade, as Java's client and `curl --http2` do.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import socket
import struct
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from retape.errors import MissingExtra
from retape.handlers.fake.refusal import Refusal
from retape.mounts.limits import ServerLimits

try:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol
    from uvicorn.server import ServerState
except ImportError as error:  # pragma: no cover - tested in a process of its own
    raise MissingExtra("serving on a socket needs uvicorn: pip install 'retape[server]'") from error

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing sends RST."""

_SLICE = 0.002
"""Seconds that an answer may go on before others get their turn."""

_ACCEPTING = 3
"""Turns of the loop from a connection's acceptance to the moment when its protocol knows of it."""

_ONE_READ = 256 * 1024
"""Bytes that asyncio reads at once: a head may be so much longer than its limit before anyone can tell."""

_SILENT = logging.getLogger("retape.server")
_SILENT.setLevel(logging.CRITICAL)


class ClientLeft(Exception):
    """The client closed its connection, or stopped reading, before the answer's end."""


def refusal(status: int, code: str, message: str) -> Refusal:
    """What a server says for itself, in OpenAI's form, so that a client shows it."""
    return Refusal(status=status, message=message, type="retape_error", code=code)


class Wire(H11Protocol):
    """A connection's protocol.  All of it runs in the server's loop."""

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    flow: Any
    cycle: Any

    def __init__(self, *given: Any, limits: ServerLimits, **more: Any) -> None:
        super().__init__(*given, **more)
        self.limits = limits
        self.logger = _SILENT  # a broken answer is what was asked for
        self.app_state = {"wire": self}
        self.answering = False
        self.last = False
        self.last_read = 0
        self.cork: Cork | None = None
        self.on_leave: Callable[[], None] | None = None  # for an answer that waits for something else
        self._gone = self._refused = False
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._asked: Any = None
        self._head = 0
        self._since = 0.0

    # What asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; it has so long to ask."""
        super().connection_made(transport)
        self._arm(self.limits.idle_seconds, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request, or of what nobody reads any more."""
        if self._refused:
            return
        self.last_read = len(data)
        super().data_received(data)
        if self.cycle is not self._asked:
            self._asked, self._head = self.cycle, 0
            self._disarm()
        elif not self._refused and (self.cycle is None or self.cycle.response_complete):
            self._head_goes_on(len(data))

    def _head_goes_on(self, size: int) -> None:
        """A head has begun and isn't whole."""
        if not self._head:
            self._arm(self.limits.head_seconds, self._too_slow)
        self._head += size
        if self._head > self.limits.head:
            self.refuse(431, "request_head_too_large", f"the head is longer than {self.limits.head} bytes")

    def _too_slow(self) -> None:
        self.refuse(408, "request_timeout", f"the head didn't come within {self.limits.head_seconds:g} seconds")

    def eof_received(self) -> None:
        """The client closed its side, which is how it leaves; what is written already may still reach it."""
        self._leave()
        self._arm(self.limits.linger_seconds, self.transport.abort)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._leave()
        self._disarm()
        super().connection_lost(error)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._wake()

    def send_400_response(self, message: str) -> None:
        """What uvicorn calls for a request that is no HTTP."""
        cycle = self.cycle
        if cycle is not None and not cycle.more_body and not cycle.response_complete:
            self.last = True  # these are the bytes after a good request: that one is answered first
        else:
            self.refuse(400, "malformed_http", "this is no HTTP/1.1 request")

    # What an answer does

    def begin(self) -> None:
        """An answer begins; from here on a client that leaves is noticed."""
        self.answering = True
        self.on_leave = None
        self._since = self.loop.time()
        self.flow.resume_reading()

    @property
    def gone(self) -> bool:
        """Whether the client has left."""
        return self._gone or self.transport.is_closing()

    async def pause(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            ClientLeft: while it passed, or before.
        """
        until = self.loop.time() + seconds
        while seconds > 0 and not self.gone:
            await self._wait(seconds)
            seconds = until - self.loop.time()  # a client that reads on again ends a wait too
        if self.gone:
            raise ClientLeft
        self._since = self.loop.time()

    async def breathe(self) -> None:
        """After a write: wait for a client that doesn't keep up, and let others have their turn.

        Raises:
            ClientLeft: it has left, or hasn't read for too long.
        """
        while self.flow.write_paused and not self.gone:
            before = self.transport.get_write_buffer_size()
            await self._wait(self.limits.unread_seconds)
            if self.flow.write_paused and self.transport.get_write_buffer_size() >= before:
                self.transport.abort()
        if self.loop.time() - self._since > _SLICE:
            await asyncio.sleep(0)
            self._since = self.loop.time()
        if self.gone:
            raise ClientLeft

    async def reset(self) -> None:
        """Reset the connection (TCP RST), once all that was written has reached the client's machine.

        A reset drops what the sender still holds (RFC 9293, section 3.10.4); what has arrived can be read on Linux.
        """
        raw = self.transport.get_extra_info("socket")
        while not self.gone and (self.transport.get_write_buffer_size() or _unsent(raw)):
            await self._wait(0.001)
        if not self.gone:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    def close(self) -> None:
        """Close the connection in order, after what was written."""
        self.transport.close()

    def refuse(self, status: int, code: str, message: str) -> None:
        """Say why a request isn't read to its end, and close once the client has had the time to read that."""
        if self.gone or self._refused:
            return
        self._refused = True
        said = refusal(status, code, message).body()
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(said)}\r\nx-should-retry: false\r\nconnection: close\r\n\r\n"
        )
        if self.cork is not None:
            self.cork.flush()  # the answer before, whose end uvicorn may have written a moment ago
        if self.cycle is not None:
            silence(self.cycle)
        self.flow.resume_reading()  # a close with bytes unread is a reset, and may overtake the answer
        self.transport.write(head.encode() + said)
        self.transport.write_eof()
        self._arm(self.limits.linger_seconds, self.transport.abort)

    # Waiting

    async def _wait(self, seconds: float) -> None:
        """Until something happens to the connection, or so many seconds have passed."""
        self._waiter = waiter = self.loop.create_future()
        timer = self.loop.call_later(seconds, _resolve, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None:
            _resolve(self._waiter)

    def _leave(self) -> None:
        self._gone = True
        self._wake()
        if self.on_leave is not None:
            self.on_leave()

    def _arm(self, seconds: float, act: Any) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, act)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Cork:
    """Stands in a transport's place for uvicorn, and gathers what it writes until that is to go out.

    Args:
        transport: the connection's.
    """

    __slots__ = ("_held", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Hold some bytes."""
        self._held.append(data)

    def reason(self, phrase: str) -> None:
        """Give the status line that is held a reason phrase of the answer's own: ASGI has none."""
        line, end, rest = self._held[-1].partition(b"\r\n")
        self._held[-1] = line[: len("HTTP/1.1 200 ")] + phrase.encode("latin-1", "replace") + end + rest

    def flush(self) -> None:
        """Write what is held, at once and as one."""
        if self._held:
            self._transport.write(b"".join(self._held))
            self._held.clear()

    def close(self) -> None:
        """Close the connection after what was written."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closed, or about to be."""
        return self._transport.is_closing()


def silence(cycle: Any) -> None:
    """Keep uvicorn from saying anything more for a request, and end a wait for more of its body.

    Args:
        cycle: uvicorn's state of one request and its answer.
    """
    cycle.disconnected = True
    cycle.message_event.set()


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _unsent(raw: Any) -> int:
    """Bytes that the kernel has and the client's machine hasn't; 0 where nobody can tell."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import fcntl
        import termios

        return int(struct.unpack("i", fcntl.ioctl(raw.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0])
    return 0


class Listener:
    """An ASGI application at a listening socket, inside a running loop.

    Args:
        app: the application; its scope's state has the connection's `Wire` as "wire".
        limits: what clients are held to.
    """

    def __init__(self, app: Any, limits: ServerLimits) -> None:
        self._config = uvicorn.Config(
            app,
            http=Wire,
            interface="asgi3",
            proxy_headers=False,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=cast("int", limits.idle_seconds),  # goes to call_later alone
            h11_max_incomplete_event_size=limits.head + _ONE_READ,
        )
        self._limits = limits
        self._state = ServerState()
        self._listening: asyncio.Server | None = None

    async def start(self, listener: socket.socket) -> None:
        """Accept connections."""
        self._config.load()
        loop = asyncio.get_running_loop()
        made = functools.partial(Wire, config=self._config, server_state=self._state, app_state={}, limits=self._limits)
        self._listening = await loop.create_server(made, sock=listener)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._state.connections)

    @property
    def sockets(self) -> list[socket.socket]:
        """Those of the connections."""
        return [wire.transport.get_extra_info("socket") for wire in self._wires()]

    def _wires(self) -> list[Wire]:
        return list(cast("set[Wire]", self._state.connections))

    async def interrupt(self) -> None:
        """End the answers that are under way, and their connections."""
        await self._end([wire for wire in self._wires() if wire.answering])

    async def stop(self) -> None:
        """End everything."""
        if self._listening is not None:
            await self._accepted(self._listening)
            self._listening.close()
        await self._end(self._wires())

    async def _accepted(self, listening: asyncio.Server) -> None:
        """Accept nothing more, and let what was accepted come to its protocol: asyncio would leave its sockets open."""
        loop = asyncio.get_running_loop()
        for own in listening.sockets:
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.remove_reader(own.fileno())
        for _ in range(_ACCEPTING):
            await asyncio.sleep(0)

    async def _end(self, wires: list[Wire]) -> None:
        for wire in wires:
            wire.transport.abort()
        await asyncio.sleep(0)  # the protocols hear of it, and their applications leave by themselves
        tasks = list(self._state.tasks) if self._listening and not self._listening.is_serving() else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
