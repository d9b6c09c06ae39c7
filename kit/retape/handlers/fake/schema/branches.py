"""A schema with references and branches, as the plain schemas that it comes down to.

Each plain schema is one way through `$ref`, `allOf`, `anyOf`, `oneOf`, `not` and `if`: a conjunction without any of
them, but for what can't be made one (two patterns), which stays in an `allOf`, and the `not`, which stays too.  The
likeliest way comes first; in a recursion, the one that ends soonest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from retape.handlers.fake.schema.heights import Heights
from retape.handlers.fake.schema.merging import Conflict, merge
from retape.handlers.fake.schema.opposites import opposites
from retape.handlers.fake.schema.pointers import MISSING, Document
from retape.handlers.fake.schema.spot import Spot

Schema = Mapping[str, Any]
Way = tuple[Schema, Spot]

BRANCHING = frozenset(("$ref", "allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas", "dependencies"))
_LEFT_OUT = BRANCHING - {"not"} | {"then", "else", "$defs", "definitions"}


class Branches:
    """The ways through the schemas of one document.

    Args:
        document: where references are looked up.
        heights: how deep each way goes at least.
    """

    __slots__ = ("_document", "_heights")

    def __init__(self, document: Document, heights: Heights) -> None:
        self._document, self._heights = document, heights

    def ways(self, schema: Any, spot: Spot) -> Iterator[Way]:
        """The plain schemas that a schema comes down to, each with the spot as it then is."""
        if not isinstance(schema, dict):
            if schema is not False:
                yield {}, spot
        elif BRANCHING.isdisjoint(schema):
            yield schema, spot
        else:
            flat = {keyword: rule for keyword, rule in schema.items() if keyword not in _LEFT_OUT}
            forks = list(self._forks(schema, spot))
            for plain, there in self._followed(schema["$ref"], spot) if "$ref" in schema else [({}, spot)]:
                yield from self._joined(flat, plain, forks, spot, there)

    def _followed(self, ref: str, spot: Spot) -> Iterator[Way]:
        """The ways through what a reference points to; the same reference again, further up, is a recursion."""
        target = self._document.find(ref)
        if target is not MISSING and ref not in spot.here:
            shallow = spot.shallow or ref in spot.refs
            yield from self.ways(target, spot._replace(refs=spot.refs | {ref}, here=spot.here | {ref}, shallow=shallow))

    def _joined(self, flat: Schema, plain: Schema, forks: list[list[Any]], spot: Spot, so_far: Spot) -> Iterator[Way]:
        with suppress(Conflict):
            yield from self._through(merge(flat, plain), forks, spot, so_far)

    def _through(self, flat: Schema, forks: list[list[Any]], spot: Spot, so_far: Spot) -> Iterator[Way]:
        """The ways through what is left of the forks: each starts at the spot, and knows what was followed so far."""
        if not forks:
            yield flat, so_far
            return
        for branch in forks[0]:
            for plain, there in self.ways(branch, spot):
                shallow = so_far.shallow or there.shallow
                after = so_far._replace(refs=so_far.refs | there.refs, shallow=shallow)
                yield from self._joined(flat, plain, forks[1:], spot, after)

    def _forks(self, schema: Schema, spot: Spot) -> Iterator[list[Any]]:
        """The choices that a schema leaves: each a list of branches, one of which is taken."""
        for part in schema.get("allOf", ()):
            yield [part]
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                yield sorted(schema[keyword], key=lambda branch: self._rank(branch, spot))
        if "if" in schema:
            yield [{"allOf": [schema["if"], schema.get("then", True)]}, schema.get("else", True)]

        for keyword in ("dependentSchemas", "dependencies"):
            for wanted in schema.get(keyword, {}).values():
                yield [{"required": wanted} if isinstance(wanted, list) else wanted, True]
        if "not" in schema:  # what is made without regard to it may well do
            yield [True, *opposites(schema["not"], self._document)]

    def _rank(self, branch: Any, spot: Spot) -> tuple[bool, float, bool]:
        """How late a branch is tried: recursions last, null after the rest, while a way out is looked for by height."""
        if not isinstance(branch, dict):
            return False, 0, False
        height = self._heights.of(branch) if spot.shallow else 0
        return self.recursive(branch, spot), height, branch.get("type") == "null"

    def recursive(self, schema: Any, spot: Spot) -> bool:
        """Whether a schema leads straight back to one that is being made."""
        return isinstance(schema, dict) and schema.get("$ref") in spot.refs
