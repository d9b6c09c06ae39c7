"""The table of faults.

Name, text, arguments, types and defaults are those of the functions: a fault that joins `FUNCTIONS` has a name, and is
known on the command line and in scripts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from retape.errors import UsageError
from retape.handlers.faults.bodies import broken_arguments, empty, html_page, truncated, wrong_type
from retape.handlers.faults.breaks import cut, half_character, refused, reset, timeout
from retape.handlers.faults.delays import drip, hold_open, jitter, slow_first_byte, stall
from retape.handlers.faults.events import duplicate_event, lost_event, malformed, no_done
from retape.handlers.faults.faulted import Faulted, When
from retape.handlers.faults.framing import garbled_head, illegal_chunk, short_body, split_character, stalled_head
from retape.handlers.faults.midstream import error_event
from retape.handlers.faults.rates import buckets
from retape.handlers.faults.sequences import sequence
from retape.handlers.faults.statuses import NAMED, status

FUNCTIONS: tuple[Callable[..., Faulted], ...] = (
    status,
    *NAMED,
    sequence,
    buckets,
    error_event,
    cut,
    reset,
    refused,
    timeout,
    half_character,
    split_character,
    illegal_chunk,
    short_body,
    stalled_head,
    garbled_head,
    stall,
    slow_first_byte,
    hold_open,
    jitter,
    drip,
    no_done,
    lost_event,
    duplicate_event,
    malformed,
    truncated,
    empty,
    wrong_type,
    html_page,
    broken_arguments,
)

UNSET = inspect.Parameter.empty
"""The default of an argument that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """An argument of a fault.

    Args:
        name: as it is written in Python.
        kinds: what it may be: types, and the values of a `Literal`.
        default: what it is when not given; `UNSET` when it has to be given.
    """

    name: str
    kinds: tuple[Any, ...]
    default: Any

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it takes; none when it takes others."""
        return tuple(kind for kind in self.kinds if isinstance(kind, str))

    @property
    def said(self) -> str:
        """What it may be, for people."""
        return " or ".join(kind if isinstance(kind, str) else _SAID.get(kind, self._made) for kind in self.kinds)

    @property
    def _made(self) -> str:
        return "a list of faults" if self.name == "of" else "a function"


_SAID: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    NoneType: "none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fault.

    Args:
        name: in kebab-case, "half-character".
        does: what it does, in a sentence.
        arguments: what it takes, the obvious one first; those of `When` last.
        function: `handler, **arguments -> Faulted`.
    """

    name: str
    does: str
    arguments: tuple[Argument, ...]
    function: Callable[..., Faulted]

    def argument(self, name: str) -> Argument:
        """An argument by name, in kebab-case or as in Python.

        Raises:
            UsageError: there is none.
        """
        known = {argument.name: argument for argument in self.arguments}
        found = known.get(name.replace("-", "_"))
        if found is None:
            raise UsageError(f"{self.name} takes no argument {name!r}: {_nearest(name, known)}")
        return found


def _row(function: Any) -> Row:
    called = function if inspect.isfunction(function) else type(function).__call__
    hints = get_type_hints(called)
    signature = inspect.signature(function).parameters.values()
    own = [
        Argument(name=parameter.name, kinds=_kinds(hints[parameter.name]), default=parameter.default)
        for parameter in signature
        if parameter.name not in ("handler", "when")
    ]
    when = [Argument(name=name, kinds=_kinds(hint), default=_WHEN[name]) for name, hint in _WHEN_HINTS.items()]
    does = (inspect.getdoc(function) or "").partition("\n")[0]
    return Row(name=function.__name__.replace("_", "-"), does=does, arguments=(*own, *when), function=function)


_WHEN = {"times": None, "after_calls": 0, "every": 1}
_WHEN_HINTS = get_type_hints(When)


def _kinds(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    if hint in (int, float, bool, str, NoneType):
        return (hint,)
    parts = get_args(hint)
    if get_origin(hint) in (Callable, list, tuple) or not parts or not _is_union(hint):
        return (hint,)
    return tuple(kind for part in parts for kind in _kinds(part))


def _is_union(hint: Any) -> bool:
    return type(hint).__name__ in ("UnionType", "Union", "_UnionGenericAlias")


@cache
def table() -> dict[str, Row]:
    """All faults by name."""
    return {row.name: row for row in map(_row, FUNCTIONS)}


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name.replace("_", "-"), [word.replace("_", "-") for word in known], n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"


def find(name: str) -> Row:
    """A fault by name, in kebab-case or as in Python.

    Raises:
        UsageError: there is none; the message names the nearest and all.
    """
    row = table().get(name.replace("_", "-"))
    if row is None:
        hint = f"write the status {name} as a number" if name.isdecimal() else _nearest(name, table())
        raise UsageError(f"no fault {name!r}: {hint}")
    return row
