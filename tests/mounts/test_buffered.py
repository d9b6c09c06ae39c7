"""Clients that vcrpy's own stubs serve: recorded and replayed whole, and across clients."""

from __future__ import annotations

import asyncio
import io
import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
import urllib3

import retape
from libraries import OURS
from wire import DONE, RESET, WireServer, delta, plain, stream, zipped

ASK = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def with_requests(url: str) -> tuple[int, bytes]:
    answer = requests.post(f"{url}/chat/completions", json=ASK, timeout=30)
    return answer.status_code, answer.content


def with_urllib3(url: str) -> tuple[int, bytes]:
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request("POST", f"{url}/chat/completions", json=ASK)
    return answer.status, answer.data


def with_aiohttp(url: str) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        async with aiohttp.ClientSession() as session, session.post(f"{url}/chat/completions", json=ASK) as answer:
            return answer.status, await answer.read()

    return asyncio.run(ask())


def with_urllib(url: str) -> tuple[int, bytes]:
    headers = {"content-type": "application/json"}
    asked = urllib.request.Request(f"{url}/chat/completions", json.dumps(ASK).encode(), headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return answer.status, answer.read()


def with_httpx(url: str) -> tuple[int, bytes]:
    with OURS.Client() as client:
        answer = client.post(f"{url}/chat/completions", json=ASK)
    return answer.status_code, answer.content


CLIENTS = {f.__name__: f for f in (with_requests, with_urllib3, with_aiohttp, with_urllib, with_httpx)}
ANSWERS = {"plain": plain({"ok": "é"}), "gzip": zipped({"ok": 1}), "stream": stream(delta("a"), delta("b"), DONE)}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("recorder", CLIENTS)
@pytest.mark.parametrize("player", CLIENTS)
def test_what_one_client_records_another_replays(
    name: str, recorder: str, player: str, server: WireServer, tmp_path: Path
) -> None:
    if name == "gzip" and "with_urllib" in (recorder, player) and recorder != player:
        name = "plain"  # urllib decodes nothing, so it alone sees the encoded body
    server.says(ANSWERS[name])
    path = tmp_path / "c.yaml"
    with retape.use_cassette(path, mode="record"):
        live = CLIENTS[recorder](server.url)
    with retape.use_cassette(path, unused="fail"):
        assert CLIENTS[player]("http://127.0.0.1:1/v1") == live
    assert len(server.requests) == 1


FAILURES: dict[str, tuple[Callable[[str], Any], type[Exception]]] = {
    "requests": (with_requests, requests.ConnectionError),
    "urllib3": (with_urllib3, urllib3.exceptions.ProtocolError),
    "aiohttp": (with_aiohttp, ConnectionResetError),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_broken_recording_is_replayed_as_a_connection_error(name: str, server: WireServer, tmp_path: Path) -> None:
    server.says(stream(delta("a"), RESET, finish=False))
    path = tmp_path / "c.yaml"
    with retape.use_cassette(path, mode="record"), pytest.raises(OURS.ReadError):
        with_httpx(server.url)
    client, error = FAILURES[name]
    with retape.use_cassette(path), pytest.raises(error):
        client("http://127.0.0.1:1/v1")


BODIES: dict[str, Any] = {
    "bytearray": bytearray(b'{"a":1}'),
    "parts": [b'{"a"', bytearray(b":1"), b"", b"}"],
    "text": '{"a":1}',
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_is_recorded_as_it_is_sent(kind: str, server: WireServer, tmp_path: Path) -> None:
    server.says(plain({"ok": 1}))
    body = iter(BODIES[kind]) if kind == "parts" else BODIES[kind]
    with retape.use_cassette(tmp_path / "c.yaml", mode="record") as cassette:
        urllib3.request("POST", f"{server.url}/x", body=body, retries=False)
    assert [exchange.request.body for exchange in cassette.recorded] == [b'{"a":1}']


def test_a_form_is_recorded_and_found_again(server: WireServer, tmp_path: Path) -> None:
    server.says(plain({"ok": 1}))

    async def ask(url: str, said: bytes) -> Any:
        form = aiohttp.FormData({"model": "whisper-1"})
        form.add_field("file", io.BytesIO(said), filename="a.wav", content_type="audio/wav")
        async with aiohttp.ClientSession() as session, session.post(f"{url}/audio/transcriptions", data=form) as answer:
            return await answer.json()

    path = tmp_path / "c.yaml"
    with retape.use_cassette(path, mode="record"):
        assert asyncio.run(ask(server.url, b"RIFF")) == {"ok": 1}
    assert b"RIFF" in server.requests[0][2]
    with retape.use_cassette(path):
        with pytest.raises(retape.CassetteMiss, match="body"):
            asyncio.run(ask("http://127.0.0.1:1/v1", b"another"))
        assert asyncio.run(ask("http://127.0.0.1:1/v1", b"RIFF")) == {"ok": 1}


def test_an_asynchronous_client_waits_without_stopping_its_loop(tmp_path: Path) -> None:
    """Two answers of 0.2 s each: what else runs meanwhile, and that they don't wait for each other."""
    path, url = tmp_path / "c.yaml", "http://127.0.0.1:1/v1/chat/completions"
    cassette = retape.Cassette(path)
    for body in (b"1", b"2"):
        steps = (retape.Wait(0.1), retape.Head(200), retape.Chunk(body), retape.Wait(0.1), retape.Chunk(b"!"))
        cassette.append(retape.Exchange(request=retape.Request("POST", url, (), body), steps=steps))
    cassette.save()

    async def ask(session: aiohttp.ClientSession, body: bytes) -> bytes:
        async with session.post(url, data=body) as answer:
            return await answer.read()

    async def go() -> tuple[list[bytes], int]:
        async with aiohttp.ClientSession() as session:
            asking = asyncio.gather(ask(session, b"1"), ask(session, b"2"))
            turns = 0
            while not asking.done():
                turns += 1
                await asyncio.sleep(0)
            return await asking, turns

    began = time.monotonic()
    with retape.use_cassette(path, pace="recorded"):
        answers, turns = asyncio.run(go())
    assert answers == [b"1!", b"2!"]
    assert time.monotonic() - began >= 0.2
    assert turns > 100
