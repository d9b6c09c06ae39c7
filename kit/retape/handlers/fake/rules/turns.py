"""Rules about chat messages: calls and their answers, and what may be said in which role."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.messages import LONGEST_TEXT
from retape.handlers.fake.rules.parts import texts
from retape.handlers.fake.rules.phrases import said
from retape.handlers.fake.rules.relation import Body, Relation, value_error
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.rules.shapes import Fault

_ORPHAN = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
"""Sic (openai-refusals B13)."""


def _unanswered(body: Body, _: Setting) -> Refusal | None:
    asked, left = 0, list[str]()
    for index, message in enumerate(body["messages"]):
        if message["role"] == "tool":
            if message["tool_call_id"] in left:
                left.remove(message["tool_call_id"])
        elif left:
            break
        elif "tool_calls" in message:
            asked, left = index, [call["id"] for call in message["tool_calls"]]
    if not left:
        return None
    sentence = (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(left)}"
    )
    return value_error(sentence, f"messages.[{asked}].role")


def _orphan(body: Body, _: Setting) -> Refusal | None:
    called: set[str] | None = None
    for index, message in enumerate(body["messages"]):
        if message["role"] != "tool":
            called = {call["id"] for call in message["tool_calls"]} if "tool_calls" in message else None
        elif called is None:
            return value_error(_ORPHAN, f"messages.[{index}].role")
        elif message["tool_call_id"] not in called:
            name = message["tool_call_id"]
            sentence = f"Invalid parameter: 'tool_call_id' of '{name}' not found in 'tool_calls' of previous message."
            return value_error(sentence, f"messages.[{index}].tool_call_id")
    return None


def _kinds(message: dict[str, Any]) -> set[str]:
    content = message.get("content")
    return {part["type"] for part in content} if type(content) is list else set()


def _blocks(body: Body, _: Setting) -> Refusal | None:
    for index, message in enumerate(body["messages"]):
        if message["role"] == "tool" and not _kinds(message) <= {"text", "image_url"}:
            sentence = f"Invalid 'messages[{index}]'. Content blocks are expected to be either text or image_url type."
            return value_error(sentence, f"messages[{index}]", "invalid_value")
    return None


_MAY_SHOW = ("user", "tool")


def _pictures(body: Body, _: Setting) -> Refusal | None:
    for index, message in enumerate(body["messages"]):
        role = message["role"]
        if role not in _MAY_SHOW and "image_url" in _kinds(message):
            sentence = (
                f"Invalid 'messages[{index}]'. Image URLs are only allowed for messages with role 'user', but this "
                f"message with role '{role}' contains an image URL."
            )
            return value_error(sentence, f"messages[{index}]", "invalid_value")
    return None


def _huge(body: Body, setting: Setting) -> Refusal | None:
    if setting.size is not None and setting.size <= LONGEST_TEXT:
        return None
    for index, message in enumerate(body["messages"]):
        for text in texts((message,)):
            if len(text) > LONGEST_TEXT:
                path = ("messages", index, "content")
                return said(
                    Fault(family="string_above_max_length", path=path, limit=LONGEST_TEXT, size=len(text))
                ).refusal
    return None


_SPEAKERS = ("assistant", "system", "tool", "user")
_INSTEAD = ("audio", "function_call", "refusal", "tool_calls")
"""What stands in for an assistant's content, and for nobody else's."""


def _speechless(body: Body, _: Setting) -> Refusal | None:
    for index, message in enumerate(body.get("messages", ())):
        role = message["role"]
        if message.get("content") is not None or role not in _SPEAKERS:
            continue
        if role != "assistant" or all(message.get(name) is None for name in _INSTEAD):
            return value_error(
                "Invalid value for 'content': expected a string, got null.", f"messages.[{index}].content"
            )
    return None


ROWS: tuple[Relation, ...] = (
    Relation(
        rule="too-long",
        field="messages",
        find=_huge,
        says="a text has at most 10,485,760 characters",
        source="i-dot-ai/redbox#1094, with the limit of 2025",
    ),
    Relation(
        rule="tool-content",
        field="messages",
        find=_blocks,
        only="parts",
        says="a tool message holds text and images",
        source="openai-refusals A12",
    ),
    Relation(
        rule="image-role",
        field="messages",
        find=_pictures,
        only="parts",
        says="images are the user's",
        source="openai/openai-node#1030, OpenHands/OpenHands#7700; tool messages may have them since (A12)",
    ),
    Relation(
        rule="unanswered-tool-call",
        field="messages",
        find=_unanswered,
        only="calls",
        says="every tool call is answered before anything else is said",
        source="openai-refusals B12",
    ),
    Relation(
        rule="orphan-tool-message",
        field="messages",
        find=_orphan,
        only="calls",
        says="a tool message answers a call of the assistant message before",
        source="openai-refusals B13",
    ),
    Relation(
        rule="missing-content",
        field="",
        reads=("messages",),
        find=_speechless,
        says="every message has content, and an assistant's has it or something else that it said",
        source="openai-refusals B67, B68, E33 to E39; that it comes last: E40",
    ),
)
"""Relations within the messages of a chat completion."""
