"""What is said of a cell: a table."""

from __future__ import annotations

import pytest

from retape.verify.cases.case import Attempt, Kind, Problem
from retape.verify.providers.provider import Deviation, Scope
from retape.verify.run.verdict import judge
from retape.verify.violation import Severity, Violation


def problem(kind: Kind, word: str = "") -> Problem:
    return Problem(kind=kind, turn=1, message=f"the {kind} problem", word=word)


def violation(severity: Severity = "must", rule: str = "rule-a") -> Violation:
    return Violation(rule=rule, severity=severity, where="event 1", message="the violation", source="s")


def known(*, rules: tuple[str, ...] = (), expects: tuple[str, ...] = ()) -> Deviation:
    scope = Scope()
    return Deviation(
        id="it", scope=scope, rules=rules, expects=expects, reason="So it is.", source="o/r#1", date="2025"
    )


A, WORD = known(rules=("rule-a",)), known(expects=("fin*",))
PROTOCOL, QUALITY = problem("protocol", "finish"), problem("quality", "text")
REFUSED, NEVER, BROKEN = problem("unsupported"), problem("inconclusive"), problem("error")

ROWS: list[
    tuple[tuple[Problem, ...], tuple[Violation, ...], tuple[Deviation, ...], tuple[str, bool | None, bool | None]]
]
ROWS = [
    ((), (), (), ("pass", True, True)),
    ((), (violation("should"), violation("note")), (), ("pass", True, True)),
    ((), (violation(),), (), ("fail", False, True)),
    ((), (violation(),), (A,), ("known", False, True)),
    ((), (violation(), violation(rule="rule-b")), (A,), ("fail", False, True)),
    ((PROTOCOL,), (), (), ("fail", False, True)),
    ((PROTOCOL,), (), (WORD,), ("known", False, True)),
    ((PROTOCOL,), (violation(),), (WORD,), ("fail", False, True)),
    ((PROTOCOL,), (violation(),), (WORD, A), ("known", False, True)),
    ((QUALITY,), (), (), ("fail", True, False)),
    ((QUALITY,), (), (known(expects=("text",)),), ("known", True, False)),
    ((QUALITY,), (violation(),), (A,), ("fail", False, False)),
    ((REFUSED,), (), (), ("unsupported", None, True)),
    ((REFUSED,), (violation(),), (), ("fail", False, True)),
    ((REFUSED,), (violation(),), (A,), ("unsupported", False, True)),
    ((NEVER,), (), (), ("inconclusive", None, True)),
    ((NEVER,), (violation(),), (), ("fail", False, True)),
    ((NEVER, QUALITY), (), (), ("fail", True, False)),
    ((BROKEN,), (), (), ("error", None, None)),
    ((BROKEN,), (violation(),), (A,), ("error", False, None)),
    ((QUALITY, BROKEN), (), (), ("error", None, False)),
]  # fmt: skip


@pytest.mark.parametrize(("problems", "violations", "deviations", "said"), ROWS)
def test_the_verdict_follows_from_problems_violations_and_what_is_known(problems, violations, deviations, said) -> None:
    found = judge(Attempt(problems=problems, judged=True, turns=1), violations, deviations)
    assert (found.verdict, found.conforms, found.answered) == said


def test_what_could_not_be_judged_is_neither_right_nor_wrong() -> None:
    assert judge(Attempt(judged=False, turns=1), ()).answered is None


def test_why_tells_the_first_cause_and_how_many_more_there_are() -> None:
    found = judge(Attempt(problems=(QUALITY, PROTOCOL), turns=1), [violation()])
    assert found.why == "the protocol problem (and 2 more)"


def test_why_of_a_violation_names_the_rule_and_the_place() -> None:
    assert judge(Attempt(), [violation()]).why == "event 1: the violation [rule-a]"


def test_why_of_a_longer_case_names_the_turn() -> None:
    assert judge(Attempt(problems=(QUALITY,)), (), turns=2).why == "turn 1: the quality problem"


def test_why_of_a_known_deviation_is_its_reason_and_source() -> None:
    found = judge(Attempt(), [violation()], [A])
    assert (found.why, found.deviations) == ("So it is. (o/r#1)", ("it",))


def test_a_pass_needs_no_word() -> None:
    assert judge(Attempt(), ()).why == ""
