"""One request as a server reads it, and its answer on the way to the client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from retape.errors import CassetteMiss
from retape.handlers.play import Played
from retape.mounts.failures import malformed
from retape.mounts.wire import ClientLeft, Cork, Wire, refusal, silence
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "trailer", "te"}
)
"""Fields that belong to one connection (RFC 9110, section 7.6.1), not to the answer."""

_FOR_EVER = 86_400.0

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class ServerAnswer:
    """One answer on its way to a client.

    Each chunk is a write of its own.  Only the head waits for the first chunk, and where that is no stream's for the
    end, as long as no time passes: a plain answer is one write, as other servers have it.

    Args:
        wire: the connection.
        scope: the request's.
        send: uvicorn's, of this request.

    Attributes:
        eager: write the head and each chunk at once, whatever comes next; for a source that may take its time between
            two steps without a `Wait`.
        enough: whether the client has all it can want: as many bytes as the head says, `[DONE]`, or a silence that it
            was to leave in.
    """

    __slots__ = (
        *("_begun", "_bodyless", "_chunked", "_cork", "_owed", "_scope", "_send", "_started", "_stream"),
        *("_tried", "_until_close", "eager", "enough", "wire"),
    )

    def __init__(self, wire: Wire, scope: Scope, send: Send) -> None:
        self.wire = wire
        self.eager = True
        self.enough = False
        self._scope = scope
        self._send = send
        self._cycle.transport = wire.cork = self._cork = Cork(wire.transport)
        self._begun = self._tried = self._started = self._stream = False
        self._bodyless = self._chunked = self._until_close = False
        self._owed: int | None = None

    @property
    def _cycle(self) -> Any:
        """Uvicorn's state of this request and its answer."""
        return self._send.__self__  # type: ignore[attr-defined]

    async def send(self, step: Played) -> None:
        """Send a step.

        Raises:
            ClientLeft: the client has gone.
            CassetteMiss: no answer has such a step there.
        """
        kind = type(step)
        if self.wire.gone:
            raise ClientLeft
        if kind is Chunk:
            await self._body(step.data)  # type: ignore[union-attr]
        elif kind is Head:
            await self._head(step)  # type: ignore[arg-type]
        elif kind is Abort:
            await self._abort(step)  # type: ignore[arg-type]
        else:
            raise malformed(f"the handler gave {step!r}")

    async def _head(self, head: Head) -> None:
        raw = []
        sized = stream = False
        for name, value in head.headers:
            lowered = name.lower()
            if lowered not in _HOP_BY_HOP:
                if lowered == "content-length":
                    sized = True
                    self._owed = int(value) if value.isdecimal() and len(value) < 19 else None
                stream = stream or (lowered == "content-type" and value.startswith("text/event-stream"))
                raw.append((lowered.encode("latin-1"), value.encode("latin-1", "replace")))
        self._stream = stream
        self._bodyless = self._scope["method"] == "HEAD" or head.status in (204, 304)
        unsized = not sized and not self._bodyless
        self.enough = self._bodyless or self._owed == 0
        self._chunked = unsized and self._scope["http_version"] == "1.1"
        self._until_close = unsized and not self._chunked
        self._tried = True
        await self._send({"type": "http.response.start", "status": head.status, "headers": raw})
        self._started = True
        if head.reason and head.reason.isprintable():
            self._cork.reason(head.reason)
        if self.eager:
            self._cork.flush()

    async def _body(self, data: bytes) -> None:
        if not self._started:
            raise malformed("the handler gave a Chunk before a Head")
        if not data or self._bodyless:
            return
        first, self._begun = not self._begun, True
        if not first:
            self._cork.flush()
        if self._chunked:  # as uvicorn would, with a third of the work
            self._cork.write(b"%x\r\n%b\r\n" % (len(data), data))
        elif self._until_close:
            self._cork.write(data)
        else:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
        if self._stream or self.eager or not first:
            self._cork.flush()
        if self._owed is not None:
            self._owed -= len(data)
        self.enough = self._owed == 0 or b"[DONE]" in data
        await self.wire.breathe()

    async def pause(self, seconds: float) -> None:
        """Let time pass; everything is written before.

        Raises:
            ClientLeft: while it passed, or before.
        """
        self._cork.flush()
        await self.wire.pause(seconds)

    async def end(self) -> None:
        """End in good order."""
        if not self._started:
            raise malformed("the handler gave no Head")
        if self.wire.gone:
            raise ClientLeft
        if self._until_close:
            silence(self._cycle)
            self._cork.close()
            return
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        self._cork.flush()
        if self.wire.last and self.wire.cycle is self._cycle:
            self.wire.close()

    async def fail(self, error: BaseException) -> None:
        """Tell the client what its author has to know; in the middle of an answer by breaking it off."""
        code, status = ("cassette_miss", 404) if isinstance(error, CassetteMiss) else ("handler_failed", 500)
        if self._started or self.wire.gone:
            silence(self._cycle)
            self._cork.close()
            return
        message = error.brief if isinstance(error, CassetteMiss) else str(error)
        if self._tried:  # uvicorn thinks that it has sent a head
            silence(self._cycle)
            self.wire.refuse(status, code, message)
            return
        said = refusal(status, code, message).body()
        raw = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(said)),
            (b"x-should-retry", b"false"),
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})
        await self._send({"type": "http.response.body", "body": said, "more_body": False})
        self._cork.flush()

    async def _abort(self, step: Abort) -> None:
        """End as the step says: silence until the client leaves, a reset, or a close in the middle."""
        self.enough = True
        silence(self._cycle)
        self._cork.write(step.wire)
        self._cork.flush()
        if step.how in ("timeout", "client-left"):
            await self.wire.pause(_FOR_EVER)
        elif step.how == "reset":
            await self.wire.reset()
        else:
            self.wire.close()


async def read_request(scope: Scope, receive: Receive, wire: Wire) -> Request | None:
    """The request with its body; None when it was refused, or the client left meanwhile."""
    limits = wire.limits
    raw_headers = scope["headers"]
    if wire.last_read > limits.head and sum(len(name) + len(value) + 4 for name, value in raw_headers) > limits.head:
        wire.refuse(431, "request_head_too_large", f"the head is longer than {limits.head} bytes")
        return None
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw_headers)
    declared = next((value for name, value in headers if name == "content-length"), "")
    body: bytes | None = None
    if not declared.isdecimal() or int(declared[:19]) <= limits.body:
        try:
            body = await _body(receive, wire)
        except ClientLeft:
            return None
        except TimeoutError:
            wire.refuse(408, "request_timeout", f"the body didn't come within {limits.body_seconds:g} seconds")
            return None
    if body is None:
        wire.refuse(413, "request_too_large", f"the body is longer than {limits.body} bytes")
        return None
    return Request(scope["method"], _url(scope, headers), headers, body)


async def _body(receive: Receive, wire: Wire) -> bytes | None:
    """A request's body; None when it is too long."""
    cycle = receive.__self__  # type: ignore[attr-defined]
    if not cycle.more_body:  # it came with its head, and no timer is needed
        return await _pieces(receive, wire)
    async with asyncio.timeout(wire.limits.body_seconds):
        return await _pieces(receive, wire)


async def _pieces(receive: Receive, wire: Wire) -> bytes | None:
    body = bytearray()
    more = True
    while more and len(body) <= wire.limits.body:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        body += message["body"]
        more = message["more_body"]
    return None if len(body) > wire.limits.body else bytes(body)


def _url(scope: Scope, headers: tuple[tuple[str, str], ...]) -> str:
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    asked = f"{path}{'?' * bool(query)}{query}"
    if path.startswith(("http://", "https://")):  # the absolute form (RFC 9112, section 3.2.2)
        return asked
    host = next((value for name, value in headers if name == "host"), "localhost")
    return f"{scope['scheme']}://{host}{'' if path.startswith('/') else '/'}{asked}"
