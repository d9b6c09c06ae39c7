"""Tool calls of a chat answer, whole or joined from a stream: what was called, and with which arguments."""

from __future__ import annotations

from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

from retape.handlers.fake.schema.metaschema import unusable
from retape.handlers.fake.schema.valid import failure
from retape.verify.chat_answer import Choice, ToolCall, answered
from retape.verify.chat_stream import streamed
from retape.verify.evidence import UNREADABLE, Evidence, read_json
from retape.verify.rule import Finding, Table
from retape.verify.rules.chat import messages
from retape.verify.rules.http import twice
from retape.verify.words import MISSING, at, elements, is_text, members, shown

RULES = Table("chat stored-chat", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/object"
GUIDE = "OpenAI guide, Function calling"

_decode_one = JSONDecoder().raw_decode


def calls(evidence: Evidence) -> Iterator[tuple[Choice, ToolCall]]:
    """Every tool call, with its choice."""
    return ((choice, call) for choice in answered(evidence).choices for call in choice.calls)


def tools(evidence: Evidence) -> dict[str, dict[str, Any]]:
    """The tools of the request by name: the `function` or `custom` of each."""
    return evidence.reading(_tools)


def _tools(evidence: Evidence) -> dict[str, dict[str, Any]]:
    found = {}
    for tool in elements(evidence.asked.get("tools")):
        inner = members(members(tool).get("function")) or members(members(tool).get("custom"))
        if is_text(inner.get("name")):
            found[inner["name"]] = inner
    return found


@RULES.rule(
    "chat-tool-calls",
    "must",
    "`tool_calls` is an array of objects.",
    source=f"{REFERENCE}#chat/object-choices; huggingface/text-generation-inference#3075",
)
def _array(evidence: Evidence) -> Iterator[Finding]:
    for where, value in _arrays(evidence):
        if not isinstance(value, list):
            yield where, f"is {shown(value)}; an array"
        elif any(type(entry) is not dict for entry in value):
            yield where, f"is {shown(value)}; an array of objects"


@RULES.rule(
    "chat-tool-calls-empty",
    "should",
    "`tool_calls` isn't there when there is no call.",
    source=f"{REFERENCE}#chat/object-choices; volcano-sh/kthena#102, microsoft/foundry-local#221",
)
def _empty(evidence: Evidence) -> Iterator[Finding]:
    for where, value in _arrays(evidence):
        if value == []:
            yield where, "is []; absent"


def _arrays(evidence: Evidence) -> Iterator[tuple[str, Any]]:
    """Each `tool_calls` that isn't null."""
    if evidence.form == "stream":
        for piece in streamed(evidence).pieces:
            if "tool_calls" in piece.delta and piece.delta["tool_calls"] is not None:
                yield piece.at("delta", "tool_calls"), piece.delta["tool_calls"]
    else:
        for where, message, _ in messages(evidence):
            if message.get("tool_calls") is not None:
                yield at(where, "tool_calls"), message["tool_calls"]


@RULES.rule(
    "chat-tool-id",
    "must",
    "Every tool call has an id of its own: the tool's answer names it.",
    source=f"{REFERENCE}#chat/object-choices",
)
def _id(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        seen: set[str] = set()
        for call in choice.calls:
            if not is_text(call.id):
                yield at(call.where, "id"), f"is {shown(call.id)}; a string that isn't empty"
            elif call.id in seen:
                yield at(call.where, "id"), f"is {shown(call.id)}, which another call of the answer has too"
            else:
                seen.add(call.id)


@RULES.rule(
    "chat-tool-type",
    "must",
    'A tool call\'s type is "function", or "custom" with a custom tool.',
    source=f"{REFERENCE}#chat/object-choices; vercel/ai#12770, vercel/ai#12901",
)
def _type(evidence: Evidence) -> Iterator[Finding]:
    for _, call in calls(evidence):
        wanted = "custom" if call.custom else "function"
        if call.type != wanted:
            yield at(call.where, "type"), f"is {shown(call.type)}; {shown(wanted)}"


@RULES.rule(
    "chat-tool-name",
    "must",
    "A tool call names one of the request's tools.",
    source=f"{REFERENCE}#chat/object-choices",
)
def _name(evidence: Evidence) -> Iterator[Finding]:
    known = tools(evidence)
    for _, call in calls(evidence):
        where = at(call.where, "custom" if call.custom else "function", "name")
        if not is_text(call.name):
            yield where, f"is {shown(call.name)}; one of {', '.join(known) or 'the tools'}"
        elif evidence.endpoint == "chat" and call.name not in known:
            there = f"one of {', '.join(known)}" if known else "the request has no tools"
            yield where, f"is {shown(call.name)}; {there}"


@RULES.rule(
    "chat-tool-arguments",
    "must",
    "`function.arguments` is a string.",
    source=f"{REFERENCE}#chat/object-choices; ggml-org/llama.cpp#20198, huggingface/text-generation-inference#3076",
)
def _arguments(evidence: Evidence) -> Iterator[Finding]:
    for _, call in _functions(evidence):
        if not isinstance(call.arguments, str):
            yield at(call.where, "function.arguments"), f"is {shown(call.arguments)}; a string of JSON"


def _functions(evidence: Evidence) -> Iterator[tuple[Choice, ToolCall]]:
    """Calls of functions, the ones of before tools among them."""
    for choice in answered(evidence).choices:
        yield from ((choice, call) for call in choice.calls if not call.custom)
        if choice.legacy is not None:
            yield choice, choice.legacy


@RULES.rule(
    "chat-tool-arguments-json",
    "must",
    "The arguments are one JSON object, unless they were cut off.",
    source=f"{GUIDE}; vllm-project/vllm#9693, vllm-project/vllm#54964, open-webui/open-webui#22235",
)
def _arguments_json(evidence: Evidence) -> Iterator[Finding]:
    for choice, call in _functions(evidence):
        if isinstance(call.arguments, str) and not choice.partial:
            problem = _no_object(call.arguments)
            if problem:
                yield at(call.where, "function.arguments"), problem


def _no_object(text: str) -> str:
    """Why a text isn't a JSON object; "" when it is."""
    value, problem = read_json(text)
    if isinstance(value, dict):
        return ""
    if not text.strip():
        return "is empty; {} for a call without arguments"
    if value is UNREADABLE:
        return _several(text) or f"{shown(text)} is no JSON: {problem}"
    inner = isinstance(value, str) and isinstance(read_json(value)[0], dict)
    return f"is {shown(text)}: " + ("an object encoded twice" if inner else "not an object")


def _several(text: str) -> str:
    try:
        first, end = _decode_one(text)
        second, _ = _decode_one(text[end:].lstrip())
    except (JSONDecodeError, RecursionError):
        return ""
    same = "the same object again" if first == second else "another call's arguments"
    return f"{shown(text)} has {same} after the first JSON value"


@RULES.rule(
    "chat-tool-arguments-twice",
    "should",
    "No object in the arguments has a key twice.",
    source="RFC 8259, 4",
)
def _arguments_twice(evidence: Evidence) -> Iterator[Finding]:
    for _, call in _functions(evidence):
        if isinstance(read_json(call.arguments)[0] if isinstance(call.arguments, str) else None, dict):
            for name in twice(call.arguments):
                yield at(call.where, "function.arguments"), f"have the key {shown(name)} twice"


@RULES.rule(
    "chat-tool-schema",
    "should",
    "The arguments conform to the tool's parameters; without `strict` it is the model that answers for it.",
    source=f"{GUIDE}, Strict mode",
)
def _schema(evidence: Evidence) -> Iterator[Finding]:
    yield from _unfit(evidence, strict=False)


@RULES.rule(
    "chat-tool-schema-strict",
    "must",
    "The arguments conform to the parameters of a strict tool.",
    source=f"{GUIDE}, Strict mode",
)
def _schema_strict(evidence: Evidence) -> Iterator[Finding]:
    yield from _unfit(evidence, strict=True)


def _unfit(evidence: Evidence, *, strict: bool) -> Iterator[Finding]:
    for choice, call in calls(evidence):
        tool = tools(evidence).get(call.name) if is_text(call.name) else None
        if tool is None or call.custom or choice.cut or (tool.get("strict") is True) is not strict:
            continue
        value = read_json(call.arguments)[0] if isinstance(call.arguments, str) else None
        if isinstance(value, dict):
            problem = misfit(value, tool.get("parameters"))
            if problem:
                yield at(call.where, "function.arguments"), f"{shown(call.arguments)}: {problem}"


def misfit(value: Any, schema: Any) -> str:
    """Why a value doesn't conform to a schema; "" when it does, or the schema is no good one.

    Args:
        value: any JSON value.
        schema: what the request has for a schema.
    """
    if not isinstance(schema, dict) or unusable(schema) is not None:
        return ""
    try:
        wrong = failure(value, schema)
    except RecursionError:  # hundreds of levels: nobody can tell, so nobody is blamed
        return ""
    return f"{at(*wrong.path) if wrong.path else 'it'} {wrong.reason}" if wrong is not None else ""


@RULES.rule(
    "chat-tool-finish",
    "must",
    'A choice with tool calls ends with "tool_calls", unless it was cut off or its tool was forced.',
    source=f"{REFERENCE}#chat/object-choices; ollama/ollama#7963, cloudflare/ai#390",
)
def _finish(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint == "chat" and evidence.asked.get("tool_choice", "auto") in ("auto", "none", None):
        yield from _finishes(evidence, "tool_calls")


@RULES.rule(
    "chat-tool-finish-required",
    "should",
    'A choice with tool calls ends with "tool_calls" under tool_choice "required" too.',
    source="vllm-project/vllm#25054; recorded at api.openai.com in 2025 (its servers of 2024 said stop)",
)
def _finish_required(evidence: Evidence) -> Iterator[Finding]:
    if evidence.asked.get("tool_choice") == "required":
        yield from _finishes(evidence, "tool_calls")


@RULES.rule(
    "chat-tool-finish-named",
    "should",
    'A choice whose function was named in tool_choice ends with "stop".',
    source="vllm-project/vllm#25054, vllm-project/vllm#9209; every such recording of api.openai.com",
)
def _finish_named(evidence: Evidence) -> Iterator[Finding]:
    if isinstance(members(evidence.asked.get("tool_choice")).get("function"), dict):
        yield from _finishes(evidence, "stop")


def _finishes(evidence: Evidence, wanted: str) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        if choice.calls and choice.finish in ("stop", "tool_calls") and choice.finish != wanted:
            yield at(choice.where, "finish_reason"), f"is {shown(choice.finish)} after a tool call; {shown(wanted)}"


@RULES.rule(
    "chat-tool-finish-alone",
    "must",
    'A choice that ends with "tool_calls" has a tool call, one that ends with "function_call" a function call.',
    source=f"{REFERENCE}#chat/object-choices",
)
def _finish_alone(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        lacking = (choice.finish == "tool_calls" and not choice.calls) or (
            choice.finish == "function_call" and choice.legacy is None
        )
        if lacking:
            yield at(choice.where, "finish_reason"), f"is {shown(choice.finish)}, but nothing is called"


@RULES.rule(
    "chat-function-call",
    "must",
    "`function_call` has the name of one of the request's functions.",
    source=f"{REFERENCE}#chat/object-choices",
)
def _function_call(evidence: Evidence) -> Iterator[Finding]:
    known = [members(one).get("name") for one in elements(evidence.asked.get("functions"))]
    for choice in answered(evidence).choices:
        call = choice.legacy
        if call is not None and (not is_text(call.name) or (evidence.endpoint == "chat" and call.name not in known)):
            there = f"one of {', '.join(map(str, known))}" if known else "the request has no functions"
            name = "nothing" if call.name is MISSING else shown(call.name)
            yield at(call.where, "name"), f"is {name}; {there}"
