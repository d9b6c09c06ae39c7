"""A client that leaves an answer in this process: the handler clears up at once, whoever still holds the response."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

import retape
from libraries import INSTALLED, NAMES
from mounted import ASK, STREAM, TLS, URL, says
from retape import faults

ONE = retape.Chunk(b"data: 1\n\n")


@pytest.fixture(params=INSTALLED, ids=NAMES)
def library(request: pytest.FixtureRequest) -> Any:
    return request.param


class Long:
    """A handler with a long answer, which notes that it has cleared up."""

    def __init__(self, *before: retape.Step) -> None:
        self.cleared = 0
        self._before = before

    def __call__(self, request: retape.Request) -> Iterator[retape.Step]:
        try:
            yield from (*self._before, STREAM, *[ONE] * 20)
        finally:
            self.cleared += 1


def test_the_handler_is_closed_with_the_response(library: Any) -> None:
    handler = Long()
    with retape.mount(handler), library.Client(verify=TLS) as client:
        with client.stream("POST", URL, json=ASK) as response:
            raw = response.iter_raw()
            assert next(raw) == ONE.data
            assert handler.cleared == 0
        assert handler.cleared == 1
        assert response.status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # trio warns of whoever leaves httpx's generators early
async def test_asynchronously_too(library: Any) -> None:
    handler = Long()
    with retape.mount(handler):
        async with library.AsyncClient(verify=TLS) as client:
            async with client.stream("POST", URL, json=ASK) as response:
                async for data in response.aiter_raw():
                    assert (data, handler.cleared) == (ONE.data, 0)
                    break
            assert handler.cleared == 1


def test_a_call_that_is_cancelled_before_its_head_ends_the_handler(library: Any) -> None:
    handler = Long(retape.Wait(3600))

    async def go() -> None:
        async with library.AsyncClient(verify=TLS, timeout=None) as client:
            call = asyncio.create_task(client.post(URL, json=ASK))
            await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError, match=r"^$"):
                await call
            assert handler.cleared == 1

    with retape.mount(handler):
        asyncio.run(go())


def test_a_fault_that_a_client_did_not_wait_for_strikes_the_next_call(library: Any) -> None:
    fault = faults.cut(says(STREAM, *[ONE] * 20), after=5, times=1)
    with retape.mount(fault), library.Client(verify=TLS) as client:
        with client.stream("POST", URL, json=ASK) as held:
            assert next(held.iter_raw()) == ONE.data
        assert fault.struck == 0
        with (
            client.stream("POST", URL, json=ASK) as response,
            pytest.raises(library.TransportError, match="peer closed"),
        ):
            list(response.iter_raw())
        assert fault.struck == 1
        assert held.is_closed
