"""What is said of a cell: a function of what the case saw, what the rules found, and what is known of the provider.

Nothing else counts, neither the clock nor whether a provider or a recording answered, so that a replay says what the
live run said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from retape.verify.cases.case import Attempt, Kind, Problem
from retape.verify.cell import Verdict
from retape.verify.providers.provider import Deviation
from retape.verify.violation import Violation

Cause = Problem | Violation
"""What makes a cell fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict, and what goes with it; see `Cell`.

    Args:
        verdict: see `Verdict`.
        why: one sentence; "" for a plain pass.
        conforms: whether the protocol held; None when that wasn't seen.
        answered: whether the model said what was expected; None when that wasn't asked, or not seen.
        deviations: the known ones that explain something.
    """

    verdict: Verdict
    why: str = ""
    conforms: bool | None = None
    answered: bool | None = None
    deviations: tuple[str, ...] = ()


def judge(
    attempt: Attempt, violations: Iterable[Violation], known: Sequence[Deviation] = (), *, turns: int = 1
) -> Judgement:
    """The verdict.

    A case that got no answer is an error.  Then whatever nobody knows of fails it: a broken must-rule, a broken
    expectation of the protocol or of the model.  Without these a clean refusal makes it unsupported, known deviations
    known, and what never happened inconclusive.

    Args:
        attempt: what came of the case.
        violations: what the rules found in its exchanges; only those of "must" count.
        known: the provider's deviations for this cell.
        turns: how many the case has: with several, the sentence tells which.
    """
    broken: list[Cause] = [*_of("protocol", attempt), *(found for found in violations if found.severity == "must")]
    wrong = [*_of("quality", attempt)]
    causes = [*broken, *wrong]
    explained = [(cause, [one for one in known if one.explains(cause)]) for cause in causes]
    unknown = [cause for cause, found in explained if not found]
    used = tuple(dict.fromkeys(one.id for _, found in explained for one in found))
    verdict, told = _verdict(attempt, causes, unknown)
    told_known = next((one for one in known if one.id in used), None) if verdict == "known" else None
    return Judgement(
        verdict=verdict,
        why=f"{told_known.reason} ({told_known.source})" if told_known else _sentence(told, several=turns > 1),
        conforms=False if broken else None if verdict in ("error", "unsupported", "inconclusive") else True,
        answered=False if wrong else True if attempt.judged and not _of("error", attempt) else None,
        deviations=used,
    )


def _of(kind: Kind, attempt: Attempt) -> list[Problem]:
    return [problem for problem in attempt.problems if problem.kind == kind]


def _verdict(attempt: Attempt, causes: Sequence[Cause], unknown: Sequence[Cause]) -> tuple[Verdict, Sequence[Cause]]:
    """The first row that has something to tell, and that."""
    rows: tuple[tuple[Verdict, Sequence[Cause]], ...] = (
        ("error", _of("error", attempt)),
        ("fail", unknown),
        ("unsupported", _of("unsupported", attempt)),
        ("known", causes),
        ("inconclusive", _of("inconclusive", attempt)),
    )
    return next((row for row in rows if row[1]), ("pass", ()))


def _sentence(told: Sequence[Cause], *, several: bool) -> str:
    if not told:
        return ""
    first, more = told[0], len(told) - 1
    if isinstance(first, Violation):
        text = f"{first.where}{': ' * bool(first.where)}{first.message} [{first.rule}]"
    else:
        text = f"turn {first.turn}: {first.message}" if several else first.message
    return f"{text} (and {more} more)" if more else text
