"""What is asked of every server that is recorded through the socket, and how its answers are read: as raw bytes, and
as the official client gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import openai
from openai import OpenAI

from live.asking import FLAT_TOOL, MODEL, SCHEMA, TOOL, chat, user

_NAMED = {"type": "function", "function": {"name": "get_weather"}}
_FORMAT = {"type": "json_schema", "json_schema": {"name": "planet", "strict": True, "schema": SCHEMA}}
_RESULT = [
    *user("Weather in Paris?"),
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}},
    ]},
    {"role": "tool", "tool_call_id": "call_1", "content": '{"sky": "clear", "degrees": 21.5}'},
]  # fmt: skip
_RESPONSE = {"model": MODEL, "input": "Name a planet.", "temperature": 0, "max_output_tokens": 16}


@dataclass(frozen=True, slots=True)
class Question:
    """One call of the official client.

    Args:
        resource: of the client, "chat.completions".
        arguments: of the method.
        method: its name.
        error: the exception's name, where an error is the answer.
    """

    resource: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    method: str = "create"
    error: str = ""

    @property
    def streams(self) -> bool:
        """Whether a stream is asked for."""
        return bool(self.arguments.get("stream"))


QUESTIONS = {
    "models": Question("models", method="list"),
    "chat": Question("chat.completions", chat()),
    "chat-unicode": Question("chat.completions", chat("Nenne “Plänet” 🪐 — bitte\n\t…", max_tokens=24)),
    "chat-stream": Question("chat.completions", chat(stream=True)),
    "chat-stream-usage": Question("chat.completions", chat(stream=True, stream_options={"include_usage": True})),
    "json-schema": Question("chat.completions", chat(max_tokens=200, response_format=_FORMAT)),
    "tool-call": Question(
        "chat.completions", chat("Weather in Paris?", max_tokens=200, tools=[TOOL], tool_choice=_NAMED)
    ),
    "tool-call-stream": Question(
        "chat.completions", chat("Weather in Paris?", max_tokens=200, tools=[TOOL], tool_choice="required", stream=True)
    ),
    "tool-result": Question("chat.completions", chat(messages=_RESULT, tools=[TOOL], tool_choice="none")),
    "completion": Question(
        "completions", {"model": MODEL, "prompt": "A planet is", "max_tokens": 8, "temperature": 0, "seed": 1}
    ),
    "response": Question("responses", _RESPONSE),
    "response-stream": Question("responses", {**_RESPONSE, "stream": True}),
    "response-tool": Question(
        "responses", {**_RESPONSE, "max_output_tokens": 200, "tools": [FLAT_TOOL], "tool_choice": "required"}
    ),
    "embedding": Question("embeddings", {"model": MODEL, "input": "Mars", "encoding_format": "float"}),
    "bad-request": Question("chat.completions", chat(temperature="hot"), error="BadRequestError"),
    "bad-stream": Question("chat.completions", chat(temperature="hot", stream=True), error="BadRequestError"),
    "unknown-model": Question("chat.completions", chat(model="no-such-model"), error="BadRequestError"),
    "too-many": Question("chat.completions", chat(model="limited"), error="RateLimitError"),
}
"""By name, in the order in which they are asked."""


def received(client: OpenAI, question: Question) -> tuple[int, bytes]:
    """Status and body, as the bytes are that the client got; a compressed body decoded."""
    resource = attrgetter(f"{question.resource}.with_streaming_response")(client)
    try:
        with getattr(resource, question.method)(**question.arguments) as answer:
            return answer.status_code, answer.read()
    except openai.APIStatusError as error:
        return error.status_code, error.response.content


def understood(client: OpenAI, question: Question) -> list[dict[str, Any]]:
    """What the client makes of the answer: the one object, or all of a stream's.

    Raises:
        openai.APIStatusError: the answer is an error.
    """
    made = getattr(attrgetter(question.resource)(client), question.method)(**question.arguments)
    return [one.to_dict() for one in (made if question.streams else [made])]


def answers(client: OpenAI, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The raw answers to questions, one after another, for programs that compare them."""
    for name in names:
        status, body = received(client, QUESTIONS[name])
        yield {"question": name, "status": status, "body": body.decode("latin-1")}
