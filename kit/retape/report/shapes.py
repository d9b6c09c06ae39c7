"""JSON of strangers: whatever hasn't the shape one hoped for reads as empty."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any


def as_dict(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def as_objects(value: Any) -> list[dict[str, Any]]:
    """The objects of an array."""
    return [item for item in as_list(value) if isinstance(item, dict)]


def as_text(value: Any) -> str:
    """A string as it is, null as nothing, anything else as JSON in one line."""
    if isinstance(value, str):
        return value
    return "" if value is None else one_line(value)


def one_line(value: Any) -> str:
    """JSON in one line."""
    return json.dumps(value, ensure_ascii=False, default=str)


def parsed(text: str | bytes) -> Any:
    """JSON's value; None when it is none, or nested too deep to be one."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def as_number(value: Any) -> float | None:
    """A finite number that fits a float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None


def joined(parts: list[str], separator: str = ", ") -> str:
    """The parts that aren't empty, joined."""
    return separator.join(part for part in parts if part)
