"""A finished run as a file: what `--baseline` compares with, and what a program reads.

    {"retape-run": 1, "started": ..., "cells": [
    {"test": "chat-basic", ...},
    ...
    ]}

A cell stands on a line of its own, without what has its default value, so that a baseline in a repository
gives diffs of the cells that changed.  All of it is ASCII, so that no recorded text acts on a
terminal.  Recordings stay in their cassettes unless they are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from retape.errors import UsageError
from retape.report.exchange_json import exchange_from_json, exchange_to_json
from retape.verify.cell import VERDICTS, Cell, Run
from retape.verify.violation import SEVERITIES, Violation

MARK = "retape-run"
SCHEMA = 1
"""Raised when a file of an older release can't be read as a newer one's."""


def to_json(run: Run, *, exchanges: bool = False) -> str:
    """The run's file.

    Args:
        run: finished or interrupted.
        exchanges: keep what was sent and what came too; without, only how many there were.
    """
    rows = [json.dumps(_cell(cell, exchanges=exchanges)) for cell in run.cells]
    head = json.dumps({MARK: SCHEMA} | _told(run, "cells"))[:-1]
    return f'{head}, "cells": [\n' + ",\n".join(rows) + "\n]}\n"


def _told(value: Any, *leaving: str) -> dict[str, Any]:
    """A dataclass's fields but for those that have their default value."""
    told = [(field, getattr(value, field.name)) for field in fields(value) if field.name not in leaving]
    return {field.name: item for field, item in told if item != field.default and item != {}}


def _cell(cell: Cell, *, exchanges: bool) -> dict[str, Any]:
    told = _told(cell, "exchanges", "violations", "requests")
    if cell.violations:
        told["violations"] = [_told(violation) for violation in cell.violations]
    if cell.seen:
        told["requests"] = len(cell.exchanges) or cell.requests
    if exchanges and cell.exchanges:
        told["exchanges"] = [exchange_to_json(exchange) for exchange in cell.exchanges]
    return told


def from_json(text: str | bytes, *, name: str = "the run") -> Run:
    """A run from its file.  Fields that this release doesn't know are passed over.

    Args:
        text: what `to_json` gave.
        name: what the file is called in an error.

    Raises:
        UsageError: it is no JSON, no run, or of a newer release; it says what is wrong where.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is no JSON: {error}. Write it anew: retape verify --json > FILE") from None
    if not isinstance(value, dict) or MARK not in value:
        raise UsageError(f'{name} is no finished run: it has no "{MARK}". Write one: retape verify --json > FILE')
    if value[MARK] != SCHEMA:
        raise UsageError(
            f"{name} has schema {value[MARK]!r}, and this retape reads schema {SCHEMA}: "
            "take the release that wrote it, or write it anew"
        )
    run: Run = _object(Run, _RUN)(value, name)
    return run


Reader = Callable[[Any, str], Any]
"""(value, place) -> what a field holds; raises `UsageError`."""


def _wrong(place: str, value: Any, right: str) -> UsageError:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return UsageError(f"{place} is {shown[:60]}{'...' * (len(shown) > 60)}, not {right}")


def _of(*kinds: type, right: str) -> Reader:
    def read(value: Any, place: str) -> Any:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise _wrong(place, value, right)
        return value

    return read


def _one_of(words: tuple[str, ...]) -> Reader:
    def read(value: Any, place: str) -> Any:
        if value not in words:
            raise _wrong(place, value, f"one of {', '.join(words)}")
        return value

    return read


def _items(reader: Reader) -> Reader:
    def read(value: Any, place: str) -> Any:
        if not isinstance(value, list):
            raise _wrong(place, value, "a list")
        return tuple(reader(item, f"{place} {number}") for number, item in enumerate(value, 1))

    return read


def _object(kind: type, readers: Mapping[str, Reader]) -> Reader:
    """A dataclass: from each field that has a reader."""

    def read(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(place, value, "an object")
        given = {key: readers[key](item, f"{place}: {key}") for key, item in value.items() if key in readers}
        missing = [field.name for field in fields(kind) if field.name not in given and _is_required(field)]
        if missing:
            raise UsageError(f"{place} has no {' and no '.join(missing)}")
        return kind(**given)

    return read


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _exchange(value: Any, place: str) -> Any:
    try:
        return exchange_from_json(value)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise UsageError(f"{place} can't be read: {type(error).__name__}: {error}") from None


def _names(value: Any, place: str) -> Any:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value.values()):
        raise _wrong(place, value, "an object of names")
    return value


_TEXT = _of(str, right="text")
_NUMBER = _of(int, float, right="a number")
_COUNT = _of(int, right="a whole number")
_FLAG = _of(bool, right="true or false")
_FLAG_OR_NULL = _of(bool, type(None), right="true, false or null")

_VIOLATION: dict[str, Reader] = {
    **dict.fromkeys(("rule", "where", "message", "source", "file"), _TEXT),
    "severity": _one_of(SEVERITIES),
    "exchange": _COUNT,
}
_CELL: dict[str, Reader] = {
    **dict.fromkeys(("test", "case", "title", "endpoint", "provider", "model", "why", "cassette", "rerun"), _TEXT),
    **dict.fromkeys(("prompt_tokens", "completion_tokens", "requests"), _COUNT),
    **dict.fromkeys(("conforms", "answered"), _FLAG_OR_NULL),
    "stream": _FLAG,
    "verdict": _one_of(VERDICTS),
    "seconds": _NUMBER,
    "violations": _items(_object(Violation, _VIOLATION)),
    "deviations": _items(_TEXT),
    "exchanges": _items(_exchange),
}
_RUN: dict[str, Reader] = {
    **dict.fromkeys(("started", "version", "client"), _TEXT),
    **dict.fromkeys(("live", "interrupted"), _FLAG),
    "seconds": _NUMBER,
    "display": _names,
    "cells": _items(_object(Cell, _CELL)),
}
