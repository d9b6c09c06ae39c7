"""The types of JSON, told apart as JSON Schema does: `true` is no number, and 1.0 is an integer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Path = tuple[str | int, ...]
"""Where something is: the keys and indexes that lead to it."""

NUMBERS = (int, float)

KINDS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "integer": lambda value: is_number(value) and (isinstance(value, int) or value.is_integer()),
    "number": lambda value: is_number(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
"""A type's name -> whether a value is of it."""

_HINTS = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


def is_number(value: Any) -> bool:
    """Whether a value is a number of JSON."""
    return isinstance(value, NUMBERS) and not isinstance(value, bool)


def types(schema: Mapping[str, Any]) -> list[str]:
    """The types that an instance of a schema may have, the likeliest first.

    Without `type` the other keywords tell which one is meant: a schema with `properties` is about objects, though
    it takes a number too.
    """
    named = schema.get("type")
    if isinstance(named, str):
        return [named]
    if named is not None:
        return sorted(named, key="null".__eq__)
    return [kind for kind, words in _HINTS.items() if any(word in schema for word in words)] or ["string"]


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal in JSON, where 1 is 1.0 and not `true`."""
    if isinstance(one, str):
        return bool(one == other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def unique(values: list[Any]) -> bool:
    """Whether no two values are equal."""
    if all(isinstance(value, str) for value in values):
        return len(set(values)) == len(values)
    return not any(same(value, other) for at, value in enumerate(values) for other in values[:at])
