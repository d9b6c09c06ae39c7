"""What changed since a baseline, as a list whose entries lead to the cells."""

from __future__ import annotations

from collections.abc import Mapping

from retape.report.changes import KINDS, LISTED, Change, changes, of_kind
from retape.report.matrix import Matrix
from retape.report.page.markup import attributes, text
from retape.verify.cell import Run


def since(matrix: Matrix, before: Run, run: Run) -> str:
    """The list; new and gone cells are counted.

    Args:
        matrix: what the page shows.
        before: the baseline.
        run: the run.
    """
    found = changes(before, run)
    counts = ", ".join(f"{len(of_kind(found, kind))} {kind}" for kind in KINDS if of_kind(found, kind))
    places = {
        cell.id: f"#cell={row}.{column}"
        for row, one in enumerate(matrix.rows)
        for column, other in enumerate(matrix.columns)
        if (cell := matrix.cell(one, other))
    }
    when = f" of {text(before.started[:10])}" if before.started else ""
    lists = "".join(_list(of_kind(found, kind), title, places) for kind, title in LISTED.items())
    return f'<div class="changes"><h2>Since the baseline{when}: {counts or "nothing changed"}</h2>{lists}</div>'


def _list(found: tuple[Change, ...], title: str, places: Mapping[str, str]) -> str:
    return f"<h3>{title}</h3><ul>{''.join(_entry(change, places) for change in found)}</ul>" if found else ""


def _entry(change: Change, places: Mapping[str, str]) -> str:
    cell = change.cell
    link = f"<a{attributes(href=places.get(cell.id))}>{text(cell.title)}</a>"
    why = f": {text(cell.why)}" if cell.why and change.kind != "better" else ""
    return f"<li>{link} on {text(cell.provider)} {text(cell.model)}: {text(change.what)}{why}</li>"
