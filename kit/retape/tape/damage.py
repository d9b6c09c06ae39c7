"""What can be wrong with a cassette file, found before anything else happens, with its line."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any, NoReturn

import yaml

from retape.errors import CassetteDamaged, UnknownFormat
from retape.tape.foreign import kind_of, unknown
from retape.tape.layout import Interaction, from_interaction

_CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} |\|{7} )", re.MULTILINE)


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe YAML loader for cassettes: no object is ever built but the few plain ones vcrpy writes."""


def _iterator_parts(loader: Any, node: Any) -> Any:
    arguments = loader.construct_mapping(node, deep=True).get("args") or [[]]
    return list(arguments[0])


def _buffer(loader: Any, node: Any) -> Any:
    state = loader.construct_mapping(node, deep=True).get("state") or (b"",)
    return state[0]


def _bytes(loader: Any, node: Any) -> bytes:
    return base64.b64decode(loader.construct_scalar(node))


def _first_argument(loader: Any, node: Any) -> Any:
    return loader.construct_sequence(node, deep=True)[0]


Loader.yaml_implicit_resolvers = {
    letter: [(tag, found) for tag, found in rows if tag.rpartition(":")[2] not in ("timestamp", "bool", "int")]
    for letter, rows in Loader.yaml_implicit_resolvers.items()
}
"""A date in a header field is text, and so are yes, on and 010: other languages' YAML writers don't quote them."""
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true\Z|True\Z|false\Z|False\Z"), list("tTfF"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]*)\Z"), list("-0123456789"))
Loader.add_constructor("!binary", _bytes)  # Ruby's name for it
Loader.add_constructor("tag:yaml.org,2002:python/object/apply:multidict._multidict.istr", _first_argument)
Loader.add_constructor("tag:yaml.org,2002:python/str", lambda loader, node: loader.construct_scalar(node))
Loader.add_constructor("tag:yaml.org,2002:python/unicode", lambda loader, node: loader.construct_scalar(node))
Loader.add_constructor("tag:yaml.org,2002:python/tuple", lambda loader, node: tuple(loader.construct_sequence(node)))
Loader.add_constructor("tag:yaml.org,2002:python/object/new:_io.BytesIO", _buffer)
Loader.add_constructor("tag:yaml.org,2002:python/object/apply:builtins.iter", _iterator_parts)


def decode(data: bytes, path: Path) -> str:
    """The file's text.

    Raises:
        CassetteDamaged: empty, not UTF-8, or with NUL bytes or conflict markers in it.
    """

    def fail(offset: int, problem: str) -> NoReturn:
        raise CassetteDamaged(path, data.count(b"\n", 0, offset) + 1, problem)

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as err:
        fail(err.start, f"not UTF-8 (byte 0x{data[err.start]:02x})")
    if not text.strip():
        fail(0, "the file is empty")
    if "\0" in text:
        fail(data.index(b"\0"), "a NUL byte")
    if "<<<<<<<" in text or ">>>>>>>" in text:
        marker = _CONFLICT.search(text)
        if marker:
            raise CassetteDamaged(path, text.count("\n", 0, marker.start()) + 1, "an unresolved merge conflict")
    return text


def interactions(text: str, path: Path) -> list[Interaction]:
    """The interactions of a YAML cassette that isn't sealed, every one checked.

    Raises:
        CassetteDamaged: it is no YAML, or no cassette.
        UnknownFormat: it is another tool's recording, or a mapping that has nothing of a cassette.
    """
    return checked(parsed(text, path), text, path)


def parsed(text: str, path: Path) -> Any:
    """What a YAML file holds: its document, or a list of its documents when there are several.

    Raises:
        CassetteDamaged: it is no YAML, or several documents in a place where that means nothing.
    """
    try:
        documents = list(yaml.load_all(text, Loader=Loader))
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        line = mark.line + 1 if mark else 1
        raise CassetteDamaged(path, line, f"no YAML: {err.problem or err.context}") from err
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as err:
        line = text.count("\n", 0, getattr(err, "position", 0)) + 1
        raise CassetteDamaged(path, line, f"no YAML: {getattr(err, 'reason', err)}") from err
    if len(documents) > 1 and not kind_of(documents):
        raise CassetteDamaged(path, 1, f"no cassette: the file holds {len(documents)} YAML documents, not one")
    return documents if len(documents) > 1 else next(iter(documents), None)


def checked(loaded: Any, text: str, path: Path) -> list[Interaction]:
    """The interactions of a parsed cassette.

    Raises:
        CassetteDamaged, UnknownFormat: as `interactions`.
    """
    end = text.rstrip().count("\n") + 1
    other = kind_of(loaded)
    if other:
        raise UnknownFormat(
            path, f"this is a recording of {other.label}; make a cassette of it: retape convert {path} OUT.yaml"
        )
    if not isinstance(loaded, dict):
        raise CassetteDamaged(path, 1, f"no cassette: the file holds {_named(loaded)}")
    if loaded and "interactions" not in loaded and "version" not in loaded:
        raise unknown(path)
    if "interactions" not in loaded:
        raise CassetteDamaged(path, 1, "no cassette: `interactions` is missing")
    if not isinstance(loaded["interactions"], list):
        raise CassetteDamaged(path, 1, f"`interactions` holds {_named(loaded['interactions'])}, not a list")
    if loaded.get("version") != 1:
        what = "`version: 1` is missing, so the end is" if "version" not in loaded else "`version` isn't 1"
        raise CassetteDamaged(path, end, what + " missing" * ("version" not in loaded))
    for number, interaction in enumerate(loaded["interactions"], 1):
        try:
            from_interaction(interaction)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as err:
            problem = f"exchange {number} is not whole: {_reason(err)}"
            raise CassetteDamaged(path, _line_of(text, number), problem) from err
    return list(loaded["interactions"])


def _named(value: Any) -> str:
    kinds = {type(None): "null", list: "a list", str: "plain text", dict: "a mapping"}
    return kinds.get(type(value), type(value).__name__)


def _reason(err: Exception) -> str:
    return f"{err} is missing" if isinstance(err, KeyError) else str(err)


def _line_of(text: str, number: int) -> int:
    """The line where an interaction begins; 1 when the text can't tell."""
    starts = [
        found.start() for found in re.finditer(r'^(?:- request:|- response:|\s*\{\s*"request")', text, re.MULTILINE)
    ]
    return text.count("\n", 0, starts[number - 1]) + 1 if number <= len(starts) else 1
