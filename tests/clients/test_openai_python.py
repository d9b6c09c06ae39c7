"""The official client for Python, in whichever generation is installed: httpx or httpx2, and aiohttp."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
from collections.abc import Callable
from typing import Any

import openai
import pytest
from pydantic import BaseModel

import retape

GENERATION = int(openai.__version__.partition(".")[0])
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


def native(base_url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=base_url, api_key="unused", max_retries=2)


def aiohttp(base_url: str) -> openai.AsyncOpenAI:
    http: Any = openai.DefaultAioHttpClient()  # type: ignore[attr-defined,unused-ignore]
    return openai.AsyncOpenAI(base_url=base_url, api_key="unused", max_retries=2, http_client=http)


HAS_AIOHTTP = hasattr(openai, "DefaultAioHttpClient") and (
    GENERATION >= 3 or importlib.util.find_spec("httpx_aiohttp") is not None
)
FLAVOURS = [
    native,
    pytest.param(aiohttp, marks=pytest.mark.skipif(not HAS_AIOHTTP, reason="pip install 'openai[aiohttp]'")),
]


async def plain(client: openai.AsyncOpenAI) -> Any:
    answer = await client.chat.completions.create(model="gpt-4o-mini", messages=PLANET)
    return answer.choices[0].message.content


async def streamed(client: openai.AsyncOpenAI) -> Any:
    stream = await client.chat.completions.create(model="gpt-4o-mini", messages=PLANET, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


async def tool(client: openai.AsyncOpenAI) -> Any:
    asked: list[Any] = [{"role": "user", "content": "What is the weather in Oslo?"}]
    answer = await client.chat.completions.create(model="gpt-4o-mini", messages=asked, tools=[WEATHER])
    (call,) = answer.choices[0].message.tool_calls or ()
    asked += [answer.choices[0].message.to_dict(), {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
    after = await client.chat.completions.create(model="gpt-4o-mini", messages=asked, tools=[WEATHER])
    return call.function.arguments, after.choices[0].message.content  # type: ignore[union-attr,unused-ignore]


async def structured(client: openai.AsyncOpenAI) -> Any:
    parse = getattr(client.chat.completions, "parse", None) or client.beta.chat.completions.parse
    answer = await parse(model="gpt-4o-mini", messages=PLANET, response_format=Planet)
    return answer.choices[0].message.parsed.model_dump()


async def response(client: openai.AsyncOpenAI) -> Any:
    async with client.responses.stream(model="gpt-4o-mini", input="Which planet is red?") as stream:
        deltas = [event.delta async for event in stream if event.type == "response.output_text.delta"]
        final = await stream.get_final_response()
    assert final.output_text == "".join(deltas)
    return final.output_text


async def refused(client: openai.AsyncOpenAI) -> Any:
    with pytest.raises(openai.BadRequestError, match="temperature") as caught:
        await client.chat.completions.create(model="gpt-4o-mini", messages=PLANET, temperature=9)
    return caught.value.code, caught.value.param


SCENARIOS: list[tuple[Any, Any]] = [
    (plain, "Mars"),
    (streamed, "Mars"),
    (tool, ('{"city":"Oslo"}', "It rains.")),
    (structured, {"name": "Mars", "moons": 2}),
    (response, "Mars"),
    (refused, ("decimal_above_max_value", "temperature")),
]


def planets() -> retape.Fake:
    fake = retape.Fake()
    fake.on(result_of="get_weather").reply("It rains.")
    fake.on(tool="get_weather").call("get_weather", city="Oslo")
    fake.on(body={"response_format.type": "json_schema"}).reply('{"name":"Mars","moons":2}')
    fake.on(contains="planet").reply("Mars")
    return fake


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("scenario, outcome", SCENARIOS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_fake_and_its_recording_say_the_same(
    scenario: Any, outcome: Any, flavour: Callable[[str], openai.AsyncOpenAI], twice: Any
) -> None:
    async def run(base_url: str) -> Any:
        async with flavour(base_url) as client:
            return await scenario(client)

    assert twice(planets(), lambda base_url: asyncio.run(run(base_url))) == outcome


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_error_is_tried_again(flavour: Callable[[str], openai.AsyncOpenAI]) -> None:
    fake = planets()
    fake.fail(429, times=2)

    async def run(base_url: str) -> Any:
        async with flavour(base_url) as client:
            return await plain(client)

    with retape.serve(fake) as server:
        assert asyncio.run(run(server.base_url)) == "Mars"
    assert len(fake.requests) == 3


BROKEN = {"APIConnectionError", "ReadError", "RemoteProtocolError"}
"""What a stream that breaks raises: the HTTP library's exception, or in newer releases the client's own."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # aiohttp's own, for its connection
@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("broken", [retape.faults.cut, retape.faults.reset], ids=lambda fault: fault.__name__)
def test_a_stream_that_breaks_is_an_error(flavour: Callable[[str], openai.AsyncOpenAI], broken: Any) -> None:
    async def run(base_url: str) -> str:
        async with flavour(base_url) as client:
            try:
                return await streamed(client)
            except Exception as error:  # noqa: BLE001 - which one, is what this is about
                return type(error).__name__

    with retape.serve(broken(planets(), after=2)) as server:
        assert asyncio.run(run(server.base_url)) in BROKEN
    gc.collect()  # here, and not amid another test
