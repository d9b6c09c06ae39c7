"""What is told of one exchange that passes a proxy: to the cassette, and to whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from retape.errors import CassetteMiss
from retape.mounts.upstream import Broke
from retape.tape.recorder import Recording
from retape.tape.steps import Head


class Coming(Protocol):
    """Is told of one request."""

    def began(self, status: int) -> None:
        """Its answer begins."""

    def ended(self, outcome: str) -> None:
        """Its answer has ended; only the first end counts.

        Args:
            outcome: as a recording has it; or "stopped", where the proxy's own end cut it off.
        """

    def missed(self, miss: CassetteMiss) -> None:
        """No recording answers it."""

    def failed(self, why: str, *, status: int = 500) -> None:
        """It can't be answered; where that is told, nothing after it counts."""


Watching = Callable[[Any], Coming]
"""Called with each request that comes."""


class _Unwatched:
    def began(self, status: int) -> None: ...

    def ended(self, outcome: str) -> None: ...

    def missed(self, miss: CassetteMiss) -> None: ...

    def failed(self, why: str, *, status: int = 500) -> None: ...


def unwatched(request: object) -> Coming:
    """Nobody watches."""
    return _Unwatched()


class Behind(_Unwatched):
    """For an exchange behind a fault: tells only that nobody could be asked; what the client sees is told by itself.

    Args:
        coming: whoever watches the request.
    """

    def __init__(self, coming: Coming) -> None:
        self._coming = coming

    def failed(self, why: str, *, status: int = 500) -> None:
        """It can't be answered."""
        self._coming.failed(why, status=status)


class Leaving:
    """Told when a client's connection ends: by the client, or because the proxy itself does.

    Args:
        over: whether the proxy has begun to end.

    Attributes:
        then: called whoever ended it.
    """

    __slots__ = ("_by_client", "_over", "then")

    def __init__(self, over: Callable[[], bool]) -> None:
        self.then: Callable[[], None] | None = None
        self._over = over
        self._by_client = False

    def __call__(self) -> None:
        """It has ended."""
        self._by_client = self._by_client or not self._over()
        if self.then is not None:
            self.then()

    @property
    def is_ours(self) -> bool:
        """Whether it is the proxy's doing that an answer goes no further."""
        return self._over() and not self._by_client

    @property
    def outcome(self) -> str:
        """How an answer ended that the client hasn't had all of, for whoever watches."""
        return "stopped" if self.is_ours else "client-left"


class Passage:
    """One exchange on its way; its times are taken here and now, and all that is slow is done later.

    Args:
        recording: what records it; None for a replay, or a call that is left alone.
        coming: whoever watches.
        later: has a function called with arguments by another thread, in the order of the calls.
    """

    __slots__ = ("_coming", "_later", "_recording")

    def __init__(self, recording: Recording | None, coming: Coming, later: Callable[..., None]) -> None:
        self._recording = recording
        self._coming = coming
        self._later = later

    def head(self, head: Head) -> None:
        """Status line and header fields."""
        if self._recording is not None:
            self._recording.head(head.status, head.headers, head.reason)
        self._later(self._coming.began, head.status)

    def chunk(self, data: bytes) -> None:
        """A piece of the body."""
        if self._recording is not None:
            self._recording.chunk(data)

    def complete(self) -> None:
        """The whole answer came."""
        self._finish("complete", "complete")

    def broke(self, error: Broke) -> None:
        """The upstream broke it off."""
        self._finish(error.how, "broke", error.how, error.error, error.message)

    def left(self, leaving: Leaving, *, enough: bool) -> None:
        """It goes no further: the client left it, or the proxy ends in the middle of it.

        Args:
            leaving: who did.
            enough: whether the client has all that it can want.
        """
        self._finish("complete" if enough else leaving.outcome, "cut" if leaving.is_ours else "left")

    def unreachable(self, why: str) -> None:
        """There was no upstream to answer it."""
        self._forget()
        self._later(lambda: self._coming.failed(why, status=502))

    def failed(self, why: str) -> None:
        """It was nothing that can be sent."""
        self._forget()
        self._later(self._coming.failed, why)

    def ended(self, outcome: str) -> None:
        """A replay has ended."""
        self._later(self._coming.ended, outcome)

    def _forget(self) -> None:
        if self._recording is not None:
            self._recording.forget()

    def _finish(self, outcome: str, how: str, *arguments: object) -> None:
        if self._recording is not None:
            self._recording.freeze()
            self._later(getattr(self._recording, how), *arguments)
        self._later(self._coming.ended, outcome)
