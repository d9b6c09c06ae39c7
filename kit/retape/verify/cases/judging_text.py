"""Words about what a model said."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from typing import Any

from retape.handlers.fake.schema.valid import failure
from retape.verify.cases.case import Kind
from retape.verify.cases.comparing import mangled
from retape.verify.cases.comparing import says as _says
from retape.verify.cases.seen import Seen

Complaints = Iterator[str | tuple[Kind, str]]


def text(wanted: tuple[str, ...], seen: Seen) -> Complaints:
    """One of some texts is said."""
    if not any(_says(seen.text, one) for one in wanted):
        yield f"{_said(seen)}, not {_any(wanted)}"


def quotes(wanted: str, seen: Seen) -> Complaints:
    """A text is said to the letter."""
    told = seen.text + "".join(call.arguments for call in seen.first.calls)
    if wanted in told or _escaped(wanted) in told.lower():
        return
    if mangled(told, wanted):
        yield "protocol", f"the text was damaged on its way: {told[:200]!r} where {wanted!r} was to be repeated"
    else:
        yield f"{_said(seen)}, not {wanted!r}"


def _escaped(wanted: str) -> str:
    """As JSON may have it inside a tool's arguments."""
    return json.dumps(wanted)[1:-1].lower()


def says_something(wanted: bool, seen: Seen) -> Complaints:
    """There is content."""
    if not seen.text:
        kind: Kind = "inconclusive" if seen.cut else "protocol"
        yield kind, "no content came" + " before the token limit" * seen.cut


def without(wanted: tuple[str, ...], seen: Seen) -> Complaints:
    """Some texts aren't said."""
    for one in wanted:
        if one in seen.text:
            yield f"{one!r} is in the answer, and mustn't be: {seen.text[:200]!r}"


def begins(wanted: str, seen: Seen) -> Complaints:
    """The answer begins with a text."""
    if not seen.text.startswith(wanted):
        yield f"the answer begins with {seen.text[:80]!r}, not with {wanted!r}"


def json_object(wanted: bool, seen: Seen) -> Complaints:
    """The answer is a JSON object."""
    value = yield from _json(seen)
    if value is not None and not isinstance(value, dict):
        yield f"the answer is JSON, and no object: {seen.text[:100]!r}"


def valid(wanted: bool, seen: Seen) -> Complaints:
    """The answer validates."""
    value = yield from _json(seen)
    wrong = failure(value, seen.schema) if value is not None else None
    if wrong is not None:
        place = "".join(f"[{step!r}]" for step in wrong.path)
        yield f"the answer doesn't validate against the schema: {wrong.reason} {f'at {place}' if place else ''}".strip()


def _json(seen: Seen) -> Generator[tuple[Kind, str], None, Any]:
    """The answer as JSON; None when it says nothing for or against."""
    if seen.first.refusal:
        yield "inconclusive", f"the model refused: {seen.first.refusal[:100]!r}"
        return None
    try:
        return seen.json
    except ValueError as error:
        kind: Kind = "inconclusive" if seen.cut else "protocol"
        yield kind, f"the answer is no JSON{' before the token limit' * seen.cut}: {error} in {seen.text[:100]!r}"
        return None


def items(wanted: dict[str, int], seen: Seen) -> Complaints:
    """Lists have so many items."""
    for name, count in wanted.items():
        found = _field(seen, name)
        if not isinstance(found, list) or len(found) != count:
            many = len(found) if isinstance(found, list) else "no"
            yield f"{name} has {many} items, not {count}: {found!r}"


def values(wanted: dict[str, tuple[Any, ...]], seen: Seen) -> Complaints:
    """Fields have one of some values."""
    for name, allowed in wanted.items():
        found = _field(seen, name)
        if not any(found == one or (isinstance(found, str) and _says(found, str(one))) for one in allowed):
            yield f"{name} is {found!r}, not {_any(allowed)}"


def filled(wanted: tuple[str, ...], seen: Seen) -> Complaints:
    """Fields aren't empty."""
    for name in wanted:
        if not _field(seen, name):
            yield f"{name} is empty: {_field(seen, name)!r}"


def _field(seen: Seen, name: str) -> Any:
    try:
        return seen.json.get(name)
    except (ValueError, AttributeError):
        return None


def _said(seen: Seen) -> str:
    if seen.text:
        return f"the model said {seen.text[:200]!r}"
    called = " and called " + ", ".join(call.name for call in seen.first.calls) if seen.first.calls else ""
    return f"the model said nothing{called}"


def _any(wanted: tuple[Any, ...]) -> str:
    return " or ".join(map(repr, wanted))
