"""pydantic-ai's agents, through both of OpenAI's APIs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

import retape

pydantic_ai = pytest.importorskip("pydantic_ai", reason="needs pydantic-ai-slim[openai]: tox -e clients")
models = pytest.importorskip("pydantic_ai.models.openai", reason="needs pydantic-ai-slim[openai]: tox -e clients")
providers = pytest.importorskip("pydantic_ai.providers.openai", reason="needs pydantic-ai-slim[openai]")

PLANET = "Which planet is red?"
MODELS = ["OpenAIChatModel", "OpenAIResponsesModel"]


class Planet(BaseModel):
    name: str
    moons: int


def planets() -> retape.Fake:
    fake = retape.Fake()
    fake.on(result_of="get_weather").reply("It rains.")
    fake.on(tool="get_weather").call("get_weather", city="Oslo")
    fake.on(tool="final_result").call("final_result", name="Mars", moons=2)
    fake.on(contains="planet").reply("Mars it is.")
    return fake


def agent(base_url: str, model: str, **options: Any) -> Any:
    provider = providers.OpenAIProvider(base_url=base_url, api_key="unused")
    return pydantic_ai.Agent(getattr(models, model)("gpt-4o-mini", provider=provider), **options)


async def plain(base_url: str, model: str) -> Any:
    return (await agent(base_url, model).run(PLANET)).output


async def streamed(base_url: str, model: str) -> Any:
    async with agent(base_url, model).run_stream(PLANET) as result:
        return "".join([piece async for piece in result.stream_text(delta=True)])


async def tools(base_url: str, model: str) -> Any:
    seen = []

    def get_weather(city: str) -> str:
        """The weather somewhere."""
        seen.append(city)
        return "rain"

    result = await agent(base_url, model, tools=[get_weather]).run("What is the weather in Oslo?")
    return seen, result.output


async def structured(base_url: str, model: str) -> Any:
    return (await agent(base_url, model, output_type=Planet).run(PLANET)).output.model_dump()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "scenario, outcome",
    [
        (plain, "Mars it is."),
        (streamed, "Mars it is."),
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


@pytest.mark.parametrize("model", MODELS)
def test_an_error_that_stays_is_its_own(model: str) -> None:
    fake = planets()
    fake.fail(400, times=1)
    with retape.serve(fake) as server, pytest.raises(pydantic_ai.ModelHTTPError, match="status_code: 400"):
        asyncio.run(plain(server.base_url, model))
