"""A chat answer beside what came before it: ids that were given once aren't given again."""

from __future__ import annotations

from collections.abc import Iterator

from retape.verify.chat_answer import answered
from retape.verify.chat_stream import streamed
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.rules.chat import body
from retape.verify.words import at, elements, is_text, members, shown

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
    source=f"{REFERENCE}#id: a unique identifier",
)
def _id(evidence: Evidence) -> Iterator[Finding]:
    now, earlier = given(evidence), evidence.earlier(given)
    if now is None:
        return
    for number, (id_, asked) in earlier[-_NEAR:]:
        if id_ == now[0] and asked != now[1]:
            yield "id", f"is {shown(id_)}, as of exchange {number}, which answers another request"
            return


@RULES.rule(
    "chat-tool-id-again",
    "should",
    "A tool call's id is none of a call earlier in the conversation: its answer would belong to both.",
    source=f"{REFERENCE}#choices",
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
