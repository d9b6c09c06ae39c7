"""Requests as a server answers them, a line each: in columns on a terminal, plain elsewhere, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from rich.console import Console
from rich.text import Text

from retape.report.safe import safe, safe_line

_ENDS = {"client-left": "the client left", "stopped": "cut off, because retape was stopped"}
"""An outcome -> how a line says it, where that is in other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A request, and what has become of it until now.

    Args:
        at: when it came.
        method: its method.
        path: its path, query left out.
        model: the model that it names, "" for none.
        stream: whether it asks for a stream.
        status: the answer's status; None before there is any.
        seconds: from the request to the last that is known of the answer.
        outcome: "" while the answer goes on, else how it ended: "complete", "client-left", "reset" ...; "stopped" where
            the server's own end cut it off.
        remark: what else there is to say, in one line: why nothing answers it.
        report: the same, whole.
    """

    at: datetime
    method: str
    path: str
    model: str = ""
    stream: bool = False
    status: int | None = None
    seconds: float = 0.0
    outcome: str = ""
    remark: str = ""
    report: str = ""

    @property
    def news(self) -> bool:
        """Whether there is something to say when it ends: not of what ended as it should."""
        return self.outcome not in ("", "complete")


Format = Callable[[Passed], str]
"""Called as each answer begins, and as it ends: what there is to show of it, with line feeds; "" for nothing."""


def format_for(out: TextIO, *, as_json: bool) -> Format:
    """How requests are shown.

    Args:
        out: where; a terminal gets columns and colours.
        as_json: a line of JSON for each request that has ended, for programs.
    """
    if as_json:
        return in_json
    console = Console(file=out, highlight=False)
    return Columns(console) if console.is_terminal else in_words


def in_words(passed: Passed) -> str:
    """A line as an answer begins, and another if it ends before its end."""
    if passed.outcome and not passed.news:
        return ""
    words = [f"{passed.at:%H:%M:%S}", _status(passed), passed.method, passed.path, passed.model, *_notes(passed)]
    line = safe_line(" ".join(filter(None, words)))
    return f"{line}\n{safe(passed.report)}\n" if passed.report else f"{line}\n"


def in_json(passed: Passed) -> str:
    """A line of JSON as an answer ends."""
    if not passed.outcome:
        return ""
    row = {
        "event": "request",
        "at": passed.at.astimezone().isoformat(timespec="milliseconds"),
        "method": passed.method,
        "path": passed.path,
        "model": passed.model or None,
        "stream": passed.stream,
        "status": passed.status,
        "outcome": passed.outcome,
        "ms": round(passed.seconds * 1000, 1),
        "remark": passed.remark or None,
    }
    return f"{json.dumps(row)}\n"


class Columns:
    """Columns on a terminal, under a heading.

    Args:
        console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._plain = console.legacy_windows  # it has colours only for what is written through Windows' own functions
        self._headed = False

    def __call__(self, passed: Passed) -> str:
        """A line as an answer begins, and another if it ends before its end."""
        if passed.outcome and not passed.news:
            return ""
        line = Text().append(f"{passed.at:%H:%M:%S}", "dim")
        line.append(f"  {_status(passed):6}", _style(passed)).append(f"  {passed.seconds * 1000:6.0f}", "dim")
        line.append(f"  {self._safe(f'{passed.method} {passed.path}'):28}").append(f"  {self._safe(passed.model)}")
        line.append("".join(f"  {self._safe(note)}" for note in _notes(passed)), "dim")
        report = [Text(safe(passed.report, self._console.encoding), "yellow")] if passed.report else []
        return self._drawn([*self._heading(), line, *report])

    def _heading(self) -> list[Text]:
        """Once."""
        headed, self._headed = self._headed, True
        return [] if headed else [Text(f"{'time':8}  {'status':6}  {'ms':>6}  {'request':28}  model", "dim")]

    def _drawn(self, lines: list[Text]) -> str:
        for line in lines:
            line.rstrip()
        if self._plain:
            return "".join(f"{line.plain}\n" for line in lines)
        with self._console.capture() as drawn:
            for line in lines:
                self._console.print(line, soft_wrap=True, markup=False, emoji=False)
        return drawn.get()

    def _safe(self, text: str) -> str:
        return safe_line(text, self._console.encoding)


def _status(passed: Passed) -> str:
    return "-" if passed.status is None else str(passed.status)


def _style(passed: Passed) -> str:
    if passed.news or passed.status is None or passed.status >= 500:
        return "bold red"
    return "green" if passed.status < 400 else "bold yellow"


def _notes(passed: Passed) -> list[str]:
    """What a line ends with."""
    notes = ["stream"] if passed.stream else []
    if passed.news:
        notes.append(_ENDS.get(passed.outcome, passed.outcome))
    return notes
