"""Answers that refuse: the client raises the same from the tape as from the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import OpenAI

from live.asking import MODEL, TOOL, chat
from live.reading import Tape
from live.servers import KEY

BAD = {
    "messages-no-list": ({"messages": "Name a planet."}, "Expected 'messages' to be an array"),
    "message-without-content": ({"messages": [{"role": "user"}]}, "must contain 'content'"),
    "temperature-no-number": ({"temperature": "hot"}, "type must be number"),
    "unknown-format": ({"response_format": {"type": "nonsense"}}, "response_format type must be one of"),
    "bad-schema": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "nonsense"}}}},
        "unrecognized type nonsense",
    ),
    "bad-grammar": ({"extra_body": {"grammar": "root ::= ("}}, "failed to parse grammar"),
    "grammar-and-tools": ({"tools": [TOOL], "extra_body": {"grammar": "root ::= 'x'"}}, "grammar"),
    "too-long": ({"messages": [{"role": "user", "content": "a " * 1500}]}, "exceeds the available context size"),
}
"""What is wrong -> the arguments, and a piece of the server's message."""


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_request(client: OpenAI, tape: Tape, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(openai.BadRequestError, match=message) as caught:
        client.chat.completions.create(**chat(**arguments))
    assert caught.value.body == tape.json()["error"]
    assert tape.last.outcome == "complete"


def test_bad_stream(client: OpenAI, tape: Tape) -> None:
    with pytest.raises(openai.BadRequestError, match="exceeds the available context size") as caught:
        client.chat.completions.create(**chat("a " * 1500, stream=True))
    assert caught.value.body == tape.json()["error"]


def test_wrong_key(connect: Callable[..., OpenAI], tape: Tape) -> None:
    with pytest.raises(openai.AuthenticationError, match="Invalid API Key") as caught:
        connect("locked", api_key="open-barley").chat.completions.create(**chat())
    assert caught.value.body == tape.json(0)["error"]
    answer = connect("locked", api_key=KEY).chat.completions.create(**chat("With the right key."))
    assert answer.to_dict() == tape.json()
    assert not any(name.lower() == "authorization" for ex in tape.exchanges for name, _ in ex.request.headers)


def test_not_found(client: OpenAI, tape: Tape) -> None:
    with pytest.raises(openai.NotFoundError, match="File Not Found") as caught:
        client.models.retrieve("nowhere")
    assert caught.value.body == tape.json()["error"]


def test_not_supported(client: OpenAI, tape: Tape) -> None:
    with pytest.raises(openai.InternalServerError, match="does not support embeddings") as caught:
        client.embeddings.create(model=MODEL, input="one")
    assert caught.value.status_code == tape.json()["error"]["code"] == 501


def test_upload(client: OpenAI, tape: Tape) -> None:
    """A form's boundary is made up anew each time; the form is the same."""
    with pytest.raises(openai.APIStatusError, match="does not support audio input") as caught:
        client.audio.transcriptions.create(model=MODEL, file=("silence.wav", b"RIFF....WAVE", "audio/wav"))
    assert caught.value.status_code == (tape.last.head.status if tape.last.head else 0)
    assert b'filename="silence.wav"' in tape.last.request.body
