"""Transports for httpx, for who prefers to hand one over rather than have the library patched.

client = openai.OpenAI(http_client=httpx.Client(transport=Transport("cassettes/planet.yaml")))
"""

from __future__ import annotations

import weakref
from typing import Any

import httpx

from retape.handlers import Handler
from retape.handlers.replay import PathLike
from retape.mounts.explicit import Source, source
from retape.mounts.transport import family

_family = family(httpx)


class Transport(httpx.BaseTransport):
    """Answers from a cassette or a handler.

    Args:
        answers: a cassette's path, or any handler.
        inner: what sends the requests that are recorded; `httpx.HTTPTransport()` when None.
        options: for a path, those of `use_cassette`.  The cassette is saved when the transport is closed.
    """

    def __init__(
        self, answers: PathLike | Handler, *, inner: httpx.BaseTransport | None = None, **options: Any
    ) -> None:
        self._source: Source = source(answers, options)
        self._closing = weakref.finalize(self, self._source.close)  # saved even if nobody closes the client
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, one response."""
        response: httpx.Response = _family.handle(self._source, self._send, request)
        return response

    def _send(self, request: httpx.Request) -> httpx.Response:
        if self._inner is None:  # only now: it loads certificates, and a replay never needs it
            self._inner = httpx.HTTPTransport()
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections and save the cassette."""
        if self._inner is not None:
            self._inner.close()
        self._closing()


class AsyncTransport(httpx.AsyncBaseTransport):
    """`Transport` for `httpx.AsyncClient`."""

    def __init__(
        self, answers: PathLike | Handler, *, inner: httpx.AsyncBaseTransport | None = None, **options: Any
    ) -> None:
        self._source: Source = source(answers, options)
        self._closing = weakref.finalize(self, self._source.close)  # saved even if nobody closes the client
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request, one response."""
        response: httpx.Response = await _family.ahandle(self._source, self._send, request)
        return response

    async def _send(self, request: httpx.Request) -> httpx.Response:
        if self._inner is None:
            self._inner = httpx.AsyncHTTPTransport()
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections and save the cassette."""
        if self._inner is not None:
            await self._inner.aclose()
        self._closing()
