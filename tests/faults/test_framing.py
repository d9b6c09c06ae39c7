"""Faults of HTTP's framing: as bytes on a socket, and in process as what a client makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

import retape
from faults.scenes import ASK, CHAT, TEXTS, api, body_of, chain, plain, read, say, steps, streamed, waits
from mounts.raw import Raw
from retape import Handler, Wait, decode_sse, faults

pytest.importorskip("uvicorn", reason="serving needs retape[server]")

POST = b'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 15\r\n\r\n{"stream":true}'


def bytes_of(handler: Handler) -> tuple[bytes, bytes]:
    """Head and body of what a raw client gets."""
    with retape.serve(handler) as server, Raw(server) as raw:
        raw.ask(POST)
        came = raw.until(b"\r\n\r\n") + raw.rest()
    head, _, body = came.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("k", [0, 1, 5])
def test_an_illegal_chunk_comes_after_exactly_so_many_events(k: int) -> None:
    head, body = bytes_of(faults.illegal_chunk(streamed(CHAT, 30), after=k))
    assert b"transfer-encoding: chunked" in head.lower()
    assert body.endswith(b"quark\r\n")
    chunks, data = body.removesuffix(b"quark\r\n"), b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        data, chunks = data + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    assert sum(event.complete and event.data is not None for event in decode_sse(data)) == k


@pytest.mark.parametrize("handler", [plain(), streamed(CHAT, 30)], ids=["plain", "streamed"])
def test_a_short_body_is_shorter_than_its_length(handler: Handler) -> None:
    whole = body_of(steps(handler))
    head, body = bytes_of(faults.short_body(handler, missing=7))
    assert f"content-length: {len(whole) + 7}".encode() in head
    assert body == whole


@pytest.mark.parametrize("at", ["status-line", "header", "headers"])
def test_a_stalled_head_is_half_a_head_and_silence(at: Any) -> None:
    expected = faults.framing.HEADS[at]
    with retape.serve(faults.stalled_head(plain(), at=at)) as server:
        with Raw(server) as raw:
            assert raw.ask(POST).until(expected) == expected
            raw.socket.settimeout(0.01)
            with pytest.raises(TimeoutError, match="timed out"):
                raw.socket.recv(1)
        assert server.left == []


def test_a_garbled_head_is_no_http() -> None:
    assert bytes_of(faults.garbled_head(plain())) == (b"quark", b"")


def test_a_split_character_is_whole_in_the_end_and_never_in_one_chunk() -> None:
    taken = steps(faults.split_character(streamed(CHAT, 300), seconds=0.001))
    assert body_of(taken) == CHAT
    cut = [step.data for step in taken if isinstance(step, retape.Chunk)]
    characters = sum(not text.isascii() for text in "".join(TEXTS))
    assert sum(piece[-1] >= 0xC2 for piece in cut) == characters == len(waits(taken))
    assert Wait(0.001) in taken


def test_each_half_of_a_character_is_a_segment_of_its_own() -> None:
    with retape.serve(faults.split_character(streamed(CHAT), seconds=0.02)) as server, Raw(server) as raw:
        raw.ask(POST)
        reads = []
        while not b"".join(reads).endswith(b"\r\n0\r\n\r\n"):
            reads.append(raw.socket.recv(65536))
    assert sum(piece.endswith((b"\xc3\r\n", b"\xf0\r\n")) for piece in reads) == sum(
        not text.isascii() for text in "".join(TEXTS)
    )


NAMED = {
    "illegal-chunk:2": "RemoteProtocolError",
    "short-body": "",  # the official client leaves at [DONE], before the end that doesn't come
    "stalled-head": "ReadTimeout",
    "garbled-head": "RemoteProtocolError",
}
"""A fault of a stream -> what the client's library raises."""


@pytest.mark.parametrize("spec", NAMED)
def test_the_official_client_meets_the_same_in_process_and_on_a_socket(spec: str) -> None:
    inside = read(faults.parse(spec)(api))
    came: list[Any] = []
    error: Exception | None = None
    with served(spec) as client:
        try:
            came.extend(
                event.model_dump(warnings=False) for event in client.chat.completions.create(**ASK, stream=True)
            )
        except Exception as broke:  # noqa: BLE001 - which one is what is tested
            error = broke
    assert came == inside[0]
    assert {NAMED[spec]} - {""} <= chain(error) & chain(inside[1])
    assert (error is None) == (inside[1] is None)
    assert spec != "illegal-chunk:2" or len(came) == 2


@contextmanager
def served(spec: str) -> Iterator[openai.OpenAI]:
    with (
        retape.serve(faults.parse(spec)(api)) as server,
        openai.OpenAI(base_url=server.base_url, api_key="x", max_retries=0, timeout=0.2) as client,
    ):
        yield client


@pytest.mark.parametrize("spec", ["illegal-chunk", "garbled-head", "short-body"])
def test_a_plain_answer_breaks_in_process_and_on_a_socket(spec: str) -> None:
    with pytest.raises(openai.APIConnectionError, match="Connection error"):
        say(faults.parse(spec)(plain()))
    with served(spec) as client, pytest.raises(openai.APIConnectionError, match="Connection error") as raised:
        client.chat.completions.create(**ASK)
    assert "RemoteProtocolError" in chain(raised.value)
