"""The Responses API.

llama.cpp ignores `text.format` and leaves out the events' indexes, without which the client's `parse` and `stream`
helpers fail; so those aren't here.
"""

from __future__ import annotations

from typing import Any

from openai import OpenAI

from live.asking import FLAT_TOOL, MODEL, GetWeather
from live.reading import Tape


def ask(text: str = "Name a planet.", **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "input": text, "temperature": 0, "max_output_tokens": 12, **more}


def test_response(client: OpenAI, tape: Tape) -> None:
    answer = client.responses.create(**ask())
    assert answer.to_dict() == tape.json()
    assert answer.status == "completed"
    assert answer.output_text == tape.json()["output"][0]["content"][0]["text"] != ""
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


def test_response_instructions(client: OpenAI, tape: Tape) -> None:
    turns = [
        {"role": "user", "content": "Name a planet."},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Mars"}]},
        {"role": "user", "content": [{"type": "input_text", "text": "Another one."}]},
    ]
    answer = client.responses.create(**ask(input=turns, instructions="Answer in one word."))
    assert answer.to_dict() == tape.json()
    assert tape.asked()["instructions"] == "Answer in one word."


def test_response_stream(client: OpenAI, tape: Tape) -> None:
    events = list(client.responses.create(**ask(stream=True)))
    assert [event.to_dict() for event in events] == tape.events()
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert deltas == events[-1].response.output_text != ""
    assert tape.last.outcome == "complete"


def test_response_tool(client: OpenAI, tape: Tape) -> None:
    answer = client.responses.create(**ask(max_output_tokens=200, tools=[FLAT_TOOL], tool_choice="required"))
    assert answer.to_dict() == tape.json()
    [call] = [item for item in answer.output if item.type == "function_call"]
    assert call.name == "get_weather"
    assert GetWeather.model_validate_json(call.arguments)


def test_response_tool_result(client: OpenAI, tape: Tape) -> None:
    first = client.responses.create(**ask(max_output_tokens=200, tools=[FLAT_TOOL], tool_choice="required"))
    [call] = [item for item in first.output if item.type == "function_call"]
    turns = [
        {"role": "user", "content": "Name a planet."},
        *first.output,
        {"type": "function_call_output", "call_id": call.call_id, "output": "21.5"},
    ]
    second = client.responses.create(**ask(input=turns, tools=[FLAT_TOOL], tool_choice="none"))
    assert [first.to_dict(), second.to_dict()] == [tape.json(0), tape.json(1)]
    assert [item.get("call_id") for item in tape.asked()["input"][-2:]] == [call.call_id] * 2


def test_response_tool_stream(client: OpenAI, tape: Tape) -> None:
    arguments = ask(max_output_tokens=200, tools=[FLAT_TOOL], tool_choice="required", stream=True)
    events = list(client.responses.create(**arguments))
    assert [event.to_dict() for event in events] == tape.events()
    spelled = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    items = [event.item for event in events if event.type == "response.output_item.done"]
    assert [item.arguments for item in items if item.type == "function_call"] == [spelled]
    assert GetWeather.model_validate_json(spelled)
