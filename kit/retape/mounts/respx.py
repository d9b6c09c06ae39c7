"""respx for httpx and httpx2, and the patches through which `mount` answers.

respx knows httpx alone.  Its mockers register themselves, so this one adds the clients of both libraries; routes are
matched and answered as httpx has them, and translated for httpx2.

Patched are two places.  `_transport_for_url` of the clients: there a client's own connection pool is passed over, and
openai's aiohttp transport too, which nothing below would catch.  And `handle_request` of the two libraries' network
transports: it is met by transports of the user's that wrap one, and by none that stays in the process.  vcrpy patches
the second place as well; whoever is on top asks `active` who answers.
"""

from __future__ import annotations

import functools
import importlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from respx import MockRouter
from respx.mocks import Mocker
from respx.models import AllMockedAssertionError, PassThrough

from retape.mounts import active
from retape.mounts.mount import Mount, sending
from retape.mounts.transport import family

LIBRARIES = ("httpx", "httpx2")

TARGETS = {
    "Client": "_transport_for_url",
    "AsyncClient": "_transport_for_url",
    "HTTPTransport": "handle_request",
    "AsyncHTTPTransport": "handle_async_request",
}
"""A library's classes and the method of each that is patched."""

_MARK = object()

AIOHTTP = "AiohttpTransport"
"""The class that openai carries along, and httpx-aiohttp; loaded with the first such client, so never imported here."""


class Router(MockRouter):
    """respx's router for clients of httpx and httpx2.  Its routes go before the mount's handler, and may be unused."""

    def __init__(self) -> None:
        super().__init__(assert_all_called=False, assert_all_mocked=True, using=ClientMocker.name)


@dataclass(frozen=True, slots=True)
class Doors:
    """What answers for the clients of one library.

    Args:
        handle: (mount, real, request) -> response; `real` sends it.
        ahandle: the same, asynchronous.
    """

    handle: Callable[[Mount, Callable[[Any], Any], Any], Any]
    ahandle: Callable[[Mount, Callable[[Any], Awaitable[Any]], Any], Awaitable[Any]]


@functools.cache
def doors(library: Any) -> Doors:
    """The doors of a library.

    Args:
        library: the module httpx or httpx2.
    """
    httpx = importlib.import_module("httpx")
    inner = family(library)
    is_native = library is httpx

    def asked(request: Any) -> Any:
        """A request as respx takes it."""
        if is_native:
            return request
        headers, extensions = request.headers.raw, request.extensions
        return httpx.Request(
            request.method, str(request.url), headers=headers, content=request.content, extensions=extensions
        )

    def given(response: Any, request: Any) -> Any:
        """A response of respx's as the library has it."""
        if is_native:
            return response
        headers, stream, extensions = response.headers.raw, Passed(response.stream, request), response.extensions
        return library.Response(
            response.status_code, headers=headers, stream=stream, extensions=extensions, request=request
        )

    def translated(error: Any, request: Any) -> Any:
        """An exception of httpx's as the library has it."""
        if is_native:
            return error
        kind = getattr(library, type(error).__name__, library.TransportError)
        return kind(str(error), request=request)

    class Passed(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        """A stream of httpx's for the library, synchronous or not, whichever it was."""

        def __init__(self, stream: Any, request: Any) -> None:
            self._stream = stream
            self._request = request

        def __iter__(self) -> Iterator[bytes]:
            try:
                yield from self._stream
            except httpx.RequestError as error:
                raise translated(error, self._request) from error

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for data in self._stream:
                    yield data
            except httpx.RequestError as error:
                raise translated(error, self._request) from error

        def close(self) -> None:
            self._stream.close()

        async def aclose(self) -> None:
            await self._stream.aclose()

    def routed(router: Router, request: Any) -> Any:
        """The answer of a route; None when no route matches."""
        request.read()
        try:
            return given(router.handler(asked(request)), request)
        except AllMockedAssertionError:
            return None
        except httpx.RequestError as error:
            raise translated(error, request) from error

    async def arouted(router: Router, request: Any) -> Any:
        await request.aread()
        try:
            return given(await router.async_handler(asked(request)), request)
        except AllMockedAssertionError:
            return None
        except httpx.RequestError as error:
            raise translated(error, request) from error

    def handle(mount: Mount, real: Callable[[Any], Any], request: Any) -> Any:
        __tracebackhide__ = True
        for place in mount.outward():
            try:
                found = routed(place.router, request) if place.router.routes else None
            except PassThrough:
                return sent(real, request)
            if found is not None:
                return found
            if place.takes(str(request.url) if place.bases else ""):
                return inner.handle(place.source, real, request)
        mount.release(str(request.url))
        return sent(real, request)

    async def ahandle(mount: Mount, real: Callable[[Any], Awaitable[Any]], request: Any) -> Any:
        __tracebackhide__ = True
        for place in mount.outward():
            try:
                found = await arouted(place.router, request) if place.router.routes else None
            except PassThrough:
                return await asent(real, request)
            if found is not None:
                return found
            if place.takes(str(request.url) if place.bases else ""):
                return await inner.ahandle(place.source, real, request)
        mount.release(str(request.url))
        return await asent(real, request)

    return Doors(handle, ahandle)


def sent(real: Callable[[Any], Any], request: Any) -> Any:
    """The answer of the client's own transport, which no patch below shall ask us about again."""
    token = sending.set(request)
    try:
        return real(request)
    finally:
        sending.reset(token)


async def asent(real: Callable[[Any], Awaitable[Any]], request: Any) -> Any:
    """The same, asynchronous."""
    token = sending.set(request)
    try:
        return await real(request)
    finally:
        sending.reset(token)


@dataclass(frozen=True, slots=True)
class Door:
    """A transport for one request."""

    doors: Doors
    mount: Mount
    real: Any

    def handle_request(self, request: Any) -> Any:
        """Answer it."""
        __tracebackhide__ = True
        return self.doors.handle(self.mount, self.real.handle_request, request)

    async def handle_async_request(self, request: Any) -> Any:
        """Answer it."""
        __tracebackhide__ = True
        return await self.doors.ahandle(self.mount, self.real.handle_async_request, request)


@dataclass(frozen=True, slots=True)
class Patch:
    """One method replaced."""

    owner: type
    name: str
    original: Callable[..., Any]
    ours: Callable[..., Any]

    def apply(self) -> None:
        """Put ours in its place."""
        setattr(self.owner, self.name, self.ours)

    def undo(self) -> bool:
        """Put the original back; False while somebody else's patch is on top, which would be lost."""
        if self.owner.__dict__[self.name] is not self.ours:
            return False
        setattr(self.owner, self.name, self.original)
        return True


class ClientMocker(Mocker):
    """The clients of httpx and httpx2, for respx's routers.

    Each router that starts puts a patch where none of ours is on top, and takes away as many when it stops.  In other
    orders than that of nested blocks ours may be left under vcrpy's: it is transparent then, and goes with the next.
    """

    name = "retape" if "retape" not in Mocker.registry else f"retape-{len(Mocker.registry)}"  # imported twice
    targets = [f"{library}.{owner}" for library in LIBRARIES for owner in TARGETS]  # noqa: RUF012 - respx's type
    target_methods = sorted(set(TARGETS.values()))

    _batches: list[list[Patch]] = []  # noqa: RUF012 - the class is never instantiated
    _buried: list[Patch] = []  # noqa: RUF012
    _lock = threading.Lock()

    @classmethod
    def start(cls) -> None:
        """Patch for one router."""
        with cls._lock:
            cls._unearth()
            batch = [patch for library in _installed() for patch in _patches(library)]
            for patch in batch:
                patch.apply()
            cls._batches.append(batch)

    @classmethod
    def stop(cls, force: bool = False) -> None:
        """Take one router's patches away."""
        with cls._lock:
            cls._buried += cls._batches.pop()
            cls._unearth()

    @classmethod
    def mend(cls) -> None:
        """Patch again what vcrpy has put back, at the end of a cassette that was opened before the mount."""
        with cls._lock:
            lost = [patch for library in _installed() for patch in _patches(library)]
            for patch in lost:
                patch.apply()
            cls._batches[-1] += lost

    @classmethod
    def _unearth(cls) -> None:
        cls._buried = [patch for patch in reversed(cls._buried) if not patch.undo()][::-1]


@functools.cache
def _installed() -> list[Any]:
    found = []
    for name in LIBRARIES:
        try:
            found.append(importlib.import_module(name))
        except ImportError:
            continue
    return found


def _patches(library: Any) -> Iterator[Patch]:
    """The patches that are missing."""
    for name, method in TARGETS.items():
        owner = getattr(library, name)
        original = owner.__dict__[method]
        if getattr(original, "retape", None) is not _MARK:
            ours = _MAKERS[name](library, original)
            ours.retape = _MARK  # type: ignore[attr-defined]
            yield Patch(owner, method, original, ours)


def _transport_for_url(library: Any, original: Callable[..., Any], *, method: str, network: str) -> Callable[..., Any]:
    pool = getattr(library, network)
    doors_ = doors(library)

    def transport_for_url(client: Any, url: Any) -> Any:
        transport = original(client, url)
        place = active.current()
        if not isinstance(place, Mount):
            return transport
        kind = type(transport)
        if getattr(kind, method, None) is getattr(pool, method) or kind.__name__ == AIOHTTP:
            return Door(doors_, place, transport)
        ClientMocker.mend()  # it may lead to a network transport
        return transport

    return transport_for_url


def _handle(library: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    handle = doors(library).handle

    def handle_request(transport: Any, request: Any) -> Any:
        __tracebackhide__ = True
        place = None if sending.get() is request else active.current()
        if not isinstance(place, Mount):
            return original(transport, request)
        return handle(place, functools.partial(original, transport), request)

    return handle_request


def _ahandle(library: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    ahandle = doors(library).ahandle

    async def handle_async_request(transport: Any, request: Any) -> Any:
        __tracebackhide__ = True
        place = None if sending.get() is request else active.current()
        if not isinstance(place, Mount):
            return await original(transport, request)
        return await ahandle(place, functools.partial(original, transport), request)

    return handle_async_request


_MAKERS: dict[str, Callable[[Any, Callable[..., Any]], Callable[..., Any]]] = {
    "Client": functools.partial(_transport_for_url, method="handle_request", network="HTTPTransport"),
    "AsyncClient": functools.partial(_transport_for_url, method="handle_async_request", network="AsyncHTTPTransport"),
    "HTTPTransport": _handle,
    "AsyncHTTPTransport": _ahandle,
}
