"""What came before: earlier answers, conversations, items that are named by their id alone."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from retape.handlers.fake import models
from retape.handlers.fake.admission import rulebook
from retape.handlers.fake.ask import Ask, responses_ask
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.responses.inputs import Item, kept
from retape.handlers.fake.refusal import Refused, refused

PROMPTED = "gpt-4o"
"""The model of a request that names none: its stored prompt does, which can't be known here."""

SEAL = "gAAAAAB"
"""How encrypted content begins (recorded)."""

_ROOM = 64 * 1024 * 1024  # bytes that a compaction may stand for: it comes from outside, and packs well


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an answer is given to.

    Args:
        ask: the question, with everything before it.
        earlier: the items before this request's.
        given: this request's own.
    """

    ask: Ask
    earlier: tuple[Item, ...]
    given: tuple[Item, ...]

    @property
    def items(self) -> list[Item]:
        """All of them, oldest first."""
        return [*self.earlier, *self.given]


def context(call: Call) -> Context:
    """What came before a request, and what it adds.

    Raises:
        Refused: an earlier answer, a conversation or an item that is named isn't there; a call has no output or an
            output no call; all of it together is more than the model reads.
    """
    body = call.body
    earlier = _earlier(call)
    given = [resolved(call, item) for item in kept(call, body.get("input"))]
    if earlier:
        _pair(call, earlier, given)
    ask = _fitting(call, _instructions(body), list(opened([*earlier, *given])))
    return Context(ask=ask, earlier=tuple(earlier), given=tuple(given))


def _instructions(body: Mapping[str, Any]) -> list[Item]:
    """This request's own: those of an earlier answer aren't carried over."""
    told = body.get("instructions")
    return [{"type": "message", "role": "system", "content": told}] if told else []


def _earlier(call: Call) -> list[Item]:
    previous, conversation = call.body.get("previous_response_id"), conversation_id(call.body)
    if previous is not None:
        row = call.table("responses").get(previous)
        if row is not None:
            return [*row["context"], *row["told"].output]
        if rulebook(call.settings).holds("unknown-response"):
            raise _no_response(previous)
    elif conversation is not None:
        row = call.table("conversations").get(conversation)
        if row is not None:
            return list(row["items"].values())
        if rulebook(call.settings).holds("unknown-conversation"):
            raise no_conversation(conversation)
    return []


def conversation_id(body: Mapping[str, Any]) -> str | None:
    """The conversation that a request belongs to, named by its id or by an object that has one."""
    given = body.get("conversation")
    return given.get("id") if isinstance(given, dict) else given


def _no_response(name: str) -> Refused:
    """Recorded (openai-refusals A32) and quoted (B39)."""
    return refused(
        f"Previous response with id '{name}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def no_conversation(name: str) -> Refused:
    """Measured on the direct API, 2026-09, in several projects' notes."""
    return refused(f"Conversation with id '{name}' not found.", status=404)


def resolved(call: Call, item: Item) -> Item:
    """An item, or the stored one that it only names.

    Raises:
        Refused: none of that name is stored (openai-refusals B38).
    """
    bare = item["type"] == "reasoning" and not item.get("encrypted_content")
    if item["type"] != "item_reference" and not bare:
        return item
    found = _stored(call, item["id"])
    if found is None and rulebook(call.settings).holds("unknown-item"):
        raise refused(
            f"Item with id '{item['id']}' not found. Items are not persisted when `store` is set to false. "
            "Try again with `store` set to true, or remove this item from your input.",
            status=404,
            param="input",
        )
    return item if bare or found is None else found


def _stored(call: Call, item_id: str) -> Item | None:
    """A stored item; one that isn't remembered by itself any more is there as long as something stored holds it."""
    known: Item | None = call.table("items").get(item_id)
    if known is not None:
        return known
    talks = (list(row["items"].values()) for row in call.table("conversations").values())
    answers = ([*row["context"], *row["told"].output] for row in call.table("responses").values())
    return next((item for items in chain(talks, answers) for item in items if item["id"] == item_id), None)


def remember(call: Call, items: Iterable[Item]) -> None:
    """Keep items, so that a later input can name them."""
    table = call.table("items")
    for item in items:
        table[item["id"]] = item


def _pair(call: Call, earlier: list[Item], given: list[Item]) -> None:
    """Hold calls against outputs over everything that was said; within one request the rules do it.

    Raises:
        Refused: openai-refusals B36, B37.
    """
    called = {_joint(item): item for item in [*earlier, *given] if _is_call(item)}
    answered = {_joint(item) for item in [*earlier, *given] if _is_output(item)}
    holds = rulebook(call.settings).holds
    if holds("orphan-tool-output"):
        for item in given:
            if _is_output(item) and _joint(item) not in called:
                words = item["type"].replace("_", " ")
                raise refused(f"No tool call found for {words} with call_id {_joint(item)}.", param="input")
    if holds("unanswered-tool-call"):
        for name, item in called.items():
            if name not in answered:
                raise refused(f"No tool output found for {item['type'].replace('_', ' ')} {name}.", param="input")


def _joint(item: Item) -> Any:
    """What joins a call and its output: `call_id`, or the id of a local shell call's output."""
    return item.get("call_id") or item["id"]


def _is_call(item: Item) -> bool:
    return item["type"].endswith("_call") and item.get("call_id") is not None


def _is_output(item: Item) -> bool:
    return bool(item["type"].endswith("_call_output"))


def _fitting(call: Call, instructions: list[Item], told: list[Item]) -> Ask:
    """The question as far as the model reads it: with truncation "auto" the oldest items are dropped.

    Raises:
        Refused: it is too long, and may not be shortened (openai-refusals A25).
    """
    body = call.body if call.body.get("model") else call.body | {"model": PROMPTED}
    ask = responses_ask(body, [*instructions, *told])
    known = models.find(ask.model, call.settings.models)
    window = call.settings.window or (known.context if known else None)
    if window is None or ask.tokens <= window:
        return ask
    if call.body.get("truncation") == "auto":
        while len(told) > 1 and ask.tokens > window:
            del told[0]
            ask = responses_ask(body, [*instructions, *told])
        return ask
    raise refused(
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        param="input",
        code="context_length_exceeded",
    )


def sealed(items: Iterable[Item]) -> str:
    """Items as the content of a compaction: unlike OpenAI's it can be read, so that what was compacted still counts."""
    told = json.dumps(list(items), ensure_ascii=False, separators=(",", ":"))
    return SEAL + base64.urlsafe_b64encode(zlib.compress(told.encode("utf-8", "surrogatepass"), 9)).decode()


def opened(items: Iterable[Item]) -> Iterator[Item]:
    """Items, with what compactions stand for in their places; OpenAI's own stand for nothing here."""
    for item in items:
        if item["type"] == "compaction":
            yield from _unsealed(item["encrypted_content"])
        else:
            yield item


def _unsealed(content: str) -> list[Item]:
    """What `sealed` made content of; nothing of content that it didn't make."""
    try:
        packed = base64.urlsafe_b64decode(content.removeprefix(SEAL))
        items = json.loads(zlib.decompressobj().decompress(packed, _ROOM).decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError, zlib.error):
        return []
    found = items if isinstance(items, list) else []
    return [item for item in found if isinstance(item, dict) and isinstance(item.get("type"), str)]
