"""Every test here that reads a tape owns a cassette, which `tox -e live` records from llama.cpp's server."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI

from live.reading import Tape
from live.servers import address
from retape.mounts.session import Session

HERE = Path(__file__).parent
FOLDER = "cassettes/llamacpp"
OPTIONS = {"api_key": "unused", "max_retries": 0, "timeout": 60}
CONTEXT = ssl.create_default_context()
"""Shared, because each client would load the certificates for itself, which takes longer than a test."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test: test_stream[early] owns stream-early.yaml."""
    for item in items:
        if item.path.parent == HERE and "tape" in getattr(item, "fixturenames", ()):
            name = re.sub(r"[^a-z0-9]+", "-", item.name.removeprefix("test_")).strip("-")
            item.add_marker(pytest.mark.retape(f"{name}.yaml", dir=FOLDER))


@pytest.fixture
def tape(retape_cassette: Session) -> Tape:
    """What stands in the test's cassette."""
    return Tape(retape_cassette)


@pytest.fixture
def connect() -> Iterator[Callable[..., OpenAI]]:
    """Makes clients: connect("slow", timeout=1)."""
    with ExitStack() as stack:

        def make(server: str = "tiny", **options: Any) -> OpenAI:
            http = DefaultHttpxClient(verify=CONTEXT)
            return stack.enter_context(OpenAI(base_url=address(server), http_client=http, **{**OPTIONS, **options}))

        yield make


@pytest.fixture
def client(connect: Callable[..., OpenAI]) -> OpenAI:
    """A client of the fast model."""
    return connect()


@pytest_asyncio.fixture
async def aconnect() -> AsyncIterator[Callable[..., Any]]:
    """Makes asynchronous clients: await aconnect("slow", timeout=1)."""
    async with AsyncExitStack() as stack:

        async def make(server: str = "tiny", **options: Any) -> AsyncOpenAI:
            http = DefaultAsyncHttpxClient(verify=CONTEXT)
            client = AsyncOpenAI(base_url=address(server), http_client=http, **{**OPTIONS, **options})
            return await stack.enter_async_context(client)

        yield make


@pytest_asyncio.fixture
async def aclient(aconnect: Callable[..., Any]) -> AsyncOpenAI:
    """An asynchronous client of the fast model."""
    client: AsyncOpenAI = await aconnect()
    return client
