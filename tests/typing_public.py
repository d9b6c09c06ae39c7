"""The public face as a user types it; mypy checks this file and nobody runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, assert_type

import httpx
import httpx2

import retape
from retape.mounts.httpx import AsyncTransport, Transport
from retape.mounts.httpx2 import Transport as Transport2
from retape.mounts.respx import Router
from retape.mounts.session import Session


def context_manager() -> None:
    with retape.use_cassette("a.yaml", mode="record", pace=4, ignore=["metadata.run_id"]) as cassette:
        assert_type(cassette, Session)
        assert_type(cassette.requests, list[retape.Request])


async def asynchronous() -> None:
    async with retape.use_cassette("a.yaml") as cassette:
        assert_type(cassette.replayed, int)


@retape.use_cassette("a.yaml")
def decorated(number: int) -> str:
    return str(number)


assert_type(decorated(1), str)


def handler(request: retape.Request) -> Iterator[retape.Step]:
    yield retape.Head(200, (("content-type", "text/plain"),))
    yield retape.Wait(0.1)
    yield retape.Chunk(request.body)
    yield retape.Abort("reset")


replayed: retape.Handler = retape.replay("cassettes/")
with_httpx = httpx.Client(transport=Transport(handler))
with_httpx2 = httpx2.Client(transport=Transport2("a.yaml", mode="record"))
asynchronously = httpx.AsyncClient(transport=AsyncTransport(replayed))


def mounted() -> None:
    with retape.mount(handler, base_url=["https://api.openai.com/v1"], environment=True) as router:
        assert_type(router, Router)
        router.get("https://example.org/").respond(json={})


@retape.mount(retape.Fake(seed=7))
async def decorated_by_a_mount(number: int) -> str:
    return str(number)


def proxied() -> None:
    with retape.proxy("http://127.0.0.1:1/v1", cassette="a.yaml", fault=retape.faults.fault("cut", after=3)) as running:
        assert_type(running.base_url, str)
    retape.proxy("http://127.0.0.1:1/v1", cassette="a.yaml", fault=retape.faults.no_done)
    retape.proxy("http://127.0.0.1:1/v1", cassette="a.yaml", fault="cut:after=3")  # type: ignore[arg-type]


cassette = retape.Cassette.load("a.yaml")
assert_type(cassette.exchanges, list[retape.Exchange])
assert_type(cassette.exchanges[0].head, retape.Head | None)
assert_type(retape.decode_sse(b"data: 1\n\n"), list[retape.SSEEvent])


found = retape.check(["a.yaml", cassette, *cassette.exchanges])
assert_type(found, list[retape.Violation])
assert_type(found[0].severity, Literal["must", "should", "note"])


def weigh(sent: retape.Sent) -> retape.Reply:
    assert_type(sent.body, Any)
    return retape.Reply(text=sent.text, calls=(retape.ToolCall(name="f", arguments="{}"),))


def scripted() -> None:
    fake = retape.Fake(script="script.yaml", strict=True)
    fake.on(lambda sent: sent.stream, contains=["a", "b"], header={"x": "y"}).reply(weigh).reply({"a": 1}).times(2)
    fake.on(tool="get_weather").call("get_weather", location="Paris").and_call("get_time").and_fail("cut", after=3)
    fake.on().stream("a", 0.5, "b", delay=1).refuse("No.", finish="content_filter").json([1]).made_up().optional()
    fake.on(contain="a")  # type: ignore[call-arg]
    fake.on(turn="first")  # type: ignore[arg-type]
    fake.fail(429, retry_after=0.01, times=2)
    assert_type(fake.requests.last, retape.Sent)
    assert_type(fake.requests.matching(contains="a").only.text, str)
    fake.assert_asked(contains="a", times=2)
