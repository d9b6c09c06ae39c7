"""OpenAI's Agents SDK, through both of OpenAI's APIs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from pydantic import BaseModel

import retape

agents = pytest.importorskip("agents", reason="needs openai-agents: tox -e clients")

PLANET = "Which planet is red?"
MODELS = ["OpenAIChatCompletionsModel", "OpenAIResponsesModel"]


class Planet(BaseModel):
    name: str
    moons: int


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    """Its traces go to OpenAI by default."""
    agents.set_tracing_disabled(True)
    yield
    agents.set_tracing_disabled(False)


def planets() -> retape.Fake:
    fake = retape.Fake()
    fake.on(result_of="get_weather").reply("It rains.")
    fake.on(tool="get_weather").call("get_weather", city="Oslo")
    fake.on(body={"response_format.type": "json_schema"}).reply('{"name":"Mars","moons":2}')
    fake.on(body={"text.format.type": "json_schema"}).reply('{"name":"Mars","moons":2}')
    fake.on(contains="planet").reply("Mars it is.")
    return fake


def agent(base_url: str, model: str, **options: Any) -> Any:
    client = openai.AsyncOpenAI(base_url=base_url, api_key="unused")
    speaking = getattr(agents, model)("gpt-4o-mini", openai_client=client)
    return agents.Agent(name="guide", instructions="Answer.", model=speaking, **options)


async def plain(base_url: str, model: str) -> Any:
    return (await agents.Runner.run(agent(base_url, model), PLANET)).final_output


async def streamed(base_url: str, model: str) -> Any:
    result = agents.Runner.run_streamed(agent(base_url, model), PLANET)
    text = ""
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            text += event.data.delta
    return text, result.final_output


async def tools(base_url: str, model: str) -> Any:
    seen = []

    @agents.function_tool
    def get_weather(city: str) -> str:
        """The weather somewhere."""
        seen.append(city)
        return "rain"

    guide = agent(base_url, model, tools=[get_weather])
    result = await agents.Runner.run(guide, "What is the weather in Oslo?")
    return seen, result.final_output


async def structured(base_url: str, model: str) -> Any:
    guide = agent(base_url, model, output_type=Planet)
    return (await agents.Runner.run(guide, PLANET)).final_output.model_dump()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "scenario, outcome",
    [
        (plain, "Mars it is."),
        (streamed, ("Mars it is.", "Mars it is.")),
        (tools, (["Oslo"], "It rains.")),
        (structured, {"name": "Mars", "moons": 2}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_fake_and_its_recording_say_the_same(scenario: Any, outcome: Any, model: str, twice: Any) -> None:
    assert twice(planets(), lambda base_url: asyncio.run(scenario(base_url, model))) == outcome


@pytest.mark.parametrize("model", MODELS)
def test_an_error_is_tried_again(model: str) -> None:
    fake = planets()
    fake.fail(429, times=2)
    with retape.serve(fake) as server:
        assert asyncio.run(plain(server.base_url, model)) == "Mars it is."
    assert len(fake.requests) == 3
