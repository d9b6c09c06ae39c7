"""What comes nearest to an instance of a schema that has none: all of it holds but what can't.

For functions without strict adherence.  OpenAI takes whatever schema they have, since nothing holds its model to it:
the arguments are what the model makes of them, and may be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from retape.handlers.fake.schema.branches import BRANCHING
from retape.handlers.fake.schema.hints import Hints
from retape.handlers.fake.schema.impossible import Impossible
from retape.handlers.fake.schema.instance import Maker, instance
from retape.handlers.fake.schema.kinds import types
from retape.handlers.fake.schema.memory import remembered
from retape.handlers.fake.schema.metaschema import unusable
from retape.handlers.fake.schema.spot import Spot
from retape.handlers.fake.schema.valid import valid

_GIVEN_UP = (
    *("not", "propertyNames", "contains", "uniqueItems", "format", "pattern", "allOf", "multipleOf"),
    *("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"),
    *("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "enum", "const"),
)
"""Keywords that are given up, one of them or all, the first that helps."""

_EMPTY: dict[str, Any] = {"string": "", "object": {}, "array": [], "integer": 0, "number": 0, "boolean": True}
_MOST = 2000
"""After so many values that only come near the others are empty."""
_DEEPEST = 24
_TRIES = 48
_WAYS = 8


def nearest(schema: Any, *, seed: str, hints: Sequence[str] = ()) -> Any:
    """An instance of a schema; where there is none, the nearest thing to it.

    The arguments are those of `instance`.  A part that has no instance is made as if it lacked the keyword that rules
    it out, and the parts around it as if that one were fine.  Of what is no schema an empty object is made.
    """
    try:
        return instance(schema, seed=seed, hints=hints)
    except Impossible:
        if remembered(unusable, schema) is not None:
            return {}
    try:
        return _Nearest(schema, seed, Hints(hints)).make(schema, Spot(refs=frozenset("#")))
    except (OverflowError, RecursionError):
        return {}


class _Nearest(Maker):
    """Makes what comes near where nothing validates."""

    def __init__(self, schema: Any, seed: str, hints: Hints) -> None:
        super().__init__(schema, seed, hints)
        self._exact, self._near = Maker(schema, seed, hints), _MOST

    def make(self, schema: Any, spot: Spot) -> Any:
        """A value that validates, or comes near."""
        try:
            return self._exact.make(schema, spot)
        except Impossible:
            return self._nearly(schema if isinstance(schema, dict) else {}, spot)

    def _nearly(self, schema: Mapping[str, Any], spot: Spot) -> Any:
        self._near -= 1
        if self._near >= 0 and spot.depth <= _DEEPEST:
            for flat, there in self._likely(schema, spot):
                for less in _lessened(flat):
                    for value in self._tried(less, there):
                        return value
        return _EMPTY.get(types(schema)[0])

    def _likely(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[tuple[Mapping[str, Any], Spot]]:
        yield from islice(self.branches.ways(schema, spot), _WAYS)
        yield {keyword: rule for keyword, rule in schema.items() if keyword not in BRANCHING}, spot

    def _tried(self, schema: Mapping[str, Any], spot: Spot) -> Iterator[Any]:
        """The values for a plain schema; the parts of objects and arrays are as good as can be."""
        try:
            for value in islice(self._values(schema, spot), _TRIES):
                if isinstance(value, dict | list) or valid(value, schema, self._document):
                    yield value
        except Impossible:
            return


def _lessened(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    there = [keyword for keyword in _GIVEN_UP if keyword in schema]
    yield schema
    for given_up in (*([keyword] for keyword in there), there):
        yield {keyword: rule for keyword, rule in schema.items() if keyword not in given_up}
