"""How deep the shallowest instance of a schema is: the way out of a recursion, and the proof that there is none.

The height of a scalar is 0, of an object or array one more than that of what it must hold.  References are solved by
iteration from infinity downwards, so that a recursion with a way out gets its height and one without stays infinite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from retape.handlers.fake.schema.contradictions import possible
from retape.handlers.fake.schema.merging import of_property
from retape.handlers.fake.schema.pointers import MISSING, Document

Schema = Mapping[str, Any]


_DEMANDS = frozenset(("$ref", "allOf", "anyOf", "oneOf"))


class Heights:
    """The heights of the parts of one document.  Mutable only in what it has worked out."""

    __slots__ = ("_document", "_solved")

    def __init__(self, document: Document) -> None:
        self._document = document
        self._solved: dict[str, float] = {}

    def of(self, schema: Any) -> float:
        """The height of a part of the document; infinite when nothing finite validates."""
        if not isinstance(schema, dict):
            return inf if schema is False else 0
        own = min([self._typed(kind, schema) for kind in possible(schema, self._document)], default=inf)
        return own if _DEMANDS.isdisjoint(schema) else max(own, *self._demanded(schema))

    def _typed(self, kind: str, schema: Schema) -> float:
        if kind == "object":
            return 1 + max([self.of(of_property(name, schema)) for name in schema.get("required", ())], default=-1)
        return 1 + max(map(self.of, _items(schema)), default=-1) if kind == "array" else 0

    def _demanded(self, schema: Schema) -> Iterator[float]:
        """The heights of what an instance must validate under as well."""
        if "$ref" in schema:
            yield self._refs().get(schema["$ref"], inf)
        yield from map(self.of, schema.get("allOf", ()))
        for keyword in schema.keys() & {"anyOf", "oneOf"}:
            yield min(map(self.of, schema[keyword]))

    def _refs(self) -> dict[str, float]:
        if not self._solved:
            self._solved = dict.fromkeys(self._document.refs(), inf)
            while self._improve():
                pass
        return self._solved

    def _improve(self) -> bool:
        before = dict(self._solved)
        for ref in before:
            target = self._document.find(ref)
            self._solved[ref] = inf if target is MISSING else self.of(target)
        return before != self._solved


def _items(schema: Schema) -> list[Any]:
    """The schemas of the items that an array must have."""
    fewest = schema.get("minItems", 0)
    prefix: list[Any] = schema.get("prefixItems", [])[:fewest]
    return prefix if fewest <= len(prefix) else [*prefix, schema.get("items", True)]
