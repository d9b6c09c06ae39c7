"""A chat answer beside what came before it: no id twice, and the same for the same request, streamed or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from retape.verify.chat_answer import answered
from retape.verify.chat_stream import streamed
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.rules.chat import body
from retape.verify.words import at, elements, is_count, is_text, members, shown

RULES = Table("chat", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/object"

_NEAR = 100
"""Exchanges looked back: ids come again at once, from a counter that a server starts anew, or not at all."""


@RULES.remember
def given(evidence: Evidence) -> tuple[str, bytes] | None:
    """The answer's id, and the request that it answered."""
    if evidence.form == "stream":
        chunks = streamed(evidence).chunks
        said = chunks[0].data.get("id") if chunks else None
    else:
        said = (body(evidence) or {}).get("id")
    return (said, evidence.exchange.request.body) if is_text(said) else None


@RULES.rule(
    "chat-id-again",
    "should",
    "Another request's answer has another id: logs and stored completions go by it.",
    source=f"{REFERENCE}#chat/object-id: a unique identifier",
)
def _id(evidence: Evidence) -> Iterator[Finding]:
    now, earlier = given(evidence), evidence.earlier(given)
    if now is None:
        return
    for number, (id_, asked) in earlier[-_NEAR:]:
        if id_ == now[0] and asked != now[1]:
            yield "id", f"is {shown(id_)}, as of exchange {number}, which answers another request"
            return


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, as far as the same request has to get it again.

    Args:
        asked: a digest of the request, without what makes it a stream.
        model: the model that answered.
        prompt: the tokens of the prompt; None when they weren't counted.
        text: a digest of what the choices say; b"" when another answer may say something else.
    """

    asked: bytes
    model: object
    prompt: int | None
    text: bytes


_MODES = frozenset({"stream", "stream_options"})


@RULES.remember
def told(evidence: Evidence) -> Told | None:
    """The answer's, when it came to its end."""
    return evidence.reading(_told)[0]


def _told(evidence: Evidence) -> tuple[Told | None]:
    answer = answered(evidence)
    if not evidence.asked or not answer.choices or not answer.complete or "web_search_options" in evidence.asked:
        return (None,)
    asked = {name: value for name, value in evidence.asked.items() if name not in _MODES}
    counts = [members(usage).get("prompt_tokens") for _, usage in answer.usages]
    steady = evidence.asked.get("temperature") == 0 and not any(choice.calls for choice in answer.choices)
    found = Told(
        asked=_digest(asked),
        model=_model(evidence),
        prompt=counts[-1] if counts and is_count(counts[-1]) else None,
        text=_digest([choice.content for choice in answer.choices]) if steady else b"",
    )
    return (found,)


def _digest(value: object) -> bytes:
    return sha256(json.dumps(value, sort_keys=True).encode()).digest()


def _model(evidence: Evidence) -> object:
    if evidence.form == "stream":
        chunks = streamed(evidence).chunks
        return chunks[0].data.get("model") if chunks else None
    return (body(evidence) or {}).get("model")


def _same_requests(evidence: Evidence) -> Iterator[tuple[int, Told, Told]]:
    """Earlier answers of the same model to the same request: the number, that answer, and this one."""
    earlier = evidence.earlier(told)[-_NEAR:]
    now = told(evidence) if earlier else None
    for number, before in earlier if now is not None else ():
        if (before.asked, before.model) == (now.asked, now.model):  # type: ignore[union-attr]
            yield number, before, now  # type: ignore[misc]


@RULES.rule(
    "chat-prompt-tokens-again",
    "should",
    "The same request has a prompt of the same length, streamed or not.",
    source=f"{REFERENCE}#chat/object-usage",
)
def _prompt_tokens(evidence: Evidence) -> Iterator[Finding]:
    for number, before, now in _same_requests(evidence):
        if None not in (before.prompt, now.prompt) and before.prompt != now.prompt:
            yield "usage.prompt_tokens", f"is {now.prompt}; {before.prompt} for the same request in exchange {number}"
            return


@RULES.rule(
    "chat-text-again",
    "note",
    "The same request at temperature 0 gets the same text, streamed or not; on many servers it mostly does.",
    source="https://platform.openai.com/docs/api-reference/chat/create#chat-create-seed",
)
def _text(evidence: Evidence) -> Iterator[Finding]:
    for number, before, now in _same_requests(evidence):
        if before.text and now.text and before.text != now.text:
            yield "choices", f"say something else than for the same request, at temperature 0, in exchange {number}"
            return


@RULES.rule(
    "chat-tool-id-again",
    "should",
    "A tool call's id is none of a call earlier in the conversation: its answer would belong to both.",
    source=f"{REFERENCE}#chat/object-choices",
)
def _tool_id(evidence: Evidence) -> Iterator[Finding]:
    calls = [call for choice in answered(evidence).choices for call in choice.calls]
    if not calls:
        return
    messages = map(members, elements(evidence.asked.get("messages")))
    before = [members(call).get("id") for message in messages for call in elements(message.get("tool_calls"))]
    for call in calls:
        if is_text(call.id) and call.id in before:
            yield at(call.where, "id"), f"is {shown(call.id)}, which a call earlier in the messages has"
