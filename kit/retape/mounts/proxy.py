"""`proxy`: a server in front of a real one that records what passes.

A chunk goes on at the moment it comes.  All that takes time, which is to scrub, to write and to sync the journal, is
another thread's, so that no answer waits for it; an exchange is safe a moment after its end.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from re import Pattern
from types import TracebackType
from typing import Any

from retape.errors import CassetteMiss, UsageError
from retape.handlers.replay import PathLike
from retape.mounts.answering import ServerAnswer
from retape.mounts.bridge import Feed
from retape.mounts.dialing import Address, Dialer, Unreachable
from retape.mounts.faulting import Fault, Faulting
from retape.mounts.forwarding import KEY, Keys, at_upstream, returned, sent_headers, target_of, with_key
from retape.mounts.guard import is_local
from retape.mounts.limits import ServerLimits
from retape.mounts.passage import Behind, Coming, Leaving, Passage, Watching, unwatched
from retape.mounts.reaching import why_out_of_reach
from retape.mounts.server import Server, warn_if_open
from retape.mounts.session import Session, Unused
from retape.mounts.upstream import Broke, Call, Upstream
from retape.mounts.wire import ClientLeft, refusal
from retape.tape.canonical import Ignore
from retape.tape.counting import Firsts
from retape.tape.matching import Match
from retape.tape.recorder import Recording
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head, Step

SPEND = "use it, and with it your key"
"""What other machines can do with a proxy that they reach."""

_AT_ONCE = 64 * 1024
"""Bytes of a body that is looked up without a thread: sooner done than handed over."""


class Proxy(Server):
    """A recording proxy, from `with` to the end of the block; made by `proxy`.

    Args:
        upstream: the real server's base URL, as a client would take it.
        cassette: where to; it is left open, so that whoever opened it can say how it ends.
        key_env: the environment variable with the key.
        host: the address to listen at.
        port: the port; 0 takes a free one.
        limits: what clients are held to.
        watch: is told of each request and how its answer begins and ends; it may be slow.
        fault: goes around the upstream and the cassette; None for nothing.

    Attributes:
        handler: the fault around the upstream, `.handler.struck`; without one there is no handler to ask.
        cut: requests whose answers the proxy's own end cut off, as of `left`; what came of them is recorded.

    Raises:
        UsageError: the URL is none, the key is none, the fault is none, or the upstream would be the proxy itself.
    """

    def __init__(
        self,
        upstream: str,
        cassette: Session,
        *,
        key_env: str = KEY,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: ServerLimits | None = None,
        watch: Watching = unwatched,
        fault: Fault | None = None,
    ) -> None:
        self._faulting = None if fault is None else Faulting(fault, self._feed, later=self._later, failed=self._failed)
        handler = _no_handler if self._faulting is None else self._faulting.handler
        super().__init__(handler, host=host, port=port, limits=limits)
        self.upstream = Address.parse(upstream)
        self.cassette = cassette
        self.cut: Firsts[str] = Firsts()
        self._keys = Keys.of(os.environ, key_env)
        self._watch = watch
        self._dialer = Dialer(self.upstream)
        self._calls = Upstream(self._dialer)
        self._saving = ThreadPoolExecutor(1, "retape saving")
        self._asking = ThreadPoolExecutor(1, "retape asking")
        if self.upstream.login:
            raise UsageError(f"the key doesn't belong in the URL: put it into {key_env}")
        if port and port == self.upstream.port and is_local(host) and is_local(self.upstream.host):
            raise UsageError(f"{upstream} would be the proxy itself: give another port")

    def __repr__(self) -> str:
        return f"<proxy to {self.upstream.origin} {self.url if self._socket else 'not running'}>"

    def __enter__(self) -> Proxy:
        super().__enter__()
        return self

    @property
    def base_url(self) -> str:
        """What the official client takes as `base_url`: its path is the upstream's."""
        return f"{self.url}{self.upstream.path or '/v1'}"

    def why_out_of_reach(self) -> str:
        """Why nobody listens where the upstream is to be, or the environment's proxy on the way there, in words; ""
        where somebody does.  Nothing is sent.
        """
        way = f"the proxy {self._dialer.via.origin} can't be reached: " if self._dialer.via else ""
        told = why_out_of_reach(self._dialer.via or self.upstream)
        return told and way + told

    def _end(self) -> None:
        if self._loop is not None and self._thread is not None and self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(_caught_up(), self._loop).result()
        super()._end()
        if self._faulting is not None:
            self._faulting.join()
        for pool in (self._saving, self._asking):
            pool.shutdown()  # the answers are over: what they left to be written is written first
        self._saving, self._asking = (ThreadPoolExecutor(1, f"retape {what}") for what in ("saving", "asking"))

    async def _lifetime(self, ready: Any) -> None:
        try:
            await super()._lifetime(ready)
        finally:
            if self._faulting is not None:
                await self._faulting.ended()
            self._calls.close()
            await asyncio.sleep(0)  # the sockets are closed by the loop

    def _later(self, work: Callable[..., object], *arguments: object) -> None:
        """Have something done by the thread that saves, in the order in which it is asked for."""
        self._saving.submit(work, *arguments).add_done_callback(self._told)

    def _told(self, done: Future[object]) -> None:
        error = done.exception()
        if error is not None:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        self.failures.append(error)

    async def _respond(self, request: Request, answer: ServerAnswer) -> None:
        answer.wire.on_leave = leaving = Leaving(self._stop.is_set)
        try:
            await self._pass(request, self._watch(request), answer, leaving)
        except (ClientLeft, asyncio.CancelledError) as error:
            if not leaving.is_ours:
                raise
            if not answer.enough:
                self.cut.append(f"{request.method} {request.path}")
            if not isinstance(error, ClientLeft):
                raise
        finally:
            answer.wire.on_leave = None

    async def _pass(self, request: Request, coming: Coming, answer: ServerAnswer, leaving: Leaving) -> None:
        if self._faulting is not None:
            await self._faulting.respond(self.handler, request, coming, answer, leaving)
            return
        asked = at_upstream(request, self.upstream)
        try:
            found = await self._found(asked)
        except CassetteMiss as miss:
            self._later(coming.missed, miss)
            raise
        passage = Passage(found if isinstance(found, Recording) else None, coming, self._later)
        if found is None or isinstance(found, Recording):
            await self._forward(request, passage, answer, leaving)
        else:
            try:
                await self._answer(self._replayed(found, passage), answer)
            except (ClientLeft, asyncio.CancelledError):
                passage.ended("complete" if answer.enough else leaving.outcome)
                raise

    async def _found(self, request: Request) -> Iterator[Step] | Recording | None:
        """What becomes of a request.  One thread looks the large ones up, so that equal ones keep their order."""
        if len(request.body) <= _AT_ONCE:
            return self.cassette.answer(request)
        return await asyncio.get_running_loop().run_in_executor(self._asking, self.cassette.answer, request)

    def _replayed(self, steps: Iterator[Step], passage: Passage) -> Iterator[Step]:
        for step in steps:
            if isinstance(step, Head):
                passage.head(step)
                yield returned(step, self.upstream, self.url)
                continue
            if isinstance(step, Abort):
                passage.ended(step.how)
            yield step
        passage.ended("complete")

    async def _feed(self, request: Request, coming: Coming, feed: Feed) -> None:
        """Say to a fault what it would have been for the client."""
        found = await self._found(at_upstream(request, self.upstream))
        if found is None or isinstance(found, Recording):
            feed.on_leave = leaving = Leaving(self._stop.is_set)
            await self._forward(request, Passage(found, Behind(coming), self._later), feed, leaving)
        else:
            feed.replay(self._returned(found))

    def _returned(self, steps: Iterator[Step]) -> Iterator[Step]:
        return (returned(step, self.upstream, self.url) if isinstance(step, Head) else step for step in steps)

    async def _forward(self, request: Request, passage: Passage, answer: ServerAnswer | Feed, leaving: Leaving) -> None:
        headers = sent_headers(request, self.upstream, self._keys, host=self._address[0])
        call = self._calls.call(request.method, target_of(request), headers, request.body)
        leaving.then = call.stop
        try:
            if answer.wire.gone:
                raise ClientLeft
            await self._relay(call, passage, answer)
        except Unreachable as error:
            why = f"can't reach {self.upstream.origin}: {error}"
            passage.unreachable(f"{request.method} {request.path}: {why}")
            await self._say(502, "upstream_unreachable", why, answer)
        except Broke as error:
            if answer.wire.gone:
                passage.left(leaving, enough=_has_enough(answer))
                raise ClientLeft from None
            passage.broke(error)
            await answer.send(Abort(error.how))
        except (ClientLeft, asyncio.CancelledError):
            passage.left(leaving, enough=_has_enough(answer))
            raise
        except Exception as error:
            passage.failed(f"{request.method} {request.path}: {error}")
            raise
        finally:
            leaving.then = None
            call.stop()

    async def _relay(self, call: Call, passage: Passage, answer: ServerAnswer | Feed) -> None:
        head = await call.head()
        passage.head(head)
        await answer.send(returned(head, self.upstream, self.url))
        async with aclosing(call.chunks()) as chunks:
            async for data in chunks:
                passage.chunk(data)
                await answer.send(Chunk(data))
        passage.complete()
        await answer.end()

    async def _say(self, status: int, code: str, message: str, answer: ServerAnswer | Feed) -> None:
        """An answer of the proxy's own.  A client may try again, as it would if it met the same by itself."""
        said = refusal(status, code, message).body()
        fields = (("content-type", "application/json"), ("content-length", str(len(said))))
        await answer.send(Head(status, fields))
        await answer.send(Chunk(said))
        await answer.end()


class SavingProxy(Proxy):
    """A proxy that saves its cassette at the end of the block, once."""

    def __enter__(self) -> SavingProxy:
        if self._over:
            raise UsageError("the proxy has saved its cassette: make another one")
        super().__enter__()
        return self

    _over = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if not self._depth:
            self._over = True
            self.cassette.close(failed=kind is not None)


def _has_enough(answer: ServerAnswer | Feed) -> bool:
    """Whether a client has all that it can want; a fault is never known to."""
    return isinstance(answer, ServerAnswer) and answer.enough


async def _caught_up() -> None:
    """The loop has seen what clients did before this was asked for: who has left has left."""
    for _ in range(3):
        await asyncio.sleep(0)


def _no_handler(request: Request) -> Iterator[Step]:
    """What a proxy has in a handler's place."""
    raise UsageError("a proxy forwards: it has no handler to ask")


def proxy(
    upstream: str,
    *,
    cassette: PathLike,
    mode: str = "record",
    fault: Fault | None = None,
    pace: str | float = "instant",
    match: Match = "exact",
    ignore: Ignore = (),
    repeat: bool = False,
    scrub: Iterable[str | Pattern[str]] = (),
    keep_headers: Iterable[str] = (),
    unused: Unused = "ignore",
    key_env: str = KEY,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: ServerLimits | None = None,
) -> SavingProxy:
    """Record what any client, in any language and any process, asks of a real server.

    Each chunk goes on at the moment it comes; status, header fields, errors, ends before the end and resets reach the
    client as they came.  Broken HTTP (an illegal chunk size, garbage for a status line, a head cut in its middle)
    reaches it as an end before the end; trailers and 103 Early Hints don't reach it.

    A client with no key, or a dummy for one, gets the environment's put in, where its Host field names this machine or
    `host`; nobody else gets it, and it is written nowhere.  A client that leaves stops the upstream.  No redirect is
    followed: one to the upstream itself leads the client back here.  When the upstream can't be reached the client is
    told 502, with the code `upstream_unreachable`, and nothing is recorded.

    Args:
        upstream: the server's base URL, "https://api.openai.com/v1".
        cassette: the file, *.yaml or *.json; saved when the block ends.
        mode: "record" answers from the cassette and records what is missing; "rewrite" records everything anew;
            "replay" asks the upstream nothing; "live" leaves the cassette alone.
        fault: breaks what clients are answered, from the upstream or from the cassette, which keeps what the upstream
            said: `faults.fault("cut", after=3)`, or any function that puts a fault around a handler,
            `lambda upstream: faults.jitter(faults.no_done(upstream))`.  A fault that answers by itself asks nobody and
            records nothing; one that ends sooner than the upstream stops it, and what came is kept, as when a client
            leaves.  `proxy.handler` is the fault, and tells `.struck`.
        pace: of what is replayed: "instant", "recorded", or so many times faster.
        match: "exact" by method, path and canonical body; "loose" by method and path, in recorded order.
        ignore: what a match leaves out: JSON paths ("metadata.run_id", "messages[*].name") and compiled patterns.
        repeat: give the last of equal recordings again when all are used.
        scrub: more that is secret: names of header fields, keys and parameters, and compiled patterns.
        keep_headers: header fields to keep beside the usual ones.
        unused: what to do at the end about recordings that nobody asked for: "ignore", "warn", "fail".
        key_env: the environment variable with the real key.
        host: the address; only loopback can't be reached from elsewhere, and any other gets an `OpenToOthers` warning.
        port: the port; 0 takes a free one (`.port`, `.base_url`).
        limits: how long and how large requests may be; None for the defaults of `ServerLimits`.

    Raises:
        UsageError: an argument is wrong; when the block begins: the port is taken.
        CassetteError: the cassette can't be read or can't be written.
        MissingExtra: uvicorn isn't installed.
    """
    warn_if_open(host, what=SPEND)
    session = Session(
        cassette,
        mode=mode,
        pace=pace,
        match=match,
        ignore=ignore,
        repeat=repeat,
        scrub=with_key(scrub, key_env),
        keep_headers=keep_headers,
        unused=unused,
        keep_requests=False,
    )
    return SavingProxy(upstream, session, key_env=key_env, host=host, port=port, limits=limits, fault=fault)
