"""Chat completions, whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from openai import OpenAI

from live.asking import MODEL, chat
from live.reading import Tape


def test_chat(client: OpenAI, tape: Tape) -> None:
    answer = client.chat.completions.create(**chat())
    assert answer.to_dict() == tape.json()
    assert answer.model == MODEL
    assert answer.choices[0].message.content
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_conversation(client: OpenAI, tape: Tape) -> None:
    messages = [
        {"role": "system", "content": "Answer in one word."},
        {"role": "user", "content": "Name a planet."},
        {"role": "assistant", "content": "Mars"},
        {"role": "user", "content": "Another one."},
    ]
    first = client.chat.completions.create(**chat(messages=messages))
    messages.append({"role": "assistant", "content": first.choices[0].message.content or ""})
    messages.append({"role": "user", "content": "And one more."})
    second = client.chat.completions.create(**chat(messages=messages))
    assert [first.to_dict(), second.to_dict()] == [tape.json(0), tape.json(1)]
    assert tape.asked()["messages"] == messages
    assert second.usage
    assert first.usage
    assert second.usage.prompt_tokens > first.usage.prompt_tokens


def test_unicode(client: OpenAI, tape: Tape) -> None:
    answer = client.chat.completions.create(**chat("Grüße 東京 🙂 \u2028 \t“x”", max_tokens=40))
    assert answer.to_dict() == tape.json()
    assert tape.asked()["messages"][0]["content"] == "Grüße 東京 🙂 \u2028 \t“x”"


def test_same_seed(client: OpenAI, tape: Tape) -> None:
    answers = [client.chat.completions.create(**chat(temperature=1, seed=7)) for _ in range(2)]
    assert answers[0].choices == answers[1].choices
    assert [answer.id for answer in answers] == [tape.json(0)["id"], tape.json(1)["id"]]
    assert answers[0].id != answers[1].id


@pytest.mark.parametrize(
    "limit, reason",
    [({"max_tokens": 5}, "length"), ({"max_completion_tokens": 5}, "length"), ({"stop": ["e"]}, "stop")],
    ids=["max-tokens", "max-completion-tokens", "stop"],
)
def test_finish_reason(client: OpenAI, tape: Tape, limit: dict[str, object], reason: str) -> None:
    arguments = {**chat(), **limit}
    if "max_completion_tokens" in limit:
        del arguments["max_tokens"]
    answer = client.chat.completions.create(**arguments)
    assert answer.choices[0].finish_reason == reason == tape.json()["choices"][0]["finish_reason"]
    assert answer.usage
    assert answer.usage.completion_tokens <= 12
    assert "e" not in (answer.choices[0].message.content or "") or reason == "length"


def test_logprobs(client: OpenAI, tape: Tape) -> None:
    answer = client.chat.completions.create(**chat(max_tokens=3, logprobs=True, top_logprobs=2))
    assert answer.to_dict() == tape.json()
    logprobs = answer.choices[0].logprobs
    assert logprobs
    assert logprobs.content
    assert "".join(token.token for token in logprobs.content) == answer.choices[0].message.content
    assert all(token.logprob == max(top.logprob for top in token.top_logprobs) for token in logprobs.content)


def test_two_choices(client: OpenAI, tape: Tape) -> None:
    answer = client.chat.completions.create(**chat(n=2, temperature=1))
    assert answer.to_dict() == tape.json()
    assert [choice.index for choice in answer.choices] == [0, 1]


def test_reasoning(connect: Callable[..., OpenAI], tape: Tape) -> None:
    answer = connect("think").chat.completions.create(**chat(max_tokens=200))
    message = answer.choices[0].message
    assert message.to_dict() == tape.json()["choices"][0]["message"]
    assert message.to_dict()["reasoning_content"]
    assert message.content


def test_raw_response(client: OpenAI, tape: Tape) -> None:
    raw = client.chat.completions.with_raw_response.create(**chat())
    assert raw.status_code == 200
    assert raw.headers["content-type"].startswith("application/json")
    assert int(raw.headers["content-length"]) == len(tape.last.wire)
    assert raw.content == tape.last.body


def test_streaming_response(client: OpenAI, tape: Tape) -> None:
    with client.chat.completions.with_streaming_response.create(**chat()) as raw:
        assert b"".join(raw.iter_bytes()) == tape.last.body
