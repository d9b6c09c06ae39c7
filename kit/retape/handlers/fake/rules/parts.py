"""Reading messages and items: their texts and parts, whatever their form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Place = tuple[str, dict[str, Any]]
"""A part and its path, "messages[0].content[1]"."""


def texts(messages: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The texts of messages or items, in order."""
    for message in messages:
        content = message.get("content")
        if type(content) is str:
            yield content
        elif content:
            for part in content:
                text = part.get("text")
                if type(text) is str:
                    yield text


def contents(messages: Iterable[dict[str, Any]], name: str, fields: tuple[str, ...] = ("content",)) -> Iterator[Place]:
    """The parts of messages or items, with their paths.

    Args:
        messages: chat messages, or items of an input.
        name: the parameter that they are.
        fields: where parts are: a Responses item has some in `output`, too.
    """
    for index, message in enumerate(messages):
        for field in fields:
            parts = message.get(field)
            if type(parts) is list:
                for at, part in enumerate(parts):
                    yield f"{name}[{index}].{field}[{at}]", part


def features(body: Mapping[str, Any]) -> frozenset[str]:
    """What there is in the messages or items: "parts" of a message, tool "calls".

    One look for all the rules that most requests have no use for: a history of hundreds of plain messages is read once.
    """
    found = set()
    for message in body.get("messages") or body.get("input") or ():
        if type(message) is not dict:  # an input may be one text
            break
        if type(message.get("content")) is list or "output" in message:
            found.add("parts")
        if "tool_calls" in message or "tool_call_id" in message:
            found.add("calls")
    return frozenset(found)
