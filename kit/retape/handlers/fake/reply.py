"""What is said, before it is written as chat completion, response or legacy completion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from retape.errors import UsageError
from retape.handlers.fake.script.kinds import (
    FAILURE,
    FINISH,
    PAIRS,
    PIECES,
    ROWS,
    TEXT,
    USED,
    FinishReason,
    Kind,
    nearest,
)

ToolKind = Literal["function", "custom", "legacy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call of one of the caller's tools.

    Args:
        name: the tool's name.
        arguments: JSON text for a function, free text for a custom tool; may be broken on purpose.
        kind: "function", "custom", or "legacy" for the `function_call` of 2023.
        id: the call's id; made from the request when empty.

    Raises:
        UsageError: a value of another type, or an unknown kind.
    """

    name: str
    arguments: str
    kind: ToolKind = "function"
    id: str = ""

    def __post_init__(self) -> None:
        _settle(self, _CALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer of the model.

    Args:
        text: the content; None for none.
        calls: tool calls.
        refusal: the model's own refusal (`message.refusal`); None for none.
        reasoning: the summary of its reasoning, "" for none.
        pieces: the text's deltas when streamed; None cuts it into tokens.
        finish: the finish reason; None derives it.
        usage: token counts that replace the counted ones, by OpenAI's names ("completion_tokens").
        annotations: url citations and the like, as the API writes them.
        tools_used: built-in tools that were used on the way: (item type, fields).
        failure: code and message of a response that fails once it has begun (status "failed"); chat knows no such end.

    Raises:
        UsageError: a value of another type, or an unknown finish reason; what is wrong on purpose is `json`'s to say.
    """

    text: str | None = None
    calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    reasoning: str = ""
    pieces: tuple[str, ...] | None = None
    finish: FinishReason | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    annotations: tuple[Mapping[str, Any], ...] = ()
    tools_used: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    failure: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        _settle(self, _REPLY)


def _calls(value: Any) -> tuple[ToolCall, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(call, ToolCall) for call in value):
        raise ValueError(f"takes ToolCalls, not {value!r}")
    return tuple(value)


def _kind(value: Any) -> str:
    if value not in get_args(ToolKind):
        raise ValueError(f"takes a kind of tool, not {value!r}; {nearest(str(value), get_args(ToolKind))}")
    return str(value)


def _table(of: type, **kinds: Kind) -> tuple[tuple[str, Kind, Any], ...]:
    """Field, what it takes, and its default, which needs no check."""
    return tuple((field.name, kinds[field.name], field.default) for field in fields(of))


_CALL = _table(ToolCall, name=TEXT, arguments=TEXT, kind=Kind("a kind of tool", _kind), id=TEXT)
_REPLY = _table(
    Reply,
    text=TEXT,
    calls=Kind("ToolCalls", _calls),
    refusal=TEXT,
    reasoning=TEXT,
    pieces=PIECES,
    finish=FINISH,
    usage=USED,
    annotations=ROWS,
    tools_used=PAIRS,
    failure=FAILURE,
)


def _settle(made: Any, table: tuple[tuple[str, Kind, Any], ...]) -> None:
    """Check a frozen value's fields as it is made, and keep each as its kind does.

    Raises:
        UsageError: a field doesn't take its value.
    """
    for name, kind, default in table:
        value = getattr(made, name)
        if value is default:
            continue
        try:
            kept = kind(value)
        except ValueError as error:
            raise UsageError(f"{type(made).__name__}: {name} {error}") from None
        if kept is not value:
            object.__setattr__(made, name, kept)
