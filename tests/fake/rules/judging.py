"""Bodies to judge, and the judgement in few words."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake import models
from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules import Rulebook, Setting

CHAT = "chat.completions.create"
RESPONSE = "responses.create"

HI = [{"role": "user", "content": "hi"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
STRICT = SCHEMA | {"required": ["city"], "additionalProperties": False}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
FLAT_TOOL = {"type": "function", "name": "weather", "parameters": SCHEMA}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
PNG = "data:image/png;base64,iVBORw0KGgo="

OPENAI = Rulebook()


def chat(model: str = "gpt-4o", **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": HI} | fields


def response(model: str = "gpt-4o", **fields: Any) -> dict[str, Any]:
    return {"model": model, "input": "hi"} | fields


def setting(body: Any, **fields: Any) -> Setting:
    name = body.get("model") if isinstance(body, dict) else None
    return Setting(model=models.find(name) if isinstance(name, str) else None, **fields)


def first(endpoint: str, body: Any, book: Rulebook = OPENAI, **fields: Any) -> Refusal | None:
    """The first thing that is wrong; None when nothing is."""
    finding = next(book.findings(endpoint, body, setting(body, **fields)), None)
    return finding and finding.refusal


def rule(endpoint: str, body: Any, book: Rulebook = OPENAI, **fields: Any) -> str | None:
    """The rule that is broken first."""
    finding = next(book.findings(endpoint, body, setting(body, **fields)), None)
    return finding and finding.rule


def told(refusal: Refusal | None) -> tuple[str, str | None, str | None]:
    assert refusal is not None
    return refusal.message, refusal.param, refusal.code
