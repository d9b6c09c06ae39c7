"""Embeddings, legacy completions, the list of models."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable

import pytest
from openai import OpenAI

from live.asking import GREEDY, MODEL
from live.reading import Tape


def test_embedding_float(connect: Callable[..., OpenAI], tape: Tape) -> None:
    answer = connect("embedding").embeddings.create(model=MODEL, input=["one", "zwei 🙂"], encoding_format="float")
    assert [item.embedding for item in answer.data] == [item["embedding"] for item in tape.json()["data"]]
    assert [item.index for item in answer.data] == [0, 1]
    assert {len(item.embedding) for item in answer.data} == {64}


def test_embedding_default(connect: Callable[..., OpenAI], tape: Tape) -> None:
    """The client asks for base64 unless told otherwise, and gives floats."""
    answer = connect("embedding").embeddings.create(model=MODEL, input="one")
    assert tape.asked()["encoding_format"] == "base64"
    raw = base64.b64decode(tape.json()["data"][0]["embedding"])
    assert answer.data[0].embedding == pytest.approx(struct.unpack(f"<{len(raw) // 4}f", raw))
    assert sum(value * value for value in answer.data[0].embedding) == pytest.approx(1, abs=1e-3)


def test_completion(client: OpenAI, tape: Tape) -> None:
    answer = client.completions.create(**GREEDY, prompt="Once upon", max_tokens=8)
    assert answer.to_dict() == tape.json()
    assert answer.object == "text_completion"
    assert answer.choices[0].finish_reason == "length"


def test_completion_stream(client: OpenAI, tape: Tape) -> None:
    chunks = list(client.completions.create(**GREEDY, prompt="Once upon", max_tokens=8, stream=True))
    assert [chunk.to_dict() for chunk in chunks] == tape.events()
    assert "".join(chunk.choices[0].text for chunk in chunks)


def test_models(client: OpenAI, tape: Tape) -> None:
    models = list(client.models.list())
    assert [model.id for model in models] == [MODEL] == [model["id"] for model in tape.json()["data"]]
    assert tape.last.request.body == b""
