"""The catalogue: what real servers did wrong is found on its bytes, what the API allows is never called wrong."""

from __future__ import annotations

import pytest

import retape
from verify.catalogued import CONFORMING, DEVIATIONS, ENTRIES, LEGAL, Entry

UNDETECTED: dict[str, str] = {}
"""Deviations that no rule finds -> why."""


@pytest.mark.parametrize("entry", DEVIATIONS, ids=str)
def test_a_deviation_is_found_on_its_bytes_by_the_rule_that_is_about_it(entry: Entry) -> None:
    found = {one.rule for one in retape.check(entry.exchanges) if one.severity in ("must", "should")}
    assert (entry.row["rule"] in found) is (str(entry) not in UNDETECTED)


@pytest.mark.parametrize("entry", LEGAL, ids=str)
def test_what_the_api_allows_is_at_most_a_note(entry: Entry) -> None:
    assert {violation.severity for violation in retape.check(entry.exchanges)} <= {"note"}


@pytest.mark.parametrize("entry", CONFORMING.values(), ids=str)
def test_nothing_is_found_in_an_answer_that_conforms(entry: Entry) -> None:
    assert retape.check(entry.exchange) == []


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if "after" in entry.row], ids=str)
def test_what_two_exchanges_show_is_found_in_the_second_only(entry: Entry) -> None:
    alone, together = retape.check(entry.exchange), retape.check(entry.exchanges)
    assert {violation.exchange for violation in together} == {2}
    assert {v.rule for v in together} - {v.rule for v in alone} & {
        "responses-state-previous",
        "responses-state-retrieve",
    }


def test_the_catalogue_is_whole_and_the_share_that_is_found_is_what_was_promised() -> None:
    assert (len(DEVIATIONS), len(LEGAL), len({str(entry) for entry in ENTRIES})) == (108, 19, 127)
    assert UNDETECTED.keys() <= {str(entry) for entry in DEVIATIONS}
    assert len(UNDETECTED) <= 0.05 * len(DEVIATIONS)
