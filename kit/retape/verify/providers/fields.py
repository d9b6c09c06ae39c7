"""The fields of a provider's file, each read from a node that knows its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from retape.handlers.fake.script.kinds import nearest
from retape.handlers.fake.script.nodes import Node, Place
from retape.verify.cases.capabilities import CAPABILITIES
from retape.verify.cases.words import WORDS

T = TypeVar("T")
Reader = Callable[[Node, str], T]
"""(node, the field's name) -> what it means; raises `ScriptError`, which names file, line and column."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\Z", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_DATE = re.compile(r"20\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?\Z")
_URL = re.compile(r"(?:https?://[^\s/]+|\$\{[^}]+\})[^\s]*\Z")


def fields_of(node: Node, what: str, readers: Mapping[str, Reader[Any]], required: tuple[str, ...]) -> dict[str, Any]:
    """A mapping whose keys are known.

    Args:
        node: the mapping.
        what: what it describes, for errors: "a model".
        readers: the reader of each key.
        required: keys that have to be there.

    Raises:
        ScriptError: a key is none of them, or missing, or its value can't be read.
    """
    found: dict[str, Any] = {}
    for name, (key, value) in node.pairs(what).items():
        if name not in readers:
            key.place.fail(f"{what} has no field {name!r}; {nearest(name, tuple(readers))}")
        found[name.replace("-", "_")] = readers[name](value, name)
    missing = [name for name in required if name.replace("-", "_") not in found]
    if missing:
        node.place.fail(f"{what} needs {' and '.join(map(repr, missing))}")
    return found


def text(node: Node, name: str) -> str:
    """A text with something in it."""
    if node.kind != "scalar" or not node.text.strip():
        node.place.fail(f"{name!r} is a text{', and stands empty here' if node.is_null else ''}")
    return " ".join(node.text.split())


def fitting(pattern: re.Pattern[str], right: str) -> Reader[str]:
    """A text of a certain form.

    Args:
        pattern: the form.
        right: what it is, for errors.
    """

    def read(node: Node, name: str) -> str:
        value = text(node, name)
        if not pattern.match(value):
            node.place.fail(f"{name!r} is {right}, not {value!r}")
        return value

    return read


identifier = fitting(_NAME, "a name of letters, digits, dots and dashes")
variable = fitting(_VARIABLE, "the name of an environment variable")
date = fitting(_DATE, 'a date such as "2025-09" or "2025-09-14"')
url = fitting(_URL, 'an address such as "https://api.example.com/v1" or "${VARIABLE}/v1"')


def flag(node: Node, name: str) -> bool:
    """True or false."""
    if not isinstance(node.value, bool):
        node.place.fail(f"{name!r} is true or false, not {node.text!r}")
    return node.value


class Placed(str):
    """A text that knows where it stands."""

    __slots__ = ("place",)
    place: Place


def texts(node: Node, name: str) -> tuple[Placed, ...]:
    """A list of texts; one alone may stand for it."""
    return tuple(_placed(item, name) for item in ([node] if node.kind == "scalar" else node.items(repr(name))))


def _placed(node: Node, name: str) -> Placed:
    found = Placed(text(node, name))
    found.place = node.place
    return found


def patterns(what: str, names: Callable[[], Sequence[str]]) -> Reader[tuple[Placed, ...]]:
    """A list of patterns, as fnmatch has them, each of which some name fits.

    Args:
        what: what they are names of, for errors.
        names: gives them.
    """

    def read(node: Node, name: str) -> tuple[Placed, ...]:
        found = texts(node, name)
        for pattern in found:
            fits(pattern, what, names())
        return found

    return read


def fits(pattern: Placed, what: str, names: Sequence[str]) -> None:
    """Hold a pattern against the names that there are.

    Raises:
        ScriptError: no name fits it; the message has the nearest one.
    """
    if not any(fnmatchcase(name, pattern) for name in names):
        close = get_close_matches(pattern, names, n=1, cutoff=0.55)
        pattern.place.fail(f"there is no {what} {pattern!r}; {f'did you mean {close[0]!r}?' if close else HOW[what]}")


HOW = {
    "rule": "retape check --rules lists them",
    "word of cases": f"known: {', '.join(WORDS)}",
    "case": "a case is TEST or TEST/CASE, such as 'chat-basic/earth'",
}
"""What there are names of -> where to find them."""


def capabilities(node: Node, name: str) -> frozenset[str]:
    """A list of names of `CAPABILITIES`."""
    items = [node] if node.kind == "scalar" else node.items(repr(name))
    return frozenset(capability(item) for item in items)


def capability(node: Node) -> str:
    """A name of `CAPABILITIES`."""
    if node.text not in CAPABILITIES:
        node.place.fail(f"there is no capability {node.text!r}; {nearest(node.text, tuple(CAPABILITIES))}")
    return node.text


def mapping(node: Node, name: str) -> dict[str, str]:
    """Names with a text each."""
    return {key: text(value, key) for key, (_, value) in node.pairs(repr(name)).items()}


def mode(node: Node, name: str) -> bool:
    """Whether it is about streams, or about plain answers."""
    words = {"stream": True, "plain": False}
    if node.text not in words:
        node.place.fail(f"{name!r} is 'stream' or 'plain', not {node.text!r}")
    return words[node.text]


def listed(read: Callable[[Node], T]) -> Reader[tuple[T, ...]]:
    """A list of something.

    Args:
        read: makes one of it.
    """
    return lambda node, name: tuple(read(item) for item in node.items(repr(name)))
