"""LiteLLM's SDK."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

import retape

litellm = pytest.importorskip("litellm", reason="needs litellm: tox -e clients-litellm")

MODEL = "openai/gpt-4o-mini"
PLANET: Any = [{"role": "user", "content": "Which planet is red?"}]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Planet(BaseModel):
    name: str
    moons: int


def planets() -> retape.Fake:
    fake = retape.Fake()
    fake.on(result_of="get_weather").reply("It rains.")
    fake.on(tool="get_weather").call("get_weather", city="Oslo")
    fake.on(body={"response_format.type": "json_schema"}).reply('{"name":"Mars","moons":2}')
    fake.on(contains="planet").reply("Mars it is.")
    return fake


def completion(base_url: str, **options: Any) -> Any:
    return litellm.completion(**{"model": MODEL, "messages": PLANET, "api_base": base_url, "api_key": "x"} | options)


def plain(base_url: str) -> Any:
    return completion(base_url).choices[0].message.content


def streamed(base_url: str) -> Any:
    return "".join(chunk.choices[0].delta.content or "" for chunk in completion(base_url, stream=True))


def asynchronously(base_url: str) -> Any:
    async def run() -> str:
        stream = await litellm.acompletion(model=MODEL, messages=PLANET, api_base=base_url, api_key="x", stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    return asyncio.run(run())


def tools(base_url: str) -> Any:
    asked = [{"role": "user", "content": "What is the weather in Oslo?"}]
    called = completion(base_url, messages=asked, tools=[WEATHER]).choices[0].message
    (call,) = called.tool_calls
    kept = called.model_dump(include={"role", "content", "tool_calls"})  # it adds fields that OpenAI doesn't document
    asked += [kept, {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
    said = completion(base_url, messages=asked, tools=[WEATHER])
    return call.function.arguments, said.choices[0].message.content


def structured(base_url: str) -> Any:
    return Planet.model_validate_json(completion(base_url, response_format=Planet).choices[0].message.content).moons


def response(base_url: str) -> Any:
    made = litellm.responses(model=MODEL, input="Which planet is red?", api_base=base_url, api_key="x")
    return made.output[0].content[0].text


def embedding(base_url: str) -> Any:
    made = litellm.embedding(model="openai/text-embedding-3-small", input=["a"], api_base=base_url, api_key="x")
    return len(made.data[0]["embedding"])


@pytest.mark.parametrize(
    "scenario, outcome",
    [
        (plain, "Mars it is."),
        (streamed, "Mars it is."),
        (asynchronously, "Mars it is."),
        (tools, ('{"city":"Oslo"}', "It rains.")),
        (structured, 2),
        (response, "Mars it is."),
        (embedding, 1536),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_fake_and_its_recording_say_the_same(scenario: Any, outcome: Any, twice: Any) -> None:
    assert twice(planets(), scenario) == outcome


def test_an_error_is_tried_again() -> None:
    fake = planets()
    fake.fail(429, times=2)
    with retape.serve(fake) as server:
        assert completion(server.base_url, max_retries=2).choices[0].message.content == "Mars it is."
    assert len(fake.requests) == 3


@pytest.mark.parametrize(
    "fault, error",
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        ("model-not-found", "NotFoundError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
    ],
)
def test_each_error_becomes_its_own(fault: int | str, error: str) -> None:
    fake = planets()
    fake.fail(fault)
    with retape.serve(fake) as server, pytest.raises(getattr(litellm, error), match="OpenAI"):
        completion(server.base_url, max_retries=0)
