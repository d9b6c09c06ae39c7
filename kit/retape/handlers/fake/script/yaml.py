"""Scripts in YAML files, read with the line and column of every key."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from retape.errors import ScriptError
from retape.handlers.fake.script.nodes import Node, Place
from retape.handlers.fake.script.place import shown
from retape.handlers.fake.script.reading import Written, read

_DEEPEST = 100
_MOST = 100_000
"""Values in a script, aliases written out: a small file can stand for billions of them."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes only; nothing is constructed."""


_KEPT = ("null", "float")
_Loader.yaml_implicit_resolvers = {
    letter: [(tag, found) for tag, found in rows if tag.rpartition(":")[2] in _KEPT]
    for letter, rows in _Loader.yaml_implicit_resolvers.items()
}
"""As YAML 1.2 has it: yes, on, 1:30 and dates are text."""
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z"), list("-+0123456789"))

_SCALARS: Mapping[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:null": lambda text: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": lambda text: _float(text),
    "tag:yaml.org,2002:str": str,
}


def load(path: str | Path, *, operations: Collection[str] = ()) -> Written:
    """The script of a YAML file.

    Args:
        path: the file.
        operations: the endpoints there are; none checks no endpoint.

    Raises:
        ScriptError: it can't be read, is no YAML, or says what no script can say; `.line` and `.column` name the place.
    """
    return read(load_nodes(path), operations)


def load_nodes(path: str | Path) -> Node:
    """A YAML file's values with their places.

    Raises:
        ScriptError: it can't be read, or is no YAML.
    """
    name = shown(str(path))
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise ScriptError(name, f"can't be read: {getattr(error, 'strerror', error)}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        Place(name, line, 1).fail(f"not UTF-8 (byte 0x{data[error.start]:02x})")
    return _Reader(name).node(_composed(text, name))


def loads(text: str, name: str = "script", *, operations: Collection[str] = ()) -> Written:
    """The script of a YAML text.

    Args:
        text: the text.
        name: what to call it in errors.
        operations: as in `load`.

    Raises:
        ScriptError: see `load`.
    """
    return read(_Reader(name).node(_composed(text, name)), operations)


def _composed(text: str, name: str) -> Any:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name, 1, 1)
        place.fail(f"no YAML: {error.problem or error.context}")
    except (yaml.YAMLError, RecursionError) as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        Place(name, line, 1).fail(f"no YAML: {getattr(error, 'reason', error)}")


class _Reader:
    """Nodes of a file's text.

    Args:
        name: what to call the file.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._read = 0

    def node(self, node: Any, above: tuple[int, ...] = ()) -> Node:
        """A node of ours from one of YAML's.

        Args:
            node: YAML's; None for an empty text.
            above: the ids of those that it stands in.
        """
        if node is None:
            return Node(None, "scalar", Place(self._name, 1, 1))
        place = Place(self._name, node.start_mark.line + 1, node.start_mark.column + 1)
        self._read += 1
        if id(node) in above:
            place.fail("an alias that stands for a part of itself")
        if len(above) > _DEEPEST:
            place.fail(f"nested more than {_DEEPEST} levels deep")
        if self._read > _MOST:
            place.fail(f"more than {_MOST} values")
        inner = (*above, id(node))
        if isinstance(node, yaml.SequenceNode):
            return Node([self.node(item, inner) for item in node.value], "list", place)
        if isinstance(node, yaml.MappingNode):
            return Node(self._pairs(node, inner), "mapping", place)
        return _scalar(node, place)

    def _pairs(self, node: Any, above: tuple[int, ...]) -> list[tuple[Node, Node]]:
        seen: dict[str, Place] = {}
        pairs = [(self.node(key, above), self.node(value, above)) for key, value in node.value]
        for key, _ in pairs:
            if key.kind != "scalar" or not key.text:
                key.place.fail("a key is a word")
            if key.text == "<<":
                key.place.fail("YAML's merge key << isn't read; write the keys out")
            if key.text in seen:
                key.place.fail(f"{key.text!r} stands here twice, the first time in line {seen[key.text].line}")
            seen[key.text] = key.place
        return pairs


def _scalar(node: Any, place: Place) -> Node:
    made = _SCALARS.get(node.tag)
    if made is None:
        place.fail(f"the tag {node.tag!r} means nothing here")
    try:
        return Node(made(node.value), "scalar", place, node.value)
    except ValueError:
        place.fail(f"{node.value!r} is no {node.tag.rpartition(':')[2]}")


def _float(text: str) -> float:
    special = {".inf": "inf", "-.inf": "-inf", "+.inf": "inf", ".nan": "nan"}
    return float(special.get(text.lower(), text.replace("_", "")))
