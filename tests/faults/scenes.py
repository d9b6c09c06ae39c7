"""Handlers that answer the same every time, and the installed official client in front of any handler."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai

import retape
from libraries import OURS
from retape import Chunk, Handler, Head, Request, Step, Wait

MOUNT = importlib.import_module(f"retape.mounts.{OURS.__name__}")

TEXTS = ("Grüße", " aus", " Köln", " 🪐", "!")
"""What the streams say, delta by delta."""

ASK: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}

RECORDED = Path(__file__).parents[2] / "cassettes/llamacpp"


def frame(value: Any, name: str = "") -> bytes:
    data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()


def chat_chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


COMMENT = b": hello\n\n"

CHAT = COMMENT + b"".join(frame(chat_chunk({"content": text})) for text in TEXTS) + frame("[DONE]")

_RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "m",
    "status": "in_progress",
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "metadata": {},
    "output": [],
    "parallel_tool_calls": True,
    "temperature": 1,
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1,
}
_PLACE = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
_EVENTS = [
    {"type": "response.created", "response": _RESPONSE},
    *({"type": "response.output_text.delta", "delta": text, "logprobs": []} | _PLACE for text in TEXTS),
    {"type": "response.output_text.done", "text": "".join(TEXTS), "logprobs": []} | _PLACE,
    {"type": "response.completed", "response": _RESPONSE | {"status": "completed"}},
]
RESPONSES = b"".join(
    frame(event | {"sequence_number": number}, str(event["type"])) for number, event in enumerate(_EVENTS)
)

PLAIN = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Grüße!"}, "finish_reason": "stop"}],
}

EVENTS = Head(200, (("content-type", "text/event-stream; charset=utf-8"),))


def streamed(body: bytes, size: int = 0) -> Handler:
    """A stream in chunks of so many bytes; 0 for all in one."""
    pieces = [body[place : place + size] for place in range(0, len(body), size)] if size else [body]
    return lambda request: iter((EVENTS, *map(Chunk, pieces)))


def plain(value: Any = PLAIN) -> Handler:
    body = json.dumps(value).encode()
    head = Head(200, (("content-type", "application/json"), ("content-length", str(len(body)))))
    return lambda request: iter((head, Chunk(body)))


def api(request: Request) -> Iterator[Step]:
    """Chat and Responses, streamed when asked for."""
    if "/responses" in request.url:
        return streamed(RESPONSES, 40)(request)
    return streamed(CHAT, 40)(request) if request.json().get("stream") else plain()(request)


def request(path: str = "/v1/chat/completions", **body: Any) -> Request:
    return Request("POST", f"https://api.openai.com{path}", (), json.dumps(ASK | body).encode())


def steps(handler: Handler, asked: Request | None = None) -> list[Step]:
    return list(handler(asked or request(stream=True)))


def body_of(taken: list[Step]) -> bytes:
    return b"".join(step.data for step in taken if isinstance(step, Chunk))


def head_of(taken: list[Step]) -> Head:
    return next(step for step in taken if isinstance(step, Head))


def waits(taken: list[Step]) -> list[float]:
    return [step.seconds for step in taken if isinstance(step, Wait)]


def counted(body: bytes) -> int:
    """How many events a client is given."""
    return sum(event.complete and event.data is not None for event in retape.decode_sse(body))


def client(handler: Handler, **options: Any) -> openai.OpenAI:
    transport = OURS.Client(transport=MOUNT.Transport(handler))
    return openai.OpenAI(
        base_url="http://127.0.0.1:1/v1", api_key="unused", http_client=transport, **({"max_retries": 0} | options)
    )


def async_client(handler: Handler, **options: Any) -> openai.AsyncOpenAI:
    transport = OURS.AsyncClient(transport=MOUNT.AsyncTransport(handler))
    return openai.AsyncOpenAI(
        base_url="http://127.0.0.1:1/v1", api_key="unused", http_client=transport, **({"max_retries": 0} | options)
    )


def read(handler: Handler, api: str = "chat", **more: Any) -> tuple[list[dict[str, Any]], Exception | None]:
    """The events that the official client gives for a stream, and what ended it."""
    came: list[dict[str, Any]] = []
    with client(handler) as asking:
        try:
            if api == "chat":
                source: Any = asking.chat.completions.create(stream=True, **(ASK | more))
            else:
                source = asking.responses.create(model="m", input="Hi", stream=True)
            came.extend(event.model_dump(warnings=False) for event in source)
        except Exception as error:  # noqa: BLE001 - which one is what is tested
            return came, error
    return came, None


def say(handler: Handler, **options: Any) -> Any:
    """One plain chat completion through the official client."""
    with client(handler, **options) as asking:
        return asking.chat.completions.create(**ASK)


def refusal(handler: Handler, **options: Any) -> openai.APIStatusError:
    """The official client's exception for one that is refused."""
    try:
        answer = say(handler, **options)
    except openai.APIStatusError as error:
        return error
    raise AssertionError(f"answered: {answer}")


def chain(error: BaseException | None) -> set[str]:
    """The names of an exception's class and of its causes': releases differ in what they wrap."""
    names = set()
    while error is not None:
        names |= {kind.__name__ for kind in type(error).__mro__}
        error = error.__cause__ or error.__context__
    return names
