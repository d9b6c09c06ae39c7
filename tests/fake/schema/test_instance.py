"""What is made of a schema: valid, plausible, the same everywhere."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fake.schema import hard, schemas
from retape.handlers.fake.schema.draws import Draw
from retape.handlers.fake.schema.formats import FORMATS, STRICT
from retape.handlers.fake.schema.instance import Impossible, instance
from retape.handlers.fake.schema.strict import problem
from retape.handlers.fake.schema.valid import failure, valid


def looking(times: int) -> settings:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=times, derandomize=True, database=None, deadline=None, suppress_health_check=slow)


JUDGE = Draft202012Validator.FORMAT_CHECKER


def judged(value: Any, schema: Any) -> list[str]:
    """What the jsonschema package has against a value."""
    found = Draft202012Validator(schema, format_checker=JUDGE).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]


@looking(250)
@given(schemas.strict())
def test_every_strict_schema_has_a_valid_instance_and_no_problem(schema: dict[str, Any]) -> None:
    before = copy.deepcopy(schema)
    assert problem(schema, strict=True) is None
    made = instance(schema, seed="seed")
    assert judged(made, schema) == []
    assert schema == before
    assert json.loads(json.dumps(made)) == made


@looking(250)
@given(schemas.free())
def test_every_free_schema_has_a_valid_instance_or_is_impossible(schema: dict[str, Any]) -> None:
    assert problem(schema, strict=False, subject="response_format") is None
    assert judged(instance(schema, seed="seed", hints=("Paris", "7")), schema) == []


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from([1.0, 0.5, "a", "abc", "", "2025-01-01", "a@b.co"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(schemas.NAMES, inner, max_size=3),
    max_leaves=5,
)


@looking(150)
@given(schemas.free(), st.data())
def test_validity_is_what_the_jsonschema_package_says(schema: dict[str, Any], data: st.DataObject) -> None:
    part = data.draw(st.sampled_from([schema, *schema["properties"].values()]))
    whole = {"$defs": schemas.DEFS, "properties": schema["properties"], "allOf": [part]}
    value = data.draw(VALUES)
    assert valid(value, whole) == (judged(value, whole) == [])


WEATHER = {
    "type": "object",
    "properties": {
        "note": {"type": "string", "maxLength": 2},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
        "location": {"type": "string"},
    },
    "required": ["note", "unit", "days", "location"],
}

MADE: dict[str, tuple[Any, tuple[str, ...], Any]] = {
    "a const": ({"const": {"a": [1]}}, (), {"a": [1]}),
    "the first of an enum": ({"enum": ["b", "a"]}, (), "b"),
    "a default before an enum's first is not looked for": ({"type": "string", "default": "x"}, (), "x"),
    "a default that doesn't hold is left out": ({"type": "boolean", "default": "x"}, (), True),
    "an example": ({"type": "string", "examples": ["x"]}, (), "x"),
    "true": ({"type": "boolean"}, (), True),
    "what the conversation named of an enum": ({"enum": ["red", "Blue"]}, ("blue",), "Blue"),
    "a value, not null": ({"anyOf": [{"type": "null"}, {"const": 1}]}, (), 1),
    "one item": ({"type": "array", "items": {"const": 1}}, (), [1]),
    "a whole tuple": ({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}]}, (), [1, 2]),
    "no item of a recursion": ({"type": "array", "items": {"$ref": "#"}}, (), []),
    "required properties alone": (
        {"type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}, "required": ["b"]},
        (),
        {"b": 2},
    ),
    "all properties where none is required": (
        {"type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}},
        (),
        {"a": 1, "b": 2},
    ),
    "one entry of a dictionary": ({"type": "object", "additionalProperties": {"const": 1}}, (), {"key": 1}),
    "words for the place, a number for the number": (
        WEATHER,
        ("2", "San Francisco, CA"),
        {"note": "A", "unit": "celsius", "days": 2, "location": "San Francisco, CA"},
    ),
    "a number out of bounds is no hint": (
        {"type": "object", "properties": {"days": {"const": 7}, "n": {"type": "integer", "maximum": 1, "minimum": 1}}},
        ("31",),
        {"days": 7, "n": 1},
    ),
    "an address that the conversation has": ({"type": "string", "format": "email"}, ("Ada", "ada@x.org"), "ada@x.org"),
    "each hint once": (
        {"type": "array", "items": {"type": "string"}, "minItems": 2},
        ("Rome", "Oslo"),
        ["Rome", "Oslo"],
    ),
    "both sides of an if": (
        {"properties": {"a": {"const": 1}}, "required": ["a"], "if": {"required": ["a"]}, "then": {"required": ["b"]}},
        (),
        {"a": 1, "b": "example b"},
    ),
    "the shortest way out of a recursion": (
        {
            "$defs": {
                "expr": {"anyOf": [{"$ref": "#/$defs/sum"}, {"$ref": "#/$defs/one"}]},
                "sum": schemas.closed({"left": {"$ref": "#/$defs/expr"}, "right": {"$ref": "#/$defs/expr"}}),
                "one": schemas.closed({"value": {"const": 1}}),
            },
            "$ref": "#/$defs/expr",
        },
        (),
        {"left": {"value": 1}, "right": {"value": 1}},
    ),
}


@pytest.mark.parametrize(("schema", "hints", "expected"), MADE.values(), ids=MADE)
def test_the_likeliest_is_made_first(schema: Any, hints: tuple[str, ...], expected: Any) -> None:
    assert instance(schema, seed="s", hints=hints) == expected


TRICKY: list[Any] = [
    {"type": "array", "contains": {"const": 7}, "minContains": 2, "items": {"type": "integer"}, "minItems": 4},
    {"type": "array", "contains": {"const": 7}, "maxContains": 1, "prefixItems": [{"type": "string"}], "minItems": 3},
    {"type": "array", "prefixItems": [{"const": 1}, {"const": 2}], "items": False, "minItems": 1},
    {"type": "array", "uniqueItems": True, "minItems": 2, "items": {"type": "boolean"}},
    {"type": "array", "uniqueItems": True, "minItems": 9, "items": {"type": "string", "maxLength": 1}},
    {"type": "array", "uniqueItems": True, "minItems": 4, "items": {"type": "integer", "minimum": 3, "maximum": 6}},
    {"type": "array", "uniqueItems": True, "minItems": 4, "items": {"type": "string", "format": "uuid"}},
    {"type": "array", "uniqueItems": True, "minItems": 4, "items": {"type": "string", "pattern": "^[a-f]{2}$"}},
    {"type": "array", "uniqueItems": True, "minItems": 3, "items": schemas.tagged("x", "id", {"type": "integer"})},
    {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
    {"type": "object", "minProperties": 2, "propertyNames": {"enum": ["a", "b", "c"]}},
    {"type": "object", "minProperties": 2, "propertyNames": {"format": "date"}, "additionalProperties": {"const": 1}},
    {"type": "object", "maxProperties": 1, "properties": {"a": True, "b": True}},
    {"type": "object", "properties": {"a": {"type": "string"}}, "patternProperties": {"^a": {"minLength": 30}}},
    {"type": "object", "properties": {"a": True}, "required": ["a"], "dependentSchemas": {"a": {"required": ["b"]}}},
    {
        "type": "object",
        "properties": {"a": {"const": 1}, "b": {"const": 2}},
        "dependentSchemas": {"a": {"maxProperties": 1}},
    },
    {"type": "object", "properties": {"x": True, "y": True}, "not": {"required": ["x"]}},
    {"type": "object", "properties": {"x": True, "y": True}, "anyOf": [{"required": ["x"]}, {"required": ["y"]}]},
    {"allOf": [{"enum": [1, 2, 3]}, {"enum": [2, 3, 4]}, {"not": {"const": 2}}]},
    {"allOf": [{"const": "b"}, {"enum": ["a", "b"]}]},
    {
        "allOf": [
            {"type": ["integer", "string"]},
            {"type": "number"},
            {"multipleOf": 4},
            {"multipleOf": 6},
            {"minimum": 1},
        ]
    },
    {"allOf": [{"type": "number", "multipleOf": 0.5}, {"multipleOf": 0.75, "exclusiveMinimum": 0}]},
    {"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "^ab+$"}, {"minLength": 5, "not": {"maxLength": 4}}]},
    {"allOf": [schemas.closed({"a": {"type": "integer"}}), {"properties": {"a": {"minimum": 40}}}]},
    {"allOf": [{"items": {"type": "integer"}}, {"prefixItems": [{"minimum": 9}], "type": "array", "minItems": 2}]},
    {"allOf": [{"dependentRequired": {"a": ["b"]}}, {"dependentRequired": {"b": ["c"]}}, {"required": ["a"]}]},
    {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]},
    {"oneOf": [{"type": "string", "minLength": 1}, {"type": "string", "maxLength": 200}, {"const": 5}]},
    {"type": "integer", "if": {"minimum": 1}, "then": {"multipleOf": 50}, "else": {"maximum": -10}},
    {
        "if": {"properties": {"k": {"const": "a"}}},
        "else": {"required": ["z"]},
        "properties": {"k": {"const": "b"}},
        "required": ["k"],
    },
    {"type": "number", "minimum": 0.1, "maximum": 0.1},
    {"type": "number", "exclusiveMinimum": 1e-9, "exclusiveMaximum": 2e-9},
    {"type": "number", "minimum": -1.7e308, "maximum": 1.7e308},
    {"type": "integer", "minimum": 10**30},
    {"type": "integer", "multipleOf": 0.5, "minimum": 2.5, "maximum": 3.2},
    {"type": "number", "multipleOf": 0.01, "minimum": 0.06, "maximum": 0.08},
    {"type": "string", "format": "email", "minLength": 40, "maxLength": 45},
    {"type": "string", "format": "date", "pattern": "^2025"},
    {"type": "string", "format": "unheard-of", "maxLength": 3},
    {"type": "string", "pattern": "^\\p{L}+$"},
    {"type": "string", "pattern": r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}$"},
    {"type": "string", "pattern": r"^(?:(a)|b)(?(1)c|d)$"},
    {"type": "string", "pattern": r"^[^a-z\W]{3}\S\D.$"},
    {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"const": 1}}},
    {"$ref": "#/$defs/a%20b", "$defs": {"a b": {"const": 1}}},
    {"$ref": "#there", "$defs": {"x": {"$anchor": "there", "const": 1}}},
    {"$ref": "urn:x", "$defs": {"x": {"$id": "urn:x", "const": 1}}},
    {"$ref": "#/anyOf/1", "anyOf": [True, {"const": 1}]},
    {"type": ["object", "null"], "properties": {"next": {"$ref": "#"}}, "required": ["next"]},
    {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {"type": "integer"}}},
    {"anyOf": [{"type": "array", "items": {"$ref": "#"}, "minItems": 1}, {"type": "string"}]},
]


@pytest.mark.parametrize("schema", TRICKY, ids=map(str, TRICKY))
def test_every_keyword_is_kept(schema: Any) -> None:
    for seed in "abcd":
        made = instance(schema, seed=seed)
        assert failure(made, schema) is None
        assert "\\p" in str(schema) or judged(made, schema) == []


def test_draft_7_s_dependencies_are_kept() -> None:
    schema = {"required": ["a"], "dependencies": {"a": ["b"], "b": {"required": ["c"]}}}
    assert instance(schema, seed="s").keys() >= {"a", "b", "c"}


NAMED = {
    "city": ("San Francisco", "Paris", "Tokyo"),
    "homeCity": ("San Francisco", "Paris", "Tokyo"),
    "contact_email": ("ada@example.com", "grace@example.org"),
    "startDate": ("2025-06-15", "2025-03-01"),
    "image_url": ("https://example.com", "https://example.org"),
    "frobnicator": ("example frobnicator",),
    "größe": ("example größe",),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_name_says_what_a_string_looks_like(name: str) -> None:
    assert instance({"properties": {name: {"type": "string"}}}, seed="s")[name] in NAMED[name]


def test_another_seed_gives_other_values_and_all_are_valid() -> None:
    schema = schemas.closed({"city": {"type": "string"}, "id": {"type": "string", "format": "uuid"}})
    made = [instance(schema, seed=str(seed)) for seed in range(20)]
    assert len({one["city"] for one in made}) == 3
    assert len({one["id"] for one in made}) == 20


def test_a_further_property_leaves_the_others_as_they_were() -> None:
    parts = {"city": {"type": "string"}, "count": {"type": "integer"}}
    before = instance(schemas.closed(parts), seed="s")
    assert before.items() <= instance(schemas.closed({"id": {"type": "string"}} | parts), seed="s").items()


CODE = """
import json, sys
from retape.handlers.fake.schema.instance import instance
print(json.dumps([instance(json.loads(line), seed="s", hints=["Oslo"]) for line in sys.stdin]))
"""


def test_processes_agree_whatever_their_hash_seed() -> None:
    hard_ones = [{"type": "string", "pattern": pattern} for pattern in hard.PATTERNS.values()]
    hard_ones += [{"type": "string", "format": name, "pattern": pattern} for name, pattern in hard.FORMATS.values()]
    asked = "\n".join(json.dumps(schema) for schema in (*(row[0] for row in MADE.values()), *hard_ones))
    answers = {
        subprocess.run(
            [sys.executable, "-c", CODE],
            input=asked,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


@pytest.mark.parametrize("pattern", schemas.PATTERNS)
@pytest.mark.parametrize("sizes", [{}, {"minLength": 1}, {"maxLength": 40}])
def test_a_pattern_is_matched(pattern: str, sizes: dict[str, int]) -> None:
    schema = {"type": "string", "pattern": pattern} | sizes
    for seed in "abc":
        assert judged(instance(schema, seed=seed), schema) == []


LONG = [(r"^[a-z]+$", 20, 25), (r"^\d{2,30}$", 18, 18), ("x", 7, 7), (r"^(ab)*$", 9, 10), (r"^https?://.+", 30, 40)]


@pytest.mark.parametrize(("pattern", "shortest", "longest"), LONG)
def test_a_pattern_is_matched_at_the_length_asked_for(pattern: str, shortest: int, longest: int) -> None:
    schema = {"type": "string", "pattern": pattern, "minLength": shortest, "maxLength": longest}
    assert judged(instance(schema, seed="s"), schema) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_kept(name: str) -> None:
    schema = {"type": "string", "format": name}
    for seed in "abcdef":
        assert failure(instance(schema, seed=seed), schema) is None
        assert judged(instance(schema, seed=seed), schema) == []


STRETCHED = [name for name in (*STRICT, "uri", "byte") if name not in ("date", "ipv4", "ipv6", "uuid")]


@pytest.mark.parametrize("name", STRETCHED)
@pytest.mark.parametrize("size", range(12, 80, 7))
def test_a_format_is_kept_when_it_must_be_long(name: str, size: int) -> None:
    found = FORMATS[name].make(Draw("s", ""), size, 200)
    assert found
    assert all(FORMATS[name].holds(text) and size <= len(text) for text in found)


WRONG_FORMATS = {
    "date-time": ["2025-06-15", "2025-06-15T25:00:00Z", "2025-02-30T10:00:00Z", "2025-06-15T10:00:00"],
    "date": ["2025-6-15", "20250615", "2025-02-30"],
    "time": ["10:00", "24:00:00Z", "10:00:00"],
    "duration": ["P", "PT", "1D", "P1S", "P1DT"],
    "email": ["a", "a@", "@b", "a b@c.de"],
    "hostname": ["-a", "a..b", "a_b", ""],
    "ipv4": ["1.2.3", "256.0.0.1", "01.2.3.4"],
    "ipv6": ["1::2::3", "12345::"],
    "uuid": ["3f2504e0", "3f2504e04f8941d39a0c0305e82c3301"],
    "uri": ["example.com/a b", "no-scheme"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG_FORMATS.items() for text in texts])
def test_what_is_not_of_a_format_is_told(name: str, text: str) -> None:
    assert not valid(text, {"format": name})


IMPOSSIBLE: dict[str, tuple[Any, str]] = {
    "false": (False, "nothing that validates"),
    "no value": ({"enum": []}, "nothing that validates"),
    "crossed bounds": ({"type": "integer", "minimum": 2, "maximum": 1}, "nothing that validates"),
    "an endless recursion": (schemas.closed({"next": {"$ref": "#"}}), "more than can be made|nothing that validates"),
    "a reference to nothing": ({"$ref": "#/$defs/no"}, "nothing that validates"),
    "a reference to itself": ({"$ref": "#"}, "nothing that validates"),
    "a part of two types": ({"allOf": [{"type": "string"}, {"type": "null"}]}, "nothing that validates"),
    "more different items than there are": (
        {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 3},
        "can't all differ|nothing that validates",
    ),
    "no schema": (5, "5 is not of type 'object', 'boolean'"),
    "a pattern without a text": ({"type": "string", "pattern": "a^b"}, "nothing that validates"),
}


@pytest.mark.parametrize(("schema", "reason"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_has_no_instance_is_impossible(schema: Any, reason: str) -> None:
    with pytest.raises(Impossible, match=reason) as caught:
        instance(schema, seed="s")
    assert caught.value.tail == ". Please ensure it is a valid JSON Schema."


def test_an_impossible_property_is_named() -> None:
    with pytest.raises(Impossible, match=r"at a/b"):
        instance({"properties": {"a": {"properties": {"b": False}, "required": ["b"]}}, "required": ["a"]}, seed="s")


FAILURES = [
    ({"a": [1, "x"]}, {"properties": {"a": {"items": {"type": "integer"}}}}, ("a", 1), "is not of type integer"),
    ({"a": 1}, {"required": ["b"]}, (), "has no 'b'"),
    (True, {"enum": [1]}, (), "is none of the values of enum"),
    (0.07, {"multipleOf": 0.01}, (), "is no multiple of 0.01"),
    ({"x": 1}, {"additionalProperties": False}, ("x",), "nothing validates against false"),
]


@pytest.mark.parametrize(("value", "schema", "path", "reason"), FAILURES)
def test_a_failure_says_where_and_why(value: Any, schema: Any, path: tuple[str | int, ...], reason: str) -> None:
    found = failure(value, schema)
    assert found is not None
    assert (found.path, found.reason) == (path, reason)
