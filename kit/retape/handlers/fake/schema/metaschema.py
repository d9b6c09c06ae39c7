"""Is a schema well-formed?  What JSON Schema 2020-12's own schema says of schemas, in the words OpenAI uses.

OpenAI validates with Python's `jsonschema` and passes its sentences on:

- "None is not of type 'array'.": yomorun/yomo#860
- "[] is not of type 'object', 'boolean'.": FoundationAgents/OpenManus#1162
- "'items' is not of type 'array'.": community.openai.com, 1062703
- "'...' is not a 'regex'.": Alishahryar1/free-claude-code#1730
- "'Parameters Schema' is not a 'uri-reference'.": griptape-ai/griptape#2150

A test holds the sentences against that package's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake.schema.kinds import KINDS, Path, is_number, unique
from retape.handlers.fake.schema.patterns import readable

DEEPEST = 48
"""Schemas nested more deeply are taken for malformed: OpenAI's own limits are far below."""
_MOST = 200_000
"""So are schemas of more parts."""

_REFERENCE = re.compile(r"[^\s<>\"{}|\\^`]*")


@dataclass(frozen=True, slots=True)
class Malformed:
    """What is wrong with a schema as such.

    Args:
        sentence: the sentence, without its full stop; empty for a schema that is only too large.
        path: the keys and indexes in the schema that lead there.
    """

    sentence: str
    path: Path


def _of(*names: str) -> Callable[[Any], str | None]:
    said = ", ".join(map(repr, names))

    def test(value: Any) -> str | None:
        for name in names:
            if KINDS[name](value):
                return None
        return f"{value!r} is not of type {said}"

    return test


_schema, _object, _array, _string = _of("object", "boolean"), _of("object"), _of("array"), _of("string")
_boolean, _number, _integer = _of("boolean"), _of("number"), _of("integer")


def _all(*tests: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    return lambda value: next((said for test in tests if (said := test(value))), None)


def _each(test: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    return lambda value: next(
        (said for part in (value.values() if isinstance(value, dict) else value) if (said := test(part))), None
    )


def _some(value: Any) -> str | None:
    return None if value else f"{value!r} should be non-empty"


def _unique(value: Any) -> str | None:
    return None if unique(value) else f"{value!r} has non-unique elements"


def _size(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return None if value >= 0 else f"{value!r} is less than the minimum of 0"
    return _integer(value) or (None if value >= 0 else f"{value!r} is less than the minimum of 0")


def _positive(value: Any) -> str | None:
    if not is_number(value):
        return f"{value!r} is not of type 'number'"
    return None if value > 0 else f"{value!r} is less than or equal to the minimum of 0"


def _type(value: Any) -> str | None:
    if isinstance(value, list):
        strange = [name for name in value if not isinstance(name, str) or name not in KINDS]
        return f"{strange[0]!r} is not one of {sorted(KINDS)}" if strange else _some(value) or _unique(value)
    known = isinstance(value, str) and value in KINDS
    return None if known else f"{value!r} is not valid under any of the given schemas"


def _dependency(value: Any) -> str | None:
    wrong = _names(value) if isinstance(value, list) else _schema(value)
    return wrong and f"{value!r} is not valid under any of the given schemas"


def _regex(value: Any) -> str | None:
    return _string(value) or (None if readable(value) else f"{value!r} is not a 'regex'")


def _uri(value: Any) -> str | None:
    return _string(value) or (None if _REFERENCE.fullmatch(value) else f"{value!r} is not a 'uri-reference'")


def _patterned(value: Any) -> str | None:
    return _object(value) or next((said for pattern in value if (said := _regex(pattern))), None)


def _names(value: Any) -> str | None:
    if not isinstance(value, list):
        return _array(value)
    for name in value:
        if not isinstance(name, str):
            return _string(name)
    return None if len(set(value)) == len(value) else f"{value!r} has non-unique elements"


Rules = dict[str, Callable[[Any], str | None]]

RULES: Rules = {
    "type": _type,
    "properties": _object,
    "required": _names,
    "description": _string,
    "additionalProperties": _schema,
    "items": _schema,
    "enum": _array,
    "$defs": _object,
    "definitions": _object,
    "patternProperties": _patterned,
    "dependentSchemas": _object,
    "dependentRequired": _all(_object, _each(_names)),
    "dependencies": _all(_object, _each(_dependency)),
    "pattern": _regex,
    **dict.fromkeys(("$ref", "$id", "$dynamicRef"), _uri),
    **dict.fromkeys(("title", "format", "$comment", "$schema", "$anchor", "contentEncoding"), _string),
    **dict.fromkeys(("anyOf", "oneOf", "allOf", "prefixItems"), _all(_array, _some)),
    **dict.fromkeys(("not", "if", "then", "else", "contains", "propertyNames"), _schema),
    **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), _schema),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _boolean),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"), _size),
    **dict.fromkeys(("minProperties", "maxProperties"), _size),
    "multipleOf": _positive,
    "examples": _array,
}
"""A keyword -> what is wrong with a value for it."""

_ANY_PATTERN: Rules = RULES | {"pattern": _string, "patternProperties": _object}

MAPS = frozenset(("properties", "$defs", "definitions", "patternProperties", "dependentSchemas", "dependencies"))
"""Keywords that hold schemas by name."""
LISTS = frozenset(("anyOf", "oneOf", "allOf", "prefixItems"))
"""Keywords that hold a list of schemas."""
SINGLES = frozenset(
    [
        "items",
        "additionalProperties",
        "not",
        "if",
        "then",
        "else",
        "contains",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
    ]
)
"""Keywords that hold one schema."""
NESTING = MAPS | LISTS | SINGLES


def nested(schema: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The schemas right inside a schema whose keywords have the right types, with the way to them."""
    for keyword in schema.keys() & NESTING:
        value = schema[keyword]
        if keyword in SINGLES:
            yield (keyword,), value
        else:
            parts = value.items() if keyword in MAPS else enumerate(value)
            names = keyword == "dependencies"
            yield from (((keyword, key), part) for key, part in parts if not (names and isinstance(part, list)))


def malformed(schema: Any) -> Malformed | None:
    """What is wrong with a schema as such, whatever it is for; None when nothing is.

    Args:
        schema: any JSON value.
    """
    return _walked(schema, RULES)


def unusable(schema: Any) -> Malformed | None:
    """The same, but for patterns of other languages: servers that are no OpenAI take them."""
    return _walked(schema, _ANY_PATTERN)


def _walked(schema: Any, rules: Rules) -> Malformed | None:
    waiting: list[tuple[Any, Path]] = [(schema, ())]
    seen = 0
    while waiting:
        part, path = waiting.pop()
        if (wrong := _wrong(part, rules)) is not None:
            return Malformed(wrong[0], path + wrong[1])
        seen += 1
        if len(path) > DEEPEST * 2 or seen > _MOST:
            return Malformed("", path)
        if isinstance(part, dict) and not NESTING.isdisjoint(part):
            waiting += [(inner, path + step) for step, inner in nested(part)]
    return None


def _wrong(part: Any, rules: Rules) -> tuple[str, Path] | None:
    """What is wrong at one level, and the step to it."""
    if not isinstance(part, dict):
        said = _schema(part)
        return None if said is None else (said, ())
    for keyword, value in part.items():
        if keyword in rules and value.__class__ is not _PLAIN.get(keyword):
            said = rules[keyword](value)
            if said is not None:
                return said, (keyword,)
    return None


_PLAIN = {
    keyword: next((kind for kind, test in ((str, _string), (dict, _object)) if rule is test), None)
    for keyword, rule in RULES.items()
} | dict.fromkeys(SINGLES, dict)
"""A keyword -> a class whose values are all right for it: they are not looked at."""
