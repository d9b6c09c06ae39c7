"""A run as rows and columns: a row for each case and mode, a column for each provider's model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from retape.verify.cell import VERDICTS, Cell, Run, Score, Verdict, score

SYMBOLS: dict[Verdict, str] = {
    "pass": "✅",
    "fail": "❌",
    "known": "🟡",
    "unsupported": "🚫",
    "inconclusive": "❔",
    "skipped": "⏭️",
    "error": "💥",
    "unrecorded": "⚪",
}
"""Each verdict's sign in Markdown: another shape or colour each, and told apart without colours too."""

MEANINGS: dict[Verdict, str] = {
    "pass": "protocol and model did what the case asks",
    "fail": "one of them did not",
    "known": "fails as the provider's file says that it does",
    "unsupported": "cleanly refused something that the provider need not have",
    "inconclusive": "what the case is about never happened",
    "skipped": "not asked, for a reason given",
    "error": "no answer that counts came",
    "unrecorded": "nothing is recorded yet",
}
"""What each verdict means, for the legend."""

FINDINGS: frozenset[Verdict] = frozenset({"fail", "error"})
"""The verdicts that a person has to look into."""

RowKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One case in one mode.

    Args:
        key: test, case, mode.
        title: what it is called.
    """

    key: RowKey
    title: str


@dataclass(frozen=True, slots=True)
class Column:
    """One model of one provider.

    Args:
        provider: the provider's name.
        model: the model's name.
        provider_label: the provider's name to show.
        label: the model's name to show.
    """

    provider: str
    model: str
    provider_label: str
    label: str


class Matrix:
    """A run's cells by row and column.

    Attributes:
        run: the run.
        rows: in the order of their first cells.
        columns: a provider's models stand together, in the order of their first cells.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        titles = {cell.row: cell.title for cell in reversed(run.cells)}
        self.rows = tuple(Row(key, titles[key]) for key in dict.fromkeys(cell.row for cell in run.cells))
        self.columns = tuple(_columns(run))
        self._cells = {(cell.row, cell.provider, cell.model): cell for cell in run.cells}

    def cell(self, row: Row, column: Column) -> Cell | None:
        """The cell at a place; None where the run has none."""
        return self._cells.get((row.key, column.provider, column.model))

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers' names."""
        return tuple(dict.fromkeys(column.provider for column in self.columns))

    def of(self, provider: str) -> Matrix:
        """The part that is one provider's."""
        return Matrix(replace(self.run, cells=tuple(cell for cell in self.run.cells if cell.provider == provider)))

    def label(self, provider: str) -> str:
        """A provider's name to show."""
        return self.run.display.get(provider, provider)

    @property
    def score(self) -> Score:
        """The three numbers of all its cells."""
        return score(self.run.cells)

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many cells have each verdict, in the verdicts' order; those that none has are left out."""
        found = Counter(cell.verdict for cell in self.run.cells)
        return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}


def _columns(run: Run) -> Iterator[Column]:
    models: dict[str, dict[str, None]] = {}
    for cell in run.cells:
        models.setdefault(cell.provider, {})[cell.model] = None
    for provider, names in models.items():
        for model in names:
            label = run.display.get(f"{provider}/{model}", model)
            yield Column(provider, model, run.display.get(provider, provider), label)


@dataclass(frozen=True, slots=True)
class Absent:
    """A provider of which a run has no evidence, because nobody has recorded it.

    Args:
        label: its name to show.
        models: its models' names to show.
        record: the command that records it.
    """

    label: str
    models: tuple[str, ...]
    record: str


def parted(run: Run) -> tuple[Run, tuple[Absent, ...]]:
    """The run without the providers that nobody has recorded, and those: a shipped list of providers is long.

    Args:
        run: one without any evidence is left whole.
    """
    seen = {cell.provider for cell in run.cells if cell.verdict not in _UNSEEN}
    seen |= {cell.provider for cell in run.cells} - {
        cell.provider for cell in run.cells if cell.verdict == "unrecorded"
    }
    if not seen:
        return run, ()
    absent = Matrix(replace(run, cells=tuple(cell for cell in run.cells if cell.provider not in seen)))
    kept = replace(run, cells=tuple(cell for cell in run.cells if cell.provider in seen))
    return kept, tuple(_absent(absent, name) for name in absent.providers)


_UNSEEN: frozenset[Verdict] = frozenset({"unrecorded", "skipped"})


def _absent(matrix: Matrix, name: str) -> Absent:
    models = tuple(column.label for column in matrix.columns if column.provider == name)
    return Absent(matrix.label(name), models, f"retape verify --live --provider {name}")


def heading(run: Run) -> str:
    """When and how the run was made, in a sentence of plain text."""
    asked = "asked live" if run.live else "replayed from recordings"
    when = f" {'on' if run.live else 'of'} {run.started[:10]}" if run.started else ""
    what = f"{len(run.cells)} cell{'s' * (len(run.cells) != 1)} {asked}{when} in {run.seconds:.1f} s"
    made = ", ".join(filter(None, [run.version and f"retape {run.version}", run.client]))
    return f"{what} ({made})" if made else what
