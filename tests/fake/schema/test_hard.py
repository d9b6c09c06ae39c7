"""Schemas that ask for several things at once have an instance; those that ask for too much are said to have none."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake.schema import hard
from fake.schema.schemas import PATTERNS, closed
from fake.schema.test_instance import judged, looking
from retape.handlers.fake.schema.context import context
from retape.handlers.fake.schema.demands import wanted
from retape.handlers.fake.schema.draws import Draw
from retape.handlers.fake.schema.formats import FORMATS
from retape.handlers.fake.schema.instance import Impossible, instance
from retape.handlers.fake.schema.nearest import nearest
from retape.handlers.fake.schema.shapes import SHAPES
from retape.handlers.fake.schema.valid import failure, valid

SEEDS = "abc"


@pytest.mark.parametrize(("name", "pattern"), hard.FORMATS.values(), ids=hard.FORMATS)
def test_a_format_and_a_pattern_are_kept_together(name: str, pattern: str) -> None:
    schema = {"type": "string", "format": name, "pattern": pattern}
    for seed in SEEDS:
        made = instance(schema, seed=seed)
        assert failure(made, schema) is None
        assert judged(made, schema) == []


@pytest.mark.parametrize("pattern", hard.PATTERNS.values(), ids=hard.PATTERNS)
def test_what_a_pattern_looks_around_for_is_there(pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern}
    for seed in SEEDS:
        assert judged(instance(schema, seed=seed), schema) == []


@pytest.mark.parametrize("schema", hard.SCHEMAS.values(), ids=hard.SCHEMAS)
def test_all_that_a_schema_asks_is_kept(schema: Any) -> None:
    for seed in SEEDS:
        assert judged(instance(schema, seed=seed), schema) == []


LIKELY: dict[str, tuple[dict[str, Any], str]] = {
    "a person at a company": ({"format": "email", "pattern": "@acme\\.com$"}, r"(ada|eve|max)@acme\.com"),
    "the middle of a month": ({"format": "date", "pattern": "^2024-"}, r"2024-\d\d-15"),
    "a full or half hour": ({"format": "date-time", "pattern": "^2031-02"}, r"2031-02-15T\d\d:[03]0:00Z"),
    "letters and what is asked": ({"pattern": hard.PATTERNS["a password"]}, r"[a-z]{5}[a-z\dA-Z!@#]{3}"),
}


@pytest.mark.parametrize(("asked", "pattern"), LIKELY.values(), ids=LIKELY)
def test_what_is_found_looks_like_what_one_would_write(asked: dict[str, Any], pattern: str) -> None:
    for seed in SEEDS:
        made = instance({"type": "string"} | asked, seed=seed)
        assert valid(made, {"pattern": f"^(?:{pattern})$"}), made


def test_what_is_found_is_the_same_for_the_same_seed_alone() -> None:
    schema = {"type": "string", "pattern": hard.PATTERNS["a password"]}
    made = {instance(schema, seed=str(at % 10)) for at in range(20)}
    assert 2 <= len(made) <= 10
    assert [instance(schema, seed="7") for _ in range(2)] == [instance(schema, seed="7")] * 2


PIECES = [*PATTERNS, *hard.PATTERNS.values()]


@looking(60)
@given(st.sampled_from(PIECES), st.sampled_from(PIECES), st.integers(0, 12))
def test_what_is_found_for_two_patterns_matches_both(one: str, other: str, shortest: int) -> None:
    asked = {"pattern": one, "allOf": [{"pattern": other}], "minLength": shortest}
    text = next(wanted(asked, Draw("s", "")), None)
    assert text is None or judged(text, asked) == []


ENDS = [name for name in SHAPES if name not in ("json-string", "relative-json-pointer")]


@looking(150)
@given(st.sampled_from(ENDS), st.integers(0, 99), st.integers(1, 8), st.booleans())
def test_a_string_of_a_format_is_found_by_any_beginning_or_end(name: str, seed: int, size: int, first: bool) -> None:
    text = instance({"type": "string", "format": name}, seed=str(seed))
    part = re.escape(text[:size] if first else text[-size:])
    schema = {"type": "string", "format": name, "pattern": f"^{part}" if first else f"{part}$"}
    made = instance(schema, seed="another")
    assert failure(made, schema) is None
    assert judged(made, schema) == []


@pytest.mark.parametrize("name", SHAPES)
def test_what_a_format_is_made_by_is_of_the_format(name: str) -> None:
    for shape in SHAPES[name][:-1] or SHAPES[name]:
        made = [next(wanted({"pattern": f"^(?:{shape})$"}, Draw(seed, ""))) for seed in "abcdef"]
        assert [text for text in made if not FORMATS[name].holds(text)] == []


NONE: dict[str, dict[str, Any]] = {
    "letters in a date": {"format": "date", "pattern": "^ab"},
    "no letter at all": {"pattern": "^(?!a)a"},
    "four of three letters": {"pattern": r"^(?!.*(.).*\1)[a-c]{4}$"},
    "an address of digits": {"format": "email", "pattern": "^\\d+$"},
    "an address too short": {"format": "email", "pattern": "\\.edu$", "maxLength": 5},
    "a blank in an address": {"format": "email", "pattern": " "},
    "neither nor": {"pattern": "^[ab]+$", "not": {"pattern": "a|b"}},
    "what everything matches": {"not": {"pattern": "^"}},
}


@pytest.mark.parametrize("asked", NONE.values(), ids=NONE)
def test_what_no_string_can_be_is_impossible_and_soon_told(asked: dict[str, Any]) -> None:
    begun = time.process_time()
    with pytest.raises(Impossible, match=r"nothing that validates was found \(at a\)") as caught:
        instance(closed({"a": {"type": "string"} | asked}), seed="s")
    assert caught.value.schema == closed({"a": {"type": "string"} | asked})
    assert time.process_time() - begun < 5


def test_what_can_t_be_found_is_not_looked_for_for_ever() -> None:
    lookaheads = "".join(f"(?=.*{char})" for char in "abcdefgh")
    begun = time.process_time()
    with pytest.raises(Impossible, match="nothing that validates was found"):
        instance({"type": "string", "pattern": f"^{lookaheads}.{{200,}}$", "not": {"pattern": "h"}}, seed="s")
    assert time.process_time() - begun < 10


NEAR: dict[str, tuple[Any, Any]] = {
    "a part that can't be": (closed({"a": {"type": "string", "pattern": "a^b"}, "b": {"const": 1}}), {"b": 1}),
    "an item that can't be": (
        closed({"a": {"type": "array", "minItems": 1, "items": closed({"x": False, "y": {"const": 2}})}}),
        {"a": [{"x": "example x", "y": 2}]},
    ),
    "more different items than there are": (
        {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 3},
        [True, True, True],
    ),
    "crossed lengths": ({"type": "string", "minLength": 9, "maxLength": 5}, "example e"),
    "a value of another type": ({"type": "integer", "enum": ["a"]}, 8),
    "two types": ({"allOf": [{"type": "string"}, {"type": "null"}]}, "example"),
    "a reference to nothing": (closed({"a": {"$ref": "#/$defs/no"}, "b": {"const": 1}}), {"b": 1}),
    "no schema": (5, {}),
    "a malformed one": ({"type": "object", "properties": 7}, {}),
    "one that has an instance": ({"const": 3}, 3),
}


@pytest.mark.parametrize(("schema", "expected"), NEAR.values(), ids=NEAR)
def test_what_comes_nearest_keeps_all_but_what_can_t_be(schema: Any, expected: Any) -> None:
    made = nearest(schema, seed="s")
    if isinstance(expected, dict) and expected:
        assert made.keys() == schema["properties"].keys()
        made = {name: made[name] for name in expected}
    assert made == expected


def test_what_comes_nearest_to_an_endless_recursion_ends() -> None:
    made = nearest(closed({"next": {"$ref": "#"}, "other": {"$ref": "#"}}), seed="s")
    assert made.keys() == {"next", "other"}
    assert len(str(made)) < 200_000


PLACES: list[tuple[Any, tuple[str | int, ...], tuple[str, ...]]] = [
    (closed({"a": {"type": "string"}}), ("a",), ("properties", "a")),
    ({"items": closed({"a": {}})}, (0, "a"), ("items", "properties", "a")),
    ({"prefixItems": [True, {"items": {}}]}, (1, 5), ("prefixItems", "1", "items")),
    ({"$ref": "#/$defs/n", "$defs": {"n": closed({"a": {}})}}, ("a",), ("properties", "a")),
    ({"anyOf": [{"type": "null"}, closed({"a": {}})]}, ("a",), ("anyOf", "1", "properties", "a")),
    ({"additionalProperties": {"items": {}}}, ("k", 0), ("additionalProperties", "items")),
    ({"$ref": "#"}, ("a",), ()),
    (closed({"a": {}}), (), ()),
]


@pytest.mark.parametrize(("schema", "path", "expected"), PLACES)
def test_a_place_in_an_instance_is_told_as_one_in_the_schema(
    schema: Any, path: tuple[str | int, ...], expected: tuple[str, ...]
) -> None:
    assert context(schema, path) == expected
