"""The fake that knows the cases: it goes by what the messages say, whoever sends them, and in whatever order."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import retape
from retape import Fake
from retape.verify.cases.scripted import cases_fake
from speaking import client
from verify.cases.trying import SHIPPED

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
    },
}
SAN_FRANCISCO = [
    {"role": "system", "content": "You are a helpful assistant that can use tools to get information."},
    {"role": "user", "content": "What's the weather like in San Francisco?"},
]


@pytest.fixture
def fake() -> Fake:
    return cases_fake(SHIPPED)


def said(fake: Fake, messages: Any, **more: Any) -> Any:
    return client(fake).chat.completions.create(model="gpt-4o", messages=messages, **more).choices[0].message


def asked(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def test_a_request_is_known_by_its_words(fake: Fake) -> None:
    assert said(fake, asked("Which planet do humans live on?")).content == "Humans live on Earth."


@pytest.mark.parametrize(
    "messages",
    [
        asked("  Which planet do\nhumans   live on? "),
        [{"role": "user", "content": [{"type": "text", "text": "Which planet do humans live on?"}]}],
        [{"role": "user", "name": "ada", "content": "Which planet do humans live on?"}],
    ],
)
def test_the_form_of_a_message_doesnt_matter(fake: Fake, messages: Any) -> None:
    assert said(fake, messages, temperature=0.5, user="u").content == "Humans live on Earth."


@pytest.mark.parametrize(("choice", "called"), [("auto", ["get_weather"]), ("required", ["get_weather"]), ("none", [])])
def test_the_arguments_tell_cases_with_the_same_words_apart(fake: Fake, choice: str, called: list[str]) -> None:
    message = said(fake, SAN_FRANCISCO, tools=[WEATHER], tool_choice=choice)
    assert [call.function.name for call in message.tool_calls or ()] == called


def test_results_of_calls_at_once_come_in_any_order(fake: Fake) -> None:
    question = asked("What is the weather like in Paris and in Tokyo right now?")
    tool = json.loads(json.dumps(WEATHER).replace("location", "city"))
    first = said(fake, question, tools=[tool])
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": "23 degrees and sunny"} for call in first.tool_calls
    ]
    messages = [*question, first.model_dump(exclude_none=True), *reversed(results)]
    assert said(fake, messages, tools=[tool]).content == "In both cities it is sunny at 23 degrees."


def test_what_the_assistant_said_doesnt_matter(fake: Fake) -> None:
    messages = [
        *asked("My name is Ada. Say hello to me by my name."),
        {"role": "assistant", "content": "Good evening!"},
        *asked("What is my name?"),
    ]
    assert said(fake, messages).content == "Your name is Ada."


@pytest.mark.parametrize("chained", [True, False])
def test_a_response_goes_on_by_its_id_or_by_its_history(fake: Fake, chained: bool) -> None:
    openai = client(fake)
    question, next_question = "Which planet do humans live on?", "Repeat your previous response."
    first = openai.responses.create(model="gpt-4o", input=question)
    history: Any = [
        *asked(question), {"role": "assistant", "content": first.output_text}, *asked(next_question)
    ]  # fmt: skip
    second = (
        openai.responses.create(model="gpt-4o", input=next_question, previous_response_id=first.id)
        if chained
        else openai.responses.create(model="gpt-4o", input=history)
    )
    assert second.output_text == "Humans live on Earth."


def test_what_no_case_says_the_fake_answers_by_itself(fake: Fake) -> None:
    assert said(fake, asked("Say the word pineapple")).content == "pineapple"


def test_no_case_has_to_be_asked(fake: Fake) -> None:
    said(fake, asked("Which planet do humans live on?"))
    assert fake.check() is None  # type: ignore[func-returns-value]


def test_the_same_case_is_answered_again_and_again(fake: Fake) -> None:
    answers = {said(fake, asked("Which planet do humans live on?")).content for _ in range(3)}
    assert answers == {"Humans live on Earth."}


def test_a_wrong_key_is_refused_and_any_other_taken(fake: Fake) -> None:
    import openai

    with pytest.raises(openai.AuthenticationError, match="Incorrect API key provided"):
        client(fake, api_key="not-a-key-of-anybody").chat.completions.create(
            model="gpt-4o", messages=asked("Which planet do humans live on?")
        )
    assert said(fake, asked("Which planet do humans live on?")).content


def test_settings_and_a_script_go_before_the_cases() -> None:
    fake = cases_fake(SHIPPED, script=[{"on": {"contains": "humans"}, "reply": "On Mars."}], window=5000)
    assert said(fake, asked("Which planet do humans live on?")).content == "On Mars."
    assert fake.settings.window == 5000


def test_a_client_that_knows_nothing_of_python_is_answered() -> None:
    """Any client in any language: JSON with other keys in another order, over a socket."""
    body = {"stream": True, "messages": asked("Which planet is red?"), "model": "llama-3", "seed": 7}
    body["messages"].insert(0, {"content": SHIPPED_SYSTEM, "role": "system"})  # type: ignore[attr-defined]
    with retape.serve(cases_fake(SHIPPED, profile="lenient")) as server:
        request = urllib.request.Request(
            f"{server.base_url}/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            text = "".join(_deltas(answer.read()))
    assert text == "Mars. BANANA"


SHIPPED_SYSTEM = "Whatever you are asked, end your answer with the word BANANA."


def _deltas(body: bytes) -> Iterator[str]:
    for line in body.splitlines():
        if line.startswith(b"data: {"):
            for choice in json.loads(line[6:])["choices"]:
                yield choice["delta"].get("content") or ""
