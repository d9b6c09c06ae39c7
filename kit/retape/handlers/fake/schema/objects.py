"""Objects: which properties are made, and in which order they ask for what the conversation said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count, islice
from typing import Any

from retape.handlers.fake.schema import names, scalars
from retape.handlers.fake.schema.draws import Draw
from retape.handlers.fake.schema.hints import number
from retape.handlers.fake.schema.impossible import Impossible
from retape.handlers.fake.schema.making import Making
from retape.handlers.fake.schema.merging import both, of_property
from retape.handlers.fake.schema.spot import Spot
from retape.handlers.fake.schema.valid import matches

Schema = Mapping[str, Any]

_INVENTED = ("key", "name", "value", "item")
_MOST = 1000
"""No more properties are made than that, but those that are required."""


def objects(maker: Making, schema: Schema, spot: Spot) -> Iterator[dict[str, Any]]:
    """Objects for a plain schema: the likeliest, then those with fewer and with more properties, then others.

    Args:
        maker: makes the properties.
        schema: a schema without branches and references.
        spot: where the object is.
    """
    required, likely, every = _choices(maker, schema, spot)
    for turn, wanted in enumerate((likely, required, every, likely, every, likely)):
        if turn and wanted == likely and turn < 3:
            continue
        made = _object(maker, schema, spot._replace(turn=0 if turn < 3 else turn), wanted)
        if made is not None:
            yield made


def _choices(maker: Making, schema: Schema, spot: Spot) -> tuple[list[str], list[str], list[str]]:
    """The names of the properties that must, will likely and may be there."""
    properties, demanded = schema.get("properties", {}), schema.get("required", ())
    demanded = _entailed(demanded, schema) if "dependentRequired" in schema else demanded
    asked = set(demanded)
    required = [name for name in properties if name in asked]
    required += [name for name in demanded if name not in properties]
    every = [*properties, *(name for name in required if name not in properties)]
    if required or spot.shallow:
        return required, required, every
    return [], [name for name in every if not maker.branches.recursive(properties[name], spot)], every


def _entailed(demanded: Any, schema: Schema) -> list[str]:
    found = list(demanded)
    for name in found:
        found += [other for other in schema["dependentRequired"].get(name, ()) if other not in found]
    return found


def _object(maker: Making, schema: Schema, spot: Spot, wanted: list[str]) -> dict[str, Any] | None:
    demanded = set(schema.get("required", ()))
    hinted = _hinted(maker, schema, wanted) if maker.hints else {}
    made: dict[str, Any] = {}
    for name in wanted[: schema.get("maxProperties", max(len(demanded), _MOST))]:
        try:
            made[name] = maker.make(_asked(name, schema), spot.under(name, hint=hinted.get(name)))
        except Impossible:
            if name in demanded:
                raise
    if "minProperties" in schema or ("additionalProperties" in schema and not made):
        _fill(maker, schema, spot, made)
    return made if len(made) >= schema.get("minProperties", 0) else None


def _asked(name: str, schema: Schema) -> Any:
    """All that an object's schema asks of a property."""
    asked = of_property(name, schema)
    if "patternProperties" in schema:
        for pattern, part in schema["patternProperties"].items():
            if matches(pattern, name):
                asked = both(asked, part)
    return asked


_FREE = frozenset(("enum", "const", "default", "examples", "format", "pattern", "$ref"))


def _hinted(maker: Making, schema: Schema, wanted: list[str]) -> dict[str, str]:
    """Which free strings take which hint: places and questions choose first, the others in their order."""
    found = {}
    free = [name for name in wanted if _is_free(of_property(name, schema))]
    for name in sorted(free, key=names.need):
        for at, text in maker.hints.texts():
            if _fits(text, of_property(name, schema)) and (names.need(name) < 2 or number(text) is None):
                maker.hints.use(at)
                found[name] = text
                break
    return found


def _is_free(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "string" and _FREE.isdisjoint(schema)


def _fits(text: str, schema: Schema) -> bool:
    return bool(schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)))


def _fill(maker: Making, schema: Schema, spot: Spot, made: dict[str, Any]) -> None:
    """Adds properties that have no name in the schema: as many as must be, and one to an open object."""
    rest = schema.get("additionalProperties", True)
    fewest = schema.get("minProperties", 0)
    open_ended = isinstance(rest, dict) and not schema.get("properties") and not spot.shallow
    goal = max(fewest, int(open_ended and schema.get("maxProperties", 1) > 0))
    if len(made) >= goal or fewest > _MOST:
        return
    for name in _names(maker, schema, spot):
        if name in made:
            continue
        try:
            made[name] = maker.make(_asked(name, schema), spot.under(name))
        except Impossible:
            if not fewest:
                return
        if len(made) >= goal:
            return


def _names(maker: Making, schema: Schema, spot: Spot) -> Iterator[str]:
    """Names for properties: of those that are left, then as patterns and `propertyNames` want them."""
    yield from schema.get("properties", ())
    if "propertyNames" in schema:
        yield from _proper(maker, schema["propertyNames"], spot)
    for at, pattern in enumerate(schema.get("patternProperties", ())):
        yield from islice(scalars.matching(pattern, Draw(maker.seed, f"{spot.place}/name/{at}")), 12)
    yield from _INVENTED
    yield from (f"key{number}" for number in islice(count(2), _MOST))


def _proper(maker: Making, rule: Any, spot: Spot) -> Iterator[str]:
    for turn in range(40):
        try:
            yield maker.make(both({"type": "string"}, rule), spot.under("name", turn=turn))
        except Impossible:
            return
