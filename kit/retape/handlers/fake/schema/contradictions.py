"""What a schema says that nothing can be: found by looking at one level of it, branches and references aside.

Each row tells whether a schema contradicts itself for values of one type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from retape.handlers.fake.schema.kinds import KINDS, types
from retape.handlers.fake.schema.pointers import Document
from retape.handlers.fake.schema.valid import valid

Schema = Mapping[str, Any]

_INFINITE = float("inf")


def _crossed(low: str, high: str) -> Callable[[Schema], bool]:
    return lambda schema: low in schema and high in schema and schema[low] > schema[high]


def _empty_range(schema: Schema) -> bool:
    low = max(schema.get("minimum", -_INFINITE), schema.get("exclusiveMinimum", -_INFINITE))
    high = min(schema.get("maximum", _INFINITE), schema.get("exclusiveMaximum", _INFINITE))
    open_ended = low == schema.get("exclusiveMinimum") or high == schema.get("exclusiveMaximum")
    return bool(low > high or (low == high and open_ended and abs(low) != _INFINITE))


def _no_integer(schema: Schema) -> bool:
    if not {"minimum", "exclusiveMinimum"} & schema.keys() or not {"maximum", "exclusiveMaximum"} & schema.keys():
        return _empty_range(schema)
    low = max(schema.get("minimum", -_INFINITE), schema.get("exclusiveMinimum", -_INFINITE))
    high = min(schema.get("maximum", _INFINITE), schema.get("exclusiveMaximum", _INFINITE))
    if not -_INFINITE < low <= high < _INFINITE:
        return bool(low > high)
    first = -int(-low // 1) + (-(-low // 1) == schema.get("exclusiveMinimum"))
    return bool(first > high or first == schema.get("exclusiveMaximum"))


ROWS: dict[str, Callable[[Schema], bool]] = {
    "string": _crossed("minLength", "maxLength"),
    "array": _crossed("minItems", "maxItems"),
    "object": _crossed("minProperties", "maxProperties"),
    "number": _empty_range,
    "integer": _no_integer,
}
"""A type -> whether a schema takes no value of it."""

_SUSPECT = frozenset(
    [
        "minLength",
        "minItems",
        "minProperties",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "enum",
        "const",
    ]
)


def possible(schema: Schema, document: Document) -> list[str]:
    """The types that an instance may have, those left out of which none can be."""
    named = types(schema)
    if _SUSPECT.isdisjoint(schema):
        return named
    if "enum" in schema or "const" in schema:
        return named if _chosen(schema, document) else []
    return [kind for kind in named if kind in KINDS and not (kind in ROWS and ROWS[kind](schema))]


_PLAIN = frozenset(("$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$defs", "definitions", "default"))


def _chosen(schema: Schema, document: Document) -> bool:
    """Whether a value of `enum` or `const` is left by the keywords beside it."""
    values = [schema["const"]] if "const" in schema else schema["enum"]
    beside = {keyword: rule for keyword, rule in schema.items() if keyword not in _PLAIN}
    return any(valid(value, beside, document) for value in values)
