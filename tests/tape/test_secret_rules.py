"""The rules' short cut: a text that lacks what a rule needs isn't searched with its pattern."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retape.tape.secrets import RULES, Rule


def _lookaround(pattern: re.Pattern[str]) -> str:
    """The pattern without what only looks: hypothesis would throw most examples away."""
    return re.sub(r"\(\?<?[=!](?:\[[^]]*\]|[^()\[])*\)", "", pattern.pattern)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_pattern_matches_contains_what_the_rule_needs(rule: Rule, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(_lookaround(rule.pattern), fullmatch=True))
    assert any(need in text.casefold() for need in rule.needs), text
