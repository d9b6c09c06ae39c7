"""What OpenAI refuses in a schema, in its own words."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from fake.schema import schemas
from retape.handlers.fake.schema.instance import Impossible, instance
from retape.handlers.fake.schema.metaschema import RULES, malformed
from retape.handlers.fake.schema.strict import FORBIDDEN, TABLE, problem
from retape.handlers.fake.schema.valid import valid

closed = schemas.closed
STRING = {"type": "string"}
NO_PROPERTIES = "object schema missing properties."
OPEN = "'additionalProperties' is required to be supplied and to be false."
REQUIRED = "'required' is required to be supplied and to be an array including every key in properties."
TOP = "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'const'/'not' at the top level."
OPT_OUT = "Consider reducing the number of enums, or use 'strict: false' to opt out of structured outputs."
UNUSABLE = ". Please ensure it is a valid JSON Schema."


def nest(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = STRING
    for _ in range(levels):
        inner = closed({"a": inner})
    return inner


REFUSED: dict[str, tuple[Any, str]] = {
    "an open object": ({"type": "object", "properties": {"a": STRING}, "required": ["a"]}, f": In context=(), {OPEN}"),
    "open before not required": ({"type": "object", "properties": {"a": STRING}}, f": In context=(), {OPEN}"),
    "a property that isn't required": (
        closed({"a": STRING, "unit": STRING}) | {"required": ["a"]},
        f": In context=(), {REQUIRED} Missing 'unit'.",
    ),
    "a required key that is no property": (
        closed({"a": STRING}) | {"required": ["a", "b"]},
        f": In context=(), {REQUIRED} Extra required key 'b' supplied.",
    ),
    "an empty schema counts as no property": (
        closed({"a": {}}),
        f": In context=(), {REQUIRED} Extra required key 'a' supplied.",
    ),
    "an open object inside": (closed({"a": {"type": "object"}}), f": In context=('properties', 'a'), {OPEN}"),
    "inside an array": (
        closed({"a": {"type": "array", "items": {"type": "object", "properties": {}}}}),
        f": In context=('properties', 'a', 'items'), {OPEN}",
    ),
    "inside a branch": (
        closed({"a": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {}}]}}),
        f": In context=('properties', 'a', 'anyOf', '1'), {OPEN}",
    ),
    "inside a definition": (
        closed({}) | {"$defs": {"X": {"type": "object", "properties": {}}}},
        f": In context=('$defs', 'X'), {OPEN}",
    ),
    "one of several types": (
        closed({"a": {"type": ["null", "object"]}}),
        f": In context=('properties', 'a', 'type', '1'), {OPEN}",
    ),
    "an object without properties": (
        closed({"a": {"type": "array", "items": {"type": "object", "additionalProperties": False}}}),
        f": In context=('properties', 'a', 'items'), {NO_PROPERTIES}",
    ),
    "a top without properties": (
        {"type": "object", "additionalProperties": False},
        f": In context=(), {NO_PROPERTIES}",
    ),
    "an array of anything": (
        closed({"a": {"type": "array"}}),
        ": In context=('properties', 'a'), array schema missing items.",
    ),
    "a tuple": (
        closed({"a": {"type": "array", "prefixItems": [STRING]}}),
        ": In context=('properties', 'a'), array schema missing items.",
    ),
    "no type": (
        closed({"a": {"description": "x"}}),
        ": In context=('properties', 'a'), schema must have a 'type' key.",
    ),
    "a const alone": (
        closed({"a": {"const": "x"}}),
        ": In context=('properties', 'a'), schema must have a 'type' key.",
    ),
    "oneOf": (
        closed({"a": {"type": "array", "items": {"oneOf": [STRING]}}}),
        ": In context=('properties', 'a', 'items'), 'oneOf' is not permitted.",
    ),
    "a format": (
        closed({"url": STRING | {"format": "uri"}}),
        ": In context=('properties', 'url'), 'uri' is not a valid format.",
    ),
    "a format of one of several types": (
        closed({"url": {"type": ["string", "null"], "format": "uri"}}),
        ": In context=('properties', 'url', 'type', '0'), 'uri' is not a valid format.",
    ),
    "a keyword beside a reference": (
        closed({"a": {"$ref": "#/$defs/P", "description": "x"}}) | {"$defs": {"P": STRING}},
        ": context=('properties', 'a'), $ref cannot have keywords {'description'}.",
    ),
    "a reference into the document": (
        closed({"a": STRING, "b": {"$ref": "#/properties/a"}}),
        ": In context=('properties', 'b'), "
        "reference can only point to definitions defined at the top level of the schema.",
    ),
    "an enum of another type": (
        closed({"a": {"type": ["integer", "null"], "enum": ["x", None]}}),
        ": context=('properties', 'a'), enum value x does not validate against {'type': ['integer', 'null']}.",
    ),
    "an array": (
        {"type": "array", "items": STRING},
        """: schema must be a JSON Schema of 'type: "object"', got 'type: "array"'.""",
    ),
    "no type at the top": (
        {"anyOf": [closed({})]},
        """: schema must be a JSON Schema of 'type: "object"', got 'type: "None"'.""",
    ),
    "branches at the top": (closed({}) | {"anyOf": [closed({})]}, f": {TOP}"),
    "too many levels": (nest(12), ": 11 levels of nesting exceeds limit of 10."),
    "too many properties": (
        closed({f"p{at}": STRING for at in range(5001)}),
        ": 5001 parameters exceeds limit of 5000.",
    ),
    "too many values": (
        closed({"a": STRING | {"enum": [str(at) for at in range(1001)]}}),
        ": Expected at most 1000 enum values in total within a single schema when using structured outputs, "
        f"but received 1001. {OPT_OUT}",
    ),
    "too long an enum": (
        closed({"a": STRING | {"enum": [f"{at:060}" for at in range(251)]}}),
        ": Expected at most 15000 total characters across enum values when there are more than 250 enum values, but "
        f"received 15060. {OPT_OUT}",
    ),
    "too many characters": (closed({"a" * 120_001: STRING}), UNUSABLE),
    "a recursion without end": (closed({"a": {"$ref": "#"}}), UNUSABLE),
    "crossed bounds": (closed({"a": {"type": "integer", "minimum": 2, "maximum": 1}}), UNUSABLE),
    "no integer between": (closed({"a": {"type": "integer", "minimum": 1.2, "maximum": 1.8}}), UNUSABLE),
    "crossed sizes": (closed({"a": {"type": "array", "items": STRING, "minItems": 2, "maxItems": 1}}), UNUSABLE),
    "an empty enum": (closed({"a": STRING | {"enum": []}}), UNUSABLE),
    "false": (closed({"a": False}), f": In context=(), {REQUIRED} Extra required key 'a' supplied."),
}


@pytest.mark.parametrize(("schema", "tail"), REFUSED.values(), ids=REFUSED)
def test_strict_adherence_refuses(schema: Any, tail: str) -> None:
    before = copy.deepcopy(schema)
    found = problem(schema, strict=True)
    assert found is not None
    assert found.tail == tail
    assert schema == before


@pytest.mark.parametrize("keyword", FORBIDDEN)
def test_strict_adherence_takes_no(keyword: str) -> None:
    value = {"oneOf": [True], "allOf": [True], "dependentRequired": {}, "dependentSchemas": {}, "uniqueItems": True}
    number = 1 if keyword.startswith(("min", "max")) else True
    schema = closed({"a": STRING | {keyword: value.get(keyword, number)}})
    found = problem(schema, strict=True)
    assert found is not None
    assert found.tail == f": In context=('properties', 'a'), '{keyword}' is not permitted."
    assert problem(schema, strict=False) is None


TAKEN: dict[str, Any] = {
    "ten levels": nest(11),
    "a default": closed({"a": {"type": "integer", "default": 10}}),
    "sizes": closed({"a": STRING | {"minLength": 1, "maxLength": 9, "pattern": "^a"}}),
    "a recursion through a definition": closed({"a": {"$ref": "#/$defs/Node"}}) | {"$defs": schemas.DEFS},
    "a recursive top": {"$ref": "#/$defs/Node", "$defs": schemas.DEFS},
    "no properties at all": closed({}),
    "an enum that may be null": closed({"a": {"type": ["string", "null"], "enum": ["x", None]}}),
    "five thousand properties": closed({f"p{at}": STRING for at in range(5000)}),
}


@pytest.mark.parametrize("schema", TAKEN.values(), ids=TAKEN)
def test_strict_adherence_takes(schema: Any) -> None:
    assert problem(schema, strict=True) is None


LOOSE: dict[str, tuple[Any, str | None]] = {
    "an open object": ({"type": "object", "properties": {"a": {}}}, None),
    "any format": ({"type": "object", "properties": {"a": {"type": "string", "format": "uri"}}}, None),
    "no type": ({}, """: schema must be a JSON Schema of 'type: "object"', got 'type: "None"'."""),
    "no properties": ({"type": "object"}, f": In context=(), {NO_PROPERTIES}"),
    "no properties inside": ({"type": "object", "properties": {"a": {"type": "object"}}}, None),
    "branches at the top": ({"type": "object", "properties": {}, "oneOf": [True]}, f": {TOP}"),
    "an array of anything": (
        {"type": "object", "properties": {"paths": {"type": "array"}}},
        ": In context=('properties', 'paths'), array schema missing items.",
    ),
    "an array among the types": (
        {"type": "object", "properties": {"a": {"type": "array", "items": {"type": ["array", "null"]}}}},
        ": In context=('properties', 'a', 'items', 'type', '0'), array schema missing items.",
    ),
    "what can't be and needn't be": (
        {"type": "object", "properties": {"a": {"type": "integer", "minimum": 2, "maximum": 1}}},
        None,
    ),
    "what can't be and must be": ({"type": "object", "properties": {"a": False}, "required": ["a"]}, UNUSABLE),
    "a reference to nothing": ({"type": "object", "properties": {"a": {"$ref": "#/x"}}, "required": ["a"]}, UNUSABLE),
    "a const of another type": (
        {"type": "object", "properties": {"a": {"type": "string", "const": 1}}, "required": ["a"]},
        UNUSABLE,
    ),
    "required of null": (
        {"type": "object", "properties": {}, "required": None},
        ": None is not of type 'array'.",
    ),
    "parameters of null": (None, ": None is not of type 'object', 'boolean'."),
    "true": (True, ": True is not of type 'object'."),
    "a type nobody knows": (
        {"type": "object", "properties": {"a": {"type": "str"}}},
        ": 'str' is not valid under any of the given schemas.",
    ),
    "another language's pattern": (
        {"type": "object", "properties": {"a": {"pattern": "^\\p{L}$"}}},
        ": '^\\\\p{L}$' is not a 'regex'.",
    ),
    "a name for an id": ({"$id": "Parameters Schema"}, ": 'Parameters Schema' is not a 'uri-reference'."),
    "fifty levels": (nest(200), UNUSABLE),
}


@pytest.mark.parametrize(("schema", "tail"), LOOSE.values(), ids=LOOSE)
def test_a_function_that_is_not_strict(schema: Any, tail: str | None) -> None:
    found = problem(schema, strict=False)
    assert (found and found.tail) == tail


def test_a_format_that_is_not_strict_is_looked_at_less_closely() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array"}}}
    assert problem(schema, strict=False) is not None
    assert problem(schema, strict=False, subject="response_format") is None


def test_every_row_has_a_source_and_a_case() -> None:
    cases = [problem(schema, strict=True) for schema, _ in REFUSED.values()]
    cases += [problem(schema, strict=False) for schema, _ in LOOSE.values()]
    assert {found.row for found in cases if found} == TABLE.keys()
    assert all(row.source for row in TABLE.values())
    assert all(found.source for found in cases if found)


WORDED = [
    ("type", 5),
    ("type", "str"),
    ("type", ["str"]),
    ("enum", 5),
    ("required", None),
    ("required", "a"),
    ("required", [1]),
    ("required", ["a", "a"]),
    ("properties", []),
    ("properties", {"a": []}),
    ("minLength", -1),
    ("minLength", 1.5),
    ("minLength", True),
    ("anyOf", []),
    ("anyOf", {}),
    ("multipleOf", 0),
    ("multipleOf", "x"),
    ("pattern", "("),
    ("pattern", 5),
    ("items", [True]),
    ("$ref", 5),
    ("description", 5),
    ("title", None),
    ("uniqueItems", 1),
    ("minimum", "a"),
    ("minimum", True),
    ("examples", 5),
    ("$defs", {"a": 1}),
    ("not", None),
    ("dependentRequired", {"a": "b"}),
    ("dependentSchemas", {"a": 3}),
    ("patternProperties", {"(": True}),
    ("additionalProperties", None),
    ("prefixItems", []),
    ("format", 1),
    ("if", "x"),
    ("minItems", None),
]
META = Draft202012Validator(Draft202012Validator.META_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize(("keyword", "value"), WORDED)
def test_a_malformed_schema_is_worded_as_the_jsonschema_package_does(keyword: str, value: Any) -> None:
    found, expected = malformed({keyword: value}), best_match(META.iter_errors({keyword: value}))
    assert found is not None
    assert expected is not None
    assert found.sentence == expected.message


def test_where_a_schema_is_malformed_is_told() -> None:
    found = malformed({"properties": {"a": {"anyOf": [True, {"items": 5}]}}})
    assert found is not None
    assert found.path == ("properties", "a", "anyOf", 1, "items")


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats()
    | st.sampled_from(["", "a", "object", "#", "#/$defs/a", "("]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*RULES, "a", "dependencies", "default", "const"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def looking(times: int) -> settings:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=times, derandomize=True, database=None, deadline=None, suppress_health_check=slow)


@looking(300)
@given(JUNK)
@example({"type": "integer", "minimum": float("nan")})
@example({"type": "number", "exclusiveMinimum": float("inf")})
@example({"type": "number", "minimum": 10**400, "multipleOf": 0.5})
@example({"type": "string", "minLength": 10**12})
@example({"type": "array", "minItems": 10**12})
@example({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#"}}})
@example({"dependencies": 5, "then": {}, "$anchor": "x"})
@example({"type": "string", "pattern": "a{99999999999}"})
def test_any_json_value_is_a_schema_or_a_problem_and_never_an_error(junk: Any) -> None:
    said = [problem(junk, strict=strict, subject=subject) for strict in (True, False) for subject in SUBJECTS]
    assert all(found is None or found.tail[0] in ":." for found in said)
    with suppress(Impossible):
        made = instance(junk, seed="s")
        assert malformed(junk) is not None or META.is_valid(junk)
        assert valid(made, junk)


SUBJECTS: tuple[Any, ...] = ("function", "response_format")
