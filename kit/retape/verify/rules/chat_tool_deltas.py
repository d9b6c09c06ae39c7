"""Tool calls in a stream: deltas belong together by `index`, and each call begins with its id, type and name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.chat_stream import Thread, ToolDelta, streamed
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, is_int, is_text, shown

RULES = Table("chat", "stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/streaming#chat/streaming-choices"


def calls(evidence: Evidence) -> Iterator[tuple[Thread, int, list[ToolDelta]]]:
    """The deltas of each tool call, with its choice and its index, in the order of their first ones."""
    stream = streamed(evidence)
    if stream.tools:
        for thread in stream.threads.values():
            for index, deltas in thread.tools.items():
                yield thread, index, deltas


@RULES.rule(
    "chat-tool-delta-index",
    "must",
    "Every tool call's delta has an integer index: it says which call it belongs to.",
    source=f"{REFERENCE}; ai-dynamo/dynamo#4723",
)
def _index(evidence: Evidence) -> Iterator[Finding]:
    for tool in streamed(evidence).tools:
        index = tool.delta.get("index", MISSING)
        if not is_int(index) or index < 0:
            yield tool.at("index"), f"is {shown(index)}; an integer from 0 on"


@RULES.rule(
    "chat-tool-delta-order",
    "must",
    "The indexes of a choice's tool calls are 0, 1, ... in the order in which the calls begin.",
    source=f"{REFERENCE}; vercel/ai#18382",
)
def _order(evidence: Evidence) -> Iterator[Finding]:
    for thread, index, deltas in calls(evidence):
        place = list(thread.tools).index(index)
        if index != place:
            yield deltas[0].at("index"), f"is {index} for call number {place + 1} of the choice; {place}"


@RULES.rule(
    "chat-tool-delta-first",
    "must",
    "The first delta of a tool call has its id and its name.",
    source=f"{REFERENCE}; dirac-run/dirac#215",
)
def _first(evidence: Evidence) -> Iterator[Finding]:
    for _, index, (first, *_) in calls(evidence):
        if "custom" in first.delta:
            continue
        for where, value in (("id", first.delta.get("id", MISSING)), ("function.name", _name(first))):
            if not is_text(value):
                yield (
                    first.at(where),
                    f"is {shown(value)} in the first delta of index {index}; a string that isn't empty",
                )


def _name(tool: ToolDelta) -> Any:
    return tool.function.get("name", MISSING)


@RULES.rule(
    "chat-tool-delta-type",
    "must",
    'The first delta of a tool call has the type "function", or "custom".',
    source=f"{REFERENCE}; vercel/ai#12770",
)
def _type(evidence: Evidence) -> Iterator[Finding]:
    for _, index, (first, *_) in calls(evidence):
        if _begins(first) and first.delta.get("type") not in ("function", "custom"):
            kind = shown(first.delta.get("type", MISSING))
            yield first.at("type"), f'is {kind} in the first delta of index {index}; "function"'


def _begins(tool: ToolDelta) -> bool:
    return is_text(tool.delta.get("id")) or is_text(_name(tool))


@RULES.rule(
    "chat-tool-delta-same-id",
    "must",
    "All deltas of an index are of one call: no other id comes at the same index.",
    source=f"{REFERENCE}; ai-dynamo/dynamo#4723, huggingface/smolagents#1958, ollama/ollama#7888",
)
def _same_id(evidence: Evidence) -> Iterator[Finding]:
    for _, index, (first, *rest) in calls(evidence):
        began = first.delta.get("id")
        for tool in rest:
            now = tool.delta.get("id")
            if is_text(now) and is_text(began) and now != began:
                yield tool.at("id"), f"is {shown(now)} at index {index}, which belongs to {shown(began)}"


@RULES.rule(
    "chat-tool-delta-blank",
    "must",
    'No later delta of a tool call has an empty id or name: clients take "" for the call\'s own.',
    source=f"{REFERENCE}; anomalyco/opencode#37841, JetBrains/koog#1900, symfony/ai#2220",
)
def _blank(evidence: Evidence) -> Iterator[Finding]:
    for tool, where, value in _later(evidence):
        if value == "":
            yield tool.at(where), 'is "" in a later delta of the call; absent'


@RULES.rule(
    "chat-tool-delta-null",
    "should",
    "No later delta of a tool call has null for its id, type or name.",
    source=f"{REFERENCE}; sgl-project/sglang#35542",
)
def _null(evidence: Evidence) -> Iterator[Finding]:
    for tool, where, value in _later(evidence):
        if value is None:
            yield tool.at(where), "is null in a later delta of the call; absent"


@RULES.rule(
    "chat-tool-delta-repeated",
    "should",
    "Id and type come once for each tool call.",
    source=f"{REFERENCE}; SillyTavern/SillyTavern#5811",
)
def _repeated(evidence: Evidence) -> Iterator[Finding]:
    for _, _, (first, *rest) in calls(evidence):
        for tool in rest:
            for name in ("id", "type"):
                value = tool.delta.get(name)
                if is_text(value) and value == first.delta.get(name):
                    yield tool.at(name), f"is {shown(value)} again; once, in the call's first delta"


@RULES.rule(
    "chat-tool-delta-name-repeated",
    "must",
    "The function's name comes once: clients that join deltas get get_weatherget_weather.",
    source=f"{REFERENCE}; NousResearch/hermes-agent#12230, open-webui/open-webui#22235",
)
def _name_repeated(evidence: Evidence) -> Iterator[Finding]:
    for _, _, (first, *rest) in calls(evidence):
        for tool in rest:
            if is_text(_name(tool)) and _name(tool) == _name(first) and _same_call(first, tool):
                yield tool.at("function.name"), f"is {shown(_name(tool))} again; once, in the call's first delta"


def _same_call(first: ToolDelta, tool: ToolDelta) -> bool:
    return not is_text(tool.delta.get("id")) or tool.delta["id"] == first.delta.get("id")


@RULES.rule(
    "chat-tool-delta-name-split",
    "note",
    "The function's name comes whole, in the call's first delta; in pieces, clients look up the first of them.",
    source=f"{REFERENCE}; continuedev/continue#5849",
)
def _name_split(evidence: Evidence) -> Iterator[Finding]:
    for _, _, (first, *rest) in calls(evidence):
        for tool in rest:
            if is_text(_name(tool)) and _name(tool) != _name(first) and _same_call(first, tool):
                yield tool.at("function.name"), f"is {shown(_name(tool))} after {shown(_name(first))}"


def _later(evidence: Evidence) -> Iterator[tuple[ToolDelta, str, Any]]:
    """What deltas after a call's first have for id, type and name, where they have it."""
    for _, _, (_, *rest) in calls(evidence):
        for tool in rest:
            for name in ("id", "type"):
                if name in tool.delta:
                    yield tool, name, tool.delta[name]
            if "name" in tool.function:
                yield tool, "function.name", tool.function["name"]


@RULES.rule(
    "chat-tool-delta-arguments",
    "must",
    "A delta's arguments, where there are any, are a string.",
    source=f"{REFERENCE}; can1357/oh-my-pi#1779, llamastack/llama-stack#5462",
)
def _arguments(evidence: Evidence) -> Iterator[Finding]:
    for tool in streamed(evidence).tools:
        value = tool.function.get("arguments", "")
        if type(value) is not str:
            yield tool.at("function.arguments"), f"is {shown(value)}; a string, or absent"


@RULES.rule(
    "chat-tool-delta-twice",
    "note",
    "A chunk has one delta for each tool call; of two some clients lose the second.",
    source="openai/openai-python#3201, openai/openai-python#3438",
)
def _twice(evidence: Evidence) -> Iterator[Finding]:
    for _, index, deltas in calls(evidence):
        seen: set[int] = set()
        for tool in deltas:
            if tool.piece.frame.number in seen:
                yield tool.at("index"), f"is {index}, as of another delta in this chunk"
            seen.add(tool.piece.frame.number)


@RULES.rule(
    "chat-tool-delta-interleaved",
    "should",
    "A tool call is told to its end before the next begins.",
    source=f"{REFERENCE}; recorded streams of api.openai.com",
)
def _interleaved(evidence: Evidence) -> Iterator[Finding]:
    for thread in streamed(evidence).threads.values():
        deltas = [(tool, index) for index, tools in thread.tools.items() for tool in tools]
        newest = -1
        for tool, index in sorted(deltas, key=lambda one: (one[0].piece.frame.number, one[0].place)):
            if index < newest and tool.function.get("arguments"):
                yield tool.at("index"), f"is {index}, after call {newest} had begun"
            newest = max(newest, index)
