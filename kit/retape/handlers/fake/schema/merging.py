"""Two schemas made one: what validates under the result validates under both.

Used for `allOf`, for what stands beside a `$ref`, and for a chosen branch of `anyOf`.  Nested schemas aren't merged but
joined in an `allOf`, so that a recursive schema costs nothing until it is needed.  Two patterns, or two formats, have
no join: one stays, and the other is kept in an `allOf`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from retape.handlers.fake.schema.kinds import same
from retape.handlers.fake.schema.valid import additional

Join = Callable[[Any, Any], Any]


class Conflict(Exception):
    """Two schemas have no instance in common."""


def merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two schemas without references and branches as one.

    Raises:
        Conflict: nothing validates under both.
    """
    if not one or not other:
        return dict(one or other)
    merged = {**other, **one}
    for keyword in one.keys() & other.keys() & JOINS.keys():
        merged[keyword] = JOINS[keyword](one[keyword], other[keyword])
    if _UNJOINED & one.keys() & other.keys():
        merged |= _kept(one, other, merged)
    if _OBJECT & merged.keys():
        merged |= _objects(one, other)
    if "prefixItems" in merged or ("items" in one and "items" in other):
        merged |= _arrays(one, other)
    return merged


def both(one: Any, other: Any) -> Any:
    """Two nested schemas as one, unmerged."""
    if one is True or other is True:
        return other if one is True else one
    if one is False or other is False:
        return False
    return one if one is other or one == other else {"allOf": [one, other]}


def of_property(name: str, schema: Mapping[str, Any]) -> Any:
    """What an object's schema asks of a property, patterns aside."""
    if "properties" in schema and name in schema["properties"]:
        return schema["properties"][name]
    return schema.get("additionalProperties", True) if additional(name, schema) else True


_UNJOINED = frozenset(("pattern", "format"))


def _kept(one: Mapping[str, Any], other: Mapping[str, Any], merged: Mapping[str, Any]) -> dict[str, Any]:
    """The patterns and formats that are not those of the merged schema."""
    said = [{keyword: part[keyword]} for part in (one, other) for keyword in sorted(_UNJOINED & part.keys())]
    kept = [part for part in said if not part.items() <= merged.items()]
    return {"allOf": _union(merged.get("allOf", []), kept)} if kept else {}


_OBJECT = frozenset(("properties", "additionalProperties", "patternProperties"))


def _objects(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    names = {**one.get("properties", {}), **other.get("properties", {})}
    patterns = dict(one.get("patternProperties", {}))
    for pattern, part in other.get("patternProperties", {}).items():
        patterns[pattern] = both(patterns.get(pattern, True), part)
    return {
        "properties": {name: both(of_property(name, one), of_property(name, other)) for name in names},
        "additionalProperties": both(one.get("additionalProperties", True), other.get("additionalProperties", True)),
        **({"patternProperties": patterns} if patterns else {}),
    }


def _arrays(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    ours, theirs = one.get("prefixItems", []), other.get("prefixItems", [])
    items, others = one.get("items", True), other.get("items", True)
    return {
        "prefixItems": [
            both(ours[at] if at < len(ours) else items, theirs[at] if at < len(theirs) else others)
            for at in range(max(len(ours), len(theirs)))
        ],
        "items": both(items, others),
    }


def _types(one: Any, other: Any) -> list[str]:
    ours, theirs = (names if isinstance(names, list) else [names] for names in (one, other))
    found = [name for name in ours if name in theirs or (name == "integer" and "number" in theirs)]
    found += [name for name in theirs if name == "integer" and "number" in ours and name not in found]
    return _some(found)


def _some(found: list[Any]) -> list[Any]:
    if not found:
        raise Conflict
    return found


def _enum(one: Any, other: Any) -> list[Any]:
    return _some([value for value in one if any(same(value, there) for there in other)])


def _const(one: Any, other: Any) -> Any:
    return _some([one] if same(one, other) else [])[0]


def _multiple(one: Any, other: Any) -> Any:
    ours, theirs = Fraction(str(one)), Fraction(str(other))
    joined = Fraction(
        lcm(ours.numerator * theirs.denominator, theirs.numerator * ours.denominator),
        ours.denominator * theirs.denominator,
    )
    return joined.numerator if joined.denominator == 1 else float(joined)


def _union(one: list[Any], other: list[Any]) -> list[Any]:
    return [*one, *(name for name in other if name not in one)]


def _dependent(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: _union(one.get(name, []), other.get(name, [])) for name in {**one, **other}}


def _schemas(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: both(one.get(name, True), other.get(name, True)) for name in {**one, **other}}


JOINS: dict[str, Join] = {
    "type": _types,
    "enum": _enum,
    "const": _const,
    "required": _union,
    "allOf": _union,
    "dependentRequired": _dependent,
    "dependentSchemas": _schemas,
    "propertyNames": both,
    "multipleOf": _multiple,
    "uniqueItems": lambda one, other: one or other,
    "not": lambda one, other: {"anyOf": [one, other]},
    "pattern": lambda one, other: max(one, other, key=len),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"), min),
}
"""A keyword that both schemas have -> its one value.  What isn't here is the first schema's."""
