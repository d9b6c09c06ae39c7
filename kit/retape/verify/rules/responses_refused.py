"""Requests for responses that the API refuses: each with a 400 that names the parameter, never with an answer.

As in `retape.verify.chat_faults`: only what api.openai.com refuses for every model, and nothing that it, or
another server, may add some day.
"""

from __future__ import annotations

from collections.abc import Iterator

from retape.verify.chat_faults import Asked, Faults, Look, first_of
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, elements, is_int, is_number, is_text, members, shown

RULES = Table("responses", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/responses/create"

_ELSEWHERE = ("previous_response_id", "conversation", "prompt")
"""Parameters that may bring an input, or the calls that it answers."""

_LEAST_TOKENS = 16


def _input(asked: Asked) -> str:
    value = asked.get("input")
    if value is None and any(asked.get(name) for name in _ELSEWHERE):
        return ""
    return (
        ""
        if isinstance(value, str | list)
        else f"is {shown(asked.get('input', MISSING))}, neither a string nor an array"
    )


def _range(name: str, low: float, high: float) -> tuple[str, Look]:
    def look(asked: Asked) -> str:
        value = asked.get(name)
        right = value is None or (is_number(value) and low <= value <= high)
        return "" if right else f"is {shown(value)}, not from {low} to {high}"

    return name, look


def _tools(asked: Asked) -> str:
    value = asked.get("tools")
    if value is not None and not isinstance(value, list):
        return f"is {shown(value)}, not an array"
    for tool in elements(value):
        if not is_text(members(tool).get("type")):
            return f"has a tool without a type: {shown(tool)}"
        if members(tool).get("type") == "function" and not is_text(members(tool).get("name")):
            return "has a function without a name"
    return ""


def _tool_choice(asked: Asked) -> str:
    value = asked.get("tool_choice")
    if isinstance(value, str) and value not in ("none", "auto", "required", "any"):
        return f"is {shown(value)}, not one of none, auto, required, or an object"
    bare = not asked.get("tools") and not asked.get("prompt")
    return "is required, in a request without tools" if value == "required" and bare else ""


def _format(asked: Asked) -> str:
    wanted = members(members(asked.get("text")).get("format"))
    if wanted.get("type") != "json_schema":
        return ""
    lacking = [name for name, kind in (("name", str), ("schema", dict)) if not isinstance(wanted.get(name), kind)]
    return f"has a json_schema without a {lacking[0]}" if lacking else ""


def _both(asked: Asked) -> str:
    both = asked.get("previous_response_id") and asked.get("conversation")
    return "is there beside previous_response_id: one or the other" if both else ""


def _few_tokens(asked: Asked) -> str:
    value = asked.get("max_output_tokens")
    right = value is None or (is_int(value) and value >= _LEAST_TOKENS)
    return "" if right else f"is {shown(value)}, less than {_LEAST_TOKENS}"


def _outputs(asked: Asked) -> str:
    """Each output of a call is of a call before it, when the request has the whole conversation."""
    if any(asked.get(name) for name in _ELSEWHERE):
        return ""
    made: set[str] = set()
    for item in map(members, elements(asked.get("input"))):
        if item.get("type") == "item_reference":
            return ""
        name = item.get("call_id")
        if item.get("type") == "function_call" and is_text(name):
            made.add(name)
        elif item.get("type") == "function_call_output" and not (is_text(name) and name in made):
            return f"has the output of the call {shown(name)}, which nobody made"
    return ""


FAULTS: Faults = (
    ("input", _input),
    _range("temperature", 0, 2),
    _range("top_p", 0, 1),
    _range("top_logprobs", 0, 20),
    ("tools", _tools),
    ("tool_choice", _tool_choice),
    ("text", _format),
    ("conversation", _both),
)
"""(parameter, what is wrong with it in a request; "" for nothing)."""

SLIPS: Faults = (("max_output_tokens", _few_tokens), ("input", _outputs))
"""The same of what api.openai.com refuses and many servers let pass, to nobody's harm."""


def _fault(evidence: Evidence) -> tuple[str, str] | None:
    return first_of(FAULTS, evidence.asked) if evidence.asked else None


@RULES.rule(
    "responses-refused-answered",
    "must",
    "A request that the API refuses isn't answered.",
    source=f"{REFERENCE}; recorded refusals of api.openai.com",
)
def _answered(evidence: Evidence) -> Iterator[Finding]:
    wrong = _fault(evidence)
    if wrong:
        yield "status", f"is {evidence.status}, although the request's {wrong[0]} {wrong[1]}"


@RULES.rule(
    "responses-refused-slip",
    "should",
    "A request with a slip is refused too, so that whoever wrote it learns of it.",
    source=f"{REFERENCE}; recorded refusals of api.openai.com",
)
def _slip(evidence: Evidence) -> Iterator[Finding]:
    wrong = first_of(SLIPS, evidence.asked)
    if wrong and not _fault(evidence):
        yield "status", f"is {evidence.status}, although the request's {wrong[0]} {wrong[1]}"


@RULES.rule(
    "responses-refused-status",
    "should",
    "What is the request's fault is told as such: 400, never 404 and never a 5xx.",
    source=f"{REFERENCE}; recorded refusals of api.openai.com",
    forms="error",
)
def _status(evidence: Evidence) -> Iterator[Finding]:
    wrong = _fault(evidence)
    if wrong and (evidence.status == 404 or (evidence.status or 0) in (500, 501)):
        yield "status", f"is {evidence.status}; the request's {wrong[0]} {wrong[1]}: 400"
