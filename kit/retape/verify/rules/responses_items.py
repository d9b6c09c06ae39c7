"""The items of a response's output: messages, calls, reasoning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.evidence import UNREADABLE, Evidence, read_json
from retape.verify.responses_answer import Snapshot, result, snapshots, typed
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_text, members, shown

RULES = Table("responses response response-cancel", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/responses/object#responses/object-output"

Item = dict[str, Any]

_STATUSES = frozenset(
    ("in_progress", "completed", "incomplete", "searching", "generating", "interpreting", "calling", "failed")
)
_HAVE_STATUS = frozenset(("message", "function_call", "web_search_call", "file_search_call", "code_interpreter_call"))
"""Items that always say how far they are; others do so by model and date."""

_PREFIXES = {"message": "msg_", "function_call": "fc_", "reasoning": "rs_", "web_search_call": "ws_"}
_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
"""A call's type -> the key of what it is called with."""


def _items(evidence: Evidence, *types: str) -> Iterator[tuple[str, Item, Snapshot]]:
    """The items in every response object, those of some types or all."""
    for snapshot in snapshots(evidence):
        for number, item in snapshot.items:
            if not types or item.get("type") in types:
                yield at(snapshot.where, "output", number), item, snapshot
    for where, item, snapshot in evidence.reading(_streamed):
        if not types or item.get("type") in types:
            yield where, item, snapshot


def _streamed(evidence: Evidence) -> list[tuple[str, Item, Snapshot]]:
    """The items that events said were done, but for those that the response at the end has just so."""
    last = result(evidence) if evidence.form == "stream" else None
    known = elements(last.body.get("output")) if last else []
    return [
        (frame.at("item"), data["item"], Snapshot(frame.at(), kind, {}))
        for frame, kind, data in (typed(evidence) if evidence.form == "stream" else ())
        if kind == "response.output_item.done" and isinstance(data.get("item"), dict) and data["item"] not in known
    ]


def _parts(evidence: Evidence) -> Iterator[tuple[str, Item]]:
    """The parts of all messages."""
    for where, item, _ in _items(evidence, "message"):
        for number, part in enumerate(elements(item.get("content"))):
            if isinstance(part, dict):
                yield at(where, "content", number), part


@RULES.rule("responses-item-type", "must", "Every item of the output is an object with a type.", source=REFERENCE)
def _type(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        for number, item in enumerate(elements(snapshot.body.get("output"))):
            where = at(snapshot.where, "output", number)
            if not isinstance(item, dict):
                yield where, f"is {shown(item)}, not an item"
            elif not is_text(item.get("type")):
                yield at(where, "type"), f"is {shown(item.get('type', MISSING))}, not an item's type"


@RULES.rule(
    "responses-item-id",
    "must",
    "Every item of the output has an id.",
    source=f"{REFERENCE}; anomalyco/opencode#46885",
)
def _id(evidence: Evidence) -> Iterator[Finding]:
    for where, item, _ in _items(evidence):
        if not is_text(item.get("id")):
            yield at(where, "id"), f"is {shown(item.get('id', MISSING))}, not an item's id"


@RULES.rule("responses-item-id-unique", "must", "No two items of an output have the same id.", source=REFERENCE)
def _id_unique(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        seen: dict[str, int] = {}
        for number, item in snapshot.items:
            name = item.get("id")
            if is_text(name) and seen.setdefault(name, number) != number:
                yield at(snapshot.where, "output", number, "id"), f"is {shown(name)}, as that of output[{seen[name]}]"


@RULES.rule(
    "responses-item-id-prefix",
    "note",
    "An item's id tells its type: msg_, fc_, rs_, ws_.",
    source="recordings of api.openai.com, 2025-03 to 2026-08",
)
def _id_prefix(evidence: Evidence) -> Iterator[Finding]:
    for where, item, _ in _items(evidence, *_PREFIXES):
        name, prefix = item.get("id"), _PREFIXES[item["type"]]
        if is_text(name) and not name.startswith(prefix):
            yield at(where, "id"), f'is {shown(name)}; the id of a {item["type"]} begins with "{prefix}"'


@RULES.rule(
    "responses-item-status",
    "must",
    "A message or a call says its status.",
    source=f"{REFERENCE}; diegosouzapw/OmniRoute#13964",
)
def _status(evidence: Evidence) -> Iterator[Finding]:
    for where, item, _ in _items(evidence, *_HAVE_STATUS):
        status = item.get("status", MISSING)
        if not isinstance(status, str) or status not in _STATUSES:
            yield at(where, "status"), f"is {shown(status)}, not an item's status"


@RULES.rule(
    "responses-item-status-ended",
    "should",
    "In a response that is completed no item is still in progress.",
    source=REFERENCE,
)
def _status_ended(evidence: Evidence) -> Iterator[Finding]:
    for where, item, snapshot in _items(evidence):
        if snapshot.body.get("status") == "completed" and item.get("status") == "in_progress":
            yield at(where, "status"), 'is "in_progress" although the response is completed'


@RULES.rule(
    "responses-message",
    "must",
    "A message is the assistant's, and its content is an array of parts.",
    source="openai-python: types/responses/response_output_message.py",
)
def _message(evidence: Evidence) -> Iterator[Finding]:
    for where, item, snapshot in _items(evidence, "message"):
        if item.get("role") != "assistant":
            yield at(where, "role"), f'is {shown(item.get("role", MISSING))}, not "assistant"'
        content = item.get("content", MISSING)
        if not isinstance(content, list):
            yield at(where, "content"), f"is {shown(content)}, not an array of parts"
            continue
        if not content and snapshot.body.get("status") == "completed":
            yield at(where, "content"), "is empty although the response is completed"
        for number, part in enumerate(content):
            if not isinstance(part, dict):
                yield at(where, "content", number), f"is {shown(part)}, not a part"


@RULES.rule(
    "responses-part",
    "must",
    "A part of a message is an output_text with a text, or a refusal.",
    source="openai-python: types/responses/response_output_text.py",
)
def _part(evidence: Evidence) -> Iterator[Finding]:
    for where, part in _parts(evidence):
        kind = part.get("type", MISSING)
        if not is_text(kind):
            yield at(where, "type"), f"is {shown(kind)}, not a part's type"
        key = {"output_text": "text", "refusal": "refusal"}.get(kind) if isinstance(kind, str) else None
        if key and not isinstance(part.get(key), str):
            yield at(where, key), f"is {shown(part.get(key, MISSING))}, not a string"


@RULES.rule(
    "responses-part-annotations",
    "should",
    "A part of text has an array of annotations, and an array of logprobs or none.",
    source="openai-python: types/responses/response_output_text.py; llamastack/llama-stack#4999",
)
def _annotations(evidence: Evidence) -> Iterator[Finding]:
    for where, part in _parts(evidence):
        if part.get("type") != "output_text":
            continue
        if not isinstance(part.get("annotations"), list):
            yield at(where, "annotations"), f"is {shown(part.get('annotations', MISSING))}, not an array"
        if "logprobs" in part and not isinstance(part["logprobs"], list):
            yield at(where, "logprobs"), f"is {shown(part['logprobs'])}, not an array"


@RULES.rule(
    "responses-call",
    "must",
    "A call has a call_id and a name, and what it is called with as a string.",
    source="openai-python: types/responses/response_function_tool_call.py",
)
def _call(evidence: Evidence) -> Iterator[Finding]:
    for where, item, _ in _items(evidence, *_CALLS):
        for key in ("call_id", "name"):
            if not is_text(item.get(key)):
                yield at(where, key), f"is {shown(item.get(key, MISSING))}, not a string with something in it"
        key = _CALLS[item["type"]]
        if not isinstance(item.get(key), str):
            yield at(where, key), f"is {shown(item.get(key, MISSING))}, not a string"


@RULES.rule(
    "responses-call-id-unique",
    "must",
    "No two calls of a response have the same call_id: their results are told apart by it.",
    source="https://platform.openai.com/docs/guides/function-calling",
)
def _call_id_unique(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        seen: dict[str, int] = {}
        for number, item in snapshot.items:
            name = item.get("call_id") if item.get("type") in tuple(_CALLS) else None
            if is_text(name) and seen.setdefault(name, number) != number:
                where = at(snapshot.where, "output", number, "call_id")
                yield where, f"is {shown(name)}, as that of output[{seen[name]}]"


@RULES.rule(
    "responses-call-arguments",
    "must",
    "The arguments of a completed function call are a JSON object.",
    source="https://platform.openai.com/docs/guides/function-calling",
)
def _arguments(evidence: Evidence) -> Iterator[Finding]:
    for where, item, _ in _items(evidence, "function_call"):
        text = item.get("arguments")
        if item.get("status") == "completed" and isinstance(text, str):
            value, problem = read_json(text)
            if value is UNREADABLE:
                yield at(where, "arguments"), f"is no JSON ({problem}): {shown(text)}"
            elif not isinstance(value, dict):
                yield at(where, "arguments"), f"is {shown(text)}, not an object"


@RULES.rule(
    "responses-reasoning",
    "must",
    "A reasoning item has an array of summaries, each an object with a type and a text.",
    source="openai-python: types/responses/response_reasoning_item.py",
)
def _reasoning(evidence: Evidence) -> Iterator[Finding]:
    for where, item, _ in _items(evidence, "reasoning"):
        if not isinstance(item.get("summary"), list):
            yield at(where, "summary"), f"is {shown(item.get('summary', MISSING))}, not an array"
        for number, summary in enumerate(elements(item.get("summary"))):
            for key in ("type", "text"):
                if not isinstance(members(summary).get(key), str):
                    told = members(summary).get(key, MISSING)
                    yield at(where, "summary", number, key), f"is {shown(told)}, not a string"
