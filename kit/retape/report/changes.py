"""What changed between two runs, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from retape.verify.cell import Cell, Run, Verdict

Kind = Literal["worse", "better", "other", "new", "gone"]
"""What became of a cell.

    worse   its verdict fell, its protocol or its answer no longer holds, it breaks a must-rule that it kept, or its
            evidence is gone: the recording, say
    better  the other way round; evidence that is there again is no better
    other   it changed, and neither: it isn't to be asked any more, say; or an error, of which nothing is kept, is
            unrecorded
    new     the run before hadn't it
    gone    this run hasn't it, though it asked the same model
"""

KINDS: tuple[Kind, ...] = get_args(Kind)

LISTED: dict[Kind, str] = {"worse": "Worse", "better": "Better", "other": "Changed"}
"""The kinds that a report lists, with their headings; new and gone cells are counted."""

RANKS: dict[Verdict, int] = {"pass": 4, "known": 3, "unsupported": 2, "inconclusive": 2, "fail": 1, "error": 0}
"""How good a verdict is; what isn't here says nothing about the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One cell that isn't what it was.

    Args:
        kind: what became of it.
        before: as it was; None when it is new.
        after: as it is; None when it is gone.
    """

    kind: Kind
    before: Cell | None
    after: Cell | None

    @property
    def cell(self) -> Cell:
        """As it is, or was."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def what(self) -> str:
        """The change in a few words: "pass → fail", "also breaks chat-stream-same-id"."""
        if self.before is None or self.after is None:
            return self.cell.verdict
        if self.before.verdict != self.after.verdict:
            return f"{self.before.verdict} → {self.after.verdict}"
        return "; ".join(_turns(self.before, self.after))


def changes(before: Run, after: Run) -> tuple[Change, ...]:
    """The cells that got worse, better, changed otherwise, are new, are gone; in this order, then in the run's.

    Args:
        before: the baseline.
        after: the run.  Models that it didn't ask, and all that it hadn't come to when it was interrupted, aren't gone.
    """
    old = {cell.id: cell for cell in before.cells}
    new = {cell.id: cell for cell in after.cells}
    found = [change for key, cell in new.items() if (change := _change(old.get(key), cell))]
    asked = {(cell.provider, cell.model) for cell in after.cells}
    if not after.interrupted:
        missing = [cell for key, cell in old.items() if key not in new and (cell.provider, cell.model) in asked]
        found += [Change(kind="gone", before=cell, after=None) for cell in missing]
    return tuple(sorted(found, key=lambda change: KINDS.index(change.kind)))


def of_kind(found: Iterable[Change], kind: Kind) -> tuple[Change, ...]:
    """The changes of one kind."""
    return tuple(change for change in found if change.kind == kind)


def _change(before: Cell | None, after: Cell) -> Change | None:
    if before is None:
        return Change(kind="new", before=None, after=after)
    kind = _kind(before, after)
    return Change(kind=kind, before=before, after=after) if kind else None


def _kind(before: Cell, after: Cell) -> Kind | None:
    if before.verdict == after.verdict:
        return _within(before, after)
    old, new = RANKS.get(before.verdict), RANKS.get(after.verdict)
    if after.is_lost and old:
        return "worse"
    if old is None or new is None or old == new:
        return "other"
    return "worse" if new < old else "better"


def _within(before: Cell, after: Cell) -> Kind | None:
    """Under the same verdict: the two halves of it, then the rules."""
    steps = [
        _step(before.conforms, after.conforms),
        _step(before.answered, after.answered),
        len(broken(before) - broken(after)) - len(broken(after) - broken(before)),
    ]
    worse, better = any(step < 0 for step in steps), any(step > 0 for step in steps)
    if worse and better:
        return "other"
    return "worse" if worse else "better" if better else None


def _step(before: bool | None, after: bool | None) -> int:
    return 0 if before is None or after is None else after - before


def broken(cell: Cell) -> frozenset[str]:
    """The must-rules that a cell breaks."""
    return frozenset(violation.rule for violation in cell.violations if violation.severity == "must")


def _turns(before: Cell, after: Cell) -> Iterable[str]:
    for name, held, holds in (
        ("the protocol", before.conforms, after.conforms),
        ("the answer", before.answered, after.answered),
    ):
        if _step(held, holds):
            yield f"{name} {'holds again' if holds else 'no longer holds'}"
    for verb, rules in (
        ("also breaks", broken(after) - broken(before)),
        ("no longer breaks", broken(before) - broken(after)),
    ):
        if rules:
            yield f"{verb} {', '.join(sorted(rules))}"
