"""The rule that input and answer fit the context window."""

from __future__ import annotations

import json

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.parts import texts
from retape.handlers.fake.rules.relation import Body, Relation, value_error
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.tokens import MESSAGE

_CODE = "context_length_exceeded"


def _small(setting: Setting, limit: int, more: int = 0) -> bool:
    """Whether the body is too short to hold as many tokens: a token has at least a byte."""
    return setting.size is not None and setting.size + more <= limit


def _tools(body: Body, setting: Setting) -> int:
    tools = body.get("tools") or body.get("functions")
    return setting.count(json.dumps(tools)) if tools else 0


def _chat(body: Body, setting: Setting) -> Refusal | None:
    limit, answer = setting.limit, body.get("max_tokens") or body.get("max_completion_tokens") or 0
    if limit is None or _small(setting, limit, answer):
        return None
    messages = body["messages"]
    said = sum(setting.count(text) for text in texts(messages)) + MESSAGE * len(messages)
    tools = _tools(body, setting)
    if said + tools + answer <= limit:
        return None
    head = f"This model's maximum context length is {limit} tokens. However, "
    return value_error(head + _excess(said, tools, answer, limit), "messages", _CODE)


def _excess(said: int, tools: int, answer: int, limit: int) -> str:
    """What is too long, in the three sentences of openai-refusals B8 to B10."""
    if said + tools <= limit:
        parts = f"{said} in the messages, " + (f"{tools} in the functions, " if tools else "")
        return (
            f"you requested {said + tools + answer} tokens ({parts}{answer} in the completion). "
            f"Please reduce the length of the messages{', functions,' if tools else ''} or completion."
        )
    if tools:
        return (
            f"your messages resulted in {said + tools} tokens ({said} in the messages, {tools} in the functions). "
            "Please reduce the length of the messages or functions."
        )
    return f"your messages resulted in {said} tokens. Please reduce the length of the messages."


def _responses(body: Body, setting: Setting) -> Refusal | None:
    limit = setting.limit
    if limit is None or body.get("truncation") == "auto" or _small(setting, limit):
        return None
    given = body["input"]
    said = setting.count(given) if type(given) is str else sum(setting.count(text) for text in texts(given or ()))
    if said + setting.count(body.get("instructions") or "") + _tools(body, setting) <= limit:
        return None
    text = "Your input exceeds the context window of this model. Please adjust your input and try again."
    return value_error(text, "input", _CODE)


_SAYS = "input and answer fit the model's window"

CHAT: tuple[Relation, ...] = (
    Relation(
        rule="context-length",
        field="messages",
        reads=("tools", "functions", "max_tokens", "max_completion_tokens"),
        find=_chat,
        says=_SAYS,
        source="openai-refusals B8, B9, B10",
    ),
)
RESPONSES: tuple[Relation, ...] = (
    Relation(
        rule="context-length",
        field="input",
        reads=("tools", "instructions", "truncation"),
        find=_responses,
        says=_SAYS,
        source="openai-refusals A25",
    ),
)
