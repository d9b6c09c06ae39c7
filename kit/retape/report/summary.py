"""A cassette at a glance: one line for each exchange."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from retape.errors import UsageError
from retape.report.conversation import conversation
from retape.report.safe import safe_line
from retape.report.view import View
from retape.tape.cassette import Cassette
from retape.tape.exchange import Exchange

_WIDEST = (6, 6, 30, 26, 18, 6, 8)
"""The most columns that each cell may have."""
_DISPENSABLE = (1, 6, 3, 5)  # method, time, model, stream: what a narrow terminal goes without, first to last
_WORDS = 12  # columns for the answer's first words, at least


def summary(cassette: Cassette, console: Console, *, exchange: int | None = None) -> None:
    """Print a line for each exchange: number, method, path, model, how it ended, stream, time, first words.

    Args:
        cassette: of any origin.
        console: where to; lines are as long as it is wide.
        exchange: the number of the only one to show, from 1; None for all.

    Raises:
        UsageError: there is no exchange of that number.
    """
    rows = [_row(number, conversation(recorded), console.encoding) for number, recorded in chosen(cassette, exchange)]
    widths = _widths(rows, console.width)
    for row in rows:
        cells = [_fitted(cell, width) for cell, width in zip(row, widths, strict=False) if width]
        line = Text("  ".join([*cells, row[-1]]), end="")
        line.truncate(console.width, overflow="ellipsis" if console.encoding.startswith("utf") else "crop")
        line.rstrip()
        console.print(line, soft_wrap=True, highlight=False)


def chosen(cassette: Cassette, number: int | None) -> Iterator[tuple[int, Exchange]]:
    """The exchanges to show, each with its number from 1.

    Args:
        cassette: whose.
        number: the only one wanted, None for all.

    Raises:
        UsageError: there is no exchange of that number.
    """
    if number is None:
        yield from ((position, entry.exchange) for position, entry in enumerate(cassette.entries, 1))
    elif 1 <= number <= len(cassette):
        yield number, cassette.entries[number - 1].exchange
    else:
        has = {0: "it has none", 1: "it has one"}.get(len(cassette), f"its exchanges are 1 to {len(cassette)}")
        raise UsageError(f"{cassette.path}: no exchange {number}; {has}")


def _row(number: int, view: View, encoding: str) -> list[str]:
    cells = (
        str(number),
        view.method,
        view.path,
        view.model,
        status(view, short=True),
        how(view),
        "" if view.seconds is None else duration(view.seconds),
        first_words(view),
    )
    return [safe_line(cell, encoding) for cell in cells]


def _widths(rows: list[list[str]], width: int) -> list[int]:
    """Columns for each cell but the last; 0 for one that is left out, so that some words fit on the line."""
    widths = [
        min(widest, max((cell_len(row[column]) for row in rows), default=0)) for column, widest in enumerate(_WIDEST)
    ]
    for column in _DISPENSABLE:
        if sum(widths) + 2 * len(widths) > width - _WORDS:
            widths[column] = 0
    return widths


def _fitted(cell: str, width: int) -> str:
    return set_cell_size(cell, width) if cell_len(cell) <= width else set_cell_size(cell, width - 2) + ".."


def status(view: View, *, short: bool = False) -> str:
    """How an exchange went: "200 OK", "429", "200, reset", "refused".

    Args:
        view: the exchange.
        short: whether to leave out the reason phrase.
    """
    code = "" if view.status is None else f"{view.status}" if short else f"{view.status} {view.reason}".strip()
    return ", ".join(filter(None, [code, "" if view.outcome == "complete" else view.outcome]))


def how(view: View) -> str:
    """The word "stream" for an event stream, nothing else."""
    return "stream" if view.streamed else ""


def duration(seconds: float) -> str:
    """A time for people: 0.4 ms, 312 ms, 1.24 s, 75.3 s."""
    if seconds >= 1:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 or not milliseconds else f"{milliseconds:.1f} ms"


def first_words(view: View) -> str:
    """How the answer begins: its text, else a call, else whatever it has; the question when nothing came."""
    turns = view.answered.turns or view.asked.turns
    parts = [part for turn in turns for part in turn.parts if part.text or part.name]
    said = next((part for part in parts if part.kind in ("text", "error", "refusal")), parts[0] if parts else None)
    if said is None:
        return ""
    return f"{said.name} {said.text}" if said.kind == "tool-call" else said.text[:400]
