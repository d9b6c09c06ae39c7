"""What a `not` comes down to: schemas, each of which breaks one keyword of what is refused.

They guide what is made and don't prove anything: a value is checked against the `not` itself.  Keywords that aren't
here (enum, const, multipleOf, pattern, format) leave so much that chance finds it, or `demands` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

from retape.handlers.fake.schema.pointers import MISSING, Document

Schema = Mapping[str, Any]

_NUMERIC = ("integer", "number")
_LIKELY = ("string", *_NUMERIC, "boolean", "object", "array", "null")


def opposites(schema: Any, document: Document) -> Iterator[Any]:
    """Schemas under one of which whatever doesn't validate under a schema does, as far as is known.

    Args:
        schema: what is refused.
        document: where its references are looked up.
    """
    if not isinstance(schema, dict):
        if schema is False:
            yield True
        return
    for keyword, rule in schema.items():
        if keyword in _BOUNDS:
            yield from _beyond(rule, *_BOUNDS[keyword])
        elif keyword in _BROKEN:
            yield from _BROKEN[keyword](rule, schema)
        elif keyword == "$ref" and document.find(rule) is not MISSING:
            yield {"not": document.find(rule)}


_BOUNDS: dict[str, tuple[str, str, int]] = {
    "minLength": ("string", "maxLength", -1),
    "maxLength": ("string", "minLength", 1),
    "minItems": ("array", "maxItems", -1),
    "maxItems": ("array", "minItems", 1),
    "minProperties": ("object", "maxProperties", -1),
    "maxProperties": ("object", "minProperties", 1),
    "minimum": ("number", "exclusiveMaximum", 0),
    "maximum": ("number", "exclusiveMinimum", 0),
    "exclusiveMinimum": ("number", "maximum", 0),
    "exclusiveMaximum": ("number", "minimum", 0),
}
"""A bound -> the type that it is about, the bound on its other side, and how far away that is."""


def _beyond(rule: Any, kind: str, bound: str, step: int) -> Iterator[Schema]:
    if rule + step >= 0 or not step:
        yield {"type": kind, bound: rule + step}


def _type(rule: Any, _: Schema) -> Iterator[Schema]:
    named = [rule] if isinstance(rule, str) else rule
    left = [kind for kind in _LIKELY if kind not in named and kind not in _NUMERIC]
    if left:
        yield {"type": left}
    if "number" not in named:
        yield {"type": "number" if "integer" in named else "integer"}


def _required(rule: Any, _: Schema) -> Iterator[Schema]:
    for name in rule:
        yield {"type": "object", "properties": {name: False}}


def _properties(rule: Any, _: Schema) -> Iterator[Schema]:
    for name, part in rule.items():
        yield {"type": "object", "required": [name], "properties": {name: {"not": part}}}


def _additional(rule: Any, schema: Schema) -> Iterator[Schema]:
    known = schema.get("properties", {})
    yield {"type": "object", "additionalProperties": {"not": rule}, "minProperties": len(known) + 1}


def _dependent(rule: Any, _: Schema) -> Iterator[Schema]:
    for name, wanted in rule.items():
        for other in wanted:
            yield {"type": "object", "required": [name], "properties": {other: False}}


def _one(rule: Any, _: Schema) -> Iterator[Schema]:
    yield {"allOf": [{"not": part} for part in rule]}
    for pair in combinations(rule, 2):
        yield {"allOf": list(pair)}


def _unique(rule: Any, _: Schema) -> Iterator[Schema]:
    for value in _SAMPLES if rule else ():
        yield {"type": "array", "minItems": 2, "items": {"enum": [value]}}


_SAMPLES: tuple[Any, ...] = ("example", 1, True, None, {}, [])

_BROKEN: dict[str, Callable[[Any, Schema], Iterator[Any]]] = {
    "type": _type,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "dependentRequired": _dependent,
    "items": lambda rule, _: iter([{"type": "array", "minItems": 1, "contains": {"not": rule}}]),
    "contains": lambda rule, _: iter([{"type": "array", "items": {"not": rule}}]),
    "anyOf": lambda rule, _: iter([{"allOf": [{"not": part} for part in rule]}]),
    "allOf": lambda rule, _: iter([{"not": part} for part in rule]),
    "oneOf": _one,
    "uniqueItems": _unique,
    "not": lambda rule, _: iter([rule]),
}
"""A keyword -> schemas of what breaks it."""
