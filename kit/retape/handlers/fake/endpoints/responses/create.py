"""POST /responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.handlers.fake.answer import Answer, json_answer, stream_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.responses.cited import cited
from retape.handlers.fake.endpoints.responses.history import Context, context, remember
from retape.handlers.fake.endpoints.responses.hosted import hosted
from retape.handlers.fake.endpoints.responses.items import outputs
from retape.handlers.fake.endpoints.responses.stream import frames
from retape.handlers.fake.endpoints.responses.whole import Told, told
from retape.handlers.fake.speech import speak, thought

Row = dict[str, Any]
"""A stored answer: told, context (items), polls, cancelled, said (items, until they are in the conversation)."""

POLLS = 2
"""How often a background answer is looked at until it is done: once it is in progress, then it is complete."""


def create(call: Call) -> Answer:
    """Answer, or begin to."""
    around = context(call)
    answer = _told(call, around)
    background = bool(call.body.get("background"))
    said = [*around.given, *answer.output]
    row: Row = {"told": answer, "context": around.items, "polls": 0, "cancelled": False, "said": said}
    if call.body.get("store") is not False:
        call.table("responses")[answer.whole["id"]] = row
        remember(call, [*around.items, *answer.output])
    if not background:
        finish(call, row)
    if call.body.get("stream"):
        return stream_answer(_streamed(call, row))
    return json_answer(answer.at("queued") if background else answer.done())


def finish(call: Call, row: Row) -> None:
    """An answer is done: what was asked and said is added to its conversation, once."""
    row["polls"] = POLLS
    conversation = row["told"].whole.get("conversation")
    joined = call.table("conversations").get(conversation["id"]) if conversation else None
    if joined is not None:
        joined["items"].update({item["id"]: item for item in row["said"]})
    row["said"] = []


def _told(call: Call, around: Context) -> Told:
    body, ask = call.body, around.ask
    reply = call.answer(ask, 0)
    used = hosted(call, reply, around)
    reply = cited(ask, reply, used)
    spoken = speak(
        reply,
        budget=body.get("max_output_tokens"),
        thinking=thought(ask.model, (body.get("reasoning") or {}).get("effort")),
    )
    return told(call, ask, spoken, outputs(call, ask, spoken, used))


def _streamed(call: Call, row: Row) -> Iterator[bytes]:
    options = call.body.get("stream_options") or {}
    yield from frames(row["told"], padded=options.get("include_obfuscation") is not False)
    if not row["cancelled"]:
        finish(call, row)  # who has read a background answer to its end need not ask whether it is done
