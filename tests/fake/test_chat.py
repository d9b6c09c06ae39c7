from __future__ import annotations

import base64
import io
import json
import wave
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from retape import Fake, Request, decode_sse
from retape.handlers.fake.tokens import count, split
from speaking import client

PLANET = [{"role": "user", "content": "What is the largest planet?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
            "required": ["location", "unit"],
            "additionalProperties": False,
        },
    },
}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}
NOTE = {"type": "custom", "custom": {"name": "note", "description": "Takes notes"}}
SCHEMA = {
    "type": "object",
    "properties": {"planet": {"type": "string"}, "moons": {"type": "integer", "minimum": 3}},
    "required": ["planet", "moons"],
    "additionalProperties": False,
}
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
FORMAT = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}}

ASKED: dict[str, dict[str, Any]] = {
    "text": {},
    "two choices": {"n": 2},
    "three choices with calls": {"n": 3, "tools": [WEATHER], "tool_choice": "required"},
    "stop": {"stop": ["depends"]},
    "cut": {"max_tokens": 5},
    "cut on a reasoning model": {"model": "gpt-5-mini", "max_completion_tokens": 20},
    "reasoning": {"model": "o3", "reasoning_effort": "low"},
    "logprobs": {"logprobs": True, "top_logprobs": 3, "max_tokens": 6},
    "logprobs without alternatives": {"logprobs": True},
    "required call": {"tools": [WEATHER, TIME], "tool_choice": "required"},
    "named call": {"tools": [WEATHER, TIME], "tool_choice": {"type": "function", "function": {"name": "get_time"}}},
    "allowed call": {
        "tools": [WEATHER, TIME],
        "tool_choice": {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "get_time"}}]},
        },
    },
    "no call": {"tools": [WEATHER], "tool_choice": "none", "messages": [{"role": "user", "content": "weather?"}]},
    "parallel calls": {
        "tools": [WEATHER, TIME],
        "messages": [{"role": "user", "content": "What are the weather and the time?"}],
    },
    "call cut off": {"tools": [WEATHER], "tool_choice": "required", "max_tokens": 14},
    "custom call": {"tools": [NOTE], "tool_choice": {"type": "custom", "custom": {"name": "note"}}},
    "legacy call": {"functions": [WEATHER["function"]], "function_call": {"name": "get_weather"}},
    "structured": {"response_format": FORMAT},
    "json": {"response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "JSON, please"}]},
    "images": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": PNG}},
                ],
            }
        ]
    },
    "audio": {"model": "gpt-audio", "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}},
    "web search": {"model": "gpt-4o-search-preview", "web_search_options": {}},
    "service tier": {"service_tier": "flex", "model": "o4-mini"},
    "unicode": {"messages": [{"role": "user", "content": "Grüße 👩🏽‍🚀 \u4f60\u597d"}]},
    "stored": {"store": True, "metadata": {"run": "1"}, "user": "u", "seed": 7},
}


def asked(name: str) -> dict[str, Any]:
    return {"model": "gpt-4o-mini", "messages": PLANET} | ASKED[name]


def raw(fake: Fake, body: dict[str, Any]) -> Request:
    headers = (("content-type", "application/json"), ("authorization", "Bearer unused"))
    return Request("POST", "https://api.openai.com/v1/chat/completions", headers, json.dumps(body).encode())


def bytes_of(fake: Fake, body: dict[str, Any]) -> bytes:
    return b"".join(getattr(step, "data", b"") for step in fake(raw(fake, body)))


def merged(chunks: list[Any]) -> list[dict[str, Any]]:
    """The choices of a stream, put together by index and by nothing else."""
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for choice in chunk.choices:
            whole = choices.setdefault(
                choice.index,
                {"content": None, "refusal": None, "calls": {}, "finish": None, "role": None, "logprobs": []},
            )
            delta = choice.delta
            assert whole["finish"] is None, "nothing comes after the finish reason"
            whole["role"] = delta.role or whole["role"]
            for field in ("content", "refusal"):
                if getattr(delta, field) is not None:
                    whole[field] = (whole[field] or "") + getattr(delta, field)
            for call in delta.tool_calls or ():
                into = whole["calls"].setdefault(call.index, {"id": None, "name": None, "said": ""})
                inner = call.function or getattr(call, "custom", None)
                into["id"] = call.id or into["id"]
                into["name"] = (inner.get("name") if isinstance(inner, dict) else inner.name) or into["name"]
                said = inner.get("input") if isinstance(inner, dict) else inner.arguments
                into["said"] += said or ""
            if delta.function_call:
                into = whole["calls"].setdefault(0, {"id": None, "name": None, "said": ""})
                into["name"] = delta.function_call.name or into["name"]
                into["said"] += delta.function_call.arguments or ""
            if choice.logprobs:
                whole["logprobs"] += [row.model_dump() for row in choice.logprobs.content or ()]
            whole["finish"] = choice.finish_reason
    return [choices[index] for index in sorted(choices)]


def plain(choice: Any) -> dict[str, Any]:
    """A plain choice in the same form."""
    message = choice.message
    calls = {}
    for index, call in enumerate(message.tool_calls or ()):
        inner = call.function if call.type == "function" else call.custom
        said = inner.arguments if call.type == "function" else inner.input
        calls[index] = {"id": call.id, "name": inner.name, "said": said}
    if message.function_call:
        calls[0] = {"id": None, "name": message.function_call.name, "said": message.function_call.arguments}
    return {
        "content": message.content,
        "refusal": message.refusal,
        "calls": calls,
        "finish": choice.finish_reason,
        "role": message.role,
        "logprobs": [row.model_dump() for row in (choice.logprobs and choice.logprobs.content) or ()],
    }


NARROWER = {"custom call"}
"""Where the client's types are narrower than what OpenAI sends: a streamed custom call has the type "custom"."""


@pytest.mark.parametrize("name", ASKED)
def test_the_streamed_whole_equals_the_plain_answer(name: str) -> None:
    answer = client(Fake()).chat.completions.create(**asked(name))
    speaker = client(Fake(), strict=name not in NARROWER)
    chunks = list(speaker.chat.completions.create(**asked(name), stream=True, stream_options={"include_usage": True}))
    streamed, whole = merged(chunks), [plain(choice) for choice in answer.choices]
    if name == "audio":
        assert [one["finish"] for one in streamed] == [one["finish"] for one in whole]
    else:
        for one in streamed:
            one["content"] = None if one["calls"] and one["content"] == "" else one["content"]
        assert streamed == whole
    assert {chunk.id for chunk in chunks} == {answer.id}
    assert {chunk.created for chunk in chunks} == {answer.created}
    assert chunks[-1].usage == answer.usage
    assert chunks[-1].choices == []


@pytest.mark.parametrize("name", ASKED)
def test_usage_adds_up(name: str) -> None:
    answer = client(Fake()).chat.completions.create(**asked(name))
    usage = answer.usage
    assert usage is not None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.completion_tokens_details is not None
    assert (usage.completion_tokens_details.reasoning_tokens or 0) <= usage.completion_tokens
    texts = [choice.message.content for choice in answer.choices if choice.message.content]
    if texts:
        counted = sum(map(count, texts)) + (usage.completion_tokens_details.reasoning_tokens or 0)
        assert usage.completion_tokens == counted


def test_every_chunk_is_an_event_and_the_last_one_is_done() -> None:
    events = decode_sse(bytes_of(Fake(), asked("text") | {"stream": True}))
    assert [event.event for event in events] == [""] * len(events)
    assert [event.data == "[DONE]" for event in events] == [False] * (len(events) - 1) + [True]


def test_chunks_are_padded_unless_told_otherwise() -> None:
    padded = bytes_of(Fake(), asked("text") | {"stream": True})
    bare = bytes_of(Fake(), asked("text") | {"stream": True, "stream_options": {"include_obfuscation": False}})
    assert padded.count(b'"obfuscation":"') == padded.count(b"data: {")
    assert b"obfuscation" not in bare


def test_a_budget_ends_the_text_and_says_so() -> None:
    answer = client(Fake()).chat.completions.create(**asked("cut"))
    assert answer.choices[0].finish_reason == "length"
    assert len(split(answer.choices[0].message.content or "")) == 5


def test_a_budget_that_reasoning_eats_leaves_no_text() -> None:
    answer = client(Fake()).chat.completions.create(**asked("cut on a reasoning model"))
    assert (answer.choices[0].finish_reason, answer.choices[0].message.content) == ("length", "")
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 20


def test_a_stop_sequence_is_left_out() -> None:
    whole = client(Fake()).chat.completions.create(**asked("text")).choices[0].message.content or ""
    stopped = client(Fake()).chat.completions.create(**asked("stop")).choices[0]
    assert stopped.message.content == whole.partition("depends")[0]
    assert stopped.finish_reason == "stop"


def test_choices_differ() -> None:
    answer = client(Fake()).chat.completions.create(**asked("two choices"))
    first, second = (choice.message.content for choice in answer.choices)
    assert first != second


def test_log_probabilities_belong_to_the_tokens() -> None:
    choice = client(Fake()).chat.completions.create(**asked("logprobs")).choices[0]
    assert choice.logprobs is not None
    assert choice.logprobs.content is not None
    assert "".join(row.token for row in choice.logprobs.content) == choice.message.content
    for row in choice.logprobs.content:
        assert bytes(row.bytes or ()).decode() == row.token
        assert row.logprob <= 0
        assert len(row.top_logprobs) == 3
        assert row.top_logprobs[0].token == row.token
        assert [one.logprob for one in row.top_logprobs] == sorted((r.logprob for r in row.top_logprobs), reverse=True)


@pytest.mark.parametrize(
    "choice, finish",
    [
        ("auto", "tool_calls"),
        ("required", "tool_calls"),
        ({"type": "function", "function": {"name": WEATHER["function"]["name"]}}, "stop"),
    ],
    ids=["auto", "required", "named"],
)
def test_a_call_that_was_named_ends_with_stop(choice: Any, finish: str) -> None:
    asked: Any = {"model": "gpt-4o", "messages": PLANET, "tools": [WEATHER], "tool_choice": choice}
    fake = Fake()
    fake.on(contains="planet").call(WEATHER["function"]["name"], location="Jupiter", unit="C")
    whole = client(fake).chat.completions.create(**asked)
    *_, last = client(fake).chat.completions.create(**asked, stream=True)
    assert whole.choices[0].message.tool_calls
    assert (whole.choices[0].finish_reason, last.choices[0].finish_reason) == (finish, finish)


def test_a_tool_loop_comes_to_an_end() -> None:
    speaker = client(Fake())
    messages: list[Any] = [{"role": "user", "content": "What is the weather in San Francisco, CA?"}]
    first = speaker.chat.completions.create(model="gpt-4o", messages=messages, tools=[WEATHER])
    (call,) = first.choices[0].message.tool_calls or ()
    assert first.choices[0].finish_reason == "tool_calls"
    assert json.loads(call.function.arguments)["location"] == "San Francisco, CA"
    messages += [
        first.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"},
    ]
    second = speaker.chat.completions.create(model="gpt-4o", messages=messages, tools=[WEATHER])
    assert second.choices[0].finish_reason == "stop"
    assert "18 degrees" in (second.choices[0].message.content or "")


def test_two_cities_are_two_calls_unless_parallel_calls_are_off() -> None:
    question = [{"role": "user", "content": "What is the weather in Paris and London?"}]
    both = client(Fake()).chat.completions.create(model="gpt-4o", messages=question, tools=[WEATHER])
    one = client(Fake()).chat.completions.create(
        model="gpt-4o", messages=question, tools=[WEATHER], parallel_tool_calls=False
    )
    calls = both.choices[0].message.tool_calls or ()
    assert [json.loads(call.function.arguments)["location"] for call in calls] == ["Paris", "London"]
    assert len({call.id for call in calls}) == 2
    assert len(one.choices[0].message.tool_calls or ()) == 1


def test_images_are_acknowledged() -> None:
    answer = client(Fake()).chat.completions.create(**asked("images"))
    assert "1 image" in (answer.choices[0].message.content or "")


def test_what_is_to_be_said_is_said() -> None:
    answer = client(Fake()).chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": 'Reply with exactly "pong".'}]
    )
    assert answer.choices[0].message.content == "pong"


def test_an_answer_can_be_heard() -> None:
    wanted: Any = asked("audio") | {"audio": {"voice": "alloy", "format": "wav"}}
    audio = client(Fake()).chat.completions.create(**wanted).choices[0].message.audio
    assert audio is not None
    with wave.open(io.BytesIO(base64.b64decode(audio.data))) as sound:
        assert sound.getnframes() > 0
    assert "largest planet" in audio.transcript


BEGINS = {"wav": b"RIFF", "mp3": b"ID3", "flac": b"fLaC", "opus": b"OggS", "aac": b"ID3"}


@pytest.mark.parametrize("form", [*BEGINS, "pcm16"])
def test_an_answer_is_heard_in_the_format_that_was_asked_for(form: str) -> None:
    wanted: Any = asked("audio") | {"audio": {"voice": "alloy", "format": form}}
    audio = client(Fake()).chat.completions.create(**wanted).choices[0].message.audio
    assert audio is not None
    data = base64.b64decode(audio.data)
    assert data.startswith(BEGINS.get(form, b""))
    assert data.startswith(tuple(BEGINS.values())) == (form in BEGINS)


class Planet(BaseModel):
    name: str
    moons: int


def test_the_clients_own_helpers_work() -> None:
    speaker = client(Fake())
    if not hasattr(speaker.chat.completions, "parse"):
        pytest.skip("this client has them under beta")
    parsed = speaker.chat.completions.parse(model="gpt-4o", messages=PLANET, response_format=Planet)
    assert isinstance(parsed.choices[0].message.parsed, Planet)
    with speaker.chat.completions.stream(model="gpt-4o", messages=PLANET, response_format=Planet) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion()
    assert isinstance(final.choices[0].message.parsed, Planet)
    assert kinds[0] == "chunk"
    assert "content.done" in kinds
    with speaker.chat.completions.stream(
        model="gpt-4o", messages=PLANET, tools=[openai.pydantic_function_tool(Planet)], tool_choice="required"
    ) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
    assert isinstance(done[0].parsed_arguments, Planet)


def test_stored_completions_can_be_listed_read_changed_and_deleted() -> None:
    handler = Fake()
    speaker = client(handler)
    first = speaker.chat.completions.create(**asked("stored"))
    speaker.chat.completions.create(**asked("text"))
    other = speaker.chat.completions.create(**asked("stored") | {"metadata": {"run": "2"}})
    assert [row.id for row in speaker.chat.completions.list()] == [first.id, other.id]
    assert [row.id for row in speaker.chat.completions.list(limit=1)] == [first.id, other.id]
    assert list(speaker.chat.completions.list(after="chatcmpl-x")) == []
    assert [row.id for row in speaker.chat.completions.list(metadata={"run": "2"})] == [other.id]
    assert speaker.chat.completions.retrieve(first.id).choices == first.choices
    tolerant = client(handler, strict=False)  # the client's type has every stored message said by the assistant
    stored = [(row.role, row.content) for row in tolerant.chat.completions.messages.list(first.id)]
    assert stored == [("user", PLANET[0]["content"])]
    assert speaker.chat.completions.update(first.id, metadata={"a": "b"}).metadata == {"a": "b"}
    assert speaker.chat.completions.delete(first.id).deleted
    with pytest.raises(openai.NotFoundError, match="not found"):
        speaker.chat.completions.retrieve(first.id)


def test_a_request_that_comes_again_gets_an_id_of_its_own_and_the_same_words() -> None:
    speaker = client(Fake())
    first, second = (speaker.chat.completions.create(**asked("text")) for _ in range(2))
    assert first.id != second.id
    assert first.choices == second.choices
    assert first.system_fingerprint == second.system_fingerprint


def test_bytes_do_not_depend_on_what_was_asked_before() -> None:
    forwards, backwards = Fake(seed=3), Fake(seed=3)
    one = {name: bytes_of(forwards, asked(name)) for name in ASKED}
    other = {name: bytes_of(backwards, asked(name)) for name in reversed(ASKED)}
    assert one == other
    assert bytes_of(Fake(seed=4), asked("text")) != one["text"]


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.text())
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(split(text)) == text
    assert count(text) == len(split(text))


AZURE = "https://somewhere.openai.azure.com"


@pytest.mark.parametrize(
    "path", ["/openai/deployments/mine/chat/completions?api-version=2024-10-21", "/openai/v1/chat/completions"]
)
def test_azures_paths_are_answered(path: str) -> None:
    body = json.dumps({"messages": PLANET, "model": "gpt-4o"}).encode()
    headers = (("content-type", "application/json"), ("api-key", "unused"))
    head, *_ = Fake()(Request("POST", AZURE + path, headers, body))
    assert getattr(head, "status", 0) == 200


def test_the_azure_client_is_answered() -> None:
    from speaking import OURS, _mount

    speaker = openai.AzureOpenAI(
        azure_endpoint=AZURE,
        api_key="unused",
        api_version="2024-10-21",
        http_client=OURS.Client(transport=_mount.Transport(Fake())),
    )
    assert speaker.chat.completions.create(model="my-own-name", messages=PLANET).model == "my-own-name"  # type: ignore[arg-type]
