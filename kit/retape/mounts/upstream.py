"""One upstream server over HTTP/1.1: what was sent goes out as it is, what comes back is neither decoded nor joined.

Connections are used again for a short while, because a TLS handshake for each request would be part of every recorded
time.  Some servers close such a connection unannounced: a request that one swallows is sent anew over a fresh one, as
long as nothing of the answer came.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import h11

from retape.mounts.dialing import Dialer, Pipe
from retape.tape.steps import Head, Outcome

IDLE_SECONDS = 4.0
"""How long a connection is kept for the next request; uvicorn and Node close theirs after 5."""

_RACE_SECONDS = 1.0
"""A connection that the server closed meanwhile says so within a round trip; what breaks later is an answer."""

_MOST_HEAD = 256 * 1024
"""Bytes of an answer's head at most."""

_JOINED = 64 * 1024
"""Bytes of a body that are sent in one write with the head."""

RawHeaders = Sequence[tuple[bytes, bytes]]


class Broke(Exception):
    """An answer broke.

    Attributes:
        how: the outcome.
        error: the exception that httpx has for it.
        message: that exception's text.
    """

    def __init__(self, how: Outcome, error: str, message: str) -> None:
        self.how = how
        self.error = error
        self.message = message
        super().__init__(message)


class Upstream:
    """A server to forward to.

    Args:
        dialer: makes the connections.
    """

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._idle: list[Line] = []

    def call(self, method: str, target: str, headers: RawHeaders, body: bytes) -> Call:
        """One request, which is sent when its head is asked for.

        Args:
            method: as it came.
            target: path and query, as they came.
            headers: all of the header fields but a proxy's.
            body: all of the body.
        """
        if self._dialer.is_absolute:
            target = self._dialer.address.origin + target
            own = [(name.encode(), value.encode()) for name, value in self._dialer.proxy_headers]
            headers = [*headers, *own]
        return Call(self, method, target, headers, body)

    def take(self) -> Line | None:
        """A connection that was used before, and by all that can be seen is alive."""
        while self._idle:
            line = self._idle.pop()
            if line.is_usable:
                return line
            line.abort()
        return None

    async def open(self) -> Line:
        """A fresh connection.

        Raises:
            Unreachable: there is none to be had.
        """
        return Line(await self._dialer.dial())

    def give_back(self, line: Line) -> None:
        """Keep a connection whose answer was read to its end."""
        for other in self._idle:
            if not other.is_usable:
                other.abort()
        self._idle = [other for other in self._idle if other.is_usable]
        if line.renew():
            self._idle.append(line)
        else:
            line.abort()

    def close(self) -> None:
        """Let go of the connections that nobody uses."""
        for line in self._idle:
            line.abort()
        self._idle.clear()


class Line:
    """One connection, and how far its request and answer are."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)
        self._since = 0.0
        self.heard = False

    @property
    def is_usable(self) -> bool:
        """Whether a request may be tried on it."""
        return self._pipe.is_quiet and time.monotonic() - self._since < IDLE_SECONDS

    def send(self, method: str, target: str, headers: RawHeaders, body: bytes) -> None:
        """Send a request; a body that the server doesn't take at once goes out while the answer is awaited.

        Raises:
            h11.LocalProtocolError: it is no HTTP.
        """
        self.heard = False
        request = h11.Request(method=method, target=target, headers=list(headers))
        pieces: list[bytes] = [self._http.send(request) or b""]
        if body:
            pieces += self._http.send_with_data_passthrough(h11.Data(body)) or []
        pieces += self._http.send_with_data_passthrough(h11.EndOfMessage()) or []
        joined = [b"".join(pieces)] if len(body) <= _JOINED else pieces
        for piece in filter(None, joined):
            self._pipe.transport.write(piece)

    async def event(self) -> Any:
        """What came next, in h11's words.

        Raises:
            Broke: nothing more comes, or no HTTP.
        """
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise Broke("early-end", "RemoteProtocolError", str(error)) from None
            if event is not h11.NEED_DATA:
                return event
            try:
                data = await self._pipe.read()
            except OSError as error:
                raise Broke("reset", "ReadError", error.strerror or str(error)) from None
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise Broke("early-end", "RemoteProtocolError", "Server disconnected without sending a response.")
            self.heard = self.heard or bool(data)
            self._http.receive_data(data)

    def renew(self) -> bool:
        """Get ready for another request; False where the server or the body's framing doesn't allow it."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self._since = time.monotonic()
        return True

    def abort(self) -> None:
        """Drop it, whatever is under way."""
        self._pipe.transport.abort()


class Call:
    """One request and its answer; `head` first, then `chunks`."""

    def __init__(self, upstream: Upstream, method: str, target: str, headers: RawHeaders, body: bytes) -> None:
        self._upstream = upstream
        self._request = (method, target, headers, body)
        self._line: Line | None = None
        self._stopped = False

    async def head(self) -> Head:
        """Send the request, and wait for the status line and header fields.

        Raises:
            Unreachable: there is no connection; nothing was sent.
            Broke: the connection ended first, or the call was stopped.
            h11.LocalProtocolError: the request is no HTTP.
        """
        line = self._upstream.take()
        if line is not None:
            start = time.monotonic()
            try:
                return await self._ask(line)
            except Broke:
                line.abort()
                if line.heard or self._stopped or time.monotonic() - start > _RACE_SECONDS:
                    raise
        return await self._ask(await self._upstream.open())

    async def _ask(self, line: Line) -> Head:
        self._line = line
        if self._stopped:  # while the connection was made: nothing is asked for nobody
            line.abort()
            raise Broke("client-left", "", "")
        line.send(*self._request)
        while isinstance(event := await line.event(), h11.InformationalResponse):
            pass
        fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers.raw_items())
        return Head(event.status_code, fields, bytes(event.reason).decode("latin-1"))

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body in the pieces in which it came, still encoded.

        Raises:
            Broke: it ended before its end, or the call was stopped.
        """
        assert self._line is not None
        while type(event := await self._line.event()) is h11.Data:
            yield bytes(event.data)
        line, self._line = self._line, None
        self._upstream.give_back(line)

    def stop(self) -> None:
        """End the call wherever it is; what waits for it gets `Broke`."""
        self._stopped = True
        if self._line is not None:
            self._line.abort()
