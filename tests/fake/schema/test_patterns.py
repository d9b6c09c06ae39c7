"""Patterns read without a warning to whoever runs the fake, and without a hand on everybody's filters."""

from __future__ import annotations

import random
import warnings

import pytest

from retape.handlers.fake.schema import patterns

ODD = ["[[a]", "[a--b]", "[^]--[", "[]||-]~-", "[\\]&&[", "|[]~~", "[a-z&&[^b]]", r"[\p{L}--a]"]


@pytest.mark.parametrize("pattern", ODD)
def test_an_odd_set_is_read_in_silence(pattern: str) -> None:
    patterns.compiled.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        patterns.compiled(pattern)


def test_whatever_the_set_it_is_read_in_silence() -> None:
    chance = random.Random(7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(20_000):
            patterns.compiled.__wrapped__("".join(chance.choices("[]-&~|a0^\\()", k=chance.randint(2, 10))))


@pytest.mark.parametrize("pattern", [r"^[a-z]+@[0-9]{3}-[\w.-]+$", r"\p{L}+", "(", "^(?=.*[A-Z])(?=.*[!@#]).{8,}$"])
def test_the_filters_are_let_alone_for_every_other_pattern(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patterns.compiled.cache_clear()

    def touched() -> None:
        raise AssertionError("the filters belong to all threads")

    monkeypatch.setattr(warnings, "catch_warnings", touched)
    found = patterns.compiled(pattern)
    assert (found is None) == (pattern == "(")
