"""A script as it was written: scalars, lists and mappings, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from retape.errors import ScriptError


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands.

    Args:
        source: the file, or "script" for what came as a value.
        line: from 1; 0 for a value.
        column: from 1; 0 for a value.
        path: the way to it, for a value: "rules[0].on".
    """

    source: str
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else f"{self.source}{self.path}"

    def fail(self, problem: str) -> NoReturn:
        """Say what is wrong here.

        Raises:
            ScriptError: always.
        """
        raise ScriptError(str(self), problem, line=self.line, column=self.column)


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place.

    Args:
        value: a scalar; a list of nodes; or a list of (key, value) pairs of nodes, for a mapping.
        kind: "scalar", "list" or "mapping".
        place: where it stands.
        text: a scalar as it was written.
    """

    value: Any
    kind: str
    place: Place
    text: str = ""

    @property
    def is_null(self) -> bool:
        """Whether nothing stands here: `on:` alone matches everything."""
        return self.kind == "scalar" and self.value is None

    def plain(self, *, textual: bool = False) -> Any:
        """The value without places.

        Args:
            textual: whether scalars are texts, as they were written; null stays null, and an object an object.
        """
        if self.kind == "list":
            return [item.plain(textual=textual) for item in self.value]
        if self.kind == "mapping":
            return {key.text: value.plain(textual=textual) for key, value in self.value}
        return self.text if textual and isinstance(self.value, str | int | float) else self.value

    def items(self, what: str) -> list[Node]:
        """The items of a list.

        Args:
            what: what should be here, for the error.

        Raises:
            ScriptError: it is none.
        """
        if self.kind != "list":
            self.place.fail(f"{what} is a list, not {self._named()}")
        return list(self.value)

    def pairs(self, what: str) -> dict[str, tuple[Node, Node]]:
        """The keys of a mapping, each with its node and its value.

        Raises:
            ScriptError: it is none, or a key is none that is a word.
        """
        if self.kind != "mapping":
            self.place.fail(f"{what} is a mapping, not {self._named()}")
        return {key.text: (key, value) for key, value in self.value}

    def _named(self) -> str:
        if self.kind != "scalar":
            return f"a {self.kind}"
        return "nothing" if self.value is None else repr(self.text)


def of_value(value: Any, place: Place) -> Node:
    """The nodes of a Python value.

    Raises:
        ScriptError: a key is no text.
    """
    if isinstance(value, Mapping):
        return Node(list(_pairs(value, place)), "mapping", place)
    if isinstance(value, list | tuple):
        items = [of_value(item, Place(place.source, path=f"{place.path}[{i}]")) for i, item in enumerate(value)]
        return Node(items, "list", place)
    return Node(value, "scalar", place, str(value).lower() if isinstance(value, bool) else str(value))


def _pairs(value: Mapping[Any, Any], place: Place) -> Iterator[tuple[Node, Node]]:
    for key, item in value.items():
        if not isinstance(key, str):
            place.fail(f"the key {key!r} is no text")
        inner = Place(place.source, path=f"{place.path}.{key}")
        yield Node(key, "scalar", inner, key), of_value(item, inner)
