"""Requests that the API refuses: each with a 400 that names the parameter, never with an answer, never with a 5xx.

Only what api.openai.com refuses for every model is here, and nothing that a server may well add of its own (parameters
that it doesn't know are unlike in that: others take more of them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.rules.errors import error_of
from retape.verify.words import MISSING, elements, is_int, is_number, is_text, members, shown

RULES = Table("chat", "plain stream error")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/create"

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
FORMATS = ("text", "json_object", "json_schema")
CHOICES = ("none", "auto", "required")

_OWN_CHOICES = ("any",)
_OWN_TOOLS = (
    *("web_search", "web_search_preview", "browser_search", "file_search", "code_interpreter", "code_execution"),
    *("builtin_function", "mcp", "retrieval", "image_generation", "local_shell", "live_search"),
)
"""What other servers document beside OpenAI's: taking it is no fault."""

_BEFORE = frozenset({401, 403, 408, 429})
"""Statuses that a server may give before it has looked at the request."""

_BODY = "body"
"""Stands for a parameter where the fault is none's."""

Asked = Mapping[str, Any]
Faults = tuple[tuple[str, Callable[[Asked], str]], ...]


def fault(evidence: Evidence) -> tuple[str, str] | None:
    """The parameter that makes a request one that the API refuses, and why; None for none that is known here."""
    return evidence.reading(_faults)[0]


def slip(evidence: Evidence) -> tuple[str, str] | None:
    """The same of what many servers let pass."""
    return evidence.reading(_faults)[1]


def _faults(evidence: Evidence) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    asked = evidence.asked
    if asked:
        return _first(FAULTS, asked), _first(SLIPS, asked)
    return ((_BODY, "is no JSON object") if evidence.exchange.request.body and _no_object(evidence) else None), None


def _first(faults: Faults, asked: Asked) -> tuple[str, str] | None:
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


@RULES.rule(
    "chat-refused-answered",
    "must",
    "A request that the API refuses isn't answered.",
    source=f"{REFERENCE}; recorded refusals of api.openai.com",
    forms="plain stream",
)
def _answered(evidence: Evidence) -> Iterator[Finding]:
    wrong = fault(evidence)
    if wrong is not None:
        yield "status", f"is {evidence.status}, but the request's {wrong[0]} {wrong[1]}; 400"


@RULES.rule(
    "chat-refused-slip",
    "should",
    "A request with a slip that the API refuses isn't answered either: its author never learns of it.",
    source=f"{REFERENCE}; recorded refusals of api.openai.com",
    forms="plain stream",
)
def _slip(evidence: Evidence) -> Iterator[Finding]:
    wrong = slip(evidence)
    if wrong is not None:
        yield "status", f"is {evidence.status}, but the request's {wrong[0]} {wrong[1]}; 400"


@RULES.rule(
    "chat-refused-status",
    "should",
    "A request that the API refuses is refused with 400: 404 and 5xx blame the model's name or the server.",
    source=f"{REFERENCE}; sgl-project/sglang#28090, diegosouzapw/OmniRoute#6402",
    forms="error",
)
def _status(evidence: Evidence) -> Iterator[Finding]:
    wrong = fault(evidence) or slip(evidence)
    if wrong is None or evidence.status in (400, 422, *_BEFORE):
        return
    if not _unknown_model(evidence):
        yield "status", f"is {evidence.status}, but the request's {wrong[0]} {wrong[1]}; 400"


def _unknown_model(evidence: Evidence) -> bool:
    """Whether the answer speaks of the request's model: a server may look that up first."""
    error, model = error_of(evidence) or {}, evidence.asked.get("model")
    message = error.get("message")
    return evidence.status == 404 and is_text(model) and is_text(message) and model in message


@RULES.rule(
    "chat-refused-part",
    "should",
    "A picture, a file or a sound that the model can't take is refused with 4xx, not with 500.",
    source=f"{REFERENCE}#messages; recorded refusals of api.openai.com",
    forms="error",
)
def _part(evidence: Evidence) -> Iterator[Finding]:
    if evidence.status == 500:
        kinds = sorted({kind for kind in _parts(evidence.asked) if kind in ("image_url", "file", "input_audio")})
        if kinds:
            yield "status", f"is 500 for messages with {' and '.join(kinds)}; 400 when the model takes none"


def _parts(asked: Asked) -> Iterator[str]:
    for message in elements(asked.get("messages")):
        for part in elements(members(message).get("content")):
            yield str(members(part).get("type"))


@RULES.rule(
    "chat-refused-422",
    "note",
    "A request that the API refuses is refused with 400, not with 422: clients raise another exception.",
    source="openai/openai-node#1784, sgl-project/sglang#7487",
    forms="error",
)
def _unprocessable(evidence: Evidence) -> Iterator[Finding]:
    if evidence.status == 422:
        wrong = fault(evidence)
        yield "status", "is 422; 400" + (f": the request's {wrong[0]} {wrong[1]}" if wrong else "")


@RULES.rule(
    "chat-refused-param",
    "note",
    "A refusal names the parameter that is wrong.",
    source="OpenAI guide, Error codes; recorded refusals of api.openai.com",
    forms="error",
)
def _param(evidence: Evidence) -> Iterator[Finding]:
    wrong, error = fault(evidence), error_of(evidence)
    if wrong is None or error is None or evidence.status not in (400, 422):
        return
    if wrong[0] != _BODY and not error.get("param") and wrong[0] not in str(error.get("message")):
        yield "error", f"names no parameter; the request's {wrong[0]} {wrong[1]}"
