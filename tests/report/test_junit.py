from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from report.runs import cell, run, violation
from retape.report.junit import junit
from retape.verify.cell import VERDICTS, Run


def suites(made: Run) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(junit(made).encode()))


def test_each_model_has_a_suite_with_its_numbers() -> None:
    made = run(
        cell(seconds=1),
        cell("mars", "fail", seconds=0.5),
        cell("venus", "error"),
        cell("moon", "known"),
        cell(model="m-2"),
        started="2026-01-02T03:04:05Z",
    )
    first, second = suites(made)
    assert first.attrib == {
        "name": "acme/m-1",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
        "time": "1.500",
        "timestamp": "2026-01-02T03:04:05Z",
    }
    assert (second.get("name"), second.get("tests")) == ("acme/m-2", "1")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"stream": True}, "test_chat_streaming_basic[m-1-earth]"),
        ({"title": "test_models"}, "test_models[m-1-earth]"),
        ({"title": "test_x (a) (b c)"}, "test_x[m-1-a) (b c]"),
        ({"model": "meta/l-3"}, "test_chat_non_streaming_basic[meta/l-3-earth]"),
    ],
)
def test_a_case_is_named_as_pytest_would_name_it(fields: Any, name: str) -> None:
    ((case,),) = suites(run(cell(**fields)))
    assert (case.get("name"), case.get("classname")) == (name, "acme.chat-basic")


@pytest.mark.parametrize(
    ("verdict", "kind", "message"),
    [
        ("pass", None, None),
        ("fail", "failure", "so it was"),
        ("error", "error", "so it was"),
        *((name, "skipped", f"{name}: so it was") for name in VERDICTS if name not in ("pass", "fail", "error")),
    ],
)
def test_each_verdict_has_its_element(verdict: Any, kind: str | None, message: str | None) -> None:
    ((case,),) = suites(run(cell(verdict=verdict, why="so it was")))
    assert [(child.tag, child.get("message")) for child in case] == ([(kind, message)] if kind else [])


@pytest.mark.parametrize(
    ("verdict", "conforms", "answered", "kind"),
    [
        ("fail", False, None, "protocol"),
        ("fail", False, False, "protocol"),
        ("fail", True, False, "quality"),
        ("fail", None, False, "quality"),
        ("error", None, None, "error"),
    ],
)
def test_a_failure_has_a_type(verdict: Any, conforms: bool | None, answered: bool | None, kind: str) -> None:
    (((told,),),) = suites(run(cell(verdict=verdict, conforms=conforms, answered=answered)))
    assert told.get("type") == kind


def test_a_failure_says_all_there_is_to_know() -> None:
    made = cell(verdict="fail", why="wrong", violations=(violation(),), cassette="a.yaml", deviations=("late-role",))
    (((told,),),) = suites(run(made))
    assert (told.text or "").splitlines() == [
        "wrong",
        "exchange 1, event 3: id: is 'b', and was 'a' [must chat-same-id]",
        "explained by: late-role",
        "cassette: a.yaml",
        "again: retape verify --provider acme -k earth",
    ]


def test_what_the_rules_found_in_a_pass_stands_in_its_output() -> None:
    ((case,),) = suites(run(cell(violations=(violation(severity="note"),))))
    assert "[note chat-same-id]" in (case.findtext("system-out") or "")


@pytest.mark.parametrize("text", ["\x00\x1b[2J\x9b", "\ud800", "\ufffe\uffff", "]]>&<'\"", "\u2028\u202e"])
def test_any_text_is_well_formed_xml(text: str) -> None:
    made = cell(text, "fail", why=text, model=text, rerun=text, violations=(violation(message=text),))
    ((case,),) = suites(run(made, started=text))
    assert case.get("name", "").startswith("test_chat_non_streaming_basic[")


def test_a_provider_that_nobody_recorded_is_left_out() -> None:
    (suite,) = suites(run(cell(), cell(provider="far", verdict="unrecorded", exchanges=())))
    assert suite.get("name") == "acme/m-1"


def test_an_empty_run_is_well_formed_too() -> None:
    assert suites(run()) == []
