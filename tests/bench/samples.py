"""Requests of 2 KB and their answers, the cassettes that hold them, and clients that ask for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import openai
import vcr
from vcr.request import Request as VcrRequest
from vcr.serialize import serialize
from vcr.serializers import yamlserializer

import retape

MODEL = "gpt-4o-mini"
URL = "https://api.openai.com/v1/chat/completions"
PLAIN, STREAM = "application/json", "text/event-stream"
FILLER = "You answer briefly, in full sentences, and say so when you don't know. "
EVENTS_IN_14_KB = 72
_SENT = (("accept", "application/json"), ("content-type", "application/json"))


def messages(number: int) -> list[Any]:
    """2 KB of messages; any two requests agree in all but a few characters near the end."""
    return [{"role": "system", "content": FILLER * 26}, {"role": "user", "content": f"What is question {number}?"}]


def event(text: str, **more: Any) -> bytes:
    """One event of a stream."""
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": None}
    return b"data: " + compact({**_frame("chat.completion.chunk"), "choices": [choice], **more}) + b"\n\n"


def stream_chunks(events: int) -> list[bytes]:
    """A stream, one event a chunk, `[DONE]` in the last."""
    return [event(f"word{number % 10} ") for number in range(events - 1)] + [event("") + b"data: [DONE]\n\n"]


def plain_body() -> bytes:
    """A chat completion."""
    message = {"role": "assistant", "content": FILLER * 3, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 410, "completion_tokens": 51, "total_tokens": 461}
    return compact({**_frame("chat.completion"), "choices": [choice], "usage": usage})


def _frame(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-bench", "object": kind, "created": 1760000000, "model": MODEL}


def compact(value: Any) -> bytes:
    """JSON as the official client writes it."""
    return json.dumps(value, separators=(",", ":")).encode()


def exchange(number: int, chunks: Iterable[bytes], *, stream: bool, gaps: Sequence[float] = (0.01,)) -> retape.Exchange:
    """One recording; `gaps` are the seconds before each chunk, over and over."""
    body = {"messages": messages(number), "model": MODEL, **({"stream": True} if stream else {})}
    steps: list[retape.Step] = [retape.Head(200, (("content-type", STREAM if stream else PLAIN),), "OK")]
    for place, data in enumerate(chunks):
        steps += [retape.Wait(gaps[place % len(gaps)]), retape.Chunk(data)]
    request = retape.Request("POST", URL, _SENT, compact(body))
    return retape.Exchange(request=request, steps=tuple(steps), recorded_at="2026-01-02T03:04:05.000000Z")


def write_retape(path: Path, exchanges: Iterable[retape.Exchange]) -> None:
    """A cassette as retape writes it."""
    cassette = retape.Cassette(path)
    for item in exchanges:
        cassette.append(item)
    cassette.save()


def write_vcrpy(path: Path, exchanges: Sequence[retape.Exchange]) -> None:
    """The same exchanges as vcrpy writes them."""
    requests = [VcrRequest(x.request.method, x.request.url, x.request.body, dict(x.request.headers)) for x in exchanges]
    responses = [
        {
            "status": {"code": 200, "message": "OK"},
            "headers": {"content-type": [x.content_type]},
            "body": {"string": x.body},
        }
        for x in exchanges
    ]
    path.write_text(serialize({"requests": requests, "responses": responses}, yamlserializer), "utf-8")


def vcrpy(path: Path, mode: str = "none") -> Any:
    """vcrpy's cassette, matching what retape matches."""
    return vcr.VCR(match_on=("method", "uri", "body"), record_mode=mode).use_cassette(str(path))


class _Chunks(httpx2.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks


class Floor(httpx2.MockTransport):
    """A mock transport that no open cassette patches, so that it can take turns with one."""

    def __init__(self, chunks: Sequence[bytes], kind: str) -> None:
        super().__init__(lambda _: httpx2.Response(200, headers={"content-type": kind}, stream=_Chunks(chunks)))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """What MockTransport does, in a method of its own."""
        request.read()
        response: httpx2.Response = self.handler(request)  # type: ignore[assignment]
        return response


def client(transport: httpx2.BaseTransport | None = None, **options: Any) -> openai.OpenAI:
    """The official client; on a real transport when none is given."""
    return openai.OpenAI(
        api_key="unused", max_retries=0, http_client=httpx2.Client(transport=transport, trust_env=False), **options
    )


def ask_plain(asker: openai.OpenAI, number: int) -> None:
    """One plain call."""
    asker.chat.completions.create(model=MODEL, messages=messages(number))


def ask_stream(asker: openai.OpenAI, number: int) -> None:
    """One stream, read to its end."""
    for _ in asker.chat.completions.create(model=MODEL, messages=messages(number), stream=True):
        pass


Ask = Callable[[openai.OpenAI, int], None]
