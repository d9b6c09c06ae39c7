"""Requests for a chat completion that api.openai.com refuses whatever the model, and why.

Nothing is here that a server may well add of its own (parameters that OpenAI doesn't know are unlike in that: others
take more of them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from retape.verify.evidence import Evidence
from retape.verify.words import MISSING, elements, is_int, is_number, is_text, members, shown

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
FORMATS = ("text", "json_object", "json_schema")
CHOICES = ("none", "auto", "required")

_OWN_CHOICES = ("any",)
_OWN_TOOLS = (
    *("web_search", "web_search_preview", "browser_search", "file_search", "code_interpreter", "code_execution"),
    *("builtin_function", "mcp", "retrieval", "image_generation", "local_shell", "live_search"),
)
"""What other servers document beside OpenAI's: taking it is no fault."""

BODY = "body"
"""Stands for a parameter where the fault is none's."""

Asked = Mapping[str, Any]
Look = Callable[[Asked], str]
"""What is wrong with a parameter of a request; "" for nothing."""
Faults = tuple[tuple[str, Look], ...]


def fault(evidence: Evidence) -> tuple[str, str] | None:
    """The parameter that makes a request one that the API refuses, and why; None for none that is known here."""
    return evidence.reading(_faults)[0]


def slip(evidence: Evidence) -> tuple[str, str] | None:
    """The same of what many servers let pass."""
    return evidence.reading(_faults)[1]


def _faults(evidence: Evidence) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    asked = evidence.asked
    if asked:
        return first_of(FAULTS, asked), first_of(SLIPS, asked)
    return ((BODY, "is no JSON object") if evidence.exchange.request.body and _no_object(evidence) else None), None


def first_of(faults: Faults, asked: Asked) -> tuple[str, str] | None:
    """The first fault that a request has.

    Args:
        faults: the faults to look for.
        asked: the request's JSON.

    Returns:
        The parameter, and what is wrong with it; None for nothing.
    """
    return next(((name, why) for name, look in faults if (why := look(asked))), None)


def _no_object(evidence: Evidence) -> bool:
    try:
        return not isinstance(evidence.exchange.request.json(), dict)
    except (ValueError, RecursionError):
        return True


def _messages(asked: Asked) -> str:
    value = asked.get("messages", MISSING)
    return "" if value and isinstance(value, list) else f"is {shown(value)}, not an array with at least one message"


def _roles(asked: Asked) -> str:
    for message in elements(asked.get("messages")):
        role = members(message).get("role", MISSING)
        if not isinstance(role, str) or role not in ROLES:
            return f"has the role {shown(role)}, not one of {', '.join(ROLES)}"
    return ""


def _between(low: float, high: float, name: str, *, whole: bool = False) -> Callable[[Asked], str]:
    def look(asked: Asked) -> str:
        value = asked.get(name)
        right = is_int(value) if whole else is_number(value)
        return (
            "" if value is None or (right and low <= value <= high) else f"is {shown(value)}, not from {low} to {high}"
        )

    return look


def _tools(asked: Asked) -> str:
    value = asked.get("tools")
    if value is None:
        return ""
    if not isinstance(value, list):
        return f"is {shown(value)}, not an array"
    wrong = [tool for tool in value if members(tool).get("type") not in ("function", "custom", *_OWN_TOOLS)]
    return (
        f"has a tool of type {shown(members(wrong[0]).get('type', MISSING))}, not function or custom" if wrong else ""
    )


def _tool_names(asked: Asked) -> str:
    for tool in elements(asked.get("tools")):
        if members(tool).get("type") == "function" and not is_text(members(tool.get("function")).get("name")):
            return "has a function without a name"
    return ""


def _tool_choice(asked: Asked) -> str:
    value = asked.get("tool_choice")
    if isinstance(value, str) and value not in (*CHOICES, *_OWN_CHOICES):
        return f"is {shown(value)}, not one of {', '.join(CHOICES)}, or an object"
    if value is not None and not asked.get("tools"):
        return f"is {shown(value)}, in a request without tools"
    return ""


def _format(asked: Asked) -> str:
    value = asked.get("response_format")
    if value is None:
        return ""
    kind = members(value).get("type", MISSING)
    if kind not in FORMATS:
        return f"has the type {shown(kind)}, not one of {', '.join(FORMATS)}"
    return _json_schema(members(value).get("json_schema", MISSING)) if kind == "json_schema" else ""


def _json_schema(value: Any) -> str:
    if not is_text(members(value).get("name")):
        return "has no json_schema with a name"
    if not isinstance(value.get("schema", {}), dict):
        return f"has the schema {shown(value['schema'])}, not an object"
    return "" if isinstance(value.get("strict"), bool | None) else f"has strict {shown(value['strict'])}, not a boolean"


def _stream_options(asked: Asked) -> str:
    given = asked.get("stream_options") is not None and asked.get("stream") is not True
    return "is there, in a request that asks for no stream" if given else ""


def _top_logprobs(asked: Asked) -> str:
    given = asked.get("top_logprobs") is not None and asked.get("logprobs") is not True
    return "is there, without logprobs: true" if given else ""


def _tool_answers(asked: Asked) -> str:
    """Each tool's answer is to a call before it: that much every template of a chat needs."""
    made: set[Any] = set()
    for message in map(members, elements(asked.get("messages"))):
        made.update(id_ for call in elements(message.get("tool_calls")) if is_text(id_ := members(call).get("id")))
        answers = message.get("tool_call_id", MISSING)
        if message.get("role") == "tool" and not (is_text(answers) and answers in made):
            return f"has a tool's answer to the call {shown(answers)}, which nobody made"
    return ""


def _at_least_one(name: str) -> Callable[[Asked], str]:
    def look(asked: Asked) -> str:
        value = asked.get(name)
        return "" if value is None or (is_int(value) and value > 0) else f"is {shown(value)}, not an integer from 1 on"

    return look


FAULTS: Faults = (
    ("messages", _messages),
    ("messages", _roles),
    ("temperature", _between(0, 2, "temperature")),
    ("top_p", _between(0, 1, "top_p")),
    ("presence_penalty", _between(-2, 2, "presence_penalty")),
    ("frequency_penalty", _between(-2, 2, "frequency_penalty")),
    ("n", _between(1, 128, "n", whole=True)),
    ("top_logprobs", _between(0, 20, "top_logprobs", whole=True)),
    ("top_logprobs", _top_logprobs),
    ("tools", _tools),
    ("tools", _tool_names),
    ("tool_choice", _tool_choice),
    ("response_format", _format),
)
"""(parameter, what is wrong with it in a request; "" for nothing)."""

SLIPS: Faults = (
    ("stream_options", _stream_options),
    ("max_tokens", _at_least_one("max_tokens")),
    ("max_completion_tokens", _at_least_one("max_completion_tokens")),
    ("messages", _tool_answers),
)
"""The same of what api.openai.com refuses and many servers let pass, to nobody's harm."""
