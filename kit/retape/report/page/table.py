"""What the page shows before anything is opened, as plain HTML: providers, the matrix, and the failures in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from retape.report.matrix import FINDINGS, MEANINGS, Absent, Column, Matrix, Row
from retape.report.page.markup import attributes, text
from retape.verify.cell import Cell, Share, Verdict

SIGNS: Mapping[Verdict, str] = {
    "pass": "✓",
    "fail": "✕",
    "known": "≈",
    "unsupported": "⊘",
    "inconclusive": "?",
    "skipped": "–",
    "error": "!",
    "unrecorded": "○",
}
"""Each verdict's sign: readable without colours."""


def summary(matrix: Matrix) -> str:
    """The providers with their three numbers and verdicts.

    Args:
        matrix: the run's.
    """
    rows = [_provider(matrix.label(name), matrix.of(name)) for name in matrix.providers]
    if len(rows) > 1:
        rows.append(_provider("All", matrix, kind="all"))
    heads = (
        ("Coverage", "cells with evidence, of all cells"),
        ("Conformance", "cells whose protocol held, of those where it was seen"),
        ("Model quality", "cells in which the model answered as expected, of those where that can be judged"),
    )
    named = "".join(f'<th scope="col"{attributes(title=about)}>{name}</th>' for name, about in heads)
    return (
        '<table class="providers"><thead><tr><th scope="col">Provider</th>'
        f'{named}<th scope="col">Verdicts</th></tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _provider(label: str, matrix: Matrix, *, kind: str | None = None) -> str:
    score = matrix.score
    shares = "".join(_share(share) for share in (score.coverage, score.conformance, score.quality))
    head = f'<th scope="row">{text(label)}</th>'
    return f"<tr{attributes(class_=kind)}>{head}{shares}<td>{_verdicts(matrix)}</td></tr>"


def absent(providers: tuple[Absent, ...]) -> str:
    """The providers that nobody has recorded.

    Args:
        providers: see `parted`.
    """
    if not providers:
        return ""
    rows = "".join(
        f"<li><b>{text(one.label)}</b> <span>{text(', '.join(one.models))}</span> <code>{text(one.record)}</code></li>"
        for one in providers
    )
    count = f"{len(providers)} provider{'s' * (len(providers) != 1)}"
    return f'<details class="absent"><summary>{count} not recorded yet</summary><ul>{rows}</ul></details>'


def _share(share: Share) -> str:
    if share.percent is None:
        return '<td class="share"><span class="none">–</span></td>'
    bar = f'<svg class="bar" aria-hidden="true"><rect width="{share.percent:.1f}%" height="100%"/></svg>'
    return f'<td class="share"><b>{share.percent:.0f}&hairsp;%</b> <small>{share.part}/{share.whole}</small>{bar}</td>'


def _verdicts(matrix: Matrix) -> str:
    counts = "".join(
        f'<span class="count {verdict}"{attributes(title=verdict)}><i aria-hidden="true">{SIGNS[verdict]}</i>'
        f'{count}<span class="sr"> {verdict}</span></span> '
        for verdict, count in matrix.counts.items()
    )
    return f'<span class="counts">{counts}</span>'


def toggles(matrix: Matrix) -> str:
    """The buttons that show and hide verdicts and providers.

    Args:
        matrix: the run's.
    """
    verdicts = "".join(
        f'<button type="button" class="toggle {verdict}" aria-pressed="true"'
        f"{attributes(data_verdict=verdict, title=f'{MEANINGS[verdict]} (Shift: this alone)')}>"
        f'<i aria-hidden="true">{SIGNS[verdict]}</i>{verdict} <small>{count}</small></button>'
        for verdict, count in matrix.counts.items()
    )
    providers = "".join(
        f'<button type="button" class="toggle" aria-pressed="true"{attributes(data_provider=name)}>'
        f"{text(matrix.label(name))}</button>"
        for name in matrix.providers
    )
    return (
        f'<div class="group" role="group" aria-label="Verdicts">{verdicts}</div>'
        f'<div class="group" role="group" aria-label="Providers"{attributes(hidden=len(matrix.providers) < 2)}>'
        f"{providers}</div>"
    )


def grid(matrix: Matrix) -> str:
    """The matrix.

    Args:
        matrix: the run's.
    """
    models = "".join(
        f'<th scope="col"{attributes(data_provider=column.provider, title=column.model, class_=_edge(matrix, number))}>'
        f"<span>{text(column.label)}</span></th>"
        for number, column in enumerate(matrix.columns)
    )
    rows = "".join(_row(matrix, number, row) for number, row in enumerate(matrix.rows))
    return (
        '<table class="matrix"><thead>'
        f'<tr class="names"><th rowspan="2" scope="col" class="corner">Test</th>{"".join(_providers(matrix))}</tr>'
        f'<tr class="models">{models}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _providers(matrix: Matrix) -> Iterator[str]:
    for name in matrix.providers:
        count = sum(column.provider == name for column in matrix.columns)
        about = attributes(colspan=count, data_provider=name)
        yield f'<th scope="colgroup" class="edge"{about}>{text(matrix.label(name))}</th>'


def _edge(matrix: Matrix, number: int) -> str | None:
    """Where a provider begins."""
    columns = matrix.columns
    return "edge" if not number or columns[number - 1].provider != columns[number].provider else None


def _row(matrix: Matrix, number: int, row: Row) -> str:
    test, _, case = row.title.partition(" (")
    title = f"{text(test)} <em>({text(case)}</em>" if case else text(test)
    first = not number or matrix.rows[number - 1].key[0] != row.key[0]
    cells = "".join(_cell(matrix, number, row, place, column) for place, column in enumerate(matrix.columns))
    return f'<tr{attributes(class_="first" if first else None)}><th scope="row">{title}</th>{cells}</tr>'


def _cell(matrix: Matrix, number: int, row: Row, place: int, column: Column) -> str:
    cell, edge = matrix.cell(row, column), _edge(matrix, place)
    if cell is None:
        return f"<td{attributes(class_=edge)}></td>"
    found = any(violation.severity != "note" for violation in cell.violations)
    rules = " ".join(dict.fromkeys(violation.rule for violation in cell.violations)) or None
    kind = f"v {cell.verdict}{' found' if found and cell.verdict == 'pass' else ''}"
    about = attributes(href=f"#cell={number}.{place}", class_=kind, title=cell.why or None, data_rules=rules)
    return f"<td{attributes(class_=edge)}><a{about}{attributes(aria_label=cell.verdict)}>{SIGNS[cell.verdict]}</a></td>"


def failures(matrix: Matrix) -> str:
    """The failures in words, for readers without JavaScript.

    Args:
        matrix: the run's.
    """
    cells = [cell for cell in matrix.run.cells if cell.verdict in FINDINGS]
    if not cells:
        return ""
    return f'<h2>Failures</h2><ul class="failures">{"".join(map(_failure, cells))}</ul>'


def _failure(cell: Cell) -> str:
    again = f"<br><code>{text(cell.rerun)}</code>" if cell.rerun else ""
    where = f"{text(cell.provider)}/{text(cell.model)}"
    return f"<li>{SIGNS[cell.verdict]} <b>{text(cell.title)}</b> on {where}: {text(cell.why)}{again}</li>"
