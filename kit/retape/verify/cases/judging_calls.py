"""Words about the tools that a model called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.handlers.fake.schema.valid import failure
from retape.verify.cases.answers import ToolCall
from retape.verify.cases.case import Kind
from retape.verify.cases.comparing import arguments_of, shown, unmatched
from retape.verify.cases.seen import Seen

Complaints = Iterator[str | tuple[Kind, str]]


def calls(wanted: tuple[tuple[str, Any], ...], seen: Seen) -> Complaints:
    """These calls and no others."""
    try:
        missing, left = unmatched(wanted, seen.first.calls)
    except ValueError as error:
        yield _broken(seen, error)
        return
    if missing or left:
        told = ", ".join(f"{name}({'...' if arguments is None else arguments})" for name, arguments in wanted)
        yield f"the model called {shown(seen.first.calls)}, not {told}"


def no_calls(wanted: bool, seen: Seen) -> Complaints:
    """No tool is called."""
    if seen.first.calls:
        message = f"no tool was to be called, and the answer calls {shown(seen.first.calls)}"
        yield _kind(seen, "none"), message


def _kind(seen: Seen, *choices: str) -> Kind:
    """Of a problem with what was called: the protocol's where the request left the model no choice.

    Args:
        seen: the turn.
        choices: values of `tool_choice` that leave none; "named" for a tool's own.
    """
    choice = seen.sent.get("tool_choice", "auto")
    return "protocol" if not seen.tools or ("named" if isinstance(choice, dict) else choice) in choices else "quality"


def some_calls(wanted: int, seen: Seen) -> Complaints:
    """Some tool is called."""
    found = seen.first.calls
    if len(found) < wanted:
        kind: Kind = "inconclusive" if seen.cut else _kind(seen, "required", "named")
        yield kind, f"{len(found) or 'no'} tool was called, and {wanted} had to be{' (the token limit)' * seen.cut}"


def most_calls(wanted: int, seen: Seen) -> Complaints:
    """Not too many are called."""
    if len(seen.first.calls) > wanted:
        yield f"{len(seen.first.calls)} calls came, and {wanted} is the most that was allowed"


def only_calls(wanted: tuple[str, ...], seen: Seen) -> Complaints:
    """No other tool is called."""
    others = [call for call in seen.first.calls if call.name not in wanted]
    if others:
        kind = "protocol" if any(call.name not in seen.tools for call in others) else _kind(seen, "named")
        yield kind, f"only {', '.join(wanted)} was to be called, and the answer calls {shown(others)}"


def fitting_calls(wanted: bool, seen: Seen) -> Complaints:
    """Arguments validate."""
    if not seen.first.calls:
        yield "inconclusive", "no tool was called"
    for call in seen.first.calls:
        yield from _fitting(call, seen)


def _fitting(call: ToolCall, seen: Seen) -> Complaints:
    schema = seen.parameters(call.name)
    if schema is None:
        yield f"{call.name!r} was called, which wasn't offered"
        return
    try:
        wrong = failure(arguments_of(call), schema)
    except ValueError as error:
        yield _broken(seen, error)
        return
    if wrong is not None:
        place = "".join(f"[{step!r}]" for step in wrong.path)
        yield f"the arguments of {call.name} don't validate: {wrong.reason}{' at ' * bool(place)}{place}"


def _broken(seen: Seen, error: ValueError) -> tuple[Kind, str]:
    kind: Kind = "inconclusive" if seen.cut else "protocol"
    return kind, f"a call's arguments are no JSON object: {error} in {shown(seen.first.calls)}"
