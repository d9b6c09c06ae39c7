"""What a request for JSON of a hard schema gets, by every way in which one comes: an instance, or OpenAI's refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import openai
import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from fake.schema.schemas import closed
from retape import Fake
from speaking import client

QUESTION: Any = [{"role": "user", "content": "Who is it?"}]


def format_of(schema: Any, *, strict: bool) -> Any:
    return {"name": "answer", "strict": strict, "schema": schema}


def chat(api: openai.OpenAI, schema: Any, *, strict: bool) -> str:
    wanted: Any = {"type": "json_schema", "json_schema": format_of(schema, strict=strict)}
    told = api.chat.completions.create(model="gpt-4o", messages=QUESTION, response_format=wanted)
    return told.choices[0].message.content or ""


def streamed_chat(api: openai.OpenAI, schema: Any, *, strict: bool) -> str:
    wanted: Any = {"type": "json_schema", "json_schema": format_of(schema, strict=strict)}
    told = api.chat.completions.create(model="gpt-4o", messages=QUESTION, response_format=wanted, stream=True)
    return "".join(chunk.choices[0].delta.content or "" for chunk in told)


def response(api: openai.OpenAI, schema: Any, *, strict: bool) -> str:
    wanted: Any = {"type": "json_schema"} | format_of(schema, strict=strict)
    return api.responses.create(model="gpt-4o", input="Who is it?", text={"format": wanted}).output_text


def chat_tool(api: openai.OpenAI, schema: Any, *, strict: bool) -> str:
    tool: Any = {"type": "function", "function": {"name": "answer", "strict": strict, "parameters": schema}}
    told: Any = api.chat.completions.create(model="gpt-4o", messages=QUESTION, tools=[tool], tool_choice="required")
    return str(told.choices[0].message.tool_calls[0].function.arguments)


def response_tool(api: openai.OpenAI, schema: Any, *, strict: bool) -> str:
    tool: Any = {"type": "function", "name": "answer", "strict": strict, "parameters": schema}
    told: Any = api.responses.create(model="gpt-4o", input="Who is it?", tools=[tool], tool_choice="required")
    return str(told.output[0].arguments)


def legacy_function(api: openai.OpenAI, schema: Any, *, strict: bool) -> str:
    told: Any = api.chat.completions.create(
        model="gpt-4o",
        messages=QUESTION,
        functions=[{"name": "answer", "parameters": schema}],
        function_call={"name": "answer"},
    )
    return str(told.choices[0].message.function_call.arguments)


Ask = Callable[..., str]
TOOLS: list[Ask] = [chat_tool, response_tool]
ASKS: list[Ask] = [chat, streamed_chat, response, *TOOLS]

HARD: dict[str, Any] = {
    "a company's address": {"type": "string", "format": "email", "pattern": "@acme\\.com$"},
    "a year's day": {"type": "string", "format": "date", "pattern": "^2024-"},
    "a private network": {"type": "string", "format": "ipv4", "pattern": "^10\\."},
    "a password": {"type": "string", "pattern": r"^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)(?=.*[!@#]).{8,}$"},
    "a price": {"type": "string", "pattern": r"(?<=\$)\d+"},
}


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("part", HARD.values(), ids=HARD)
def test_a_hard_schema_is_answered_with_an_instance(ask: Ask, strict: bool, part: Any) -> None:
    schema = closed({"email": part})
    judge = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    judge.validate(json.loads(ask(client(Fake()), schema, strict=strict)))


def test_1001_required_properties_are_all_there() -> None:
    schema = closed({f"p{at}": {"type": "string"} for at in range(1001)})
    assert json.loads(chat(client(Fake()), schema, strict=True)).keys() == schema["properties"].keys()


class Account(BaseModel):
    email: Annotated[str, Field(pattern=r"^[a-z]+@acme\.com$")]
    password: Annotated[str, Field(min_length=12)]


@pytest.mark.parametrize("seed", [0, 1])
def test_a_parsed_answer_is_the_model(seed: int) -> None:
    api = client(Fake(seed=seed))
    told = api.chat.completions.parse(model="gpt-4o", messages=QUESTION, response_format=Account)
    assert isinstance(told.choices[0].message.parsed, Account)
    assert isinstance(api.responses.parse(model="gpt-4o", input="x", text_format=Account).output_parsed, Account)


NEVER = closed({"day": {"type": "string", "format": "date", "pattern": "^ab"}, "name": {"type": "string"}})
SAID = (
    "Invalid schema for {subject} 'answer': In context=('properties', 'day'), nothing that validates was found. "
    "Please ensure it is a valid JSON Schema."
)
PLACES: dict[Ask, tuple[str, str, str | None]] = {
    chat: ("response_format", "response_format", None),
    streamed_chat: ("response_format", "response_format", None),
    response: ("response_format", "text.format.schema", "invalid_json_schema"),
    chat_tool: ("function", "tools[0].function.parameters", "invalid_function_parameters"),
    response_tool: ("function", "tools[0].parameters", "invalid_function_parameters"),
}


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("off", [(), ("invalid-schema",), ("unknown-parameter",)], ids=str)
def test_a_strict_schema_without_an_instance_is_refused_with_the_place(ask: Ask, off: tuple[str, ...]) -> None:
    fake = Fake(off=off)
    subject, param, code = PLACES[ask]
    with pytest.raises(openai.BadRequestError, match="nothing that validates was found") as caught:
        ask(client(fake), NEVER, strict=True)
    assert caught.value.body == {
        "message": SAID.format(subject=subject),
        "type": "invalid_request_error",
        "param": param,
        "code": code,
    }
    assert (fake.requests[0].status, fake.requests[0].broke) == (400, "invalid-schema")


@pytest.mark.parametrize("ask", [ask for ask in ASKS if ask not in TOOLS])
def test_a_format_without_an_instance_is_refused_though_it_is_not_strict(ask: Ask) -> None:
    with pytest.raises(openai.BadRequestError, match="nothing that validates was found"):
        ask(client(Fake()), NEVER, strict=False)


@pytest.mark.parametrize("ask", [*TOOLS, legacy_function])
def test_a_function_that_is_not_strict_gets_the_nearest_arguments(ask: Ask) -> None:
    made = json.loads(ask(client(Fake()), NEVER, strict=False))
    assert made.keys() == {"day", "name"}
    assert made["day"].startswith("ab")


def test_an_answer_of_a_script_s_own_needs_no_instance() -> None:
    fake = Fake()
    fake.on().reply('{"day": "today"}')
    assert chat(client(fake), NEVER, strict=True) == '{"day": "today"}'


def test_it_is_refused_as_well_after_requests_that_openai_would_have_refused() -> None:
    api = client(Fake(off="unknown-parameter"))
    api.chat.completions.create(model="gpt-4o", messages=QUESTION, extra_body={"unheard_of": 1})
    with pytest.raises(openai.BadRequestError, match="nothing that validates was found"):
        chat(api, NEVER, strict=True)


def test_a_nameless_format_without_an_instance_is_refused_for_its_name_where_rules_are_off() -> None:
    api = client(Fake(profile="lenient"))
    nameless: Any = {"type": "json_schema", "json_schema": {"schema": NEVER}}
    with pytest.raises(openai.BadRequestError, match=r"'response_format\.json_schema\.name'"):
        api.chat.completions.create(model="m", messages=QUESTION, response_format=nameless)


def test_a_line_of_a_batch_is_refused_alone() -> None:
    api = client(Fake())
    wanted = {"type": "json_schema", "json_schema": format_of(NEVER, strict=True)}
    lines = [
        {
            "custom_id": name,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "gpt-4o", "messages": QUESTION} | more,
        }
        for name, more in (("a", {"response_format": wanted}), ("b", {}))
    ]
    data = "\n".join(map(json.dumps, lines)).encode()
    file = api.files.create(file=("lines.jsonl", data), purpose="batch")
    batch = api.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    for _ in range(3):
        batch = api.batches.retrieve(batch.id)
    assert batch.request_counts is not None
    assert (batch.request_counts.completed, batch.request_counts.failed) == (1, 1)
