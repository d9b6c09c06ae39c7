"""A handler mounted in this process: every way in, and everything it has to leave alone."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
import pytest

import retape
from libraries import INSTALLED, NAMES, OURS
from mounted import ASK, OK, STREAM, TLS, URL, WAYS, chat, create, says, text
from wire import WireServer, delta

GENERATION = int(openai.__version__.partition(".")[0])
JSON = (("content-type", "application/json"),)


@dataclass(frozen=True)
class Seen:
    """What a client saw of an answer."""

    status: int | None = None
    chunks: tuple[bytes, ...] = ()
    error: str = ""


ONE, TWO = retape.Chunk(b"data: 1\n\n"), retape.Chunk("data: é".encode()[:-1])
ANSWERS: dict[str, tuple[list[retape.Step], Seen]] = {
    "plain": ([OK, retape.Chunk(b'{"ok":1}')], Seen(200, (b'{"ok":1}',))),
    "a refusal": ([retape.Head(429, JSON), retape.Chunk(b"{}")], Seen(429, (b"{}",))),
    "nothing": ([retape.Head(204)], Seen(204)),
    "a stream": ([STREAM, ONE, TWO, ONE], Seen(200, (ONE.data, TWO.data, ONE.data))),
    "a reset before": ([retape.Abort("reset")], Seen(error="ReadError")),
    "a reset in mid-stream": ([STREAM, ONE, retape.Abort("reset")], Seen(200, (ONE.data,), "ReadError")),
    "an early end": ([STREAM, ONE, retape.Abort("early-end")], Seen(200, (ONE.data,), "RemoteProtocolError")),
    "no connection": ([retape.Abort("refused")], Seen(error="ConnectError")),
    "a time-out": ([retape.Wait(9), OK], Seen(error="ReadTimeout")),
    "a time-out in mid-stream": ([STREAM, ONE, retape.Wait(9), ONE], Seen(200, (ONE.data,), "ReadTimeout")),
    "a time-out of two waits": ([retape.Wait(0.0006), retape.Wait(0.0006), OK], Seen(error="ReadTimeout")),
    "waits that are each short enough": (
        [STREAM, retape.Wait(0.0006), ONE, retape.Wait(0.0006), ONE],
        Seen(200, (ONE.data, ONE.data)),
    ),
    "a time-out before the end": ([STREAM, ONE, retape.Wait(9)], Seen(200, (ONE.data,), "ReadTimeout")),
}


@pytest.fixture(params=INSTALLED, ids=NAMES)
def library(request: pytest.FixtureRequest) -> Any:
    return request.param


DOORS = [
    (way, kind, loop)
    for way in WAYS
    for kind, loop in (("sync", "asyncio"), ("async", "asyncio"), ("async", "trio"))
    if way == "own" or loop == "asyncio"
]


@pytest.fixture(params=DOORS, ids="-".join)
def door(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    chosen: tuple[str, str, str] = request.param
    return chosen


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("door")[2] if "door" in request.fixturenames else "asyncio"


Ask = Callable[[], Awaitable[Seen]]


@pytest.fixture
def ask(door: tuple[str, str, str], library: Any) -> Ask:
    """Ask through one way in: what the client saw."""
    way, kind, _ = door
    options = WAYS[way](library, kind) | {"timeout": library.Timeout(5, read=0.001)}

    async def go() -> Seen:
        status, chunks = None, []
        try:
            if kind == "sync":
                with library.Client(**options) as client, client.stream("POST", URL, json=ASK) as response:
                    status = response.status_code
                    for chunk in response.iter_raw():
                        chunks += [chunk]
            else:
                async with library.AsyncClient(**options) as client, client.stream("POST", URL, json=ASK) as response:
                    status = response.status_code
                    async for chunk in response.aiter_raw():
                        chunks += [chunk]
        except library.TransportError as error:
            kind_of = type(error)
            own = getattr(library, kind_of.__name__) is kind_of and error.request.url == URL
            return Seen(status, tuple(chunks), kind_of.__name__ if own else repr(error))
        return Seen(status, tuple(chunks))

    return go


@pytest.mark.anyio
@pytest.mark.parametrize("name", ANSWERS)
async def test_a_client_sees_the_answer_as_if_it_came_by_the_network(name: str, ask: Ask) -> None:
    steps, seen = ANSWERS[name]
    with retape.mount(says(*steps)):
        assert await ask() == seen


@pytest.mark.anyio
async def test_the_handler_gets_the_request_as_it_was_sent(ask: Ask, door: tuple[str, str, str], library: Any) -> None:
    asked: list[retape.Request] = []

    def handler(request: retape.Request) -> Iterator[retape.Step]:
        asked.append(request)
        return iter([retape.Head(204)])

    with retape.mount(handler):
        await ask()
    assert [(request.method, request.url, request.json()) for request in asked] == [("POST", URL, ASK)]
    assert asked[0].header("x-way") == ("inherited" if door[0] == "inherited" else None)


def test_a_chunk_is_asked_for_when_the_client_wants_it(library: Any) -> None:
    made: list[int] = []

    def handler(request: retape.Request) -> Iterator[retape.Step]:
        yield STREAM
        for number in range(3):
            made.append(number)
            yield ONE

    with retape.mount(handler), library.Client(verify=TLS) as client, client.stream("GET", URL) as response:
        chunks = response.iter_raw()
        for number in range(3):
            next(chunks)
            assert made == list(range(number + 1))


def test_a_client_from_before_is_answered_and_free_again_afterwards(library: Any, server: WireServer) -> None:
    with library.Client(verify=TLS) as client:
        with retape.mount(text("fake")):
            assert client.get(server.url).text == "fake"
        client.get(server.url)
    assert len(server.requests) == 1


CLIENTS: dict[str, Callable[[], Any]] = {
    "sync": lambda: openai.OpenAI(api_key="unused"),
    "async": lambda: openai.AsyncOpenAI(api_key="unused"),
    "Azure": lambda: openai.AzureOpenAI(api_key="u", api_version="v1", azure_endpoint="https://x.openai.azure.com"),
}
if GENERATION >= 3 or importlib.util.find_spec("httpx_aiohttp"):  # older ones take it from there
    CLIENTS["aiohttp"] = lambda: openai.AsyncOpenAI(api_key="unused", http_client=openai.DefaultAioHttpClient())


@pytest.mark.anyio
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("name", CLIENTS)
async def test_the_official_client_is_answered(name: str, stream: bool) -> None:
    with retape.mount(chat):
        assert await create(CLIENTS[name](), stream=stream) == "Earth"


@pytest.mark.anyio
@pytest.mark.parametrize("name", CLIENTS)
async def test_in_a_cassette_the_official_client_is_answered_by_the_mount(name: str, tmp_path: Path) -> None:
    with retape.use_cassette(tmp_path / "none.yaml") as cassette, retape.mount(chat):
        assert await create(CLIENTS[name]()) == "Earth"
    assert not cassette.requests


@pytest.mark.anyio
@pytest.mark.parametrize("name", [name for name in CLIENTS if name != "Azure"])
async def test_the_official_client_passes_through_where_a_route_lets_it(name: str, server: WireServer) -> None:
    client = CLIENTS[name]()
    client.base_url = server.url
    with retape.mount(text("fake")) as router:
        route = router.route(host="127.0.0.1").pass_through()
        assert await create(client) == "Hi"
        assert route.call_count == len(server.requests) == 1


def buggy(request: retape.Request) -> Iterator[retape.Step]:
    """A handler with a bug at its start."""
    raise KeyError("predicate")


def buggy_later(request: retape.Request) -> Iterator[retape.Step]:
    """A handler with a bug in mid-stream."""
    yield STREAM
    yield retape.Chunk(delta("Ea"))
    raise KeyError("later")


BUGS = {"at once": (buggy, "buggy .*'predicate'"), "in mid-stream": (buggy_later, "buggy_later .*'later'")}


@pytest.mark.anyio
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", BUGS)
async def test_a_handlers_exception_reaches_the_caller_after_one_request(name: str, client: str) -> None:
    handler, words = BUGS[name]
    asked = []

    def counted(request: retape.Request) -> Iterator[retape.Step]:
        asked.append(request)
        return handler(request)

    counted.__qualname__ = handler.__qualname__
    with retape.mount(counted), pytest.raises(retape.HandlerFailed, match=rf"{words}") as caught:
        await create(CLIENTS[client](), stream=True)
    assert isinstance(caught.value.__cause__, KeyError)
    assert len(asked) == 1


def test_what_a_handler_must_not_give_is_told() -> None:
    with retape.mount(lambda request: None), pytest.raises(retape.CassetteMiss, match="returned None; an answer is"):  # type: ignore[arg-type,return-value]
        OURS.get(URL)


def test_a_miss_of_a_mounted_cassette_reaches_the_caller(tmp_path: Path) -> None:
    retape.Cassette(tmp_path / "c.yaml").save()
    handler = retape.replay(tmp_path / "c.yaml")
    with retape.mount(handler), pytest.raises(retape.CassetteMiss, match="no recording answers POST /chat/completions"):
        openai.OpenAI(api_key="unused").chat.completions.create(**ASK)
    assert len(handler.misses) == 1


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [b"app"]


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"app"})


INSIDE: dict[str, Callable[[Any], Any]] = {
    "WSGITransport": lambda library: library.WSGITransport(app=wsgi),
    "ASGITransport": lambda library: library.ASGITransport(app=asgi),
    "MockTransport": lambda library: library.MockTransport(lambda request: library.Response(200, text="app")),
    "retape's Transport": lambda library: importlib.import_module(f"retape.mounts.{library.__name__}").Transport(
        text("app")
    ),
}


@pytest.mark.anyio
@pytest.mark.parametrize("in_cassette", [False, True], ids=["", "in a cassette"])
@pytest.mark.parametrize("name", INSIDE)
async def test_a_transport_that_stays_in_the_process_is_left_alone(
    name: str, in_cassette: bool, library: Any, tmp_path: Path
) -> None:
    async def get() -> str:
        transport = INSIDE[name](library)
        if name != "ASGITransport":
            with library.Client(transport=transport) as client:
                return str(client.get("http://app/").text)
        async with library.AsyncClient(transport=transport) as client:
            return str((await client.get("http://app/")).text)

    if not in_cassette:
        with retape.mount(text("fake")):
            assert await get() == "app"
        return
    with retape.use_cassette(tmp_path / "c.yaml", mode="record") as cassette, retape.mount(text("fake")):
        assert await get() == "app"
    assert len(cassette.requests) == (name != "retape's Transport")


@pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette")
def test_an_app_that_asks_openai_can_be_tested_with_starlettes_client() -> None:
    pytest.importorskip("starlette")
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route
    from starlette.testclient import TestClient

    async def planet(request: Any) -> PlainTextResponse:
        return PlainTextResponse(await create(openai.AsyncOpenAI(api_key="unused")))

    def planet_in_a_thread(request: Any) -> PlainTextResponse:
        answer = openai.OpenAI(api_key="unused").chat.completions.create(**ASK)
        return PlainTextResponse(answer.choices[0].message.content or "")

    app = Starlette(routes=[Route("/async", planet), Route("/thread", planet_in_a_thread)])
    with retape.mount(chat), TestClient(app) as client:
        assert [client.get(path).text for path in ("/async", "/thread")] == ["Earth", "Earth"]


def test_other_libraries_are_not_seen(server: WireServer) -> None:
    import urllib.request

    with retape.mount(text("fake")), urllib.request.urlopen(f"{server.url}/x") as response:
        assert response.status == 200
    assert len(server.requests) == 1


def test_the_module_can_be_loaded_twice_as_pytester_does() -> None:
    importlib.import_module("retape.mounts.respx")
    spec = importlib.util.find_spec("retape.mounts.respx")
    assert spec is not None
    assert spec.loader is not None
    again = importlib.util.module_from_spec(spec)
    sys.modules[spec.name], before = again, sys.modules[spec.name]
    try:
        spec.loader.exec_module(again)
        with retape.mount(text("fake")):
            assert OURS.get(URL).text == "fake"
    finally:
        sys.modules[spec.name] = before
    with retape.mount(text("fake")):
        assert OURS.get(URL).text == "fake"
