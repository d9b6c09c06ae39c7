"""Legacy completions, plain and streamed."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from retape import Fake
from retape.handlers.fake.tokens import count
from speaking import async_client, client

MODEL = "gpt-3.5-turbo-instruct"

ASKED: dict[str, dict[str, Any]] = {
    "text": {"prompt": "Once upon a time"},
    "texts": {"prompt": ["Once upon a time", "There was"]},
    "tokens": {"prompt": [1, 2, 3]},
    "lists of tokens": {"prompt": [[1, 2], [3]]},
    "two of each": {"prompt": ["a", "b"], "n": 2},
    "the best of three": {"prompt": "a", "best_of": 3},
    "echo": {"prompt": "Once upon a time", "echo": True},
    "log probabilities": {"prompt": "Once upon a time", "logprobs": 2},
    "log probabilities without alternatives": {"prompt": "Once upon a time", "logprobs": 0},
    "echoed log probabilities": {"prompt": "Once upon a time", "logprobs": 5, "echo": True},
    "no new tokens": {"prompt": "Once upon a time", "echo": True, "max_tokens": 0},
    "longer": {"prompt": "Once upon a time", "max_tokens": 200},
    "stop": {"prompt": "Once upon a time", "stop": [" an"], "max_tokens": 200},
    "suffix": {"prompt": "Once upon a time", "suffix": " the end."},
}


def plain(**body: Any) -> Any:
    return client(Fake()).completions.create(model=MODEL, **body)


def streamed(**body: Any) -> list[Any]:
    """A stream's events; not strict, since the client's types don't know that no text has ended yet."""
    return list(client(Fake(), strict=False).completions.create(model=MODEL, stream=True, **body))


@pytest.mark.parametrize("name", ASKED)
def test_every_answer_is_what_the_client_expects_and_its_usage_adds_up(name: str) -> None:
    answer = plain(**ASKED[name])
    usage = answer.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert [choice.index for choice in answer.choices] == list(range(len(answer.choices)))


@pytest.mark.parametrize("name", ["text", "two of each", "echo", "log probabilities", "stop", "no new tokens"])
def test_the_streamed_whole_equals_the_plain_answer(name: str) -> None:
    answer = plain(**ASKED[name])
    chunks = streamed(**ASKED[name])
    for choice in answer.choices:
        own = [part for chunk in chunks for part in chunk.choices if part.index == choice.index]
        assert "".join(part.text for part in own) == choice.text
        assert [part.finish_reason for part in own if part.finish_reason] == [choice.finish_reason]
        if choice.logprobs:
            streams = [part.logprobs for part in own if part.logprobs]
            assert [token for each in streams for token in each.tokens] == choice.logprobs.tokens
            assert [at for each in streams for at in each.text_offset] == choice.logprobs.text_offset
    assert {chunk.id for chunk in chunks} == {answer.id}


def test_sixteen_tokens_are_given_when_nobody_says() -> None:
    answer = plain(prompt="Once upon a time")
    assert (answer.usage.completion_tokens, answer.choices[0].finish_reason) == (16, "length")


def test_what_is_left_out_of_the_best_costs_all_the_same() -> None:
    assert plain(prompt="a", best_of=3).usage.completion_tokens == 3 * plain(prompt="a").usage.completion_tokens


def test_an_echo_begins_with_the_prompt() -> None:
    assert plain(prompt="Once upon a time", echo=True).choices[0].text.startswith("Once upon a time")
    only = plain(prompt="Once upon a time", echo=True, max_tokens=0).choices[0]
    assert (only.text, only.finish_reason) == ("Once upon a time", "length")


def test_a_stop_sequence_is_left_out() -> None:
    choice = plain(prompt="Once upon a time", stop="answer", max_tokens=200).choices[0]
    assert (choice.text, choice.finish_reason) == ("Here is an ", "stop")


@pytest.mark.parametrize("echo", [True, False])
def test_log_probabilities_belong_to_the_tokens_and_offsets_count_from_the_prompt(echo: bool) -> None:
    prompt = "Once upon a time"
    choice = plain(prompt=prompt, logprobs=2, echo=echo).choices[0]
    told = choice.logprobs
    whole = choice.text if echo else prompt + choice.text
    assert "".join(told.tokens) == choice.text
    assert [whole[at : at + len(token)] for at, token in zip(told.text_offset, told.tokens, strict=True)] == told.tokens
    assert all(len(top) == 2 and token in top for top, token in zip(told.top_logprobs, told.tokens, strict=True))
    assert max(told.token_logprobs) <= 0


def test_usage_comes_last_when_it_is_asked_for() -> None:
    chunks = streamed(prompt="Once upon a time", stream_options={"include_usage": True})
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == []
    assert chunks[-1].usage.prompt_tokens == count("Once upon a time")


def test_a_stream_names_no_charset_and_ends_with_done() -> None:
    create = client(Fake()).completions.with_raw_response.create
    answer = create(model=MODEL, prompt="a", stream=True)
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.http_response.read().endswith(b"data: [DONE]\n\n")


def test_the_snapshot_that_answers_is_named() -> None:
    answer = client(Fake()).completions.with_raw_response.create(model=MODEL, prompt="a")
    assert answer.headers["openai-model"] == answer.parse().model == "gpt-3.5-turbo-instruct:20230824-v2"


def test_a_script_says_what_comes() -> None:
    fake = Fake()
    fake.on(contains="planet").reply("Jupiter, by far.")
    answer = client(fake).completions.create(model=MODEL, prompt="The largest planet is")
    assert (answer.choices[0].text, answer.choices[0].finish_reason) == ("Jupiter, by far.", "stop")


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # the client leaves its generators open, as trio complains
async def test_the_asynchronous_client_reads_a_stream() -> None:
    stream = await async_client(Fake(), strict=False).completions.create(model=MODEL, prompt="Hi", stream=True)
    assert "".join([chunk.choices[0].text async for chunk in stream]).startswith("Here is an answer")


@pytest.mark.parametrize(
    ("prompt", "place", "wanted", "got"),
    [
        (["a", 1], 1, "a string", "an integer"),
        ([1, "a"], 1, "an integer", "a string"),
        ([[1], [2], "a"], 2, "an array", "a string"),
        ([1, [2]], 1, "an integer", "an array"),
    ],
)
def test_prompts_of_two_kinds_are_refused(prompt: list[Any], place: int, wanted: str, got: str) -> None:
    told = rf"Invalid type for 'prompt\[{place}\]': expected {wanted}, but got {got} instead"
    with pytest.raises(openai.BadRequestError, match=told):
        plain(prompt=prompt)
