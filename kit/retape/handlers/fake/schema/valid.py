"""Does a value validate against a schema?  JSON Schema 2020-12, with formats, and the older spellings still in use.

A table of keywords, each a function that gives the first failure or None.  Faster than the `jsonschema` package by an
order of magnitude, because it explains one failure and no more; a test holds it against that package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from retape.handlers.fake.schema.formats import FORMATS
from retape.handlers.fake.schema.kinds import KINDS, Path, is_number, same, unique
from retape.handlers.fake.schema.patterns import compiled
from retape.handlers.fake.schema.pointers import MISSING, Document

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a value first doesn't validate.

    Args:
        reason: what is wrong there, in words.
        path: the keys and indexes in the value that lead there.
    """

    reason: str
    path: Path = ()

    def under(self, step: str | int) -> Failure:
        """The same failure, seen from one level up."""
        return replace(self, path=(step, *self.path))


Check = Callable[[Any, Any, Schema, Document], Failure | None]


def valid(value: Any, schema: Any, document: Document | None = None) -> bool:
    """Whether a value validates.

    Args:
        value: any JSON value.
        schema: a well-formed schema.
        document: the whole schema, when `schema` is a part of it.
    """
    return failure(value, schema, document) is None


def failure(value: Any, schema: Any, document: Document | None = None) -> Failure | None:
    """The first failure of a value, None when it validates; arguments as `valid` has them."""
    if not isinstance(schema, dict):
        return None if schema is not False else Failure("nothing validates against false")
    document = document or Document(schema)
    for keyword, rule in schema.items():
        check = CHECKS.get(keyword)
        if check is not None and (wrong := check(value, rule, schema, document)) is not None:
            return wrong
    return None


def _type(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    names = (rule,) if isinstance(rule, str) else rule
    for name in names:
        if name in KINDS and KINDS[name](value):
            return None
    return Failure(f"is not of type {' or '.join(names)}")


def _enum(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    there = value in rule if isinstance(value, str) else any(same(value, one) for one in rule)
    return None if there else Failure("is none of the values of enum")


def _const(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    return None if same(value, rule) else Failure("is not the value of const")


def _properties(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if isinstance(value, dict):
        for name, part in rule.items():
            if name in value and (wrong := failure(value[name], part, document)) is not None:
                return wrong.under(name)
    return None


def _required(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if isinstance(value, dict):
        for name in rule:
            if name not in value:
                return Failure(f"has no {name!r}")
    return None


def _pattern_properties(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if isinstance(value, dict):
        for name, part in value.items():
            for pattern, wanted in rule.items():
                if matches(pattern, name) and (wrong := failure(part, wanted, document)) is not None:
                    return wrong.under(name)
    return None


def additional(name: str, schema: Schema) -> bool:
    """Whether a property is one that `additionalProperties` speaks of."""
    return name not in schema.get("properties", ()) and not any(
        matches(pattern, name) for pattern in schema.get("patternProperties", ())
    )


def _additional(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if rule is not True and isinstance(value, dict) and value.keys() - schema.get("properties", {}).keys():
        for name, part in value.items():
            if additional(name, schema) and (wrong := failure(part, rule, document)) is not None:
                return wrong.under(name)
    return None


def _names(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if isinstance(value, dict):
        for name in value:
            if (wrong := failure(name, rule, document)) is not None:
                return wrong.under(name)
    return None


def _dependent_required(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if isinstance(value, dict):
        for name, wanted in rule.items():
            if name in value and (wrong := _required(value, wanted, schema, document)) is not None:
                return wrong
    return None


def _dependent_schemas(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if isinstance(value, dict):
        for name, wanted in rule.items():
            if name in value and (wrong := failure(value, wanted, document)) is not None:
                return wrong
    return None


def _dependencies(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    """Draft 7's two keywords in one."""
    named = {name: wanted for name, wanted in rule.items() if isinstance(wanted, list)}
    rest = {name: wanted for name, wanted in rule.items() if name not in named}
    wrong = _dependent_required(value, named, schema, document)
    return wrong or _dependent_schemas(value, rest, schema, document)


def _items(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if isinstance(value, list):
        for at in range(len(schema.get("prefixItems", ())), len(value)):
            if (wrong := failure(value[at], rule, document)) is not None:
                return wrong.under(at)
    return None


def _prefix(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if isinstance(value, list):
        for at, (item, wanted) in enumerate(zip(value, rule, strict=False)):
            if (wrong := failure(item, wanted, document)) is not None:
                return wrong.under(at)
    return None


def _contains(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if not isinstance(value, list):
        return None
    found = sum(valid(item, rule, document) for item in value)
    enough = schema.get("minContains", 1) <= found <= schema.get("maxContains", len(value))
    return None if enough else Failure(f"contains {found} of what it must contain")


def _unique(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    return Failure("has an item twice") if rule and isinstance(value, list) and not unique(value) else None


def _sized(
    kind: type[dict[str, Any]] | type[list[Any]] | type[str], holds: Callable[[int, Any], bool], words: str
) -> Check:
    def check(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
        return None if not isinstance(value, kind) or holds(len(value), rule) else Failure(f"{words} {rule}")

    return check


def _bound(holds: Callable[[Any, Any], bool], words: str) -> Check:
    def check(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
        return None if not is_number(value) or holds(value, rule) else Failure(f"{words} {rule}")

    return check


def multiple(value: Any, of: Any) -> bool:
    """Whether a number is a multiple of another, as clients find out: by the quotient, in floating point.

    0.07 is none of 0.01 for them, because the quotient is 7.000000000000001.
    """
    if isinstance(value, int) and isinstance(of, int):
        return value % of == 0
    try:
        return bool((value / of).is_integer())
    except OverflowError:
        return False


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text; one that Python can't read is found everywhere."""
    found = compiled(pattern)
    return found is None or found.search(text) is not None


def _pattern(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    return None if not isinstance(value, str) or matches(rule, value) else Failure(f"doesn't match {rule}")


def _format(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    if isinstance(value, str) and rule in FORMATS and not FORMATS[rule].holds(value):
        return Failure(f"is no {rule}")
    return None


def _ref(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    target, entry = document.find(rule), (rule, id(value))
    if target is MISSING or entry in document.entered:
        return Failure(f"{rule} leads nowhere")
    document.entered.add(entry)
    try:
        return failure(value, target, document)
    finally:
        document.entered.discard(entry)


def _all(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    return next((wrong for part in rule if (wrong := failure(value, part, document)) is not None), None)


def _any(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    return None if any(valid(value, part, document) for part in rule) else Failure("is valid under no part of anyOf")


def _one(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    found = sum(valid(value, part, document) for part in rule)
    return None if found == 1 else Failure(f"is valid under {found} parts of oneOf")


def _not(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    return Failure("is valid under not") if valid(value, rule, document) else None


def _if(value: Any, rule: Any, schema: Schema, document: Document) -> Failure | None:
    branch = "then" if valid(value, rule, document) else "else"
    return failure(value, schema.get(branch, True), document)


CHECKS: dict[str, Check] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "patternProperties": _pattern_properties,
    "propertyNames": _names,
    "minProperties": _sized(dict, lambda size, rule: size >= rule, "has fewer properties than"),
    "maxProperties": _sized(dict, lambda size, rule: size <= rule, "has more properties than"),
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "dependencies": _dependencies,
    "items": _items,
    "prefixItems": _prefix,
    "contains": _contains,
    "uniqueItems": _unique,
    "minItems": _sized(list, lambda size, rule: size >= rule, "has fewer items than"),
    "maxItems": _sized(list, lambda size, rule: size <= rule, "has more items than"),
    "minLength": _sized(str, lambda size, rule: size >= rule, "is shorter than"),
    "maxLength": _sized(str, lambda size, rule: size <= rule, "is longer than"),
    "pattern": _pattern,
    "format": _format,
    "minimum": _bound(lambda value, rule: value >= rule, "is less than"),
    "maximum": _bound(lambda value, rule: value <= rule, "is more than"),
    "exclusiveMinimum": _bound(lambda value, rule: value > rule, "is not more than"),
    "exclusiveMaximum": _bound(lambda value, rule: value < rule, "is not less than"),
    "multipleOf": _bound(multiple, "is no multiple of"),
    "$ref": _ref,
    "allOf": _all,
    "anyOf": _any,
    "oneOf": _one,
    "not": _not,
    "if": _if,
}
"""A keyword -> what it asks.  What is not here (titles, unevaluatedProperties ...) asks nothing that is made here."""
