"""A finished run in plain lines: for logs, and for whoever reads with grep."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

from retape.report.changes import Change, changes, of_kind
from retape.report.matrix import FINDINGS, Column, Matrix, Row
from retape.report.safe import safe_line
from retape.verify.cell import Cell, Run, Score, Share, Verdict, score

SHORT: dict[Verdict, str] = {
    "pass": "pass",
    "fail": "FAIL",
    "known": "known",
    "unsupported": "unsup",
    "inconclusive": "incon",
    "skipped": "skip",
    "error": "ERROR",
    "unrecorded": "-",
}
"""Each verdict in at most five characters."""


def shown_columns(matrix: Matrix) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """The columns that have something to show, and those of which nothing is recorded."""
    seen = {(cell.provider, cell.model) for cell in matrix.run.cells if cell.verdict not in ("unrecorded", "skipped")}
    bare = [column for column in matrix.columns if (column.provider, column.model) not in seen]
    return tuple(column for column in matrix.columns if column not in bare), tuple(bare)


_FEW = 20
"""Rows that are skipped for one reason, and shown all the same."""


def shown_rows(matrix: Matrix, columns: Sequence[Column]) -> tuple[list[Row], list[str]]:
    """The rows to show, and what is said in the place of the others.

    A server that can't be reached leaves hundreds of rows that were skipped for that one reason.

    Args:
        matrix: the matrix.
        columns: those that are shown.
    """
    reasons = {row.key: _skipped(matrix, row, columns) for row in matrix.rows}
    left_out = {why: number for why, number in Counter(reasons.values()).items() if why and number > _FEW}
    rows = [row for row in matrix.rows if reasons[row.key] not in left_out]
    return rows, [safe_line(f"{number} rows not shown: {why}") for why, number in left_out.items()]


def _skipped(matrix: Matrix, row: Row, columns: Sequence[Column]) -> str:
    """Why nobody was asked for a row; "" when somebody was, or when there are several reasons."""
    cells = [matrix.cell(row, column) for column in columns]
    reasons = {cell.why if cell and cell.verdict == "skipped" else "" for cell in cells}
    return reasons.pop() if len(reasons) == 1 else ""


def run_lines(run: Run) -> Iterator[str]:
    """The matrix, a line for each row, and what there is to know of each column.

    Args:
        run: finished or interrupted.
    """
    matrix = Matrix(run)
    columns, bare = shown_columns(matrix)
    if columns:
        yield from _table(matrix, columns)
        yield ""
    for column in columns:
        yield f"{column.provider} {column.model}: {numbers(_of(run, column))}"
    yield from not_recorded(run, bare)


def _table(matrix: Matrix, columns: Sequence[Column]) -> Iterator[str]:
    names = [f"{column.provider}/{column.model}" for column in columns]
    rows, left_out = shown_rows(matrix, columns)
    wide = max((len(row.title) for row in rows), default=0)
    yield "  ".join(["test".ljust(wide), *names])
    for row in rows:
        cells = [matrix.cell(row, column) for column in columns]
        words = [
            (SHORT[cell.verdict] if cell else "").ljust(len(name)) for cell, name in zip(cells, names, strict=True)
        ]
        yield "  ".join([safe_line(row.title).ljust(wide), *words]).rstrip()
    yield from left_out


def _of(run: Run, column: Column) -> list[Cell]:
    return [cell for cell in run.cells if (cell.provider, cell.model) == (column.provider, column.model)]


def numbers(cells: Sequence[Cell]) -> str:
    """The three numbers of some cells, and how many have each verdict."""
    counts = {verdict: sum(cell.verdict == verdict for cell in cells) for verdict in SHORT}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{three(score(cells))} ({told})"


def three(found: Score) -> str:
    """Coverage, conformance, quality."""
    rows: tuple[tuple[str, Share], ...] = (
        ("coverage", found.coverage),
        ("conformance", found.conformance),
        ("quality", found.quality),
    )
    return ", ".join(f"{name} {_percent(share)}" for name, share in rows)


def _percent(share: Share) -> str:
    return "-" if share.percent is None else f"{share.percent:.0f} % ({share})"


def not_recorded(run: Run, columns: Sequence[Column]) -> Iterator[str]:
    """The columns of which nothing is recorded, a line for each provider.

    Args:
        run: the run.
        columns: those columns.
    """
    reruns = {cell.provider: cell.rerun for cell in run.cells if cell.rerun}
    models: dict[str, list[str]] = {}
    for column in columns:
        models.setdefault(column.provider, []).append(column.model)
    for provider, names in models.items():
        command = _recording(reruns.get(provider, ""), names) or f"retape verify --live --provider {provider}"
        yield f"not recorded: {provider} ({', '.join(names)}); record it: {command}"


def _recording(rerun: str, models: Sequence[str]) -> str:
    """The command that records a provider, from the one that runs one of its rows again; "" without that."""
    words = shlex.split(rerun)
    if "--model" not in words:
        return ""
    called = words[2 : words.index("--model")]
    named = [word for model in models for word in ("--model", model)] if "--base-url" in called else []
    return shlex.join(["retape", "verify", "--live", *called, *named])


def finding_line(cell: Cell) -> str:
    """A cell that a person has to look into."""
    return safe_line(f"{SHORT[cell.verdict]} {cell.provider}/{cell.model} {cell.title}: {cell.why}")


def is_finding(cell: Cell) -> bool:
    """Whether it is one."""
    return cell.verdict in FINDINGS


def change_lines(before: Run, run: Run) -> Iterator[str]:
    """What changed since a baseline.

    Args:
        before: the baseline.
        run: the run.
    """
    found = changes(before, run)
    listed = [change for kind in ("worse", "better", "other") for change in of_kind(found, kind)]
    counts = [(kind, len(of_kind(found, kind))) for kind in ("worse", "better", "other", "new", "gone")]
    told = ", ".join(f"{count} {kind}" for kind, count in counts if count)
    yield f"since the baseline{f' of {before.started[:10]}' if before.started else ''}: {told or 'nothing changed'}"
    yield from (f"  {_change(change)}" for change in listed)


def _change(change: Change) -> str:
    cell = change.cell
    why = f": {cell.why}" if change.kind != "better" and cell.why else ""
    return safe_line(f"{change.kind} {cell.provider}/{cell.model} {cell.title}: {change.what}{why}")
