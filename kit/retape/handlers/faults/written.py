"""Faults from their names: for scripts, the command line and YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from types import NoneType
from typing import Any

from retape.errors import UsageError
from retape.handlers.faults.rows import UNSET, Argument, Row, find
from retape.handlers.faults.sequences import Wrap


def fault(name: str, **arguments: Any) -> Wrap:
    """A fault by name, to be put around a handler: `fault("cut", after=3)(handler)`.

    Args:
        name: a row's name, "rate-limit".
        arguments: those of the function of that name.

    Raises:
        UsageError: an unknown name or argument, or a value that it doesn't take.
    """
    return build(name, arguments)


def build(name: str, arguments: Mapping[str, Any] | None = None) -> Wrap:
    """A fault from a name and a mapping, as YAML has it: `cut: {after: 3}`.

    Args:
        name: a row's name.
        arguments: argument -> value; None for none.

    Raises:
        UsageError: an unknown name or argument, or a value that it doesn't take.
    """
    row = find(name)
    given = {}
    for key, value in (arguments or {}).items():
        argument = row.argument(key)
        given[argument.name] = _checked(row, argument, value)
    return _bound(row, given)


def _bound(row: Row, given: dict[str, Any]) -> Wrap:
    missing = [a.name for a in row.arguments if a.default is UNSET and a.name not in given]
    if missing:
        raise UsageError(f"{row.name} needs {missing[0]}=")
    row.function(_nobody, **given)  # its own checks, now rather than at the first call
    return partial(row.function, **given)


def _nobody(request: Any) -> Any:
    raise AssertionError("a fault is only made here, never asked")


def _checked(row: Row, argument: Argument, value: Any) -> Any:
    if argument.name == "of":
        return [_member(item) for item in value] if isinstance(value, list | tuple) else _members(str(value))
    for kind in argument.kinds:
        if isinstance(kind, str) and kind == value:
            return value
        if isinstance(kind, type) and _is(value, kind):
            return float(value) if kind is float else value
        if callable(value) and not isinstance(kind, str | type):
            return value
    near = get_close_matches(str(value), argument.choices, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"{row.name}: {argument.name}={value!r}: {hint}Use {argument.said}")


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    if kind is float:
        return isinstance(value, int | float) and abs(value) != float("inf")
    return isinstance(value, kind)


def _member(item: Any) -> Wrap | None:
    """A sequence's member: a fault, its text, `{name: arguments}`, or None."""
    if item is None:
        return None
    if callable(item):
        made: Wrap = item
        return made
    if isinstance(item, Mapping) and len(item) == 1:
        return build(*next(iter(item.items())))
    if isinstance(item, str):
        return None if item.strip() in ("", "none", "-") else parse(item)
    raise UsageError(f"sequence: {item!r}: use a fault's name, a mapping of one name to its arguments, or null")


def _members(text: str) -> list[Wrap | None]:
    return [_member(part) for part in text.split("|")]


_FIELD = re.compile(r"""\s*(?:(?P<name>[A-Za-z][\w-]*)\s*=\s*)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^,"]*?))\s*(?:,|\Z)""")
_WORDS: dict[type, dict[str, Any]] = {
    NoneType: dict.fromkeys(("none", "null", "~"), None),
    bool: {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False},
}


def parse(text: str) -> Wrap:
    """A fault from a line of text: "cut", "cut:3", "cut:after=3,times=2", 'status:429,retry-after=0.5'.

    A value without a name is the first argument's.  One with a comma in it stands in double quotes; the members of a
    sequence are parted by bars: 'sequence:"rate-limit|none|cut:after=3,how=reset"'.

    Raises:
        UsageError: an unknown name or argument, or a value that it doesn't take.
    """
    name, _, fields = text.strip().partition(":")
    row = find(name.strip())
    given: dict[str, Any] = {}
    place = 0
    while place < len(fields):
        match = _FIELD.match(fields, place)
        if match is None:
            raise UsageError(f"{text!r}: can't read {fields[place:]!r}; write name=value,name=value")
        place = match.end()
        argument = row.argument(match["name"]) if match["name"] else row.arguments[0]
        if argument.name in given:
            raise UsageError(f"{text!r}: {argument.name} is given twice")
        value = match["quoted"] if match["quoted"] is not None else _read(argument, match["plain"])
        given[argument.name] = value
    return build(row.name, given)


def _read(argument: Argument, text: str) -> Any:
    """A value from its text, as the first of the argument's kinds that can be read from it."""
    for kind in argument.kinds:
        if kind in _WORDS and text.lower() in _WORDS[kind]:
            return _WORDS[kind][text.lower()]
        if kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    return text
