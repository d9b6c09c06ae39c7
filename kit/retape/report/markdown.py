"""A run in Markdown: providers, what changed, for each provider a table of tests by model and the failures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from retape.report.changes import KINDS, LISTED, Change, changes, of_kind
from retape.report.matrix import FINDINGS, MEANINGS, SYMBOLS, Absent, Column, Matrix, Row, heading, parted
from retape.report.safe import safe_line
from retape.report.sections import Section, joined_sections
from retape.verify.cell import Cell, Run, Share, Verdict
from retape.verify.violation import SEVERITIES, Violation

_SPECIAL = re.compile(r"[\\`*{}\[\]#|~$&<>]|(?<!\w)_|_(?!\w)")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LONGEST = 500  # characters of a text that somebody else wrote
_SHOWN = 4  # findings of one cell


def markdown(run: Run, *, before: Run | None = None) -> str:
    """The report.

    Args:
        run: finished or interrupted.
        before: a baseline; given, the report says what changed since.
    """
    return joined_sections(sections(run, before=before))


def sections(run: Run, *, before: Run | None = None) -> list[Section]:
    """The report in pieces, in the order of reading.

    Args:
        run: see `markdown`.
        before: see `markdown`.
    """
    recorded, absent = parted(run)
    matrix = Matrix(recorded)
    found = [_summary(matrix), *(_changed(before, run) if before else ()), _legend(matrix)]
    found += [section for name in matrix.providers for section in _provider(matrix.of(name), name)]
    return [*found, _absent(absent)] if absent else found


def escaped(text: str) -> str:
    """A text that Markdown shows as it is, in one line; no markup and no HTML of a stranger's works in it."""
    line = safe_line(text)
    cut = line if len(line) <= _LONGEST else line[:_LONGEST] + " ..."
    return _SPECIAL.sub(lambda found: _HTML.get(found[0], f"\\{found[0]}"), cut)


def code(text: str) -> str:
    """A text as code within a line, whatever backticks are in it."""
    line = safe_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " * (line[:1] == "`" or line[-1:] == "`")
    return f"{fence}{pad}{line}{pad}{fence}" if line else ""


def _table(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _rule(columns: int, align: str = ":-:") -> str:
    return "|---|" + f"{align}|" * columns + "\n"


def share(value: Share) -> str:
    """A share in percent and in counts: "92 % (46/50)"; a dash for a share of nothing."""
    return "-" if value.percent is None else f"{value.percent:.0f} % ({value})"


def _summary(matrix: Matrix) -> Section:
    found = matrix.counts
    head = f"# Verification report\n\n{escaped(heading(matrix.run))}.\n\n"
    if matrix.run.interrupted:
        head += "> **Interrupted before its end**: what follows is what was done until then.\n\n"
    head += "## Providers\n\n"
    head += _table("Provider", "Coverage", "Conformance", "Model quality", *(SYMBOLS[name] for name in found))
    head += _rule(3 + len(found), "--:")
    rows = [_scores(matrix.label(name), matrix.of(name), found) for name in matrix.providers]
    if len(rows) > 1:
        rows.append(_scores("All", matrix, found))
    foot = (
        "\nCoverage: cells with evidence. Conformance: of those, cells whose protocol held. "
        "Model quality: cells in which the model answered as expected, of those in which that can be judged.\n\n"
    )
    return Section(head=head, entries=tuple(rows), foot=foot, noun="provider")


def _scores(label: str, matrix: Matrix, columns: Iterable[Verdict]) -> str:
    score, counts = matrix.score, matrix.counts
    numbers = [str(counts.get(name, 0) or "") for name in columns]
    return _table(escaped(label), share(score.coverage), share(score.conformance), share(score.quality), *numbers)


def _legend(matrix: Matrix) -> Section:
    lines = [f"- {SYMBOLS[verdict]} {verdict}: {MEANINGS[verdict]}\n" for verdict in matrix.counts]
    return Section(head="## Legend\n\n" + "".join(lines) + "\n")


def _absent(absent: tuple[Absent, ...]) -> Section:
    lines = (f"- {escaped(one.label)} ({escaped(', '.join(one.models))}): {code(one.record)}\n" for one in absent)
    head = "## Not recorded\n\nNobody has recorded these yet. The commands that do:\n\n"
    return Section(head=head, entries=tuple(lines), noun="provider", rank=4)


def _changed(before: Run, run: Run) -> Iterator[Section]:
    found = changes(before, run)
    since = escaped(f"of {before.started[:10]}") if before.started else ""
    counts = ", ".join(f"{len(of_kind(found, kind))} {kind}" for kind in KINDS if of_kind(found, kind))
    yield Section(head=f"## Since the baseline {since}\n\n{counts or 'Nothing changed'}.\n\n")
    for kind, title in LISTED.items():
        listed = of_kind(found, kind)
        if listed:
            yield Section(
                head=f"**{title}**\n\n",
                entries=tuple(_change(change) for change in listed),
                foot="\n",
                noun="change",
                rank=1,
            )


def _change(change: Change) -> str:
    cell = change.cell
    why = f": {escaped(cell.why)}" if cell.why and change.kind != "better" else ""
    return f"- {escaped(cell.title)} on {_where(cell)}: {escaped(change.what)}{why}\n"


def _where(cell: Cell) -> str:
    return f"{escaped(cell.provider)} {code(cell.model)}"


def _provider(matrix: Matrix, name: str) -> Iterator[Section]:
    head = f"## {escaped(matrix.label(name))}\n\n{_key(matrix.columns)}"
    head += _table("Test", *(escaped(column.label) for column in matrix.columns)) + _rule(len(matrix.columns))
    rows = tuple(_row(matrix, row) for row in matrix.rows)
    yield Section(head=head, entries=rows, foot="\n", rank=2)
    for title, noun, wanted in _LISTS:
        cells = [cell for cell in matrix.run.cells if wanted(cell)]
        if cells:
            label = f"{title} of {escaped(matrix.label(name))}"
            yield Section(head=f"### {label}\n\n", entries=tuple(map(_failure, cells)), foot="\n", noun=noun, rank=3)


_LISTS: tuple[tuple[str, str, Callable[[Cell], bool]], ...] = (
    ("Failures", "failure", lambda cell: cell.verdict in FINDINGS),
    ("Known deviations", "known deviation", lambda cell: cell.verdict == "known"),
)


def _key(columns: tuple[Column, ...]) -> str:
    """Which model is meant by a name that is shown, where they differ."""
    renamed = [column for column in columns if column.label != column.model]
    return "".join(f"- {escaped(column.label)}: {code(column.model)}\n" for column in renamed) + "\n" * bool(renamed)


def _row(matrix: Matrix, row: Row) -> str:
    cells = [matrix.cell(row, column) for column in matrix.columns]
    return _table(escaped(row.title), *(SYMBOLS[cell.verdict] if cell else " " for cell in cells))


def _failure(cell: Cell) -> str:
    why = f": {escaped(cell.why)}" if cell.why else ""
    lines = [f"- {SYMBOLS[cell.verdict]} **{escaped(cell.title)}** on {code(cell.model)}{why}\n"]
    lines += [f"  - {told}\n" for told in _findings(cell)]
    if cell.deviations:
        lines.append(f"  - explained by {', '.join(map(code, cell.deviations))}\n")
    if cell.rerun:
        lines.append(f"  - again: {code(cell.rerun)}\n")
    return "".join(lines)


def _findings(cell: Cell) -> Iterator[str]:
    """The worst of what the rules found; notes are for those who open the page."""
    told = [violation for violation in cell.violations if violation.severity != "note"]
    worst = sorted(told, key=lambda violation: SEVERITIES.index(violation.severity))
    yield from map(_violation, worst[:_SHOWN])
    if len(worst) > _SHOWN:
        yield f"and {len(worst) - _SHOWN} more"


def _violation(violation: Violation) -> str:
    place = f" ({escaped(violation.where)})" if violation.where else ""
    return f"{violation.severity} {code(violation.rule)}{place}: {escaped(violation.message)}"
