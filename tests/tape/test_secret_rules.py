"""The rules of secrets: the short cut around a pattern, and patterns on text that was decoded as latin-1."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retape.tape.scrub import Scrubber
from retape.tape.secrets import RULES, Rule

EXAMPLES = settings.get_profile("tape").max_examples // 3
"""Fewer than elsewhere: a pattern leaves little room."""


def _lookaround(pattern: re.Pattern[str]) -> str:
    """The pattern without what only looks: hypothesis would throw most examples away."""
    return re.sub(r"\(\?<?[=!](?:\[[^]]*\]|[^()\[])*\)", "", pattern.pattern)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_pattern_matches_contains_what_the_rule_needs(rule: Rule, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(_lookaround(rule.pattern), fullmatch=True))
    assert any(need in text.casefold() for need in rule.needs), text


def test_a_character_whose_bytes_look_blank_is_part_of_the_secret() -> None:
    text = "password=voilà-1234".encode().decode("latin-1")
    assert [(span.start, span.end) for span in Scrubber().spans(text)] == [(9, len(text))]
