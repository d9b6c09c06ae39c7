"""An instance of a schema: plausible, valid, and the same for the same schema, seed and hints in every process.

What a schema names itself comes first (const, enum, default, examples), then what the conversation said, then what the
property's name says, then whatever fits.  Of an object the required properties are made, and all of them where none is
required; of an array one item, where it leaves the choice.  A recursion ends at its shortest way out.

Each value is right by construction or checked where it is made, so that another can be tried there; the whole is
checked once more at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from retape.handlers.fake.schema import arrays, objects, scalars
from retape.handlers.fake.schema.branches import BRANCHING, Branches
from retape.handlers.fake.schema.draws import Draw
from retape.handlers.fake.schema.heights import Heights
from retape.handlers.fake.schema.hints import Hints, number
from retape.handlers.fake.schema.impossible import Impossible
from retape.handlers.fake.schema.kinds import KINDS, types
from retape.handlers.fake.schema.memory import remembered
from retape.handlers.fake.schema.metaschema import unusable
from retape.handlers.fake.schema.pointers import Document
from retape.handlers.fake.schema.spot import Spot
from retape.handlers.fake.schema.valid import failure, valid

__all__ = ["Impossible", "instance"]

_WAYS = 64
"""How many ways through a schema's branches are tried at one place."""
_TRIES = 48
"""How many values are tried for one way."""
_EFFORT = 20_000
"""How many values are made in all before it is given up: a second, at worst."""
_DEEPEST = 40

_SAFE = frozenset(
    [
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "title",
        "description",
        "$schema",
        "$defs",
        "definitions",
        "$comment",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "deprecated",
        "readOnly",
        "writeOnly",
        "$id",
    ]
)
"""Keywords that are kept by construction."""

_CONTAINERS = ("object", "array")


def instance(schema: Mapping[str, Any] | bool, *, seed: str, hints: Sequence[str] = ()) -> Any:
    """An instance of a schema.

    Args:
        schema: the schema; any JSON value is taken.
        seed: what the choices depend on, beside the schema and the hints.
        hints: strings from the conversation that may become values ("San Francisco, CA", "2"), the most telling first.

    Raises:
        Impossible: the schema is malformed, nothing validates under it, or nothing was found.
    """
    try:
        return _made(schema, seed, hints)
    except Impossible as failed:
        failed.schema = schema
        raise


def _made(schema: Any, seed: str, hints: Sequence[str]) -> Any:
    wrong = remembered(unusable, schema)
    if wrong is not None:
        raise Impossible(wrong.sentence, wrong.path)
    try:
        return Maker(schema, seed, Hints(hints)).whole()
    except RecursionError:
        raise Impossible("it is nested too deeply") from None
    except OverflowError:
        raise Impossible("its numbers are beyond what JSON readers hold") from None


class Maker:
    """Makes the values of one instance.  Mutable: hints are used up, and patience is.

    Args:
        schema: a well-formed schema.
        seed: what the choices depend on.
        hints: what the conversation said.
    """

    def __init__(self, schema: Any, seed: str, hints: Hints) -> None:
        self.hints = hints
        self.heights = Heights(document := Document(schema))
        self.branches = Branches(document, self.heights)
        self.seed = seed
        self._document, self._left = document, _EFFORT

    def whole(self) -> Any:
        """The instance of the whole document."""
        schema = self._document.root
        value = self.make(schema, Spot(refs=frozenset("#")))
        wrong = failure(value, schema, self._document)
        if wrong is not None:
            raise Impossible(wrong.reason, wrong.path)
        return value

    def make(self, schema: Any, spot: Spot) -> Any:
        """A value that validates under a part of the document.

        Raises:
            Impossible: none was found.
        """
        self._left -= 1
        if self._left < 0 or spot.depth > _DEEPEST:
            raise Impossible("it asks for more than can be made", spot.path)
        if not isinstance(schema, dict):
            schema = {} if schema is not False else {"enum": []}
        if not spot.turn:
            return self._first(schema, spot)
        try:
            return self._first(schema, spot)
        except Impossible:
            return self._first(schema, spot._replace(turn=0))

    def _first(self, schema: Mapping[str, Any], spot: Spot) -> Any:
        """The first value that validates, on the first way that has one."""
        used, wrong = self.hints.used, None
        sure = schema.keys() <= _SAFE
        plain = BRANCHING.isdisjoint(schema)
        for flat, there in ((schema, spot),) if plain else islice(self.branches.ways(schema, spot), _WAYS):
            try:
                for value in islice(self._values(flat, there), spot.turn, _TRIES + spot.turn):
                    if sure or valid(value, schema, self._document):
                        return value
                    self.hints.used = used
            except Impossible as failed:
                wrong = failed
        raise wrong or Impossible("nothing that validates was found", spot.path)

    def _values(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[Any]:
        """Values for a plain schema, the likeliest first."""
        if "const" in schema:
            return iter((schema["const"],))
        if "enum" in schema:
            return self._said_first(schema["enum"])
        made = self._made(schema, spot)
        return chain(self._typical(schema), made) if "default" in schema or "examples" in schema else made

    def _said_first(self, values: list[Any]) -> Iterator[Any]:
        said = {text.casefold() for text in self.hints.all()}
        named = [value for value in values if isinstance(value, str) and value.casefold() in said] if said else ()
        return chain(named, values)

    def _typical(self, schema: Mapping[str, Any]) -> Iterator[Any]:
        """The values that a schema gives of itself, if they hold under it; a default of null says nothing."""
        own = [schema["default"]] if schema.get("default") is not None else []
        return (value for value in (*own, *schema.get("examples", ())) if valid(value, schema, self._document))

    def _made(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[Any]:
        kinds = types(schema)
        if spot.shallow:
            kinds = sorted(kinds, key=_CONTAINERS.__contains__)
        made = [_MAKERS[kind](self, schema, spot) for kind in kinds]
        if "not" in schema:  # which may leave no value of the first type
            made = [islice(values, _TRIES // len(kinds)) for values in made]
        return made[0] if len(made) == 1 else chain.from_iterable(made)

    def _string(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[str]:
        made = scalars.strings(schema, spot.name, Draw(self.seed, spot.place))
        if spot.hint is not None:
            return chain((spot.hint,), made)
        return chain(self._wanted(schema), made) if self.hints else made

    def _wanted(self, schema: Mapping[str, Any]) -> Iterator[str]:
        """The hints that a string may be, each used by the one that takes it."""
        for at, text in self.hints.texts():
            if (number(text) is None or "pattern" in schema) and valid(text, schema, self._document):
                self.hints.use(at)
                yield text

    def _number(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[float]:
        return self._numbers(schema, spot, whole=False)

    def _integer(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[float]:
        return self._numbers(schema, spot, whole=True)

    def _numbers(self, schema: Mapping[str, Any], spot: Spot, *, whole: bool) -> Iterator[float]:
        made = scalars.numbers(schema, spot.name, Draw(self.seed, spot.place), whole=whole)
        return chain(self._counted(schema, whole=whole), made) if self.hints else made

    def _counted(self, schema: Mapping[str, Any], *, whole: bool) -> Iterator[float]:
        """The hints that a number may be, each used by the one that takes it."""
        for at, value in self.hints.numbers():
            if valid(value, schema, self._document) and KINDS["integer" if whole else "number"](value):
                self.hints.use(at)
                yield value

    def _boolean(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[bool]:
        return iter((True, False))

    def _null(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[None]:
        return iter((None,))

    def _object(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[dict[str, Any]]:
        return objects.objects(self, schema, spot)

    def _array(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[list[Any]]:
        return arrays.arrays(self, schema, spot)


_MAKERS: dict[str, Callable[[Maker, Mapping[str, Any], Spot], Iterator[Any]]] = {
    "string": Maker._string,
    "number": Maker._number,
    "integer": Maker._integer,
    "boolean": Maker._boolean,
    "null": Maker._null,
    "object": Maker._object,
    "array": Maker._array,
}
