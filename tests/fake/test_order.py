"""The same bytes in any order: what is answered depends on the request, the seed, and how often it came."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from retape import Fake, Request
from retape.handlers.fake.media import png
from retape.handlers.fake.sounds import wav
from retape.tape.steps import Chunk, Head

BASE = "https://api.openai.com/v1"
KEY = ("authorization", "Bearer unused")


def told(path: str, **body: object) -> Request:
    return Request("POST", BASE + path, (("content-type", "application/json"), KEY), json.dumps(body).encode())


def form(path: str, file: tuple[str, str, bytes], **fields: str) -> Request:
    field, name, data = file
    kind = "image/png" if name.endswith(".png") else "application/octet-stream"
    parts = [f'--X\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    head = f'--X\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + data + b"\r\n--X--\r\n"
    return Request("POST", BASE + path, (("content-type", "multipart/form-data; boundary=X"), KEY), body)


REQUESTS = {
    "embeddings": told("/embeddings", model="text-embedding-3-small", input="a planet", dimensions=8),
    "completions": told("/completions", model="gpt-3.5-turbo-instruct", prompt="Hi", n=2, logprobs=2),
    "streamed completions": told("/completions", model="gpt-3.5-turbo-instruct", prompt="Hi", stream=True),
    "moderations": told("/moderations", input="I will kill you"),
    "images": told("/images/generations", model="gpt-image-1", prompt="a cat", quality="low"),
    "images by URL": told("/images/generations", model="dall-e-2", prompt="a cat", size="256x256", n=2),
    "streamed images": told("/images/generations", model="gpt-image-1", prompt="a cat", stream=True, partial_images=1),
    "edits": form("/images/edits", ("image", "a.png", png("x", 8, 8)), model="gpt-image-1", prompt="x"),
    "speech": told("/audio/speech", model="tts-1", input="Hello.", voice="alloy"),
    "transcriptions": form("/audio/transcriptions", ("file", "a.wav", wav("Hello.")), model="whisper-1"),
    "transcribed noise": form("/audio/transcriptions", ("file", "a.mp3", b"ID3" + b"x" * 9999), model="whisper-1"),
    "files": form("/files", ("file", "a.txt", b"text"), purpose="user_data"),
    "uploads": told("/uploads", filename="a.txt", bytes=4, mime_type="text/plain", purpose="user_data"),
    "batches": told("/batches", input_file_id="file-x", endpoint="/v1/embeddings", completion_window="24h"),
    "vector stores": told("/vector_stores", name="shop"),
    "models": Request("GET", BASE + "/models", (KEY,)),
    "a model": Request("GET", BASE + "/models/gpt-4o", (KEY,)),
    "an unknown file": Request("GET", BASE + "/files/file-x", (KEY,)),
}


def answers(names: Iterable[str], fake: Fake) -> dict[str, tuple[object, bytes]]:
    """Every request's head and body."""
    found = {}
    for name in names:
        head, *rest = list(fake(REQUESTS[name]))
        assert isinstance(head, Head)
        found[name] = head, b"".join(step.data for step in rest if isinstance(step, Chunk))
    return found


@pytest.mark.parametrize("name", REQUESTS)
def test_an_answer_is_the_same_alone_and_after_all_others(name: str) -> None:
    others = [other for other in reversed(REQUESTS) if other != name]
    assert answers([name], Fake())[name] == answers([*others, name], Fake())[name]


def test_no_answer_is_like_another() -> None:
    bodies = [body for _, body in answers(REQUESTS, Fake()).values()]
    assert len(set(bodies)) == len(bodies)


@pytest.mark.parametrize("name", ["completions", "images by URL", "files", "vector stores", "moderations"])
def test_an_answer_that_comes_again_has_an_id_of_its_own(name: str) -> None:
    fake = Fake()
    assert answers([name], fake) != answers([name], fake)
    assert answers([name], Fake(seed=1)) != answers([name], Fake())
