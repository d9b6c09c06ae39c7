"""JSON and numbers as OpenAI's servers read them, which take less than Python does."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

_HALVES = re.compile(rb"\\u[dD][89a-fA-F]")
"""Escapes of halves of surrogate pairs: two make a character, one alone is what strict readers refuse."""

_WHOLE = re.compile(r"-?[0-9]{1,40}")
_DECIMAL = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?")


def _no_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_json(text)


_decode = json.JSONDecoder(parse_constant=_no_json, parse_float=_finite).decode


_DEEPEST = 256
"""Levels of nesting: more than any request has, and so few that nothing that goes down them has to count."""


def parsed(data: bytes) -> Any:
    """Bytes as JSON (RFC 8259): UTF-8 without a byte order mark, no NaN, no 1e999, no half of a surrogate pair.

    Raises:
        ValueError: they are none, or are nested too deeply.
        RecursionError: they are nested so deeply that Python can't read them.
    """
    value = _decode(data.decode())
    if data.count(b"[") + data.count(b"{") > _DEEPEST and _deeper(value):
        raise ValueError(f"nested in more than {_DEEPEST} levels")
    if _HALVES.search(data):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _deeper(value: Any) -> bool:
    """Whether a value goes down further than `_DEEPEST` levels; level by level, so that its own depth is none."""
    level, depth = [value], 0
    while level and depth <= _DEEPEST:
        level = [item for each in level for item in _inner(each)]
        depth += 1
    return bool(level)


def _inner(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def whole_number(text: str) -> int | str:
    """A query's or form's text as the whole number that it is; as it is where it is none, or longer than any limit."""
    return int(text) if _WHOLE.fullmatch(text) else text


def number(text: str) -> float | str:
    """The same for a decimal number, which may be a whole one."""
    value = float(text) if _DECIMAL.fullmatch(text) else math.inf
    return whole_number(text) if _WHOLE.fullmatch(text) else value if math.isfinite(value) else text
