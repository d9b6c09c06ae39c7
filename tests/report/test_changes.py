from __future__ import annotations

from typing import Any

import pytest

from report.runs import cell, run, violation
from retape.report.changes import changes
from retape.verify.cell import VERDICTS, Cell

BREAKS = (violation("a"),)


@pytest.mark.parametrize(
    ("before", "after", "kind", "what"),
    [
        (cell(), cell(verdict="fail"), "worse", "pass → fail"),
        (cell(verdict="error"), cell(verdict="fail"), "better", "error → fail"),
        (cell(verdict="known"), cell(), "better", "known → pass"),
        (cell(), cell(verdict="unrecorded", exchanges=()), "worse", "pass → unrecorded"),
        (cell(verdict="fail"), cell(verdict="unrecorded", exchanges=()), "worse", "fail → unrecorded"),
        (cell(), cell(verdict="skipped", why="not asked: it can't be reached"), "worse", "pass → skipped"),
        (cell(), cell(verdict="skipped", why="needs auth: it takes any key."), "other", "pass → skipped"),
        (cell(verdict="error"), cell(verdict="unrecorded", exchanges=()), "other", "error → unrecorded"),
        (cell(verdict="skipped"), cell(verdict="unrecorded", exchanges=()), "other", "skipped → unrecorded"),
        (cell(verdict="unrecorded", exchanges=()), cell(), "other", "unrecorded → pass"),
        (cell(verdict="unrecorded", exchanges=()), cell(verdict="error"), "other", "unrecorded → error"),
        (cell(verdict="unsupported"), cell(verdict="inconclusive"), "other", "unsupported → inconclusive"),
        (cell(verdict="skipped"), cell(verdict="fail"), "other", "skipped → fail"),
        (cell(conforms=True), cell(conforms=False), "worse", "the protocol no longer holds"),
        (cell(answered=False), cell(answered=True), "better", "the answer holds again"),
        (cell(), cell(violations=BREAKS), "worse", "also breaks a"),
        (cell(violations=(violation("b"), *BREAKS)), cell(violations=BREAKS), "better", "no longer breaks b"),
        (
            cell(conforms=False, answered=True),
            cell(conforms=True, answered=False),
            "other",
            "the protocol holds again; the answer no longer holds",
        ),
    ],
)
def test_a_cell_that_changed_says_how(before: Cell, after: Cell, kind: str, what: str) -> None:
    (change,) = changes(run(before), run(after))
    assert (change.kind, change.what, change.cell) == (kind, what, after)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_cell_that_is_as_it_was_is_no_change(verdict: Any) -> None:
    assert changes(run(cell(verdict=verdict)), run(cell(verdict=verdict, seconds=9, why="other words"))) == ()


def test_a_new_note_is_no_change() -> None:
    assert changes(run(cell()), run(cell(violations=(violation(severity="note"),)))) == ()


def test_cells_come_and_go() -> None:
    found = changes(run(cell("earth"), cell("mars")), run(cell("mars"), cell("venus", "fail")))
    assert [(change.kind, change.cell.case, change.what) for change in found] == [
        ("new", "venus", "fail"),
        ("gone", "earth", "pass"),
    ]


def test_a_model_that_was_not_asked_is_not_gone() -> None:
    assert changes(run(cell(), cell(model="m-2")), run(cell())) == ()


def test_an_interrupted_run_lost_nothing() -> None:
    assert changes(run(cell("earth"), cell("mars")), run(cell("mars"), interrupted=True)) == ()


def test_what_got_worse_comes_first() -> None:
    before = run(cell("a", "fail"), cell("b"), cell("c"))
    after = run(cell("a"), cell("b", "error"), cell("c"), cell("d"))
    assert [change.kind for change in changes(before, after)] == ["worse", "better", "new"]
