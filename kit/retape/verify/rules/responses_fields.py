"""What the members of a response and of its events are: typed clients read nothing else where the reference says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from retape.verify.evidence import Evidence
from retape.verify.responses_answer import LAST, snapshots, typed
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_int, is_number, is_text, members, shown

RULES = Table("responses response response-cancel", "plain stream")

OBJECT = "openai-python: types/responses/response.py"
EVENTS = "https://platform.openai.com/docs/api-reference/responses-streaming"

_Kind = tuple[str, Callable[[Any], bool]]


def _is(*types: type) -> Callable[[Any], bool]:
    return lambda value: type(value) in types


_ARRAY: _Kind = ("an array", _is(list))
_BOOLEAN: _Kind = ("true or false", _is(bool))
_INTEGER: _Kind = ("an integer", is_int)
_NUMBER: _Kind = ("a number", is_number)
_OBJECT: _Kind = ("an object", _is(dict))
_STRING: _Kind = ("a string", _is(str))

MEMBERS: Mapping[str, _Kind] = {
    **dict.fromkeys(("background", "parallel_tool_calls", "store"), _BOOLEAN),
    **dict.fromkeys(("error", "incomplete_details", "metadata", "reasoning", "text", "usage"), _OBJECT),
    **dict.fromkeys(("max_output_tokens", "max_tool_calls", "top_logprobs"), _INTEGER),
    **dict.fromkeys(("temperature", "top_p", "presence_penalty", "frequency_penalty"), _NUMBER),
    **dict.fromkeys(("previous_response_id", "prompt_cache_key", "safety_identifier"), _STRING),
    **dict.fromkeys(("service_tier", "truncation", "user"), _STRING),
    "instructions": ("a string or an array", _is(str, list)),
    "tool_choice": ("a string or an object", _is(str, dict)),
    "tools": _ARRAY,
}
"""A member -> what it is where it isn't null; null is for whatever has no value."""

_INNER: Mapping[tuple[str, str], _Kind] = {
    ("reasoning", "effort"): _STRING,
    ("reasoning", "summary"): _STRING,
    ("text", "format"): _OBJECT,
    ("text", "verbosity"): _STRING,
}

_TELLING = frozenset((*LAST, "response.created", "response.queued", "response.in_progress"))
"""Events that have the response in them."""


@RULES.rule(
    "responses-members",
    "must",
    "The members of a response are of the types that the reference gives them, or null.",
    source=OBJECT,
)
def _members(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        for path, (wanted, fits), value in _typed(snapshot.body):
            if not fits(value):
                yield at(snapshot.where, *path), f"is {shown(value)}, not {wanted}"


def _typed(body: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], _Kind, Any]]:
    """(path, what it has to be, what it is) of each member of a response that isn't null."""
    for name, kind in MEMBERS.items():
        if body.get(name) is not None:
            yield (name,), kind, body[name]
    for (name, inner), kind in _INNER.items():
        value = members(body.get(name)).get(inner)
        if value is not None:
            yield (name, inner), kind, value
    for number, tool in enumerate(elements(body.get("tools"))):
        yield ("tools", number), _OBJECT, tool


@RULES.rule(
    "responses-event-response",
    "must",
    "response.created, response.completed and the like have the response in them.",
    source=f"{EVENTS}/response/completed",
    forms="stream",
)
def _response(evidence: Evidence) -> Iterator[Finding]:
    for frame, kind, data in typed(evidence):
        if kind in _TELLING and not isinstance(data.get("response"), dict):
            yield frame.at("response"), f"is {shown(data.get('response', MISSING))} in {kind}, not a response"


@RULES.rule(
    "responses-event-part",
    "must",
    "A part that is added or done is an object with a type, and one of text has a text, if only an empty one.",
    source=f"{EVENTS}/response/content_part/added",
    forms="stream",
)
def _part(evidence: Evidence) -> Iterator[Finding]:
    for frame, kind, data in typed(evidence):
        if kind.endswith(("_part.added", "_part.done")):
            told = data.get("part", MISSING)
            if not isinstance(told, dict):
                yield frame.at("part"), f"is {shown(told)}, not a part"
            elif not is_text(told.get("type")):
                yield frame.at("part.type"), f"is {shown(told.get('type', MISSING))}, not a part's type"
            elif str(told["type"]).endswith("_text") and not isinstance(told.get("text"), str):
                yield frame.at("part.text"), f"is {shown(told.get('text', MISSING))}; a string, which deltas go on with"


@RULES.rule(
    "responses-event-logprobs",
    "should",
    "The log probabilities beside a text's delta, or its whole, are an array.",
    source="openai-python: types/responses/response_text_delta_event.py",
    forms="stream",
)
def _logprobs(evidence: Evidence) -> Iterator[Finding]:
    for frame, _, data in typed(evidence):
        value = data.get("logprobs")
        if value is not None and type(value) is not list:
            yield frame.at("logprobs"), f"is {shown(value)}, not an array"


@RULES.rule(
    "responses-stream-same-head",
    "should",
    "A response's time and model don't change from event to event.",
    source=f"{EVENTS}/response/completed",
    forms="stream",
)
def _same_head(evidence: Evidence) -> Iterator[Finding]:
    told = snapshots(evidence)
    for snapshot in told[1:]:
        for name in ("created_at", "model"):
            now, first = snapshot.body.get(name), told[0].body.get(name)
            if now != first and now is not None and first is not None:
                yield at(snapshot.where, name), f"is {shown(now)}, and {shown(first)} at first"
