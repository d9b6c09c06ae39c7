"""What the tests ask.  Every request is greedy and seeded, so that a re-record gives the same gibberish."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

MODEL = "tiny-random"
GREEDY: dict[str, Any] = {"model": MODEL, "temperature": 0, "seed": 1}
ENDLESS: dict[str, Any] = {"ignore_eos": True}
"""llama.cpp's own option (for `extra_body`): no end before max_tokens."""


class Planet(BaseModel):
    """What a structured answer holds."""

    name: str
    moons: int


class GetWeather(BaseModel):
    """Arguments of the tool."""

    city: str


TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Today's weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
FLAT_TOOL: dict[str, Any] = {"type": "function", "strict": None, **TOOL["function"]}
"""The same as the Responses API wants it."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "moons": {"type": "integer"}},
    "required": ["name", "moons"],
    "additionalProperties": False,
}


def user(text: str) -> list[Any]:
    """A conversation of one message."""
    return [{"role": "user", "content": text}]


def chat(text: str = "Name a planet.", **more: Any) -> dict[str, Any]:
    """The arguments of a short chat completion."""
    return {**GREEDY, "messages": user(text), "max_tokens": 12, **more}
