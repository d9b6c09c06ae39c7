"""Output that nobody waits for: a thread of its own writes it, and what nobody reads is dropped and counted.

A pipe that nobody reads is full after 64 KiB, and a write to it then takes for ever: whoever serves can't be the one
who writes.
"""

from __future__ import annotations

import io
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

ROOM = 4 * 1024 * 1024
"""Characters that wait at most, as many as about 20,000 requests take in JSON."""

_FULL = 0.01  # seconds until a pipe that is full, and says so instead of waiting, is tried again


class Outlet:
    """A stream and the thread that writes to it, which begins with the first text.

    Args:
        out: where to.  Nothing else may be left in its buffer, and nobody else may write to it meanwhile.
        lost: what stands in the place of so many texts that were dropped.
        room: characters that wait at most; what comes then is dropped.
        stall: seconds without anything being read, after which nobody is taken to read.
        longest: seconds that `flush` waits at most, even for somebody who reads slowly.

    Attributes:
        gone: whether nobody can read any more, as after `| head`.
    """

    def __init__(
        self,
        out: TextIO,
        *,
        lost: Callable[[int], str],
        room: int = ROOM,
        stall: float = 1.0,
        longest: float = 10.0,
    ) -> None:
        self.gone = False
        self._out = out
        self._lost = lost
        self._room = room
        self._stall = stall
        self._longest = longest
        self._waiting: deque[str | int] = (
            deque()
        )  # texts, and how many were dropped in that place; the first is written
        self._size = 0
        self._dropped = 0
        self._written = 0
        self._stuck = -1  # what was written when a flush gave up
        self._ended = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, text: str) -> None:
        """Have a text written; whole or not at all, in the order in which they come.

        Args:
            text: with its line feed.

        Raises:
            BrokenPipeError: nobody can read any more.
        """
        with self._changed:
            if self.gone:
                raise BrokenPipeError("nobody reads any more")
            if self._waiting and self._size + len(text) > self._room:
                self._drop()
            else:
                self._waiting.append(text)
                self._size += len(text)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="retape writing", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    @property
    def unwritten(self) -> int:
        """How many texts were dropped, or are waiting still."""
        with self._changed:
            return self._dropped + sum(isinstance(text, str) for text in self._waiting)

    def flush(self) -> bool:
        """Wait for what is on its way, as long as somebody reads; whether all that ever came was written."""
        deadline = time.monotonic() + self._longest
        with self._changed:
            while self._waiting and self._written != self._stuck:
                before = self._written
                patience = min(self._stall, deadline - time.monotonic())
                if not self._changed.wait_for(lambda: self._written != before or not self._waiting, patience):  # noqa: B023
                    self._stuck = before
            return not (self._waiting or self._dropped or self.gone)

    def close(self) -> None:
        """Wait as `flush` does, and drop what is left."""
        self.flush()
        with self._changed:
            self._ended = True
            while len(self._waiting) > 1:
                self._waiting.pop()
            self._changed.notify_all()
            stuck = bool(self._waiting)
        if self._thread is not None and not stuck:
            self._thread.join(self._stall)

    def _drop(self) -> None:
        self._dropped += 1
        last = self._waiting[-1]
        if isinstance(last, int):
            self._waiting[-1] = last + 1
        else:
            self._waiting.append(1)

    def _work(self) -> None:
        try:
            with _channel(self._out) as write:
                while text := self._next():
                    write(text)
                    self._wrote(text)
        except (OSError, ValueError):
            with self._changed:
                self.gone = True
                self._waiting.clear()
                self._changed.notify_all()

    def _next(self) -> str:
        """What to write; "" for nothing any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if not self._waiting:
                return ""
            first = self._waiting[0]
            if isinstance(first, int):
                first = self._waiting[0] = self._lost(first)
                self._size += len(first)
            return first

    def _wrote(self, text: str) -> None:
        with self._changed:
            self._waiting.popleft()
            self._size -= len(text)
            self._written += 1
            self._changed.notify_all()


@contextmanager
def _channel(out: TextIO) -> Iterator[Callable[[str], None]]:
    """What writes to a stream.

    It goes around the stream's buffer where there is a file behind it: the interpreter can't end while a thread hangs
    in the buffer of `sys.stdout`, which it flushes then.  A console of Windows is written to in its own way.
    """
    number = _number(out)
    if number is None:
        yield lambda text: _through(out, text)
        return
    encoding = out.encoding or "utf-8"
    with open(os.dup(number), "wb", buffering=0) as file:  # noqa: PTH123 - no Path
        yield lambda text: _around(file, text.replace("\n", os.linesep).encode(encoding, "backslashreplace"))


def _number(out: TextIO) -> int | None:
    if os.name != "posix" and out.isatty():
        return None
    try:
        return out.fileno()
    except (AttributeError, io.UnsupportedOperation):
        return None


def _through(out: TextIO, text: str) -> None:
    out.write(text)
    out.flush()


def _around(file: io.RawIOBase, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        sent = file.write(rest)
        if sent is None:
            time.sleep(_FULL)
        rest = rest[sent or 0 :]
