"""LangChain's ChatOpenAI and OpenAIEmbeddings."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from pydantic import BaseModel

import retape

langchain = pytest.importorskip("langchain_openai", reason="needs langchain-openai: tox -e clients")
messages = pytest.importorskip("langchain_core.messages", reason="needs langchain-openai: tox -e clients")

PLANET = "Which planet is red?"


class Planet(BaseModel):
    """A planet."""

    name: str
    moons: int


class GetWeather(BaseModel):
    """The weather somewhere."""

    city: str


def planets() -> retape.Fake:
    fake = retape.Fake()
    fake.on(result_of="GetWeather").reply("It rains.")
    fake.on(tool="GetWeather").call("GetWeather", city="Oslo")
    fake.on(tool="Planet").call("Planet", name="Mars", moons=2)
    fake.on(body={"response_format.type": "json_schema"}).reply('{"name":"Mars","moons":2}')
    fake.on(body={"text.format.type": "json_schema"}).reply('{"name":"Mars","moons":2}')
    fake.on(body={"response_format.type": "json_object"}).reply('{"name":"Mars","moons":2}')
    fake.on(contains="planet").reply("Mars it is.")
    return fake


def chat(base_url: str, **options: Any) -> Any:
    return langchain.ChatOpenAI(model="gpt-4o-mini", base_url=base_url, api_key="unused", **options)


def plain(base_url: str) -> Any:
    answer = chat(base_url).invoke(PLANET)
    assert answer.usage_metadata["total_tokens"] > 0
    assert answer.response_metadata["finish_reason"] == "stop"
    return answer.content


def streamed(base_url: str) -> Any:
    return "".join(chunk.content for chunk in chat(base_url, stream_usage=True).stream(PLANET))


def asynchronously(base_url: str) -> Any:
    async def run() -> str:
        return "".join([chunk.content async for chunk in chat(base_url).astream(PLANET)])

    return asyncio.run(run())


def tools(base_url: str) -> Any:
    bound = chat(base_url).bind_tools([GetWeather])
    asked = [messages.HumanMessage("What is the weather in Oslo?")]
    called = bound.invoke(asked)
    (call,) = called.tool_calls
    said = bound.invoke([*asked, called, messages.ToolMessage("rain", tool_call_id=call["id"])])
    return call["name"], call["args"], said.content


def streamed_tools(base_url: str) -> Any:
    whole: Any = None
    for chunk in chat(base_url).bind_tools([GetWeather]).stream("What is the weather in Oslo?"):
        whole = chunk if whole is None else whole + chunk
    return [(call["name"], call["args"]) for call in whole.tool_calls]


def structured(method: str) -> Any:
    def run(base_url: str) -> Any:
        asked = f"{PLANET} Answer as JSON."
        return chat(base_url).with_structured_output(Planet, method=method).invoke(asked).model_dump()

    run.__name__ = f"structured-{method}"
    return run


def response(base_url: str) -> Any:
    return chat(base_url, use_responses_api=True).invoke(PLANET).text


def streamed_response(base_url: str) -> Any:
    chunks = chat(base_url, use_responses_api=True).stream(PLANET)
    return "".join(chunk.text for chunk in chunks)


def structured_response(base_url: str) -> Any:
    return chat(base_url, use_responses_api=True).with_structured_output(Planet).invoke(PLANET).model_dump()


def response_tools(base_url: str) -> Any:
    bound = chat(base_url, use_responses_api=True).bind_tools([GetWeather])
    asked = [messages.HumanMessage("What is the weather in Oslo?")]
    called = bound.invoke(asked)
    (call,) = called.tool_calls
    said = bound.invoke([*asked, called, messages.ToolMessage("rain", tool_call_id=call["id"])])
    return call["name"], call["args"], said.text


def embeddings(base_url: str) -> Any:
    made = langchain.OpenAIEmbeddings(base_url=base_url, api_key="unused", check_embedding_ctx_length=False)
    return [len(vector) for vector in made.embed_documents(["a", "b"])]


def batch(base_url: str) -> Any:
    return [answer.content for answer in chat(base_url).batch([PLANET, f"Say it again: {PLANET}"])]


OSLO = {"city": "Oslo"}
MARS = {"name": "Mars", "moons": 2}


@pytest.mark.parametrize(
    "scenario, outcome",
    [
        (plain, "Mars it is."),
        (streamed, "Mars it is."),
        (asynchronously, "Mars it is."),
        (tools, ("GetWeather", OSLO, "It rains.")),
        (streamed_tools, [("GetWeather", OSLO)]),
        (structured("json_schema"), MARS),
        (structured("function_calling"), MARS),
        (structured("json_mode"), MARS),
        (response, "Mars it is."),
        (streamed_response, "Mars it is."),
        (structured_response, MARS),
        (response_tools, ("GetWeather", OSLO, "It rains.")),
        (embeddings, [1536, 1536]),
        (batch, ["Mars it is.", "Mars it is."]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_fake_and_its_recording_say_the_same(scenario: Any, outcome: Any, twice: Any) -> None:
    assert twice(planets(), scenario) == outcome


def test_an_error_is_tried_again() -> None:
    fake = planets()
    fake.fail(429, times=2)
    with retape.serve(fake) as server:
        assert plain(server.base_url) == "Mars it is."
    assert len(fake.requests) == 3


def test_an_error_that_stays_is_the_official_clients() -> None:
    with retape.serve(planets()) as server, pytest.raises(openai.BadRequestError, match="temperature"):
        chat(server.base_url, temperature=9).invoke(PLANET)


def test_a_miss_is_one_request(tmp_path: Any) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("interactions: []\nversion: 1\n")
    with retape.serve(retape.replay(path)) as server:
        with pytest.raises(openai.NotFoundError, match="no recording answers POST /chat/completions"):
            plain(server.base_url)
        assert len(server.failures) == 1
