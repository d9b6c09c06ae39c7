"""Examples for the rules in `retape.verify.rules.chat_format`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import Example, chat, choice, completion, message

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
OBJECT = {"type": "json_object"}
LOOSE = {"type": "json_schema", "json_schema": {"name": "planet", "schema": SCHEMA}}
STRICT = {"type": "json_schema", "json_schema": {"name": "planet", "strict": True, "schema": SCHEMA}}
EARTH = '{"name": "Earth"}'


def said(content: Any, asked: Any, finish: str = "stop", stop: Any = None, **changes: Any) -> retape.Exchange:
    """An answer in a format."""
    return chat(completion(choice(message(content, **changes), finish)), response_format=asked, stop=stop)


EXAMPLES = (
    Example("chat-format-json", said(f"```json\n{EARTH}\n```", OBJECT), said(f"{EARTH}\n", OBJECT)),
    Example("chat-format-json", said("Earth", STRICT), said(None, STRICT, refusal="No.")),
    Example("chat-format-json", said('{"name": "Ea', LOOSE), said('{"name": "Ea', LOOSE, "length")),
    Example("chat-format-json", said('{"name": "Ea', STRICT), said('{"name": "Ea', STRICT, stop=["rth"])),
    Example("chat-format-object", said('["Earth"]', OBJECT), said("{}", OBJECT)),
    Example("chat-format-schema", said('{"name": 3}', LOOSE), said(EARTH, LOOSE)),
    Example("chat-format-schema-strict", said("{}", STRICT), said(EARTH, STRICT)),
    Example("chat-format-twice", said('{"name": "Earth", "name": "Mars"}', OBJECT), said(EARTH, OBJECT)),
)
