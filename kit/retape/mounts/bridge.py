"""A generator that waits for what only a loop can await: it runs in a thread of its own, one for each request.

What the loop has to say reaches it through a queue (`Feed`), and its steps come back one by one, each at its time
(`Bridge`).  Every wait of such a thread ends when it is told to stop.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from queue import SimpleQueue
from typing import Any

from retape.errors import UsageError
from retape.handlers.play import Played, play
from retape.mounts.passage import Coming
from retape.mounts.wire import ClientLeft
from retape.tape.steps import Step, Wait

_here: ContextVar[Bridge] = ContextVar("retape_bridge")


class Feed:
    """What a loop says, on its way to a generator in another thread; for the loop a client like any other.

    It takes all that comes when it comes, however long the generator waits meanwhile.

    Attributes:
        gone: whether nobody wants any more of it.
        on_leave: called when that becomes so.
    """

    def __init__(self) -> None:
        self.gone = False
        self.on_leave: Callable[[], None] | None = None
        self._came: SimpleQueue[tuple[float, Any]] = SimpleQueue()
        self._since = time.perf_counter()

    @property
    def wire(self) -> Feed:
        """As of a `ServerAnswer`: where the client's leaving is told."""
        return self

    async def send(self, step: Played) -> None:
        """Hand on a step.

        Raises:
            ClientLeft: nobody wants it.
        """
        if self.gone:
            raise ClientLeft
        self._put(step)

    async def end(self) -> None:
        """End in good order."""
        self._put(None)

    def replay(self, steps: Iterator[Step]) -> None:
        """Hand on all of a recording, which has its own waits."""
        self._put(steps)

    def fail(self, error: BaseException) -> None:
        """There is no answer, or no more of it."""
        self._put(error)

    def stop(self) -> None:
        """Nobody wants any more."""
        if not self.gone:
            self.gone = True
            self._put(ClientLeft())
            if self.on_leave is not None:
                self.on_leave()

    def _put(self, item: Any) -> None:
        self._came.put((time.perf_counter(), item))

    def steps(self) -> Iterator[Step]:
        """All that comes, for the other thread, with the time that passed between.

        Raises:
            BaseException: what `fail` was told.
        """
        last = self._since
        while True:
            at, item = self._came.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, Iterator):
                yield from item
                return
            yield Wait(at - last)
            yield item
            last = at


class Bridge:
    """The steps of one request's answer, each at its time, from a thread that may wait for them.

    Everything but `feed` is the loop's.

    Args:
        steps: the handler's, not begun.
        coming: whoever watches the request.
        failed: called in the thread with what the handler raises as it is closed.

    Attributes:
        coming: as given.
        under_way: set once the handler has asked for something, given a step or let time pass: the next one may begin.
    """

    def __init__(self, steps: Iterator[Step], coming: Coming, failed: Callable[[BaseException], None]) -> None:
        self.coming = coming
        self.under_way = asyncio.Event()
        self._steps = steps
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._next: asyncio.Future[Any] = self._loop.create_future()
        self._begun = False
        self._go: SimpleQueue[bool] = SimpleQueue()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._feeds: list[Feed] = []
        self.thread = threading.Thread(target=self._run, name="retape fault", daemon=True)

    @staticmethod
    def here() -> Bridge:
        """That of the request whose handler asks, in its thread.

        Raises:
            UsageError: it is asked from anywhere else.
        """
        found = _here.get(None)
        if found is None:
            raise UsageError("a proxy's upstream is asked through the proxy: it is no handler to call by itself")
        return found

    def start(self) -> None:
        """Compute the first step."""
        self.thread.start()

    async def next(self) -> Played | None:
        """The next step, when it is due; None at the end.

        Raises:
            ClientLeft: the client has left.
            BaseException: what the handler raised.
        """
        if self._begun:
            self._next = self._loop.create_future()
            self._go.put(True)
        self._begun = True
        step = await self._next
        if isinstance(step, BaseException):
            raise step
        return step  # type: ignore[no-any-return]

    def leave(self) -> None:
        """The client has left."""
        self._give(ClientLeft())

    def stop(self) -> None:
        """No more is wanted: the thread ends by itself, and so does whatever it waits for."""
        with self._lock:
            self._stopped.set()
            feeds = list(self._feeds)
        for feed in feeds:
            feed.stop()
        self._go.put(False)

    def feed(self, begin: Callable[[Feed], None]) -> Iterator[Step]:
        """Steps that the loop shall say, for the handler, in the thread.

        Args:
            begin: called in the loop with what is to be fed.
        """
        feed = Feed()
        with self._lock:
            if self._stopped.is_set():
                raise ClientLeft
            self._feeds.append(feed)
        self._post(self._begin, begin, feed)
        try:
            yield from feed.steps()
        finally:
            self._post(feed.stop)

    def _begin(self, begin: Callable[[Feed], None], feed: Feed) -> None:
        if not feed.gone:
            begin(feed)
        self.under_way.set()

    def _run(self) -> None:
        """The thread."""
        _here.set(self)
        try:
            for step in play(self._steps, sleep=self._sleep):
                self._post(self._give, step)
                if not self._go.get():
                    break
            else:
                self._post(self._give, None)
        except BaseException as error:  # noqa: BLE001 - raised where the steps are awaited
            self._post(self._give, error)
        finally:
            self._close()

    def _sleep(self, seconds: float) -> None:
        self._post(self.under_way.set)
        self._stopped.wait(min(seconds, threading.TIMEOUT_MAX))

    def _close(self) -> None:
        try:
            self._steps.close()  # type: ignore[attr-defined]
        except BaseException as error:  # noqa: BLE001 - of the handler's own clearing up
            self._failed(error)

    def _give(self, step: Any) -> None:
        self.under_way.set()
        if not self._next.done():
            self._next.set_result(step)

    def _post(self, act: Callable[..., None], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended, and stopped this before
            self._loop.call_soon_threadsafe(act, *arguments)
