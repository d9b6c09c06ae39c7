"""The kinds of values that the words of a script take."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, get_args

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a word takes.

    Args:
        name: for people: "text".
        take: gives the value as it is kept; raises ValueError for one of another kind.
        textual: whether a plain YAML scalar counts as it is written: `contains: 42`, `reply: yes`.
    """

    name: str
    take: Callable[[Any], Any]
    textual: bool = False

    def __call__(self, value: Any) -> Any:
        """The value as it is kept.

        Raises:
            ValueError: it is of another kind; the message says what it should be.
        """
        return self.take(value)


def nearest(word: str, known: Sequence[str]) -> str:
    """A hint at the word that was probably meant, or at all there are."""
    close = get_close_matches(word, known, n=1, cutoff=0.55)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"


def _only(name: str, allowed: Callable[[Any], bool], keep: Callable[[Any], Any] = lambda value: value) -> Any:
    def take(value: Any) -> Any:
        if not allowed(value):
            raise ValueError(f"takes {name}, not {value!r}")
        return keep(value)

    return take


def _kind(name: str, allowed: Callable[[Any], bool], *, textual: bool = False) -> Kind:
    return Kind(name, _only(name, allowed), textual)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_seconds(value: Any) -> bool:
    return _is_number(value) and 0 <= value < math.inf


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _texts(value: Any) -> tuple[str, ...]:
    several = (value,) if isinstance(value, str) else value
    if not isinstance(several, list | tuple) or not several or not all(isinstance(text, str) for text in several):
        raise ValueError(f"takes text or a list of texts, not {value!r}")
    return tuple(several)


def _pattern(value: Any) -> re.Pattern[str]:
    if isinstance(value, re.Pattern):
        return value
    if not isinstance(value, str):
        raise ValueError(f"takes a regular expression, not {value!r}")
    try:
        return re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from None


def _fields(value: Any) -> dict[str, str]:
    if (
        not isinstance(value, Mapping)
        or not value
        or not all(isinstance(item, str) for pair in value.items() for item in pair)
    ):
        raise ValueError(f"takes header fields as name: value, not {value!r}")
    return dict(value)


def _finish(value: Any) -> str:
    known = get_args(FinishReason)
    if value not in known:
        raise ValueError(f"takes a finish reason, not {value!r}; {nearest(str(value), known)}")
    return str(value)


USAGE = {
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "completion_tokens",
    "total_tokens": "total_tokens",
    "cached_tokens": "cached_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
}
"""The counts that a reply can set -> their names in a `Reply`; those of responses are taken, too."""


def _usage(value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise ValueError(f"takes counts such as completion_tokens: 7, not {value!r}")
    for name, count in value.items():
        if name not in USAGE:
            raise ValueError(f"has no {name!r}; {nearest(str(name), tuple(USAGE))}")
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ValueError(f"takes whole numbers from 0, not {name}: {count!r}")
    return {USAGE[name]: count for name, count in value.items()}


def _rows(value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        raise ValueError(f"takes a list of mappings, not {value!r}")
    return tuple(value)


BUILT_IN = (
    "apply_patch", "code_interpreter", "computer", "computer_use", "computer_use_preview", "file_search",
    "image_generation", "local_shell", "mcp", "mcp_approval_request", "mcp_call", "mcp_list_tools", "shell",
    "web_search", "web_search_2025_08_26", "web_search_preview", "web_search_preview_2025_03_11",
)  # fmt: skip
"""Tools whose use can be made up from their name alone; of any other item the script has to say the fields."""


def _tools_used(value: Any) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    rows = value if isinstance(value, list | tuple) else [value]
    used: list[tuple[str, Mapping[str, Any]]] = []
    for row in rows:
        tools = {row: {}} if isinstance(row, str) and row else row
        if not isinstance(tools, Mapping) or not all(isinstance(fields, Mapping) for fields in tools.values()):
            raise ValueError(f"takes built-in tools such as web_search, or their names: fields, not {row!r}")
        for name, fields in tools.items():
            if not fields and name not in BUILT_IN and str(name).removesuffix("_call") not in BUILT_IN:
                raise ValueError(f"knows no built-in tool {name!r}; {nearest(str(name), BUILT_IN)}")
        used.extend(tools.items())
    return tuple(used)


def _pairs(value: Any) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    if not isinstance(value, list | tuple) or not all(map(_is_item, value)):
        raise ValueError(f'takes pairs such as ("web_search_call", {{"status": "completed"}}), not {value!r}')
    return tuple((name, fields) for name, fields in value)


def _is_item(pair: Any) -> bool:
    """Whether it is an item's type with its fields."""
    two = isinstance(pair, list | tuple) and len(pair) == 2
    return two and isinstance(pair[0], str) and isinstance(pair[1], Mapping)


def _pieces(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(piece, str) for piece in value):
        raise ValueError(f"takes the text's deltas, not {value!r}")
    return tuple(value)


def _failure(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or [isinstance(part, str) for part in value] != [True, True]:
        raise ValueError(f"takes a code and a message, not {value!r}")
    return tuple(value)


def _json_value(value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"takes a JSON value, not {value!r}: {error}") from None
    return value


def _deltas(value: Any) -> tuple[str | float, ...]:
    if not isinstance(value, list | tuple) or not any(isinstance(item, str) for item in value):
        raise ValueError(f"takes a list of deltas, and numbers for seconds to wait, not {value!r}")
    for item in value:
        if not isinstance(item, str) and not _is_seconds(item):
            raise ValueError(f"takes deltas, and numbers for seconds to wait, not {item!r}")
    return tuple(value)


JSON = Kind("a JSON value", _json_value)
TEXT = _kind("text", lambda value: isinstance(value, str), textual=True)
TEXTS = Kind("text or a list of texts", _texts, textual=True)
PATTERN = Kind("a regular expression", _pattern, textual=True)
FLAG = _kind("true or false", lambda value: isinstance(value, bool))
TRUE = _kind("true", lambda value: value is True)
COUNT = _kind("a whole number from 1", _is_count)
MANY = _kind("true, false or a whole number from 1", lambda value: isinstance(value, bool) or _is_count(value))
STATUS = _kind("a status from 200 to 599", lambda value: _is_count(value) and 200 <= value <= 599)
SECONDS = _kind("a number of seconds from 0", _is_seconds)
MAPPING = _kind("a mapping", lambda value: isinstance(value, Mapping) and bool(value))
FIELDS = Kind("header fields", _fields, textual=True)
FUNCTION = _kind("a function", callable)
FINISH = Kind("a finish reason", _finish, textual=True)
USED = Kind("token counts", _usage)
ROWS = Kind("a list of mappings", _rows)
TOOLS_USED = Kind("built-in tools", _tools_used)
PAIRS = Kind("items and their fields", _pairs)
PIECES = Kind("the text's deltas", _pieces)
FAILURE = Kind("a code and a message", _failure)
DELTAS = Kind("a list of deltas", _deltas)
