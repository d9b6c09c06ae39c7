"""A mount's router: a user's own routes beside the handler, for clients of both libraries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

import retape
from libraries import INSTALLED, NAMES
from mounted import TLS, URL, WAYS, text
from wire import WireServer, completion


@pytest.fixture(params=INSTALLED, ids=NAMES)
def library(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def get(library: Any, kind: str, url: str = "https://example.org/", **options: Any) -> Any:
    if kind == "sync":
        with library.Client(verify=TLS, **options) as client:
            return client.get(url)
    async with library.AsyncClient(verify=TLS, **options) as client:
        return await client.get(url)


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.mark.anyio
async def test_a_route_goes_before_the_handler(library: Any, kind: str) -> None:
    with retape.mount(text("fake")) as router:
        route = router.get("https://example.org/").respond(201, json={"by": "route"}, headers={"x-a": "b"})
        answer = await get(library, kind)
        assert (answer.status_code, answer.json(), answer.headers["x-a"]) == (201, {"by": "route"}, "b")
        assert isinstance(answer, library.Response)
        assert (await get(library, kind, URL)).text == "fake"
        assert route.call_count == len(router.calls) == 1


@pytest.mark.anyio
async def test_a_route_may_answer_beside_the_base_url(library: Any, kind: str) -> None:
    with retape.mount(text("fake"), base_url="https://api.openai.com/v1") as router:
        router.get("https://example.org/").respond(text="route")
        assert (await get(library, kind)).text == "route"


@pytest.mark.anyio
async def test_a_route_matches_what_the_request_holds(library: Any, kind: str) -> None:
    with retape.mount(text("fake")) as router:
        router.get("https://example.org/", headers={"x-a": "b"}, params={"q": "1"}).respond(text="route")
        url = "https://example.org/?q=1"
        assert (await get(library, kind, url, headers={"x-a": "b"})).text == "route"
        assert (await get(library, kind, url)).text == "fake"


@pytest.mark.anyio
async def test_a_routes_exception_is_the_librarys_own(library: Any, kind: str) -> None:
    with retape.mount(text("fake")) as router:
        router.get("https://example.org/").mock(side_effect=httpx.ConnectTimeout)
        with pytest.raises(library.ConnectTimeout, match="Mock Error"):
            await get(library, kind)


@pytest.mark.anyio
async def test_a_routes_stream_streams_and_breaks_as_the_librarys_own(library: Any, kind: str) -> None:
    class Breaking(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"one"
            raise httpx.ReadError("cut")

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"one"
            raise httpx.ReadError("cut")

    with retape.mount(text("fake")) as router:
        router.get("https://example.org/").respond(stream=Breaking())
        with pytest.raises(library.ReadError, match="cut"):
            await get(library, kind)


@pytest.mark.anyio
async def test_an_asynchronous_side_effect_is_awaited(library: Any) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=str(request.url))

    with retape.mount(text("fake")) as router:
        router.get("https://example.org/").mock(side_effect=answer)
        assert (await get(library, "async")).text == "https://example.org/"


@pytest.mark.anyio
@pytest.mark.parametrize("way", ["own", "wrapped", "inherited"])
async def test_what_passes_through_is_sent_once(way: str, library: Any, kind: str, server: WireServer) -> None:
    with retape.mount(text("fake")) as router:
        router.route(host="127.0.0.1").pass_through()
        options = {name: value for name, value in WAYS[way](library, kind).items() if name != "verify"}
        assert (await get(library, kind, server.url, **options)).json() == completion("Hi")
        assert len(server.requests) == len(router.calls) == 1


def test_a_route_that_nobody_asked_for_is_no_failure() -> None:
    with retape.mount(text("fake")) as router:
        route = router.get("https://example.org/").respond(200)
        assert not route.called
