"""The kinds of values that the words of an expectation take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from retape.handlers.fake.script.kinds import TEXTS, Kind, nearest

Alternatives = tuple[tuple[str, Any], ...]
"""Some calls that are wanted, (tool, arguments); None for any arguments."""


def _calls(value: Any) -> Alternatives:
    rows = value if isinstance(value, list) else [value]
    if not rows or not all(isinstance(row, Mapping) and row for row in rows):
        raise ValueError(f"takes the tools' names and arguments ({{get_weather: {{location: Paris}}}}), not {value!r}")
    wanted = tuple((name, arguments) for row in rows for name, arguments in row.items())
    for name, arguments in wanted:
        if not isinstance(arguments, Mapping | None):
            raise ValueError(f"takes the arguments of {name!r} as a mapping, or nothing for any, not {arguments!r}")
        for inner in (arguments or {}).values():
            _comparison(inner)
    return wanted


COMPARISONS = ("one_of", "contains")


def _comparison(value: Any) -> None:
    if isinstance(value, Mapping) and len(value) == 1:
        word, inner = next(iter(value.items()))
        if word == "one_of" and (not isinstance(inner, list) or not inner):
            raise ValueError(f"takes a list after one_of, not {inner!r}")
        if word == "contains" and not isinstance(inner, str):
            raise ValueError(f"takes text after contains, not {inner!r}")
        close = get_close_matches(str(word), COMPARISONS, n=1, cutoff=0.8)
        if close and word not in COMPARISONS:
            raise ValueError(f"has {{{word}: ...}} for an argument: did you mean {close[0]!r}?")


_REFUSED = ("status", "type", "param", "code", "names")


def _refused(value: Any) -> dict[str, tuple[Any, ...]]:
    fields = value if isinstance(value, Mapping) else {"status": value}
    for name in fields:
        if name not in _REFUSED:
            raise ValueError(f"has no {name!r}: {nearest(str(name), _REFUSED)}")
    kept = {name: tuple(given) if isinstance(given, list) else (given,) for name, given in fields.items()}
    statuses = kept.get("status", ())
    if not statuses or not all(isinstance(one, int) and 400 <= one <= 599 for one in statuses):
        raise ValueError(f"takes a status from 400 to 599, or several, not {fields.get('status')!r}")
    return kept


def _several(value: Any) -> tuple[Any, ...]:
    found = tuple(value) if isinstance(value, list) else (value,)
    if not found or any(isinstance(one, list | Mapping) or one is None for one in found):
        raise ValueError(f"takes a value or a list of values, not {value!r}")
    return found


def _counts(value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping) or not value or not all(isinstance(count, int) for count in value.values()):
        raise ValueError(f"takes a number of items for each field ({{participants: 2}}), not {value!r}")
    return dict(value)


_VECTORS = ("count", "dimensions")


def _vectors(value: Any) -> dict[str, int]:
    counts = _counts({"count": value} if isinstance(value, int) else value)
    for name in counts:
        if name not in _VECTORS:
            raise ValueError(f"has no {name!r}: {nearest(name, _VECTORS)}")
    return counts


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"takes a whole number from 0, not {value!r}")
    return value


def _values(value: Any) -> dict[str, tuple[Any, ...]]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"takes the values of fields ({{final_answer: x = -3.75}}), not {value!r}")
    return {name: _several(wanted) for name, wanted in value.items()}


def _some_of(known: tuple[str, ...]) -> Callable[[Any], tuple[str, ...]]:
    def take(value: Any) -> tuple[str, ...]:
        found: tuple[str, ...] = TEXTS(value)
        for one in found:
            if one not in known:
                raise ValueError(f"can't be {one!r}: {nearest(one, known)}")
        return found

    return take


FINISHES = ("stop", "length", "tool_calls", "content_filter", "function_call")
STATUSES = ("completed", "failed", "in_progress", "cancelled", "queued", "incomplete")

FINISH = Kind("finish reasons", _some_of(FINISHES), textual=True)
STATUS = Kind("statuses of a response", _some_of(STATUSES), textual=True)
CALLS = Kind("tools' names and arguments", _calls)
REFUSED = Kind("a status, or status, type, param, code and names", _refused)
SEVERAL = Kind("a value or several", _several, textual=True)
COUNTS = Kind("numbers of items", _counts)
VECTORS = Kind("count and dimensions", _vectors)
WHOLE = Kind("a whole number", _whole)
VALUES = Kind("values of fields", _values)
