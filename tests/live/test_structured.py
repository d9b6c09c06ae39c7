"""Structured output: the text is gibberish, its shape is what was asked for."""

from __future__ import annotations

import json

import pytest
from openai import OpenAI

from live.asking import SCHEMA, Planet, chat, user
from live.reading import Tape

FORMAT = {"type": "json_schema", "json_schema": {"name": "planet", "schema": SCHEMA, "strict": True}}


def test_json_schema(client: OpenAI, tape: Tape) -> None:
    answer = client.chat.completions.create(**chat(max_tokens=200, response_format=FORMAT))
    assert answer.to_dict() == tape.json()
    assert Planet.model_validate_json(answer.choices[0].message.content or "", strict=True)


def test_json_schema_stream(client: OpenAI, tape: Tape) -> None:
    stream = client.chat.completions.create(**chat(max_tokens=200, response_format=FORMAT, stream=True))
    merged = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert merged == tape.text()
    assert Planet.model_validate_json(merged, strict=True)


def test_json_object(client: OpenAI, tape: Tape) -> None:
    schema = {"type": "object", "properties": {"seen": {"type": "boolean"}}, "required": ["seen"]}
    response_format = {"type": "json_object", "schema": schema}
    answer = client.chat.completions.create(**chat(max_tokens=200, response_format=response_format))
    assert answer.to_dict() == tape.json()
    assert set(json.loads(answer.choices[0].message.content or "")) == {"seen"}


def test_parse(client: OpenAI, tape: Tape) -> None:
    answer = client.chat.completions.parse(**chat(max_tokens=200, response_format=Planet))
    planet = answer.choices[0].message.parsed
    assert isinstance(planet, Planet)
    assert planet.model_dump() == json.loads(tape.json()["choices"][0]["message"]["content"])


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the client's own, from release 2 on
def test_parse_and_go_on(client: OpenAI, tape: Tape) -> None:
    """The parsed message goes back as the object that the client made of it."""
    first = client.chat.completions.parse(**chat(max_tokens=200, response_format=Planet))
    messages = [*user("Name a planet."), first.choices[0].message, *user("Another one.")]
    second = client.chat.completions.parse(**chat(max_tokens=200, messages=messages, response_format=Planet))
    assert [answer.to_dict()["id"] for answer in (first, second)] == [tape.json(0)["id"], tape.json(1)["id"]]
    assert tape.asked()["messages"][1]["content"] == tape.json(0)["choices"][0]["message"]["content"]


def test_parse_stream(client: OpenAI, tape: Tape) -> None:
    with client.chat.completions.stream(**chat(max_tokens=200, response_format=Planet)) as stream:
        planet = stream.get_final_completion().choices[0].message.parsed
    assert isinstance(planet, Planet)
    assert planet.model_dump() == json.loads(tape.text())
