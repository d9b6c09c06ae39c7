"""Values as findings speak of them, and the few questions about them that JSON leaves open (true is no number)."""

from __future__ import annotations

import json
import math
from typing import Any, TypeGuard

from retape.verify.evidence import UNREADABLE

_LONGEST = 60


class Missing:
    """The place of a member that isn't there; unlike null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


def shown(value: Any) -> str:
    """A value in a sentence: its JSON, cut short; "missing", "no JSON"."""
    if value is MISSING:
        return "missing"
    if value is UNREADABLE:
        return "no JSON"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def at(*path: str | int) -> str:
    """A place, as in "event 3: response.output[0].id".

    Args:
        path: names and indexes from the outside in; empty names are left out, and nothing at all is "body".
    """
    place = ""
    for step in path:
        if isinstance(step, int):
            place += f"[{step}]"
        elif step:
            place += step if not place or place.endswith(": ") else f".{step}"
    return place or "body"


def is_int(value: Any) -> TypeGuard[int]:
    """Whether it is a JSON integer; true and 1.0 aren't."""
    return type(value) is int


def is_count(value: Any) -> TypeGuard[int]:
    """Whether it is an integer from 0 on."""
    return type(value) is int and value >= 0


def is_number(value: Any) -> TypeGuard[float]:
    """Whether it is a finite JSON number."""
    return (type(value) is int or type(value) is float) and math.isfinite(value)


def is_text(value: Any) -> TypeGuard[str]:
    """Whether it is a string with something in it."""
    return isinstance(value, str) and bool(value)


def members(value: Any) -> dict[str, Any]:
    """The value itself when it is an object, else an empty one: for rules that leave its shape to another rule."""
    return value if isinstance(value, dict) else {}


def elements(value: Any) -> list[Any]:
    """The value itself when it is an array, else an empty one."""
    return value if isinstance(value, list) else []
