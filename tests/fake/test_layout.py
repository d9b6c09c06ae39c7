"""JSON as OpenAI lays it out is what the standard library gives, only sooner."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retape.handlers.fake.answer import Fixed, pretty

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def laid_out(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@given(VALUES)
def test_a_value_is_laid_out_as_by_the_standard_library(value: Any) -> None:
    assert pretty(value) == laid_out(value)


@pytest.mark.parametrize("value", [{}, [], (), {"a": {}}, {"a": []}, [[], {}], 1e16, 1e-7, -0.0, math.pi, math.inf])
def test_what_is_empty_or_a_number_is_laid_out_as_by_the_standard_library(value: Any) -> None:
    assert pretty(value) == laid_out(value)


def test_what_never_changes_is_laid_out_for_each_depth() -> None:
    fixed = Fixed(a={"b": [1, None]}, c="é")
    for value in (fixed, {"x": fixed, "y": [fixed, {"z": fixed}]}, {"x": fixed}):
        assert pretty(value) == laid_out(value)
        assert pretty(value) == laid_out(value)


def test_what_never_changes_is_an_object_like_another() -> None:
    assert Fixed(a=1) == {"a": 1}
    assert Fixed(a=1) | {"b": 2} == {"a": 1, "b": 2}
    assert json.dumps(Fixed(a=1)) == '{"a": 1}'
