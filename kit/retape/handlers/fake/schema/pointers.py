"""What a `$ref` points to: the document itself, a JSON pointer into it, an anchor, an `$id`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

MISSING: Final = object()
"""What is found where nothing is."""


class Document:
    """A whole schema, in which references are looked up.  Mutable only in what it remembers of earlier look-ups."""

    __slots__ = ("_found", "entered", "root")

    def __init__(self, root: Any) -> None:
        self.root = root
        self.entered: set[tuple[str, int]] = set()
        self._found: dict[str, Any] = {}

    def find(self, ref: str) -> Any:
        """The schema at a reference; `MISSING` when there is none: a part of the document that is no schema is none."""
        if ref not in self._found:
            found = self._look(ref)
            self._found[ref] = found if isinstance(found, dict | bool) else MISSING
        return self._found[ref]

    def refs(self) -> set[str]:
        """Every reference in the document."""
        return {part["$ref"] for part in _parts(self.root) if isinstance(part.get("$ref"), str)}

    def _look(self, ref: str) -> Any:
        base, _, fragment = ref.partition("#")
        whole = self.root if not base else self._named("$id", base)
        if not fragment:
            return whole
        return _walk(whole, fragment) if fragment[0] == "/" else self._named("$anchor", fragment)

    def _named(self, keyword: str, name: str) -> Any:
        said = (part for part in _parts(self.root) if isinstance(part.get(keyword), str))
        return next((part for part in said if part[keyword].rstrip("#") == name), MISSING)


def _walk(whole: Any, pointer: str) -> Any:
    for step in unquote(pointer)[1:].split("/"):
        whole = _step(whole, step.replace("~1", "/").replace("~0", "~"))
    return whole


def _step(whole: Any, step: str) -> Any:
    if isinstance(whole, dict):
        return whole.get(step, MISSING)
    if isinstance(whole, list) and step.isdecimal() and int(step) < len(whole):
        return whole[int(step)]
    return MISSING


def _parts(root: Any) -> Iterator[dict[str, Any]]:
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
