"""Chat completions, streamed."""

from __future__ import annotations

from collections.abc import Callable

from openai import OpenAI

from live.asking import ENDLESS, chat
from live.reading import Tape


def test_stream(client: OpenAI, tape: Tape) -> None:
    chunks = list(client.chat.completions.create(**chat(stream=True)))
    assert [chunk.to_dict() for chunk in chunks] == tape.events()
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == tape.text() != ""
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices[0].finish_reason] == ["length"]
    assert tape.last.outcome == "complete"


def test_stream_usage(client: OpenAI, tape: Tape) -> None:
    *chunks, last = client.chat.completions.create(**chat(stream=True, stream_options={"include_usage": True}))
    assert [*(chunk.to_dict() for chunk in chunks), last.to_dict()] == tape.events()
    assert not last.choices
    assert last.usage
    assert last.usage.completion_tokens == 12
    assert all(chunk.usage is None for chunk in chunks)


def test_stream_equals_whole(client: OpenAI, tape: Tape) -> None:
    whole = client.chat.completions.create(**chat("Say it twice."))
    stream = client.chat.completions.create(**chat("Say it twice.", stream=True))
    merged = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert merged == tape.text() == whole.choices[0].message.content


def test_stream_unicode(client: OpenAI, tape: Tape) -> None:
    """Each sampled character that is no ASCII comes whole, however its bytes were cut into tokens."""
    stream = client.chat.completions.create(**chat("Grüße 東京", max_tokens=60, temperature=2, stream=True))
    merged = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert merged == tape.text()
    assert not merged.isascii()
    assert "\ufffd" not in merged


def test_stream_logprobs(client: OpenAI, tape: Tape) -> None:
    chunks = list(client.chat.completions.create(**chat(max_tokens=3, stream=True, logprobs=True, top_logprobs=1)))
    assert [chunk.to_dict() for chunk in chunks] == tape.events()
    assert sum(len(c.choices[0].logprobs.content or []) for c in chunks if c.choices[0].logprobs) == 3


def test_stream_left_early(connect: Callable[..., OpenAI], tape: Tape) -> None:
    arguments = chat("Tell me everything.", max_tokens=400, stream=True, extra_body=ENDLESS)
    with connect("slow").chat.completions.create(**arguments) as stream:
        seen = [next(stream).to_dict() for _ in range(4)]
    assert tape.last.outcome == "client-left"
    assert seen == tape.events()[:4]
    assert b"[DONE]" not in tape.last.body


def test_stream_helper(client: OpenAI, tape: Tape) -> None:
    with client.chat.completions.stream(**chat(max_tokens=200)) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion()
    assert "".join(deltas) == final.choices[0].message.content == tape.text()
    assert final.choices[0].finish_reason == tape.events()[-1]["choices"][0]["finish_reason"]


def test_stream_reasoning(connect: Callable[..., OpenAI], tape: Tape) -> None:
    chunks = list(connect("think").chat.completions.create(**chat(max_tokens=200, stream=True)))
    assert [chunk.to_dict() for chunk in chunks] == tape.events()
    kinds = [next(iter(chunk.choices[0].delta.to_dict()), "") for chunk in chunks]
    first = [kind for kind in ("reasoning_content", "content") if kind in kinds]
    assert first == ["reasoning_content", "content"]


def test_stream_pings(connect: Callable[..., OpenAI], tape: Tape) -> None:
    """While the server reads a long prompt it sends comments, which no client may take for events."""
    arguments = chat(" a" * 1600, max_tokens=2, stream=True)
    chunks = list(connect("slow").chat.completions.create(**arguments))
    assert [chunk.to_dict() for chunk in chunks] == tape.events()
    assert tape.comments() >= 1
