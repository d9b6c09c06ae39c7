"""Structured output: what response_format asks the text to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.chat_answer import Choice, answered
from retape.verify.evidence import UNREADABLE, Evidence, read_json
from retape.verify.rule import Finding, Table
from retape.verify.rules.chat_tools import misfit
from retape.verify.rules.http import twice
from retape.verify.words import at, members, shown

RULES = Table("chat", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/create#chat-create-response_format"
GUIDE = "OpenAI guide, Structured outputs"

_FENCE = "```"


def texts(evidence: Evidence, *kinds: str) -> Iterator[tuple[Choice, str]]:
    """The texts that a response format of these kinds is asked for, where they weren't cut off."""
    if members(evidence.asked.get("response_format")).get("type") in kinds and answered(evidence).complete:
        for choice in answered(evidence).choices:
            if choice.content is not None and not choice.partial and not choice.calls and choice.refusal is None:
                yield choice, choice.content


def schema(evidence: Evidence) -> dict[str, Any]:
    """The request's `json_schema`: name, schema, strict."""
    return members(members(evidence.asked.get("response_format")).get("json_schema"))


@RULES.rule(
    "chat-format-json",
    "must",
    "The text is JSON when response_format asks for it, and nothing else: no fence, no words around it.",
    source=f"{REFERENCE}; {GUIDE}",
)
def _json(evidence: Evidence) -> Iterator[Finding]:
    for choice, text in texts(evidence, "json_object", "json_schema"):
        value, problem = read_json(text)
        if value is UNREADABLE:
            fenced = " in a Markdown fence" if text.lstrip().startswith(_FENCE) else ""
            yield at(choice.where, "content"), f"{shown(text)}{fenced} is no JSON: {problem}"


@RULES.rule(
    "chat-format-object",
    "must",
    "The JSON is an object under json_object.",
    source=REFERENCE,
)
def _object(evidence: Evidence) -> Iterator[Finding]:
    for choice, text in texts(evidence, "json_object"):
        value, problem = read_json(text)
        if not problem and not isinstance(value, dict):
            yield at(choice.where, "content"), f"{shown(text)} is no object"


@RULES.rule(
    "chat-format-schema",
    "should",
    "The JSON conforms to the schema; without `strict` it is the model that answers for it.",
    source=f"{REFERENCE}; {GUIDE}",
)
def _schema(evidence: Evidence) -> Iterator[Finding]:
    yield from _unfit(evidence, strict=False)


@RULES.rule(
    "chat-format-schema-strict",
    "must",
    "The JSON conforms to a strict schema.",
    source=f"{REFERENCE}; {GUIDE}",
)
def _schema_strict(evidence: Evidence) -> Iterator[Finding]:
    yield from _unfit(evidence, strict=True)


def _unfit(evidence: Evidence, *, strict: bool) -> Iterator[Finding]:
    asked = schema(evidence)
    if (asked.get("strict") is True) is strict:
        for choice, text in texts(evidence, "json_schema"):
            value, problem = read_json(text)
            wrong = "" if problem else misfit(value, asked.get("schema"))
            if wrong:
                yield at(choice.where, "content"), f"{shown(text)}: {wrong}"


@RULES.rule(
    "chat-format-twice",
    "should",
    "No object in the JSON has a key twice.",
    source="RFC 8259, 4",
)
def _twice(evidence: Evidence) -> Iterator[Finding]:
    for choice, text in texts(evidence, "json_object", "json_schema"):
        if not read_json(text)[1]:
            for name in twice(text):
                yield at(choice.where, "content"), f"has the key {shown(name)} twice in an object"
