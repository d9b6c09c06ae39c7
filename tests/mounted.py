"""Handlers to mount, and the ways in which a client may come to ask one."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import openai

import retape
from wire import DONE, completion, delta, plain

URL = "https://api.openai.com/v1/chat/completions"
ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}

TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # one for all: loading certificates is most of a client's cost

OK = retape.Head(200, (("content-type", "application/json"),), "OK")
STREAM = retape.Head(200, (("content-type", "text/event-stream"),))


def says(*steps: retape.Step) -> retape.Handler:
    """A handler that always gives the same answer."""
    return lambda request: iter(steps)


def text(value: str) -> retape.Handler:
    """A handler that says one thing."""
    return says(retape.Head(200, (("content-type", "text/plain"),)), retape.Chunk(value.encode()))


def chat(request: retape.Request) -> Iterator[retape.Step]:
    """A chat completion, or a stream of one."""
    if not request.json().get("stream"):
        yield OK
        yield retape.Chunk(plain(completion("Earth"))[1])  # type: ignore[arg-type]
        return
    yield STREAM
    yield from (retape.Chunk(delta("Ea")), retape.Chunk(delta("rth")), retape.Chunk(DONE))


async def create(client: Any, **options: Any) -> str:
    """What the client says, plain or streamed, synchronous or not."""
    if isinstance(client, openai.OpenAI):
        with client:
            answer = client.chat.completions.create(**ASK, **options)
            if not options.get("stream"):
                return answer.choices[0].message.content or ""
            return "".join(chunk.choices[0].delta.content or "" for chunk in answer)
    async with client:
        answer = await client.chat.completions.create(**ASK, **options)
        if not options.get("stream"):
            return answer.choices[0].message.content or ""
        return "".join([chunk.choices[0].delta.content or "" async for chunk in answer])


def wrapping(library: Any, kind: str) -> Any:
    """A transport of the user's around one of the library's own, as for retries and logs."""
    if kind == "sync":

        class Wrapper(library.BaseTransport):  # type: ignore[misc]
            inner = library.HTTPTransport(verify=TLS)

            def handle_request(self, request: Any) -> Any:
                return self.inner.handle_request(request)

            def close(self) -> None:
                self.inner.close()

        return Wrapper()

    class AsyncWrapper(library.AsyncBaseTransport):  # type: ignore[misc]
        inner = library.AsyncHTTPTransport(verify=TLS)

        async def handle_async_request(self, request: Any) -> Any:
            return await self.inner.handle_async_request(request)

        async def aclose(self) -> None:
            await self.inner.aclose()

    return AsyncWrapper()


def inheriting(library: Any, kind: str) -> Any:
    """A transport that inherits from the library's and does something on the way."""
    if kind == "sync":

        class Child(library.HTTPTransport):  # type: ignore[misc]
            def handle_request(self, request: Any) -> Any:
                request.headers["x-way"] = "inherited"
                return super().handle_request(request)

        return Child(verify=TLS)

    class AsyncChild(library.AsyncHTTPTransport):  # type: ignore[misc]
        async def handle_async_request(self, request: Any) -> Any:
            request.headers["x-way"] = "inherited"
            return await super().handle_async_request(request)

    return AsyncChild(verify=TLS)


WAYS: dict[str, Callable[[Any, str], dict[str, Any]]] = {
    "own": lambda library, kind: {"verify": TLS},
    "wrapped": lambda library, kind: {"transport": wrapping(library, kind)},
    "inherited": lambda library, kind: {"transport": inheriting(library, kind)},
    "proxy": lambda library, kind: {"proxy": "http://proxy.invalid:1", "verify": TLS},
}
