"""The official client, whichever generation is installed: what it raises live it raises again offline."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

import retape
from libraries import OURS
from mounts.raw import soon
from wire import DONE, HANG, RESET, Action, WireServer, completion, delta, event, plain, refused_port, stream

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}

BROKEN: dict[str, tuple[list[Action], str, str]] = {
    "reset before": ([RESET], "ReadError", "reset"),
    "early end before": ([b""], "RemoteProtocolError", "early-end"),
    "timeout before": ([HANG], "ReadTimeout", "timeout"),
    "reset in mid-stream": (stream(delta("a"), delta("b"), RESET, finish=False), "ReadError", "reset"),
    "early end in mid-stream": (stream(delta("a"), delta("b"), finish=False), "RemoteProtocolError", "early-end"),
    "timeout in mid-stream": (stream(delta("a"), HANG, finish=False), "ReadTimeout", "timeout"),
}


@pytest.fixture
def client_for() -> Iterator[Callable[..., openai.OpenAI]]:
    """Make a client that is closed afterwards."""
    made: list[openai.OpenAI] = []

    def make(url: str, **options: Any) -> openai.OpenAI:
        made.append(openai.OpenAI(base_url=url, api_key="unused", **({"max_retries": 0, "timeout": 5} | options)))
        return made[-1]

    yield make
    for client in made:
        client.close()


def _stream(client: openai.OpenAI) -> tuple[list[str], str]:
    """The texts that came, and what ended them."""
    texts: list[str] = []
    try:
        for chunk in client.chat.completions.create(stream=True, **ASK):
            texts += [chunk.choices[0].delta.content or ""]
    except Exception as error:  # noqa: BLE001 - which one is what is tested
        return texts, " from ".join(f"{type(e).__name__}: {e}" for e in _chain(error))
    return texts, ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and its causes down to the library's own; releases differ in what they wrap, and so how deep."""
    while error is not None:
        yield error
        if type(error).__module__.startswith("httpx"):
            return
        error = error.__cause__


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_the_same_exception_live_and_replayed(
    name: str, server: WireServer, tmp_path: Path, client_for: Callable[..., openai.OpenAI]
) -> None:
    actions, error, outcome = BROKEN[name]
    server.says(actions)
    path = tmp_path / "c.yaml"
    timeout = 0.05 if HANG in actions else 5
    with retape.use_cassette(path, mode="record"):
        live = _stream(client_for(server.url, timeout=timeout))
    with retape.use_cassette(path):
        assert _stream(client_for("http://127.0.0.1:1/v1")) == live
    assert error in live[1]
    assert retape.Cassette.load(path).exchanges[0].outcome == outcome
    assert soon(lambda: len(server.requests) == 1)  # one that waits shortly may leave before it is read


def test_a_refused_connection_is_the_same_exception(tmp_path: Path, client_for: Callable[..., openai.OpenAI]) -> None:
    path = tmp_path / "c.yaml"
    with retape.use_cassette(path, mode="record"):
        live = _stream(client_for(f"http://127.0.0.1:{refused_port()}/v1"))
    with retape.use_cassette(path):
        assert _stream(client_for("http://127.0.0.1:1/v1")) == live
    assert live[1].startswith("APIConnectionError: Connection error. from ConnectError: ")


def test_a_client_that_leaves_early_is_replayed_up_to_there_and_no_further(
    server: WireServer, tmp_path: Path, client_for: Callable[..., openai.OpenAI]
) -> None:
    server.says(stream(delta("a"), delta("b"), HANG, finish=False))
    path = tmp_path / "c.yaml"

    def first_two(client: openai.OpenAI) -> list[str | None]:
        answer = client.chat.completions.create(stream=True, **ASK)
        texts = [next(answer).choices[0].delta.content, next(answer).choices[0].delta.content]
        answer.close()
        return texts

    with retape.use_cassette(path, mode="record"):
        assert first_two(client_for(server.url)) == ["a", "b"]
    assert retape.Cassette.load(path).exchanges[0].outcome == "client-left"
    with retape.use_cassette(path):
        assert first_two(client_for("http://127.0.0.1:1/v1")) == ["a", "b"]
    with retape.use_cassette(path), pytest.raises(retape.CassetteMiss, match="the recording ends here"):
        list(client_for("http://127.0.0.1:1/v1").chat.completions.create(stream=True, **ASK))


def test_retries_are_recorded_and_replayed_one_by_one(
    server: WireServer, tmp_path: Path, client_for: Callable[..., openai.OpenAI]
) -> None:
    busy = plain({"error": {"message": "slow down"}}, status="429 Too Many Requests", headers=["retry-after-ms: 1"])
    server.says(busy, [RESET], plain(completion("fine")))
    path = tmp_path / "c.yaml"

    def ask(url: str) -> str | None:
        client = client_for(url, max_retries=2)
        client._sleep_for_retry = lambda **_: None  # type: ignore[method-assign]
        return client.chat.completions.create(**ASK).choices[0].message.content

    with retape.use_cassette(path, mode="record"):
        assert ask(server.url) == "fine"
    with retape.use_cassette(path, unused="fail") as cassette:
        assert ask("http://127.0.0.1:1/v1") == "fine"
    assert cassette.replayed == 3


def test_a_miss_costs_one_request_and_is_not_swallowed(
    tmp_path: Path, client_for: Callable[..., openai.OpenAI]
) -> None:
    client = client_for("http://127.0.0.1:1/v1", max_retries=2)
    with retape.use_cassette(tmp_path / "none.yaml") as cassette:
        with pytest.raises(retape.CassetteMiss, match=r"(?s)POST /chat/completions.*does not exist yet.*record it: "):
            client.chat.completions.create(**ASK)
        assert len(cassette.requests) == 1


def test_the_network_is_out_of_reach_in_replay_even_when_the_client_points_there(
    tmp_path: Path, client_for: Callable[..., openai.OpenAI]
) -> None:
    with retape.use_cassette(tmp_path / "none.yaml"), pytest.raises(retape.CassetteMiss):
        client_for("https://api.openai.com/v1").chat.completions.create(**ASK)


LAST = {
    "chat completions": DONE,
    "responses": b'event: response.completed\ndata: {"type":"response.completed"}\n\n',
    "responses that failed": b'event: response.failed\ndata: {"type":"response.failed"}\n\n',
}


@pytest.mark.parametrize("name", LAST)
def test_a_stream_that_is_left_after_its_last_event_is_complete(name: str, server: WireServer, tmp_path: Path) -> None:
    """As the official client leaves one, from 2 on; 1 reads on to the end."""
    server.says(stream(event({"type": "response.created"}), LAST[name], HANG, finish=False))
    path = tmp_path / "c.yaml"
    with (
        retape.use_cassette(path, mode="record"),
        OURS.Client() as client,
        client.stream("POST", f"{server.url}/responses", json={"model": "m", "input": "Hi"}) as response,
    ):
        chunks = response.iter_raw()
        while LAST[name] not in next(chunks):
            pass
    assert retape.Cassette.load(path).exchanges[0].outcome == "complete"


@pytest.mark.anyio
async def test_the_asynchronous_client_streams_and_replays(server: WireServer, tmp_path: Path) -> None:
    server.says(stream(delta("a"), delta("é😀")[:-14], delta("é😀")[-14:], DONE))
    path = tmp_path / "c.yaml"

    async def ask(url: str) -> list[str | None]:
        async with openai.AsyncOpenAI(base_url=url, api_key="unused", max_retries=0) as client:
            answer = await client.chat.completions.create(stream=True, **ASK)
            return [chunk.choices[0].delta.content async for chunk in answer]

    async with retape.use_cassette(path, mode="record"):
        live = await ask(server.url)
    async with retape.use_cassette(path, unused="fail"):
        assert await ask("http://127.0.0.1:1/v1") == live == ["a", "é😀"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_chunks_reach_the_client_while_the_server_still_holds_the_rest(
    server: WireServer, tmp_path: Path, client_for: Callable[..., openai.OpenAI]
) -> None:
    """The server sends the second event only once the client has shown that it got the first."""
    import threading

    got_first = threading.Event()
    original = WireServer._act

    def act(self: WireServer, connection: Any, actions: list[Action]) -> bool:
        connection.sendall(b"".join(actions[:2]))  # type: ignore[arg-type]
        assert got_first.wait(30)
        return original(self, connection, actions[2:])

    server._act = functools.partial(act, server)  # type: ignore[method-assign]
    server.says(stream(delta("a"), delta("b"), DONE))
    path = tmp_path / "c.yaml"
    with retape.use_cassette(path, mode="record"):
        answer = client_for(server.url).chat.completions.create(stream=True, **ASK)
        assert next(answer).choices[0].delta.content == "a"
        got_first.set()
        assert [chunk.choices[0].delta.content for chunk in answer] == ["b"]
