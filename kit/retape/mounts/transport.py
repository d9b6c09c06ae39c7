"""The httpx family: one set of transports and streams, made for whichever library asks.

httpx and httpx2 have the same seam (`handle_request`, byte streams, an exception tree with the same names), so
`family(httpx)` and `family(httpx2)` are the same code bound to two sets of classes.  No library is imported here.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from retape.handlers.pace import patient
from retape.handlers.play import Played, aplay, play
from retape.mounts.failures import HTTPX_RAISES, OUTCOME_OF, malformed, past_the_end
from retape.tape.recorder import Recording
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head, Headers, Step


class Answers(Protocol):
    """What a transport asks: a session, or a handler made to look like one."""

    def answer(self, request: Request) -> Iterator[Step] | Recording | None:
        """Steps to replay, a recording to feed, or None for a call that is left alone."""


@dataclass(frozen=True, slots=True)
class Family:
    """One library's way in.

    Args:
        handle: (answers, real, transport, request) -> response; `real` is the library's own `handle_request`.
        ahandle: the same, asynchronous.
    """

    handle: Callable[[Answers, Callable[[Any], Any], Any], Any]
    ahandle: Callable[[Answers, Callable[[Any], Awaitable[Any]], Any], Awaitable[Any]]


def headers_of(library_headers: Any) -> Headers:
    """Header fields as they came, duplicates included."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in library_headers.raw)


def ended(answer: Iterator[Step]) -> None:
    """Nobody wants more of an answer: let a handler that is a generator clear up, now and not when it is collected."""
    if isinstance(answer, Generator):
        with suppress(ValueError):  # another thread is in it, and will see for itself
            answer.close()


def _request(request: Any, body: bytes) -> Request:
    return Request(request.method, str(request.url), headers_of(request.headers), body)


@functools.cache
def family(library: Any) -> Family:
    """The transports' inner workings for a library.

    Args:
        library: the module httpx or httpx2.
    """

    def failure(abort: Played | None, request: Any) -> BaseException:
        if not isinstance(abort, Abort):
            return malformed(f"the answer to {request.method} {request.url} begins with {abort!r}")
        if abort.how == "client-left":
            return past_the_end(abort)
        kind = getattr(library, abort.error, None) if abort.error in OUTCOME_OF else None
        kind = kind or getattr(library, HTTPX_RAISES[abort.how])
        error: BaseException = kind(abort.message if abort.error else f"recorded: {abort.how}", request=request)
        return error

    def broke(recording: Recording, error: Exception) -> None:
        how = OUTCOME_OF.get(type(error).__name__)
        if how:
            recording.broke(how, type(error).__name__, str(error))

    def response(head: Head, stream: Any, request: Any) -> Any:
        extensions = {"reason_phrase": head.reason.encode("ascii", "ignore")} if head.reason else None
        raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in head.headers]
        return library.Response(head.status, headers=raw, stream=stream, extensions=extensions, request=request)

    def patience(request: Any) -> float | None:
        seconds: float | None = request.extensions.get("timeout", {}).get("read")
        return seconds

    def record_head(recording: Recording, answer: Any) -> None:
        reason = answer.extensions.get("reason_phrase", b"").decode("ascii", "ignore")
        recording.head(answer.status_code, headers_of(answer.headers), reason)

    class Stream(library.SyncByteStream):  # type: ignore[misc]
        """What is left of an answer, each chunk at its time; closing it ends the answer's own clearing up too."""

        def __init__(self, steps: Iterator[Played], answer: Iterator[Step], request: Any) -> None:
            self._steps = steps
            self._answer = answer
            self._request = request

        def __iter__(self) -> Iterator[bytes]:
            for step in self._steps:
                if isinstance(step, Chunk):
                    yield step.data
                elif isinstance(step, Abort):
                    raise failure(step, self._request)

        def close(self) -> None:
            ended(self._answer)

    class AsyncStream(library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, steps: AsyncIterator[Played], answer: Iterator[Step], request: Any) -> None:
            self._steps = steps
            self._answer = answer
            self._request = request

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for step in self._steps:
                if isinstance(step, Chunk):
                    yield step.data
                elif isinstance(step, Abort):
                    raise failure(step, self._request)

        async def aclose(self) -> None:
            ended(self._answer)

    class Tee(library.SyncByteStream):  # type: ignore[misc]
        """Passes each chunk on at the moment it arrives, and notes it."""

        def __init__(self, stream: Any, recording: Recording) -> None:
            self._stream = stream
            self._recording = recording

        def __iter__(self) -> Iterator[bytes]:
            try:
                for data in self._stream:
                    self._recording.chunk(data)
                    yield data
            except library.TransportError as error:
                broke(self._recording, error)
                raise
            self._recording.complete()

        def close(self) -> None:
            try:
                self._stream.close()
            finally:
                self._recording.left()

    class AsyncTee(library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any, recording: Recording) -> None:
            self._stream = stream
            self._recording = recording

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for data in self._stream:
                    self._recording.chunk(data)
                    yield data
            except library.TransportError as error:
                broke(self._recording, error)
                raise
            self._recording.complete()

        async def aclose(self) -> None:
            try:
                await self._stream.aclose()
            finally:
                self._recording.left()

    def handle(answers: Answers, real: Callable[[Any], Any], request: Any) -> Any:
        __tracebackhide__ = True
        answer = answers.answer(_request(request, request.read()))
        if answer is None:
            return real(request)
        if not isinstance(answer, Recording):
            steps = play(patient(answer, patience(request)))
            try:
                first = next(steps, None)
                if isinstance(first, Head):
                    return response(first, Stream(steps, answer, request), request)
                raise failure(first, request)
            except BaseException:
                ended(answer)
                raise
        try:
            reply = real(request)
        except library.TransportError as error:
            broke(answer, error)
            raise
        record_head(answer, reply)
        reply.stream = Tee(reply.stream, answer)
        return reply

    async def ahandle(answers: Answers, real: Callable[[Any], Awaitable[Any]], request: Any) -> Any:
        __tracebackhide__ = True
        answer = answers.answer(_request(request, await request.aread()))
        if answer is None:
            return await real(request)
        if not isinstance(answer, Recording):
            steps = aplay(patient(answer, patience(request)))
            try:
                first = await anext(steps, None)
                if isinstance(first, Head):
                    return response(first, AsyncStream(steps, answer, request), request)
                raise failure(first, request)
            except BaseException:
                ended(answer)
                raise
        try:
            reply = await real(request)
        except library.TransportError as error:
            broke(answer, error)
            raise
        record_head(answer, reply)
        reply.stream = AsyncTee(reply.stream, answer)
        return reply

    return Family(handle, ahandle)
