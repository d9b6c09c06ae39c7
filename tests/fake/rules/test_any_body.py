"""Whatever JSON comes: a judgement, never an exception; and what is fine to one question is fine to the other."""

from __future__ import annotations

import functools
import json
import timeit
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake.rules.judging import CHAT, HI, RESPONSE, TOOL, chat, setting
from retape.handlers.fake.rules import Finding, Rulebook
from retape.handlers.fake.rules.endpoints import ENDPOINTS
from retape.handlers.fake.rules.phrases import FAMILIES
from retape.handlers.fake.rules.shapes import Choice, Fields, Listing, MapOf, OneOf, Shape, Tagged

CARELESS = Rulebook(off={family.rule for family in FAMILIES.values()})
BOOKS = (Rulebook(), Rulebook("lenient"), CARELESS)

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**4000),
    st.just(-(10**4000)),
    st.floats(),
    st.text(st.characters(), max_size=6),
    st.sampled_from(["", "\ud800", "\x00", "data:image/png;base64,", "data:", "http://[", "gpt-4o", "o1-mini", "auto"]),
)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@functools.cache
def near(shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values like those that a shape takes, now and then with something else in their place."""
    make = SHAPED.get(type(shape))
    like = ANY if make is None or depth > 5 else make(shape, depth + 1)
    return st.integers(0, 9).flatmap(lambda dice: ANY if dice == 0 else like)


def near_fields(shape: Any, depth: int) -> st.SearchStrategy[Any]:
    names = sorted(shape.fields)
    chosen = st.lists(st.sampled_from(names), max_size=4, unique=True) if names else st.just([])
    return chosen.flatmap(
        lambda some: st.fixed_dictionaries({name: near(shape.fields[name], depth) for name in {*some, *shape.required}})
    )


def near_tagged(shape: Any, depth: int) -> st.SearchStrategy[Any]:
    return st.sampled_from(sorted(shape.variants)).flatmap(
        lambda name: near(shape.variants[name], depth).map(
            lambda value: value | {shape.by: name} if isinstance(value, dict) else value
        )
    )


SHAPED: dict[type, Callable[[Any, int], st.SearchStrategy[Any]]] = {
    Fields: near_fields,
    Tagged: near_tagged,
    Listing: lambda shape, depth: st.lists(near(shape.item, depth), max_size=3),
    MapOf: lambda shape, depth: st.dictionaries(st.text(max_size=4), near(shape.item, depth), max_size=2),
    OneOf: lambda shape, depth: st.one_of([near(each, depth) for each in shape.shapes]),
    Choice: lambda shape, _: st.sampled_from(sorted(shape.values)),
}


def judged(endpoint: str, body: Any) -> None:
    for book in BOOKS:
        found = list(book.findings(endpoint, body, setting(body, window=50)))
        assert all(isinstance(finding, Finding) and finding.refusal.body() for finding in found)
        assert not {finding.rule for finding in found} & book.off
    shape = ENDPOINTS[endpoint].shape
    assert shape.fit()(body) == (next(shape.faults(body), None) is None)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_any_json_is_judged(endpoint: str, data: st.DataObject) -> None:
    judged(endpoint, data.draw(ANY))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_what_is_nearly_right_is_judged(endpoint: str, data: st.DataObject) -> None:
    judged(endpoint, data.draw(near(ENDPOINTS[endpoint].shape)))


@pytest.mark.parametrize("endpoint", [CHAT, RESPONSE])
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_what_is_nearly_right_is_judged_where_there_is_most_to_judge(endpoint: str, data: st.DataObject) -> None:
    judged(endpoint, data.draw(near(ENDPOINTS[endpoint].shape)))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_deep_nesting_is_judged(endpoint: str) -> None:
    deep = json.loads("[" * 900 + "]" * 900)
    for name in getattr(ENDPOINTS[endpoint].shape, "fields", {}):
        judged(endpoint, {name: deep})


def best(call: Callable[[], object], times: int) -> float:
    """The least time of a call, in microseconds."""
    return min(timeit.repeat(call, number=times, repeat=7)) / times * 1e6


def test_a_sound_request_is_judged_in_microseconds() -> None:
    """Measured: 28 and 130 microseconds on a busy machine; an order of magnitude above is a loop gone wrong."""
    book = Rulebook()
    small = chat(messages=HI * 2, temperature=0.5, tools=[TOOL])
    long = chat(messages=[{"role": ("user", "assistant")[i % 2], "content": "x" * 50} for i in range(200)])
    told = setting(small, size=1000)
    assert best(lambda: book.check(CHAT, small, told), 200) < 400
    assert best(lambda: book.check(CHAT, long, told), 50) < 1500
