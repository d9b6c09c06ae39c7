"""A response against its request: what it echoes, and what was asked of the model and the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from retape.verify.conforming import departure
from retape.verify.evidence import UNREADABLE, Evidence, read_json
from retape.verify.responses_answer import result, texts
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_int, is_text, members, shown

RULES = Table("responses", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/responses/create"

Item = dict[str, Any]


def _equal(asked: Any, echoed: Any) -> bool:
    return bool(asked == echoed) and isinstance(asked, bool) == isinstance(echoed, bool)


def _part(key: str) -> Callable[[Any, Any], bool]:
    """Equal in one member, where that was asked: the server fills in the others."""

    def same(asked: Any, echoed: Any) -> bool:
        wanted = members(asked).get(key)
        return wanted is None or _equal(wanted, members(echoed).get(key))

    return same


def _format(asked: Any, echoed: Any) -> bool:
    wanted, told = (members(members(value).get("format")) for value in (asked, echoed))
    return all(wanted[key] == told.get(key) for key in ("type", "name") if key in wanted)


def _choice(asked: Any, echoed: Any) -> bool:
    if isinstance(asked, dict):
        named = asked.get("type") in ("function", "custom")  # others come back without preview and date
        return isinstance(echoed, dict) and (not named or asked.get("name") == echoed.get("name"))
    return bool(asked == echoed)


def _store(asked: Any, echoed: Any) -> bool:
    """Nothing is stored for an organization without data retention, whatever it asks."""
    return bool(asked == echoed) or (asked is True and echoed is False)


def _text(asked: Any, echoed: Any) -> bool:
    """Texts alone are echoed as they came."""
    return not isinstance(asked, str) or bool(asked == echoed)


ECHOES: dict[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(
        (
            *("temperature", "top_p", "max_output_tokens", "max_tool_calls", "parallel_tool_calls", "truncation"),
            *("metadata", "background", "prompt_cache_key", "safety_identifier", "user", "top_logprobs"),
            *("previous_response_id", "presence_penalty", "frequency_penalty"),
        ),
        _equal,
    ),
    "instructions": _text,
    "store": _store,
    "reasoning": _part("effort"),
    "text": _format,
    "tool_choice": _choice,
}
"""A parameter that every response repeats -> whether what came is what was asked.

`service_tier` isn't one: "auto" comes back as the tier that it became."""


def _echoed(evidence: Evidence) -> Iterator[tuple[str, str, Any, Any]]:
    """(where, parameter, asked, echoed) for whatever was asked."""
    done = result(evidence)
    for name in ECHOES if done else ():
        asked = evidence.asked.get(name)
        if done and asked is not None:
            yield at(done.where, name), name, asked, done.body.get(name, MISSING)


@RULES.rule("responses-echo", "must", "A response repeats its request's parameters as they were.", source=REFERENCE)
def _echo(evidence: Evidence) -> Iterator[Finding]:
    for where, name, asked, echoed in _echoed(evidence):
        if echoed is not MISSING and not ECHOES[name](asked, echoed):
            yield where, f"is {shown(echoed)}, and the request said {shown(asked)}"


@RULES.rule("responses-echo-missing", "should", "A response repeats every parameter that was asked.", source=REFERENCE)
def _echo_missing(evidence: Evidence) -> Iterator[Finding]:
    missing = [name for _, name, _, echoed in _echoed(evidence) if echoed is MISSING]
    if missing:
        yield "body", f"doesn't repeat {', '.join(missing)}, which the request set"


@RULES.rule(
    "responses-echo-tools",
    "must",
    "The functions that a response repeats are those of its request.",
    source=REFERENCE,
)
def _echo_tools(evidence: Evidence) -> Iterator[Finding]:
    done, asked = result(evidence), evidence.asked.get("tools")
    echoed = done.body.get("tools") if done else None
    if done is None or not isinstance(asked, list) or not echoed:  # servers that repeat none harm nobody
        return
    if not isinstance(echoed, list):
        yield at(done.where, "tools"), f"is {shown(echoed)}, not an array"
    elif _names(echoed) != _names(asked):
        yield at(done.where, "tools"), f"are {shown(_names(echoed))}, and the request had {shown(_names(asked))}"


def _names(tools: list[Any]) -> list[Any]:
    """The client's own tools by name; the types of hosted ones are told without preview and date."""
    own = (members(tool) for tool in tools)
    return [tool.get("name") for tool in own if tool.get("type") in ("function", "custom")]


@RULES.rule(
    "responses-model-asked",
    "note",
    "The model that answers is the one asked for, or a dated variant of it.",
    source=f"{REFERENCE}#responses-create-model",
)
def _model(evidence: Evidence) -> Iterator[Finding]:
    done, asked = result(evidence), evidence.asked.get("model")
    told = done.body.get("model") if done else None
    if done and is_text(asked) and is_text(told) and not told.startswith(asked) and not asked.startswith(told):
        yield at(done.where, "model"), f"is {shown(told)}, and {shown(asked)} was asked"


def _calls(evidence: Evidence) -> list[tuple[str, Item]]:
    """The calls of a finished response to the client's own functions."""
    done = result(evidence)
    found = done.items if done else []
    where = done.where if done else ""
    return [(at(where, "output", n), item) for n, item in found if item.get("type") == "function_call"]


@RULES.rule(
    "responses-tool-choice-none",
    "must",
    'With tool_choice "none" no function is called.',
    source=f"{REFERENCE}#responses-create-tool_choice",
)
def _choice_none(evidence: Evidence) -> Iterator[Finding]:
    if evidence.asked.get("tool_choice") == "none":
        for where, item in _calls(evidence):
            yield where, f'calls {shown(item.get("name"))} although tool_choice is "none"'


@RULES.rule(
    "responses-tool-choice-required",
    "must",
    'With tool_choice "required", or a tool of the client named, a completed response has a call.',
    source=f"{REFERENCE}#responses-create-tool_choice",
)
def _choice_required(evidence: Evidence) -> Iterator[Finding]:
    done, choice = result(evidence), evidence.asked.get("tool_choice")
    named = members(choice).get("type") in ("function", "custom") or members(choice).get("mode") == "required"
    if done is None or done.body.get("status") != "completed" or not (choice == "required" or named):
        return
    called = any(str(item.get("type")).endswith(("_call", "_request")) for _, item in done.items)
    if not called and not _refused(done.items):
        yield at(done.where, "output"), f"has no call although tool_choice is {shown(choice)}"


def _refused(items: list[tuple[int, Item]]) -> bool:
    parts = (members(part) for _, item in items for part in elements(item.get("content")))
    return any(part.get("type") == "refusal" for part in parts)


@RULES.rule(
    "responses-tool-choice-named",
    "must",
    "With a function named in tool_choice no other function is called.",
    source=f"{REFERENCE}#responses-create-tool_choice",
)
def _choice_named(evidence: Evidence) -> Iterator[Finding]:
    choice = members(evidence.asked.get("tool_choice"))
    if choice.get("type") == "function" and is_text(choice.get("name")):
        for where, item in _calls(evidence):
            if item.get("name") != choice["name"]:
                yield (
                    at(where, "name"),
                    f"is {shown(item.get('name', MISSING))}, not {choice['name']}, which was asked",
                )


@RULES.rule(
    "responses-parallel",
    "must",
    "Without parallel_tool_calls there is at most one call.",
    source=f"{REFERENCE}#responses-create-parallel_tool_calls",
)
def _parallel(evidence: Evidence) -> Iterator[Finding]:
    calls = _calls(evidence)
    if evidence.asked.get("parallel_tool_calls") is False and len(calls) > 1:
        yield calls[1][0], f"is one of {len(calls)} calls, and parallel_tool_calls is false"


def _functions(evidence: Evidence) -> dict[str, Item] | None:
    """The functions asked, by name; None when other tools may bring functions of their own."""
    tools = [members(tool) for tool in elements(evidence.asked.get("tools"))]
    if evidence.asked.get("prompt") or any(tool.get("type") != "function" for tool in tools):
        return None
    return {str(tool.get("name")): tool for tool in tools}


@RULES.rule(
    "responses-call-known",
    "must",
    "Only functions that the request has are called.",
    source=f"{REFERENCE}#responses-create-tools",
)
def _call_known(evidence: Evidence) -> Iterator[Finding]:
    functions = _functions(evidence)
    for where, item in _calls(evidence) if functions is not None else ():
        if is_text(item.get("name")) and item["name"] not in (functions or {}):
            yield at(where, "name"), f"is {shown(item['name'])}, which the request doesn't have"


@RULES.rule(
    "responses-call-schema",
    "must",
    "The arguments of a strict function conform to its schema.",
    source="https://platform.openai.com/docs/guides/function-calling#strict-mode",
)
def _call_schema(evidence: Evidence) -> Iterator[Finding]:
    functions = _functions(evidence) or {}
    for where, item in _calls(evidence):
        tool, arguments = functions.get(str(item.get("name")), {}), item.get("arguments")
        if tool.get("strict") is True and item.get("status") == "completed" and isinstance(arguments, str):
            wrong = departure(arguments, tool.get("parameters"))
            if wrong and read_json(arguments)[0] is not UNREADABLE:  # that is another rule's
                yield at(where, "arguments"), wrong


@RULES.rule(
    "responses-format",
    "must",
    "A completed answer is in the format that was asked: JSON, and for a strict schema JSON that conforms to it.",
    source="https://platform.openai.com/docs/guides/structured-outputs",
)
def _text_format(evidence: Evidence) -> Iterator[Finding]:
    done, wanted = result(evidence), members(members(evidence.asked.get("text")).get("format"))
    kind = wanted.get("type")
    if done is None or done.body.get("status") != "completed" or kind not in ("json_object", "json_schema"):
        return
    schema = wanted.get("schema") if wanted.get("strict") is True else None
    for number, item in done.items:
        said = texts(item) if item.get("type") == "message" and item.get("phase") != "commentary" else ""
        wrong = departure(said, schema) if said else None
        if wrong is None and said and kind == "json_object" and not isinstance(read_json(said)[0], dict):
            wrong = "is no JSON object"
        if wrong:
            yield at(done.where, "output", number), f"the text {wrong}; {shown(said)}"


@RULES.rule(
    "responses-top-logprobs",
    "should",
    "No token has more alternatives than top_logprobs asks for.",
    source=f"{REFERENCE}#responses-create-top_logprobs",
)
def _top_logprobs(evidence: Evidence) -> Iterator[Finding]:
    done, most = result(evidence), evidence.asked.get("top_logprobs")
    if done is None or not is_int(most):
        return
    for number, item in done.items:
        for place, part in enumerate(elements(item.get("content"))):
            for token, row in enumerate(elements(members(part).get("logprobs"))):
                told = len(elements(members(row).get("top_logprobs")))
                if told > most:
                    where = at(done.where, "output", number, "content", place, "logprobs", token)
                    yield where, f"has {told} alternatives, and {most} were asked"
