"""POST /responses."""

from __future__ import annotations

from collections.abc import Iterator

from retape.handlers.fake.answer import Answer, json_answer, stream_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.responses.history import (
    Context,
    context,
    conversation_id,
    remember,
)
from retape.handlers.fake.endpoints.responses.hosted import cited, hosted
from retape.handlers.fake.endpoints.responses.items import outputs
from retape.handlers.fake.endpoints.responses.stream import frames
from retape.handlers.fake.endpoints.responses.whole import Told, told
from retape.handlers.fake.speech import speak, thought

POLLS = 2
"""How often a background answer is looked at until it is done: once it is in progress, then it is complete."""


def create(call: Call) -> Answer:
    """Answer, or begin to."""
    around = context(call)
    answer = _told(call, around)
    background = bool(call.body.get("background"))
    if call.body.get("store") is not False:
        _store(call, around, answer, polls=0 if background else POLLS)
    _converse(call, around, answer)
    if call.body.get("stream"):
        return stream_answer(_streamed(call, answer))
    return json_answer(answer.at("queued") if background else answer.done())


def _told(call: Call, around: Context) -> Told:
    body, ask = call.body, around.ask
    reply = cited(ask, call.answer(ask, 0))
    spoken = speak(
        reply,
        budget=body.get("max_output_tokens"),
        thinking=thought(ask.model, (body.get("reasoning") or {}).get("effort")),
    )
    used = hosted(call, spoken.reply, around.items)
    return told(call, ask, spoken, outputs(call, ask, spoken, used))


def _streamed(call: Call, answer: Told) -> Iterator[bytes]:
    options = call.body.get("stream_options") or {}
    yield from frames(answer, padded=options.get("include_obfuscation") is not False)
    row = call.table("responses").get(answer.whole["id"])
    if row is not None:
        row["polls"] = POLLS  # who has read a background answer to its end need not ask whether it is done


def _store(call: Call, around: Context, answer: Told, *, polls: int) -> None:
    call.table("responses")[answer.whole["id"]] = {
        "told": answer,
        "context": around.items,
        "polls": polls,
        "cancelled": False,
    }
    remember(call, [*around.items, *answer.output])


def _converse(call: Call, around: Context, answer: Told) -> None:
    """Add what was asked and said to the conversation."""
    name = conversation_id(call.body)
    row = call.table("conversations").get(name) if name else None
    if row is not None:
        row["items"].update({item["id"]: item for item in [*around.given, *answer.output]})
