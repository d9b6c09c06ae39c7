"""`mount`: a handler for a block of code or a function, in this process, without a socket."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from retape.errors import NetworkBlocked, UsageError
from retape.handlers import Handler
from retape.mounts import active, guard
from retape.mounts.block import Block
from retape.mounts.environment import Environment, faked
from retape.mounts.explicit import HandlerSource, name_of
from retape.tape.recorder import Recording
from retape.tape.request import Request
from retape.tape.steps import Step

if TYPE_CHECKING:
    from retape.mounts.respx import Router

sending: ContextVar[Any] = ContextVar("retape: the request that a mount has let go", default=None)

_PORTS = {"http": 80, "https": 443}


class Mount:
    """One use of a mount.

    Attributes:
        source: answers by the handler.
        bases: the URLs below which it answers; none for all.
        router: the user's own routes.
        parent: the cassette or mount around it.
    """

    is_cassette = False

    def __init__(self, handler: Handler, bases: tuple[str, ...], router: Router) -> None:
        self.source = HandlerSource(handler)
        self.bases = bases
        self.router = router
        self.parent: active.Place | None = None

    @property
    def path(self) -> str:
        """What it is called in messages, beside the paths of cassettes."""
        return f"the mount of {name_of(self.source.handler)}"

    def takes(self, url: str) -> bool:
        """Whether it answers for a URL, as a client writes it: lower-case host, no default port."""
        return not self.bases or any(url == base or url.startswith((f"{base}/", f"{base}?")) for base in self.bases)

    def outward(self) -> Iterator[Mount]:
        """This mount and those around it up to the next cassette, innermost first."""
        for place in active.outward(self):
            if not isinstance(place, Mount):
                return
            yield place

    def release(self, url: str) -> None:
        """Let a request go that no mount takes: to the cassette around the mounts, or to this machine.

        Raises:
            NetworkBlocked: it would go elsewhere.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if active.cassette_of(self) is not None or guard.is_local(host):
            return
        why = (
            f"retape.mount answers only what is below {' and '.join(self.bases)}, and nothing else leaves this "
            "machine. Mount a handler for it too, answer it with a route, or let it go: "
            f'router.route(host="{host}").pass_through()'
        )
        raise NetworkBlocked(parts.netloc.rpartition("@")[2], guard.owner(), why=why)

    def answer(self, request: Request) -> Iterator[Step] | Recording | None:
        """What becomes of a request that has reached vcrpy's patches, where a cassette is open too."""
        __tracebackhide__ = True
        if sending.get() is None:
            for place in self.outward():
                if place.takes(request.url):
                    return place.source.answer(request)
        cassette = active.cassette_of(self)
        return cassette.answer(request) if cassette else None


class MountContext(Block["Router"]):
    """What `mount` gives: a context manager (with, async with) and a decorator (def, async def)."""

    made_by = "mount"

    def __init__(self, handler: Handler, bases: tuple[str, ...], *, environment: bool) -> None:
        self._handler = handler
        self._bases = bases
        self._environment = environment
        self._open: list[tuple[Mount, contextlib.ExitStack]] = []

    def __enter__(self) -> Router:
        from retape.mounts.respx import Router

        router = Router()
        place = Mount(self._handler, self._bases, router)
        with contextlib.ExitStack() as stack:
            if self._environment:
                stack.enter_context(Environment(faked()))
            stack.enter_context(router)
            active.enter(place)
            stack.callback(active.leave, place)
            self._open.append((place, stack.pop_all()))
        return router

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        here = active.in_context()  # of several threads' mounts this one's
        number = next((n for n, (place, _) in enumerate(self._open) if place is here), len(self._open) - 1)
        self._open.pop(number)[1].__exit__(kind, error, trace)

    def again(self) -> MountContext:
        """The same handler, to be mounted anew."""
        return MountContext(self._handler, self._bases, environment=self._environment)


def mount(handler: Handler, *, base_url: str | Iterable[str] | None = None, environment: bool = False) -> MountContext:
    """Answer every request of httpx and httpx2 clients in this process by a handler, without a socket.

    Answered are clients that would open a connection: synchronous or not, made before or inside the block, streams
    as streams, and the official client's aiohttp flavour; for a transport that wraps one of the library's own, at the
    point where that one would connect.  Left alone are clients that stay in this process anyway: Starlette's
    TestClient, ASGITransport, WSGITransport, MockTransport and retape's transports.  Other libraries (requests,
    aiohttp by itself) are not seen.

    Of nested mounts and cassettes the innermost answers.  Threads and tasks each have their own.

    An exception that the handler raises reaches the caller as `HandlerFailed`, from the original.

    Args:
        handler: a `Fake`, `replay(...)` or any other function from a request to steps.
        base_url: answer only what is below this URL, or below one of several ("https://api.openai.com/v1").  The
            rest goes to the mount or cassette around this one; without any, requests to this machine are sent and
            others raise, so that nothing leaves unnoticed.
        environment: for the block, dummies in OPENAI_API_KEY and AZURE_OPENAI_API_KEY, and no OPENAI_BASE_URL and
            proxies.

    Returns:
        A context manager (with, async with) and decorator (def, async def).  It gives a respx router, whose routes
        go before the handler, for httpx2 too: `router.get("https://example.org/").respond(json={})`, or
        `router.route(host="example.org").pass_through()` for what may go out.  Its `calls` are those of its own
        routes: what the handler was asked is the handler's to tell.

    Raises:
        UsageError: an argument is wrong.
        HandlerFailed: (from the request) the handler raised an exception.
        NetworkBlocked: (from the request) see `base_url`.
    """
    if isinstance(handler, type):
        raise UsageError(f"mount takes a handler, not a class: mount({handler.__name__}())")
    if not callable(handler):
        raise UsageError(f"mount takes a handler, not {handler!r}; a cassette's is retape.replay(path)")
    return MountContext(handler, _bases(base_url), environment=environment)


def _bases(base_url: str | Iterable[str] | None) -> tuple[str, ...]:
    one = isinstance(base_url, str) or not isinstance(base_url, Iterable | None)  # a client's URL object is one too
    given = (str(base_url),) if one else tuple(base_url or ())
    if base_url is not None and not given:
        raise UsageError("base_url is empty: leave it out to answer everything")
    return tuple(map(_normal, given))


def _normal(url: str) -> str:
    """A base URL as a client writes it."""
    try:
        parts = urlsplit(str(url))
        port = parts.port
    except ValueError as error:
        raise UsageError(f"base_url={url!r}: {error}") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"base_url={url!r}: use an absolute URL without a query, such as https://api.openai.com/v1")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{f':{port}' if port not in (None, _PORTS[parts.scheme]) else ''}" + (
        parts.path.rstrip("/")
    )
