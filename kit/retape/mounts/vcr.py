"""vcrpy's patches, with streams that stream.

One set of patches serves every open cassette: vcrpy patches once when the first one opens, and each request looks up
which cassette its thread or task belongs to (vcrpy's own way, a set of patches for each cassette, mixes two that
are open at once and can leave the process patched for good).  For httpx and httpx2 the patches are ours.  For
aiohttp, requests, urllib3 and the rest they are vcrpy's: these read the whole body before the client sees a byte,
so a recording made through them has no times, and an answer that breaks is recorded as one that broke before its head,
which is all that the client sees of it.

The hooks leaned on, all private in vcrpy: `CassettePatcherBuilder(cassette).build()`, and on the cassette
`skip_patchers`, `custom_patches`, `can_play_response_for`, `play_response`, `append`, `filter_request`,
`write_protected`; and `VCRConnection.getresponse`, which makes the real call.  A test holds them, and vcrpy is pinned
below 10.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from http.client import HTTPConnection
from typing import Any
from unittest import mock

from vcr.cassette import Cassette
from vcr.patch import PATCHER_NAMES, CassettePatcherBuilder
from vcr.stubs import VCRConnection

from retape.handlers.play import Played, play
from retape.mounts import active, guard
from retape.mounts.failures import BUILTIN_RAISES, outcome_of, past_the_end
from retape.mounts.session import Session
from retape.mounts.transport import family
from retape.tape import encodings
from retape.tape.recorder import Recording
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head, Headers, Step, Wait

LIBRARIES = ("httpx", "httpx2")
"""Libraries with streaming patches of our own."""

SYNC_TRANSPORTS = ("HTTPTransport", "WSGITransport", "MockTransport")
ASYNC_TRANSPORTS = ("AsyncHTTPTransport", "ASGITransport", "MockTransport")
"""Their transport classes, the same that vcrpy patches."""
NETWORK_TRANSPORTS = ("HTTPTransport", "AsyncHTTPTransport")
"""Those of them that open sockets."""

Patch = tuple[Any, str, Callable[..., Any]]
RAW = ("httplib", "httplib2")
"""vcrpy's stubs that hand on the body as it is on the wire; the others hand it on decoded."""

_owed: ContextVar[list[float] | None] = ContextVar("seconds that an asynchronous client has to wait", default=None)
_begun: ContextVar[list[Recording] | None] = ContextVar("recordings of the call that a stub makes", default=None)
_lock = threading.Lock()
_users = 0
_stack: contextlib.ExitStack | None = None


def enter() -> None:
    """Patch, unless it is done already."""
    global _users, _stack
    guard.install()
    with _lock:
        _users += 1
        if _stack is None:
            stack = contextlib.ExitStack()
            plain = Dispatcher(_patches(), skip=[name for name in PATCHER_NAMES if name not in RAW])
            for dispatcher in (plain, DecodingDispatcher((), skip=(*LIBRARIES, *RAW))):
                for patcher in CassettePatcherBuilder(dispatcher).build():
                    stack.enter_context(patcher)
            if aiohttp := sys.modules.get("aiohttp"):  # vcrpy has loaded it if it's here
                stack.enter_context(mock.patch.object(aiohttp.ClientSession, "_request", _waiting(aiohttp)))
            _stack = stack


def leave() -> None:
    """Undo the patches with the last user."""
    global _users, _stack
    with _lock:
        _users -= 1
        if _users == 0 and _stack is not None:
            _stack.close()
            _stack = None


def _patches() -> Iterator[Patch]:
    yield HTTPConnection, "putrequest", _guarded(HTTPConnection.putrequest)
    yield VCRConnection, "getresponse", _telling(VCRConnection.getresponse)
    for name in LIBRARIES:
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        inner = family(library)
        for transport in SYNC_TRANSPORTS:
            owner, who = getattr(library, transport), _who_answers(transport)
            yield owner, "handle_request", _sync(inner.handle, owner.handle_request, who)
        for transport in ASYNC_TRANSPORTS:
            owner = getattr(library, transport)
            yield (
                owner,
                "handle_async_request",
                _async(inner.ahandle, owner.handle_async_request, _who_answers(transport)),
            )


@contextlib.contextmanager
def _failures_told() -> Iterator[None]:
    """Tell the recordings that begin here of what the real call raises: vcrpy's stubs don't."""
    recordings: list[Recording] = []
    token = _begun.set(recordings)
    try:
        yield
    except Exception as error:
        if how := outcome_of(error):
            for recording in recordings:
                recording.broke(how, type(error).__name__, str(error))
        raise
    except BaseException:  # cancelled, or interrupted
        for recording in recordings:
            recording.left()
        raise
    finally:
        _begun.reset(token)


def _telling(getresponse: Callable[..., Any]) -> Callable[..., Any]:
    def telling(connection: Any, *arguments: Any, **options: Any) -> Any:
        with _failures_told():
            return getresponse(connection, *arguments, **options)

    return telling


def _waiting(aiohttp: Any) -> Callable[..., Any]:
    """What a stub of vcrpy's has to wait for is awaited around it: it plays an answer without awaiting anything."""
    request = aiohttp.ClientSession._request

    async def _request(session: Any, *arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        waits: list[float] = []
        token = _owed.set(waits)
        try:
            with _failures_told():
                return await request(session, *arguments, **options)
        finally:
            _owed.reset(token)
            if waits:
                await asyncio.sleep(sum(waits))

    return _request


def _without_waits(steps: Iterable[Step], waits: list[float]) -> Iterator[Played]:
    for step in steps:
        if isinstance(step, Wait):
            waits.append(step.seconds)
        else:
            yield step


def _guarded(putrequest: Callable[..., Any]) -> Callable[..., Any]:
    """For a connection that was opened before the cassette: vcrpy replaces classes, so it misses this one."""

    def guarded(connection: HTTPConnection, *arguments: Any, **options: Any) -> Any:
        guard.check(connection.host, connection.port)
        return putrequest(connection, *arguments, **options)

    return guarded


def _cassette() -> Session | None:
    """The cassette for a request made here: what no mount answers is the next cassette's around it."""
    return active.cassette_of(active.current())


def _who_answers(transport: str) -> Callable[[], Any]:
    """Mounts leave alone what would not leave the process anyway."""
    return active.current if transport in NETWORK_TRANSPORTS else _cassette


def _sync(handle: Callable[..., Any], original: Callable[..., Any], who: Callable[[], Any]) -> Callable[..., Any]:
    def handle_request(transport: Any, request: Any) -> Any:
        __tracebackhide__ = True
        session = who()
        if session is None:
            return original(transport, request)
        return handle(session, lambda real: original(transport, real), request)

    return handle_request


def _async(handle: Callable[..., Any], original: Callable[..., Any], who: Callable[[], Any]) -> Callable[..., Any]:
    async def handle_async_request(transport: Any, request: Any) -> Any:
        __tracebackhide__ = True
        session = who()
        if session is None:
            return await original(transport, request)
        return await handle(session, lambda real: original(transport, real), request)

    return handle_async_request


class Dispatcher(Cassette):  # type: ignore[misc]
    """What vcrpy takes for a cassette: it asks the session that a request belongs to."""

    decoded = False

    def __init__(self, patches: Iterable[Patch], *, skip: Iterable[str]) -> None:
        super().__init__("retape", custom_patches=tuple(patches), skip_patchers=tuple(skip))

    @property
    def write_protected(self) -> bool:
        """Never: a request that may not be sent has raised before vcrpy asks."""
        return False

    def can_play_response_for(self, request: Any) -> bool:
        """Whether the request is replayed; what becomes of it is kept with it."""
        session = _cassette()
        answer = session.answer(_request(request)) if session else None
        request.retape_answer = answer
        if isinstance(answer, Recording) and (begun := _begun.get()) is not None:
            begun.append(answer)
        return answer is not None and not isinstance(answer, Recording)

    def play_response(self, request: Any) -> dict[str, Any]:
        """The recorded answer, whole."""
        head = Head(0)
        body = b""
        waits = _owed.get()
        answer = request.retape_answer
        for step in play(answer) if waits is None else _without_waits(answer, waits):
            if isinstance(step, Head):
                head = step
            elif isinstance(step, Chunk):
                body += step.data
            elif isinstance(step, Abort):
                if step.how == "client-left":
                    if head.status:
                        break
                    raise past_the_end(step)
                raise BUILTIN_RAISES[step.how](step.message or f"recorded: {step.how}")
        dropped = ["content-length", "transfer-encoding"]
        if self.decoded:
            dropped.append("content-encoding")
            body = encodings.decode(body, head.header("content-encoding") or "")
        grouped: dict[str, list[str]] = {}
        for name, value in head.headers:
            if name.lower() not in dropped:
                grouped.setdefault(name, []).append(value)
        return {
            "status": {"code": head.status, "message": head.reason or None},
            "headers": grouped,
            "body": {"string": body},
        }

    def filter_request(self, request: Any) -> Any:
        """The request if it is being recorded, else None, which vcrpy takes for "leave it alone"."""
        return request if isinstance(getattr(request, "retape_answer", None), Recording) else None

    def append(self, request: Any, response: dict[str, Any]) -> None:
        """Record an answer that one of vcrpy's own stubs has read."""
        recording = getattr(request, "retape_answer", None)
        if recording is None and (session := _cassette()):  # a redirect that aiohttp followed by itself
            recording = session.answer(_request(request))
        if not isinstance(recording, Recording):
            return
        body = response["body"].get("string") or b""
        body = body.encode() if isinstance(body, str) else body
        recording.head(
            response["status"]["code"], _headers(response["headers"], body), response["status"]["message"] or ""
        )
        if body:
            recording.chunk(body)
        recording.complete()


class DecodingDispatcher(Dispatcher):
    """For the stubs that work on decoded bodies: aiohttp's, requests' and urllib3's among them."""

    decoded = True


def _request(request: Any) -> Request:
    body = request.body
    body = body.read() if hasattr(body, "read") else body
    if isinstance(body, dict | list):  # aiohttp's json=, before it is encoded
        import json

        body = json.dumps(body).encode()
    elif hasattr(
        body, "_fields"
    ):  # aiohttp's FormData, which can be written only once and has a new boundary each time
        body = b"".join(map(_field, body._fields))
    elif body is not None:
        body = _bytes(body) if isinstance(body, str) or _is_bytes(body) else b"".join(map(_bytes, body))
    headers = tuple(
        (str(k), v.decode("latin-1") if isinstance(v, bytes) else str(v)) for k, v in request.headers.items()
    )
    return Request(request.method.upper(), request.uri, headers, body or b"")


def _is_bytes(value: Any) -> bool:
    """Whether it is bytes in any form: `bytes`, `bytearray`, `memoryview`, an array, a mapped file."""
    try:
        memoryview(value).release()
    except TypeError:
        return False
    return True


def _bytes(value: Any) -> bytes:
    return bytes(memoryview(value)) if _is_bytes(value) else str(value).encode()


def _field(field: tuple[Any, dict[str, str], Any]) -> bytes:
    """A field of aiohttp's: how it is called, its own header fields, its value."""
    options, headers, value = field
    about = "".join(f"; {key}={text!r}" for key, text in options.items())
    head = "".join(f"\r\n{key}: {text}" for key, text in headers.items())
    if hasattr(value, "read"):
        start = value.tell()
        data = value.read()
        value.seek(start)
        value = data
    return f"--field\r\ncontent-disposition: form-data{about}{head}\r\n\r\n".encode() + _bytes(value) + b"\r\n"


def _headers(headers: dict[str, list[str]], body: bytes) -> Headers:
    """The answer's header fields; without the encoding when the library has decoded the body already."""
    pairs = tuple((name, str(value)) for name, values in headers.items() for value in values)
    encoding = next((value for name, value in pairs if name.lower() == "content-encoding"), "")
    try:
        encodings.decode(body, encoding)
    except ValueError:
        return tuple(pair for pair in pairs if pair[0].lower() not in ("content-encoding", "content-length"))
    return pairs
