"""Transports for httpx2, for who prefers to hand one over rather than have the library patched.

client = openai.OpenAI(http_client=httpx2.Client(transport=Transport("cassettes/planet.yaml")))
"""

from __future__ import annotations

import weakref
from typing import Any

from retape.errors import MissingExtra

try:
    import httpx2
except ImportError as error:
    raise MissingExtra("these transports are for httpx2, which is not installed: pip install httpx2") from error

from retape.handlers import Handler
from retape.handlers.replay import PathLike
from retape.mounts.explicit import Source, source
from retape.mounts.transport import family

_family = family(httpx2)


class Transport(httpx2.BaseTransport):
    """Answers from a cassette or a handler.

    Args:
        answers: a cassette's path, or any handler.
        inner: what sends the requests that are recorded; `httpx2.HTTPTransport()` when None.
        options: for a path, those of `use_cassette`.  The cassette is saved when the transport is closed.
    """

    def __init__(
        self, answers: PathLike | Handler, *, inner: httpx2.BaseTransport | None = None, **options: Any
    ) -> None:
        self._source: Source = source(answers, options)
        self._closing = weakref.finalize(self, self._source.close)  # saved even if nobody closes the client
        self._inner = inner

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request, one response."""
        response: httpx2.Response = _family.handle(self._source, self._send, request)
        return response

    def _send(self, request: httpx2.Request) -> httpx2.Response:
        if self._inner is None:  # only now: it loads certificates, and a replay never needs it
            self._inner = httpx2.HTTPTransport()
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections and save the cassette."""
        if self._inner is not None:
            self._inner.close()
        self._closing()


class AsyncTransport(httpx2.AsyncBaseTransport):
    """`Transport` for `httpx2.AsyncClient`."""

    def __init__(
        self, answers: PathLike | Handler, *, inner: httpx2.AsyncBaseTransport | None = None, **options: Any
    ) -> None:
        self._source: Source = source(answers, options)
        self._closing = weakref.finalize(self, self._source.close)  # saved even if nobody closes the client
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request, one response."""
        response: httpx2.Response = await _family.ahandle(self._source, self._send, request)
        return response

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        if self._inner is None:
            self._inner = httpx2.AsyncHTTPTransport()
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections and save the cassette."""
        if self._inner is not None:
            await self._inner.aclose()
        self._closing()
