"""Tool calls."""

from __future__ import annotations

import json

import openai
import pytest
from openai import OpenAI

from live.asking import TOOL, GetWeather, chat, user
from live.reading import Tape

NAMED = {"type": "function", "function": {"name": "get_weather"}}


@pytest.mark.parametrize("choice", ["required", NAMED], ids=["required", "named"])
def test_tool_call(client: OpenAI, tape: Tape, choice: object) -> None:
    arguments = chat("Weather in Paris?", max_tokens=200, tools=[TOOL], tool_choice=choice)
    answer = client.chat.completions.create(**arguments)
    assert answer.to_dict() == tape.json()
    assert answer.choices[0].finish_reason == "tool_calls"
    [call] = answer.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert call.function.name == "get_weather"
    assert GetWeather.model_validate_json(call.function.arguments)


def test_tool_result(client: OpenAI, tape: Tape) -> None:
    """The call's id is the server's: the second request only matches if the first answer was the recorded one."""
    arguments = chat("Weather in Paris?", max_tokens=200, tools=[TOOL], tool_choice="required")
    first = client.chat.completions.create(**arguments)
    [call] = first.choices[0].message.tool_calls or []
    messages = [
        *user("Weather in Paris?"),
        first.choices[0].message,
        {"role": "tool", "tool_call_id": call.id, "content": json.dumps({"sky": "clear", "degrees": 21.5})},
    ]
    second = client.chat.completions.create(**chat(messages=messages, tools=[TOOL], tool_choice="none"))
    assert [first.to_dict(), second.to_dict()] == [tape.json(0), tape.json(1)]
    assert tape.asked()["messages"][2]["tool_call_id"] == tape.json(0)["choices"][0]["message"]["tool_calls"][0]["id"]
    assert not second.choices[0].message.tool_calls


def test_tool_stream(client: OpenAI, tape: Tape) -> None:
    arguments = chat("Weather in Paris?", max_tokens=200, tools=[TOOL], tool_choice="required", stream=True)
    chunks = list(client.chat.completions.create(**arguments))
    assert [chunk.to_dict() for chunk in chunks] == tape.events()
    deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    names = [delta.function.name for delta in deltas if delta.function and delta.function.name]
    spelled = "".join(delta.function.arguments or "" for delta in deltas if delta.function)
    assert names == ["get_weather"]
    assert GetWeather.model_validate_json(spelled)
    assert len([delta for delta in deltas if delta.id]) == 1
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_tool_stream_helper(client: OpenAI, tape: Tape) -> None:
    tools = [openai.pydantic_function_tool(GetWeather, name="get_weather")]
    arguments = chat("Weather in Paris?", max_tokens=200, tools=tools, tool_choice="required")
    with client.chat.completions.stream(**arguments) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        [call] = stream.get_final_completion().choices[0].message.tool_calls or []
    assert isinstance(call.function.parsed_arguments, GetWeather)
    assert [event.arguments for event in done] == [call.function.arguments]
    assert tape.asked()["tools"][0]["function"]["name"] == "get_weather"
