"""How large a strict schema may be.

Limits: the structured outputs guide, "Objects have limitations on nesting depth and size", as of 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

PROPERTIES, LEVELS, VALUES = 5000, 10, 1000
CHARACTERS = 120_000
"""Of all names of properties and definitions and all values of enum and const."""
LONG_ENUM, LONG_ENUM_CHARACTERS = 250, 15_000
"""The most characters of one enum with more values than that."""

_OPT_OUT = "Consider reducing the number of enums, or use 'strict: false' to opt out of structured outputs."


@dataclass(slots=True)
class Size:
    """How large a schema is.  Filled while the schema is walked.

    A level is an object or array inside another: fifteen objects in each other are "14 levels of nesting".
    """

    levels: int = 0
    properties: int = 0
    values: int = 0
    characters: int = 0
    long_enums: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Args:
        name: the row's name in the table of `strict`.
        exceeded: whether a size is too much.
        tail: what OpenAI says then, after the name of the function or format.
        source: where it was seen.
    """

    name: str
    exceeded: Callable[[Size], bool]
    tail: str
    source: str


LIMITS = (
    Limit(
        "levels",
        lambda size: size.levels > LEVELS,
        f": {{0.levels}} levels of nesting exceeds limit of {LEVELS}.",
        "tidyverse/ellmer#671; the limit was 5 until 2025",
    ),
    Limit(
        "parameters",
        lambda size: size.properties > PROPERTIES,
        f": {{0.properties}} parameters exceeds limit of {PROPERTIES}.",
        'openai/openai-node#1176, there "exceed the limit of 100"; as it is since 2026 in public code',
    ),
    Limit(
        "values",
        lambda size: size.values > VALUES,
        f": Expected at most {VALUES} enum values in total within a single schema when using structured outputs, "
        f"but received {{0.values}}. {_OPT_OUT}",
        "community.openai.com, 974416; the limit was 500 until 2025",
    ),
    Limit(
        "long-enum",
        lambda size: bool(size.long_enums),
        f": Expected at most {LONG_ENUM_CHARACTERS} total characters across enum values when there are more than "
        f"{LONG_ENUM} enum values, but received {{0.long_enums[0]}}. {_OPT_OUT}",
        "a client's test, in public code",
    ),
    Limit(
        "characters",
        lambda size: size.characters > CHARACTERS,
        ". Please ensure it is a valid JSON Schema.",
        "inferred",
    ),
)
"""What is too large, in the order in which it is looked at."""


def excess(schema: Mapping[str, Any]) -> tuple[Limit, str] | None:
    """The limit that a schema exceeds and what OpenAI says then; None when it keeps them all.

    Args:
        schema: a well-formed schema.
    """
    size = _size(schema)
    return next(((limit, limit.tail.format(size)) for limit in LIMITS if limit.exceeded(size)), None)


def _size(schema: Mapping[str, Any]) -> Size:
    size = Size()
    waiting: list[tuple[Any, int]] = [(schema, 0)]
    while waiting:
        part, level = waiting.pop()
        if isinstance(part, dict):
            if "properties" in part or "items" in part:
                size.levels = max(size.levels, level)
            _count(part, size)
            waiting += _inside(part, level)
    return size


def _count(part: Mapping[str, Any], size: Size) -> None:
    if "properties" in part:
        size.properties += len(part["properties"])
        size.characters += sum(map(len, part["properties"]))
    for keyword in ("$defs", "definitions"):
        if keyword in part:
            size.characters += sum(map(len, part[keyword]))
    if "enum" in part:
        _count_values(part["enum"], size)
    if isinstance(part.get("const"), str):
        size.characters += len(part["const"])


def _count_values(values: list[Any], size: Size) -> None:
    length = sum(len(value) for value in values if isinstance(value, str))
    size.values += len(values)
    size.characters += length
    if len(values) > LONG_ENUM and length > LONG_ENUM_CHARACTERS:
        size.long_enums.append(length)


def _inside(part: Mapping[str, Any], level: int) -> Iterator[tuple[Any, int]]:
    """The parts inside one, each with its level: an object's property and an array's item are one level down."""
    if "properties" in part:
        yield from ((inner, level + 1) for inner in part["properties"].values())
    if "items" in part:
        yield part["items"], level + 1
    yield from ((inner, level) for inner in part.get("anyOf", ()))
    for keyword in ("$defs", "definitions"):
        if keyword in part:
            yield from ((inner, 0) for inner in part[keyword].values())
