"""Structured output: the text is gibberish, its shape is what was asked for."""

from __future__ import annotations

import json

from openai import OpenAI

from live.asking import SCHEMA, Planet, chat
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


def test_parse_stream(client: OpenAI, tape: Tape) -> None:
    with client.chat.completions.stream(**chat(max_tokens=200, response_format=Planet)) as stream:
        planet = stream.get_final_completion().choices[0].message.parsed
    assert isinstance(planet, Planet)
    assert planet.model_dump() == json.loads(tape.text())
