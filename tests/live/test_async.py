"""The asynchronous client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from live.asking import ENDLESS, MODEL, TOOL, GetWeather, Planet, chat
from live.reading import Tape

pytestmark = pytest.mark.asyncio


async def test_async_chat(aclient: AsyncOpenAI, tape: Tape) -> None:
    answer = await aclient.chat.completions.create(**chat())
    assert answer.to_dict() == tape.json()


async def test_async_side_by_side(aclient: AsyncOpenAI, tape: Tape) -> None:
    texts = ["Name a planet.", "Name a moon.", "Name a star."]
    answers = await asyncio.gather(*(aclient.chat.completions.create(**chat(text)) for text in texts))
    recorded = {tape.asked(n)["messages"][0]["content"]: tape.json(n) for n in range(3)}
    assert [answer.to_dict() for answer in answers] == [recorded[text] for text in texts]


async def test_async_stream(aclient: AsyncOpenAI, tape: Tape) -> None:
    stream = await aclient.chat.completions.create(**chat(stream=True))
    assert [chunk.to_dict() async for chunk in stream] == tape.events()


async def test_async_stream_left_early(aconnect: Callable[..., Any], tape: Tape) -> None:
    slow: AsyncOpenAI = await aconnect("slow")
    arguments = chat("Tell me everything.", max_tokens=400, stream=True, extra_body=ENDLESS)
    async with await slow.chat.completions.create(**arguments) as stream:
        seen = [(await anext(stream)).to_dict() for _ in range(4)]
    assert tape.last.outcome == "client-left"
    assert seen == tape.events()[:4]


async def test_async_stream_helper(aclient: AsyncOpenAI, tape: Tape) -> None:
    async with aclient.chat.completions.stream(**chat(max_tokens=200, response_format=Planet)) as stream:
        final = await stream.get_final_completion()
    assert final.choices[0].message.parsed == Planet.model_validate_json(tape.text())


async def test_async_tool_stream(aclient: AsyncOpenAI, tape: Tape) -> None:
    arguments = chat("Weather in Paris?", max_tokens=200, tools=[TOOL], tool_choice="required", stream=True)
    chunks = [chunk async for chunk in await aclient.chat.completions.create(**arguments)]
    assert [chunk.to_dict() for chunk in chunks] == tape.events()
    deltas = [call.function for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert GetWeather.model_validate_json("".join(delta.arguments or "" for delta in deltas if delta))


async def test_async_response_stream(aclient: AsyncOpenAI, tape: Tape) -> None:
    arguments: dict[str, Any] = {"model": MODEL, "input": "Name a planet.", "temperature": 0, "max_output_tokens": 8}
    stream = await aclient.responses.create(**arguments, stream=True)
    events = [event async for event in stream]
    assert [event.to_dict() for event in events] == tape.events()
    assert events[-1].type == "response.completed"


async def test_async_embedding(aconnect: Callable[..., Any], tape: Tape) -> None:
    embedding: AsyncOpenAI = await aconnect("embedding")
    answer = await embedding.embeddings.create(model=MODEL, input="one", encoding_format="float")
    assert answer.data[0].embedding == tape.json()["data"][0]["embedding"]


async def test_async_error(aclient: AsyncOpenAI, tape: Tape) -> None:
    with pytest.raises(openai.BadRequestError, match="exceeds the available context size") as caught:
        await aclient.chat.completions.create(**chat("a " * 1500))
    assert caught.value.body == tape.json()["error"]


async def test_async_timeout(aconnect: Callable[..., Any], tape: Tape) -> None:
    slow: AsyncOpenAI = await aconnect("slow", timeout=0.3)
    with pytest.raises(openai.APITimeoutError, match="timed out"):
        await slow.chat.completions.create(**chat("Take your time.", max_tokens=900, extra_body=ENDLESS))
    assert tape.last.outcome == "timeout"


async def test_async_refused(aconnect: Callable[..., Any], tape: Tape) -> None:
    with pytest.raises(openai.APIConnectionError, match="Connection error"):
        await (await aconnect("nowhere")).chat.completions.create(**chat())
    assert tape.last.outcome == "refused"
