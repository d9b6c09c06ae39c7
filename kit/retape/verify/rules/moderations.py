"""Moderations: one result for each input, its categories, their scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_number, is_text, members, shown

RULES = Table("moderations", "plain")

REFERENCE = "https://platform.openai.com/docs/api-reference/moderations/object"


def _results(evidence: Evidence) -> list[tuple[str, dict[str, Any]]]:
    rows = elements(members(evidence.json).get("results"))
    return [(at("results", number), row) for number, row in enumerate(rows) if isinstance(row, dict)]


@RULES.rule("moderations-object", "must", "A moderation has an id, a model and an array of results.", source=REFERENCE)
def _object(evidence: Evidence) -> Iterator[Finding]:
    told = members(evidence.json)
    for key in ("id", "model"):
        if not is_text(told.get(key)):
            yield key, f"is {shown(told.get(key, MISSING))}, not a string with something in it"
    if not isinstance(told.get("results"), list):
        yield "results", f"is {shown(told.get('results', MISSING))}, not an array"


@RULES.rule(
    "moderations-count",
    "must",
    "There is a result for each text; one for an input of several parts.",
    source="https://platform.openai.com/docs/api-reference/moderations/create#moderations-create-input",
)
def _count(evidence: Evidence) -> Iterator[Finding]:
    asked, told = evidence.asked.get("input"), members(evidence.json).get("results")
    several = isinstance(asked, list) and all(isinstance(text, str) for text in asked)
    expected = len(asked) if several and isinstance(asked, list) else 1
    if asked and isinstance(told, list) and len(told) != expected:
        yield "results", f"are {len(told)}, and {expected} were asked for"


@RULES.rule(
    "moderations-result",
    "must",
    "A result says whether it is flagged, and for each category whether and how much.",
    source=f"{REFERENCE}#moderations/object-results",
)
def _result(evidence: Evidence) -> Iterator[Finding]:
    for where, row in _results(evidence):
        if not isinstance(row.get("flagged"), bool):
            yield at(where, "flagged"), f"is {shown(row.get('flagged', MISSING))}, not true or false"
        for key in ("categories", "category_scores"):
            if not isinstance(row.get(key), dict):
                yield at(where, key), f"is {shown(row.get(key, MISSING))}, not an object"
        for name, told in members(row.get("categories")).items():
            if told is not None and not isinstance(told, bool):
                yield at(where, "categories", name), f"is {shown(told)}, not true or false"
        for name, told in members(row.get("category_scores")).items():
            if told is not None and not (is_number(told) and 0 <= told <= 1):
                yield at(where, "category_scores", name), f"is {shown(told)}, not a number from 0 to 1"


@RULES.rule(
    "moderations-categories",
    "must",
    "Every category has a score.",
    source=f"{REFERENCE}#moderations/object-results",
)
def _categories(evidence: Evidence) -> Iterator[Finding]:
    for where, row in _results(evidence):
        left = members(row.get("categories")).keys() ^ members(row.get("category_scores")).keys()
        if left:
            yield where, f"has only one of category and score for {', '.join(sorted(left))}"


@RULES.rule(
    "moderations-flagged",
    "should",
    "A result is flagged when one of its categories is.",
    source=f"{REFERENCE}#moderations/object-results",
)
def _flagged(evidence: Evidence) -> Iterator[Finding]:
    for where, row in _results(evidence):
        expected = any(told is True for told in members(row.get("categories")).values())
        if isinstance(row.get("flagged"), bool) and row["flagged"] != expected:
            yield at(where, "flagged"), f"is {shown(row['flagged'])}, and the categories say otherwise"
