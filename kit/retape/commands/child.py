"""What ends a command that serves: a program that it runs, or an interrupt.  Signals reach whom they are meant for."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Protocol

from retape.errors import UsageError

SENT = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
"""Signals that somebody sends to this process alone: they go on to the program."""

TYPED = ("SIGINT", "SIGQUIT")
"""Signals that a terminal sends to all that run in its foreground: the program has had them already."""

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that end a server."""


class Until(Protocol):
    """How long to serve: signals are caught inside its block, and `wait` gives the exit status."""

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def wait(self, environment: Mapping[str, str | None]) -> int:
        """Until the end.

        Args:
            environment: variables for a program; None for one that it is not to have.
        """


class Caught:
    """Signals in the hands of `take`, from `with` to the end of the block.

    Ignored ones stay ignored (nohup, and a shell's background jobs); outside the main thread Python catches none.

    Args:
        names: the signals.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._before: dict[int, Any] = {}

    def take(self, number: int) -> None:
        """A signal came."""
        raise NotImplementedError

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for name in self._names:
            number = getattr(signal, name, None)  # Windows lacks some
            if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._before[number] = signal.signal(number, lambda got, _: self.take(got))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()


class Interrupted(Caught):
    """Until somebody interrupts; that is how a server is meant to end, so the exit status is 0."""

    def __init__(self) -> None:
        super().__init__(ENDING)
        self._ended: SimpleQueue[int] = SimpleQueue()  # an Event's lock may be held by what the signal interrupted

    def take(self, number: int) -> None:
        """Enough."""
        self._ended.put(number)

    def wait(self, environment: Mapping[str, str | None]) -> int:
        """Until then."""
        while True:
            with contextlib.suppress(Empty):
                self._ended.get(timeout=1)  # one without an end can't be interrupted on Windows
                return 0


class Program(Caught):
    """Until a program that is run here ends; its exit status is the one that a shell would tell.

    Args:
        command: the program and its arguments.
    """

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__((*SENT, *TYPED))
        self._command = list(command)
        self._child: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def take(self, number: int) -> None:
        """Hand a signal on, unless the terminal has done so."""
        if number in {getattr(signal, name, None) for name in TYPED} and _in_foreground():
            return
        if self._child is None:
            self._early.append(number)
        else:
            self._child.send_signal(number)

    def wait(self, environment: Mapping[str, str | None]) -> int:
        """Run it.

        Raises:
            UsageError: it can't be run.
        """
        kept = {name: value for name, value in os.environ.items() if name not in environment}
        kept |= {name: value for name, value in environment.items() if value is not None}
        try:
            child = subprocess.Popen(self._command, env=kept)  # noqa: S603 - what the user typed
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"can't run {self._command[0]}: {why}") from None
        self._child = child
        while self._early:
            child.send_signal(self._early.pop(0))
        status = child.wait()
        return status if status >= 0 else 128 - status


def _in_foreground() -> bool:
    """Whether this process is among those that a terminal's keys are meant for."""
    if os.name != "posix":
        return True  # Windows: the console has told everybody
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
