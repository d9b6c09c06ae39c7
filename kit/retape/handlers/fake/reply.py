"""What is said, before it is written as chat completion, response or legacy completion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call of one of the caller's tools.

    Args:
        name: the tool's name.
        arguments: JSON text for a function, free text for a custom tool; may be broken on purpose.
        kind: "function", "custom", or "legacy" for the `function_call` of 2023.
        id: the call's id; made from the request when empty.
    """

    name: str
    arguments: str
    kind: Literal["function", "custom", "legacy"] = "function"
    id: str = ""


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
