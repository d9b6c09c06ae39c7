"""The text of a chat answer: whole characters, and nothing of what the model thought before it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retape.verify.chat_answer import answered
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import at, shown

RULES = Table("chat stored-chat", "plain stream")

_THOUGHTS = ("<think>", "<thinking>", "<thought>", "<reasoning>", "<|channel|>")
_SURROGATE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Halves of pairs, but for those that stand for a byte that is no UTF-8: `http-utf8` tells of these."""


@RULES.rule(
    "chat-thought-in-content",
    "should",
    "Reasoning is no part of the content.",
    source="OpenAI guide, Reasoning models: reasoning tokens aren't visible in the answer",
)
def _thought(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        text = (choice.content or "").lstrip()
        if text.startswith(_THOUGHTS):
            yield at(choice.where, "content"), f"begins with {shown(text[:30])}: the model's reasoning"


@RULES.rule(
    "chat-text-surrogate",
    "must",
    "The text has no half of a surrogate pair: no client can write it as UTF-8.",
    source="RFC 8259, 8.2; Unicode, 3.9: surrogates are no scalar values",
)
def _surrogate(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        found = _SURROGATE.search(choice.content or "")
        if found:
            half = f"\\u{ord(found[0]):04x}"
            yield (
                at(choice.where, "content"),
                f"has {half} alone at character {found.start()}; both halves in one string",
            )


@RULES.rule(
    "chat-text-replacement",
    "note",
    "The text has no U+FFFD, which stands for bytes that somebody couldn't read as UTF-8.",
    source="mlc-ai/mlc-llm#1142",
)
def _replacement(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        if choice.content and "\ufffd" in choice.content:
            count, place = choice.content.count("\ufffd"), choice.content.index("\ufffd")
            yield at(choice.where, "content"), f"has {count} U+FFFD, the first at character {place}"
