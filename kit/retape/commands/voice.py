"""What a command that serves says: to people on standard error, of requests and to programs on standard output."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from retape.commands.outlet import ROOM, Outlet
from retape.tape.counting import counted

if TYPE_CHECKING:
    from retape.report.traffic import Passed


def say(name: str, text: str) -> None:
    """Tell a person something, on standard error, and wait until it is written: before anything is served.

    Args:
        name: the command's own name.
        text: without a line feed at its end.
    """
    with contextlib.suppress(OSError):  # nobody can be told on a full disk
        print(_said(name, text), file=sys.stderr, flush=True)


class Voice:
    """The two streams, to the end of its block; nothing that is said waits for whoever reads.

    Args:
        name: the command's own name.
        as_json: whether requests are shown to programs.
        room: characters that wait on each stream at most.
    """

    def __init__(self, name: str, *, as_json: bool, room: int = ROOM) -> None:
        self.name = name
        self._as_json = as_json
        self._out = Outlet(sys.stdout, lost=_lost_in_json if as_json else _lost_in_words, room=room)
        self._err = Outlet(sys.stderr, lost=_lost_in_words, room=room)
        self._format: Callable[[Passed], str] = self._first_format

    def __enter__(self) -> Voice:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
        self._err.close()

    def say(self, text: str) -> None:
        """Tell a person something, on standard error.

        Args:
            text: without a line feed at its end.
        """
        with contextlib.suppress(OSError):
            self._err.put(f"{_said(self.name, text)}\n")

    def row(self, row: Mapping[str, Any]) -> None:
        """Tell a program something, on standard output."""
        with contextlib.suppress(OSError):
            self._out.put(f"{json.dumps(row)}\n")

    def show(self, passed: Passed) -> None:
        """Show a request, on standard output.

        Raises:
            BrokenPipeError: nobody can read any more.
        """
        text = self._format(passed)
        if text:
            self._out.put(text)

    def shown(self) -> bool:
        """Whether every request was shown; waits for what is on its way, as long as somebody reads."""
        return self._out.flush()

    @property
    def unshown(self) -> int:
        """How many lines of requests nobody has read."""
        return self._out.unwritten

    def _first_format(self, passed: Passed) -> str:
        from retape.report.traffic import format_for

        self._format = format_for(sys.stdout, as_json=self._as_json)
        return self._format(passed)


def _said(name: str, text: str) -> str:
    return f"retape {name}: {text}"


def _lost_in_words(count: int) -> str:
    return f"... {counted(count, 'message')} not shown, because nobody read them\n"


def _lost_in_json(count: int) -> str:
    return f"{json.dumps({'event': 'dropped', 'lines': count})}\n"
