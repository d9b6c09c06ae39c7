"""Faults around what a proxy answers: its upstream and its cassette.

A fault is a generator, which pulls; a proxy's upstream can only be awaited.  So each request's fault runs in a thread
of its own, and neither its waits nor the upstream's silence keep other requests waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from retape.errors import CassetteMiss, UsageError
from retape.handlers import Handler
from retape.mounts.answering import ServerAnswer
from retape.mounts.bridge import Bridge, Feed
from retape.mounts.explicit import answered
from retape.mounts.passage import Coming, Leaving
from retape.mounts.wire import ClientLeft
from retape.tape.request import Request
from retape.tape.steps import Abort, Head, Step

Fault = Callable[[Handler], Handler]
"""What goes around an upstream: `faults.fault("cut", after=3)`, or any function from a handler to a handler."""


class Faulting:
    """A fault around an upstream, for all requests of a proxy.

    Args:
        fault: what goes around it.
        ask: says to a feed what the upstream, or a recording, answers to a request.
        later: has a function called with arguments by another thread, in the order of the calls.
        failed: called with what the fault raises as it is closed.

    Attributes:
        handler: the fault around the upstream.

    Raises:
        UsageError: the fault is none.
    """

    def __init__(
        self,
        fault: Fault,
        ask: Callable[[Request, Coming, Feed], Coroutine[Any, Any, None]],
        *,
        later: Callable[..., None],
        failed: Callable[[BaseException], None],
    ) -> None:
        if not callable(fault):
            raise UsageError(f"fault={fault!r} is none: use retape.faults.parse('cut:after=3')")
        self.handler = fault(self._asked)
        if not callable(self.handler):
            raise UsageError(f"fault={fault!r} made no handler of a handler, but {self.handler!r}")
        self._ask = ask
        self._later = later
        self._failed = failed
        self._bridges: set[Bridge] = set()
        self._asking: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Lock()

    async def respond(
        self, handler: Handler, request: Request, coming: Coming, answer: ServerAnswer, leaving: Leaving
    ) -> None:
        """Answer one request.

        Args:
            handler: `self.handler`, or what was put in its place.
            request: the request.
            coming: whoever watches it: is told of what the client sees.
            answer: the way to the client.
            leaving: is told when the client's connection ends.

        Raises:
            BaseException: what the handler raised.
            ClientLeft: the client has.
        """
        bridge = Bridge(answered(handler, request), coming, self._failed)
        leaving.then = bridge.leave
        try:
            await self._begun(bridge)
            await self._pass_on(bridge, answer)
        except (ClientLeft, asyncio.CancelledError):
            self._later(coming.ended, "complete" if answer.enough else leaving.outcome)
            raise
        except CassetteMiss as miss:
            self._later(coming.missed, miss)
            raise
        except BaseException as error:
            self._later(coming.failed, f"{request.method} {request.path}: {error.__cause__ or error}")
            raise
        finally:
            leaving.then = None
            bridge.stop()

    async def _begun(self, bridge: Bridge) -> None:
        """One begins after the other, so that equal requests are looked up in the order in which they came."""
        self._bridges = {other for other in self._bridges if other.thread.is_alive()}
        async with self._turns:
            bridge.start()
            self._bridges.add(bridge)
            await bridge.under_way.wait()

    async def _pass_on(self, bridge: Bridge, answer: ServerAnswer) -> None:
        while (step := await bridge.next()) is not None:
            if isinstance(step, Head):
                self._later(bridge.coming.began, step.status)
            if isinstance(step, Abort):
                bridge.stop()  # before a silence, in which the upstream would go on for nobody
                self._later(bridge.coming.ended, step.how)
                await answer.send(step)
                return
            await answer.send(step)
        await answer.end()
        self._later(bridge.coming.ended, "complete")

    def _asked(self, request: Request) -> Iterator[Step]:
        """The handler that the fault goes around, in a fault's thread."""
        bridge = Bridge.here()
        return bridge.feed(partial(self._begin, request, bridge.coming))

    def _begin(self, request: Request, coming: Coming, feed: Feed) -> None:
        task = asyncio.get_running_loop().create_task(self._fed(request, coming, feed))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _fed(self, request: Request, coming: Coming, feed: Feed) -> None:
        try:
            await self._ask(request, coming, feed)
        except BaseException as error:
            feed.fail(error)
            if isinstance(error, asyncio.CancelledError):
                raise

    async def ended(self) -> None:
        """The upstream has been stopped for everybody who was told so."""
        await asyncio.gather(*self._asking, return_exceptions=True)

    def join(self) -> None:
        """The loop is over, and each request's thread was told to stop: see them out."""
        for bridge in self._bridges:
            bridge.thread.join()
        self._bridges.clear()
        self._turns = asyncio.Lock()
