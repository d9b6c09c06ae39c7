"""Where in a schema it is that a place in an instance is spoken of: what OpenAI calls the context."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.handlers.fake.schema.kinds import Path
from retape.handlers.fake.schema.pointers import Document

_MOST_REFS = 32


def context(schema: Any, path: Path) -> tuple[str, ...]:
    """The way through a schema to what is said of a place, as OpenAI prints it: ("properties", "email").

    Args:
        schema: the whole schema.
        path: the keys and indexes that lead to the place; those of which the schema says nothing are left out, with
            all after them.
    """
    document, part = Document(schema), schema
    found: list[str] = []
    for step in map(str, path):
        way, part = next(_said(part, step, document, _MOST_REFS), (None, None))
        if way is None:
            break
        found += way
    return tuple(found)


def _said(part: Any, step: str, document: Document, left: int) -> Iterator[tuple[list[str], Any]]:
    """Where a part speaks of a property or item: the way there, which a reference adds nothing to, and what it says."""
    if not isinstance(part, dict) or not left:
        return
    if step in part.get("properties", ()):
        yield ["properties", step], part["properties"][step]
    if step.isdecimal():
        prefix = part.get("prefixItems", [])
        if int(step) < len(prefix):
            yield ["prefixItems", step], prefix[int(step)]
        elif "items" in part:
            yield ["items"], part["items"]
    if "$ref" in part:
        yield from _said(document.find(part["$ref"]), step, document, left - 1)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for at, inner in enumerate(part.get(keyword, ())):
            for way, there in _said(inner, step, document, left - 1):
                yield [keyword, str(at), *way], there
    if isinstance(part.get("additionalProperties"), dict) and not step.isdecimal():
        yield ["additionalProperties"], part["additionalProperties"]
