"""Every rule finds what it is for, and nothing in an answer that is like it but right."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from retape.verify.rulebook import FAMILIES, rules, violations
from verify.rules.answers import Example

SHOWN = sorted(path.stem.removeprefix("examples_") for path in Path(__file__).parent.glob("examples_*.py"))
EXAMPLES: list[Example] = [
    example for name in SHOWN for example in import_module(f"verify.rules.examples_{name}").EXAMPLES
]


def found(example: Example, last: str) -> set[str]:
    """The rules that the last exchange breaks."""
    exchanges = [*example.before, getattr(example, last)]
    return {one.rule for one in violations(exchanges) if one.exchange == len(exchanges)}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_rule_finds_the_answer_that_breaks_it(example: Example) -> None:
    assert found(example, "wrong") == {example.rule, *example.also.split()}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_no_rule_finds_anything_in_an_answer_that_is_right(example: Example) -> None:
    assert found(example, "right") == set()


def test_every_family_of_rules_has_examples() -> None:
    assert set(SHOWN) == set(FAMILIES)


@pytest.mark.parametrize("family", SHOWN)
def test_every_rule_has_an_example_that_breaks_it(family: str) -> None:
    shown = {example.rule for example in EXAMPLES}
    table = import_module(f"retape.verify.rules.{family}").RULES
    assert [rule.id for rule in table if rule.id not in shown] == []


def test_every_example_is_of_a_rule_that_there_is() -> None:
    assert {example.rule for example in EXAMPLES} <= {rule.id for rule in rules()}


def test_every_rule_has_an_id_of_its_own() -> None:
    counts = Counter(rule.id for rule in rules())
    assert [name for name, count in counts.items() if count > 1] == []
