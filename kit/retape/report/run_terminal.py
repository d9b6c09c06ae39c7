"""A run on a terminal: a bar while it goes on, and the matrix in colours when it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from retape.report.matrix import Column, Matrix, Row
from retape.report.run_lines import SHORT, finding_line, is_finding, not_recorded, shown_columns, shown_rows, three
from retape.report.safe import safe_line
from retape.verify.cell import Cell, Run, Verdict, score

STYLES: dict[Verdict, str] = {
    "pass": "green",
    "fail": "bold red",
    "known": "yellow",
    "unsupported": "magenta",
    "inconclusive": "cyan",
    "skipped": "dim",
    "error": "bold white on red",
    "unrecorded": "dim",
}
"""Each verdict's colour; the words tell them apart, too."""


class Bar:
    """The progress of a run, on a terminal.

    Args:
        out: the terminal.
        total: how many cells there are.
    """

    def __init__(self, out: TextIO, total: int) -> None:
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=Console(file=out, highlight=False), transient=True)
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> Bar:
        self._progress.__enter__()
        return self

    def __exit__(self, *how: object) -> None:
        self._progress.stop()

    def finished(self, cell: Cell) -> None:
        """A cell is finished; one to look into is told of at once."""
        if is_finding(cell):
            self._progress.console.print(Text(finding_line(cell), style=STYLES[cell.verdict]), soft_wrap=True)
        self._progress.update(self._task, advance=1, description=escape(safe_line(cell.title)))


def show_run(run: Run, out: TextIO) -> None:
    """Print the matrix and the numbers.

    Args:
        run: finished or interrupted.
        out: a terminal.
    """
    console = Console(file=out, highlight=False)
    matrix = Matrix(run)
    columns, bare = shown_columns(matrix)
    if columns:
        rows, left_out = shown_rows(matrix, columns)
        console.print(_table(matrix, rows, columns))
        for line in left_out:
            console.print(Text(line, style="dim"), soft_wrap=True)
    for column in columns:
        console.print(_numbers(matrix, column), soft_wrap=True)
    for line in not_recorded(run, bare):
        console.print(Text(line, style="dim"), soft_wrap=True)


def _table(matrix: Matrix, rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("test", no_wrap=True, overflow="ellipsis")
    for column in columns:
        table.add_column(Text(f"{column.provider_label}\n{column.label}", overflow="fold"))
    for row in rows:
        cells = [matrix.cell(row, column) for column in columns]
        table.add_row(Text(safe_line(row.title)), *map(_verdict, cells))
    return table


def _verdict(cell: Cell | None) -> Text:
    return Text(SHORT[cell.verdict], style=STYLES[cell.verdict]) if cell else Text("")


def _numbers(matrix: Matrix, column: Column) -> Text:
    cells = [c for c in matrix.run.cells if (c.provider, c.model) == (column.provider, column.model)]
    text = Text(f"{column.provider_label} {column.label}: ", style="bold")
    text.append(three(score(cells)), style="not bold")
    for verdict, style in STYLES.items():
        count = sum(cell.verdict == verdict for cell in cells)
        if count:
            text.append(f"  {count} {verdict}", style=style)
    return text
