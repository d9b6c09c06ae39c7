"""The items of an output, and the deltas in which a stream gives them."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake.ask import Ask
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.responses.cited import notes
from retape.handlers.fake.endpoints.responses.history import SEAL
from retape.handlers.fake.endpoints.responses.hosted import CALLERS
from retape.handlers.fake.endpoints.responses.inputs import Item
from retape.handlers.fake.endpoints.responses.manners import manners
from retape.handlers.fake.reply import ToolCall
from retape.handlers.fake.speech import Spoken, logprobs
from retape.handlers.fake.tokens import split

ENCRYPTED = "reasoning.encrypted_content"
LOGPROBS = "message.output_text.logprobs"

THOUGHTS = "**Working out an answer**\n\nThe question is what to say to this, so I will look at what was asked."
"""The summary of reasoning that no script gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """An item of the output.

    Args:
        item: whole: with all that `include` may ask for.
        pieces: the deltas of its text, its arguments, its code.
        partial: pictures on the way to the last one.
    """

    item: Item
    pieces: tuple[str, ...] = ()
    partial: int = 0


def outputs(call: Call, ask: Ask, spoken: Spoken, used: list[Item]) -> list[Output]:
    """The output: reasoning, the tools that were used, what is said, the calls.

    Args:
        call: the request.
        ask: the question.
        spoken: what is given out.
        used: the items of built-in tools.
    """
    found = [*_reasoning(call, ask, spoken), *(_used(call, item) for item in used)]
    if not any(item["type"] in CALLERS for item in used):
        found += _message(call, ask, spoken)
    last = len(spoken.reply.calls) - 1
    cut = spoken.finish == "length"
    found += [_call(call, place, tool, cut and place == last) for place, tool in enumerate(spoken.reply.calls)]
    return found


def _reasoning(call: Call, ask: Ask, spoken: Spoken) -> Iterator[Output]:
    told = spoken.reply.reasoning
    if not spoken.thought and not told:
        return
    wanted = call.body.get("reasoning") or {}
    if not told and (wanted.get("summary") or wanted.get("generate_summary")):
        told = THOUGHTS
    seals = (call.identity.bits("seal", place).to_bytes(64, "big") for place in range(3))
    item = {
        "id": call.mint("reasoning"),
        "type": "reasoning",
        **({"content": []} if manners(ask.model).sealed else {}),
        "encrypted_content": SEAL + base64.urlsafe_b64encode(b"".join(seals)).decode(),
        "summary": [{"type": "summary_text", "text": told}] if told else [],
    }
    yield Output(item=item, pieces=tuple(split(told)))


def _used(call: Call, item: Item) -> Output:
    if item["type"] == "image_generation_call":
        settings: Item = next((tool for tool in call.body.get("tools") or () if tool["type"] == "image_generation"), {})
        return Output(item=item, partial=settings.get("partial_images") or 0)
    told = item.get("code") or item.get("arguments")
    return Output(item=item, pieces=tuple(split(told)) if isinstance(told, str) else ())


def _message(call: Call, ask: Ask, spoken: Spoken) -> Iterator[Output]:
    reply, text = spoken.reply, "".join(spoken.pieces)
    if (reply.text is None and reply.refusal is None) or (not text and spoken.finish == "length"):
        return
    part: Item
    if reply.refusal is not None:
        part = {"type": "refusal", "refusal": text}
    else:
        part = {
            "type": "output_text",
            "annotations": notes(reply, text),
            "logprobs": _logprobs(call, spoken),
            "text": text,
        }
    incomplete = spoken.finish in ("length", "content_filter")
    item = {
        "id": call.mint("message"),
        "type": "message",
        "status": "incomplete" if incomplete else "completed",
        "content": [part],
        **({"phase": _phase(spoken)} if manners(ask.model).phased else {}),
        "role": "assistant",
    }
    yield Output(item=item, pieces=spoken.pieces)


def _phase(spoken: Spoken) -> str:
    return "commentary" if spoken.reply.calls else "final_answer"


def _logprobs(call: Call, spoken: Spoken) -> list[Item]:
    top = call.body.get("top_logprobs") or 0
    if not top and LOGPROBS not in (call.body.get("include") or ()):
        return []
    return logprobs(spoken.pieces, call.identity, 0, top)


def _call(call: Call, place: int, tool: ToolCall, cut: bool) -> Output:
    custom = tool.kind == "custom"
    kind = "custom_tool_call" if custom else "function_call"
    call_id = tool.id or call.mint("call", place)
    told: dict[str, Any] = (
        {"call_id": call_id, "input": tool.arguments, "name": tool.name}
        if custom
        else {"arguments": tool.arguments, "call_id": call_id, "name": tool.name}
    )
    item = {"id": call.mint(kind, place), "type": kind, "status": "incomplete" if cut else "completed"} | told
    return Output(item=item, pieces=tuple(split(tool.arguments)))


def shown(item: Item, include: Collection[str], *, sealed: bool = False) -> Item:
    """An item without what has to be asked for.

    Args:
        item: whole.
        include: what is asked for, in the words of the parameter.
        sealed: whether encrypted reasoning is shown unasked.
    """
    kind = item["type"]
    if kind == "reasoning" and not sealed and ENCRYPTED not in include:
        return {name: value for name, value in item.items() if name != "encrypted_content"}
    if kind == "file_search_call" and "file_search_call.results" not in include:
        return item | {"results": None}
    if kind == "code_interpreter_call" and "code_interpreter_call.outputs" not in include:
        return item | {"outputs": None}
    if kind == "web_search_call" and "web_search_call.action.sources" not in include:
        action = {name: value for name, value in item["action"].items() if name != "sources"}
        return item | {"action": action}
    return item
