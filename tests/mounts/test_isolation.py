"""Cassettes that are open at once, in threads and tasks, don't mix; and nothing stays patched."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from pathlib import Path
from typing import Any

import pytest

import retape
from libraries import INSTALLED, NAMES, OURS
from wire import WireServer, completion, plain


def ask(url: str, text: str) -> Any:
    body = {"model": "m", "messages": [{"role": "user", "content": text}]}
    with OURS.Client() as client:
        return client.post(f"{url}/chat/completions", json=body).json()["choices"][0]["message"]["content"]


async def aask(url: str, text: str) -> Any:
    body = {"model": "m", "messages": [{"role": "user", "content": text}]}
    async with OURS.AsyncClient() as client:
        answer = await client.post(f"{url}/chat/completions", json=body)
        return answer.json()["choices"][0]["message"]["content"]


def prompts(path: Path) -> list[str]:
    return [exchange.request.json()["messages"][0]["content"] for exchange in retape.Cassette.load(path).exchanges]


def test_two_tasks_record_into_their_own_cassettes(server: WireServer, tmp_path: Path) -> None:
    async def use(name: str, mode: str) -> list[Any]:
        async with retape.use_cassette(tmp_path / f"{name}.yaml", mode=mode, unused="fail"):
            answers = []
            for number in range(3):
                answers.append(await aask(server.url, f"{name}{number}"))
                await asyncio.sleep(0)
            return answers

    async def both(mode: str) -> list[list[Any]]:
        return await asyncio.gather(use("a", mode), use("b", mode))

    asyncio.run(both("record"))
    assert prompts(tmp_path / "a.yaml") == ["a0", "a1", "a2"]
    assert prompts(tmp_path / "b.yaml") == ["b0", "b1", "b2"]
    sent = len(server.requests)
    asyncio.run(both("replay"))
    assert len(server.requests) == sent


def test_two_threads_record_into_their_own_cassettes(server: WireServer, tmp_path: Path) -> None:
    gate = threading.Barrier(2)

    def use(name: str) -> None:
        with retape.use_cassette(tmp_path / f"{name}.yaml", mode="record"):
            for number in range(3):
                gate.wait(30)
                ask(server.url, f"{name}{number}")

    threads = [threading.Thread(target=use, args=[name]) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert prompts(tmp_path / "a.yaml") == ["a0", "a1", "a2"]
    assert prompts(tmp_path / "b.yaml") == ["b0", "b1", "b2"]


def test_a_thread_of_the_code_under_test_uses_the_open_cassette(server: WireServer, tmp_path: Path) -> None:
    with retape.use_cassette(tmp_path / "a.yaml", mode="record"):
        thread = threading.Thread(target=ask, args=[server.url, "from a thread"])
        thread.start()
        thread.join()
    assert prompts(tmp_path / "a.yaml") == ["from a thread"]


def test_a_thread_that_belongs_to_no_cassette_of_several_is_told_so(tmp_path: Path) -> None:
    errors: list[BaseException] = []
    opened, done = threading.Event(), threading.Event()

    def other() -> None:
        with retape.use_cassette(tmp_path / "b.yaml"):
            opened.set()
            done.wait(30)

    def stray() -> None:
        try:
            ask("http://127.0.0.1:1/v1", "?")
        except BaseException as error:  # noqa: BLE001 - looked at below
            errors.append(error)

    thread = contextvars.Context().run(threading.Thread, target=other)
    with retape.use_cassette(tmp_path / "a.yaml"):
        thread.start()
        opened.wait(30)
        lost = threading.Thread(target=stray)
        lost.start()
        lost.join()
        done.set()
        thread.join()
    assert isinstance(errors[0], retape.CassetteMiss)
    assert "2 cassettes are open side by side" in str(errors[0])


def test_an_inner_cassette_answers_until_it_is_closed(server: WireServer, tmp_path: Path) -> None:
    with retape.use_cassette(tmp_path / "outer.yaml", mode="record"):
        ask(server.url, "1")
        with retape.use_cassette(tmp_path / "inner.yaml", mode="record"):
            ask(server.url, "2")
        ask(server.url, "3")
    assert prompts(tmp_path / "outer.yaml") == ["1", "3"]
    assert prompts(tmp_path / "inner.yaml") == ["2"]


def test_cassettes_may_be_closed_in_any_order(server: WireServer, tmp_path: Path) -> None:
    first = retape.use_cassette(tmp_path / "first.yaml", mode="record")
    second = retape.use_cassette(tmp_path / "second.yaml", mode="record")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    ask(server.url, "1")
    second.__exit__(None, None, None)
    ask(server.url, "2")
    assert prompts(tmp_path / "second.yaml") == ["1"]
    assert len(server.requests) == 2


@pytest.mark.parametrize("library", INSTALLED, ids=NAMES)
def test_nothing_stays_patched(library: Any, tmp_path: Path) -> None:
    names = {"HTTPTransport": "handle_request", "AsyncHTTPTransport": "handle_async_request"}
    before = {name: getattr(getattr(library, name), method) for name, method in names.items()}
    with retape.use_cassette(tmp_path / "a.yaml"):
        assert all(getattr(getattr(library, n), m) is not before[n] for n, m in names.items())
    assert {name: getattr(getattr(library, name), method) for name, method in names.items()} == before


def test_identical_requests_get_their_answers_in_the_order_in_which_they_were_sent(
    server: WireServer, tmp_path: Path
) -> None:
    server.says(*[plain(completion(f"answer {number}")) for number in range(4)])

    async def four(url: str) -> list[Any]:
        return await asyncio.gather(*(aask(url, "same") for _ in range(4)))

    async def record() -> list[Any]:
        async with retape.use_cassette(tmp_path / "a.yaml", mode="record"):
            return await four(server.url)

    async def replayed() -> list[Any]:
        async with retape.use_cassette(tmp_path / "a.yaml"):
            return await four("http://127.0.0.1:1/v1")

    live = asyncio.run(record())
    assert sorted(live) == [f"answer {number}" for number in range(4)]
    assert asyncio.run(replayed()) == live


def test_a_decorated_function_opens_its_cassette_at_each_call(server: WireServer, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"

    @retape.use_cassette(path, mode="record")
    def once() -> Any:
        return ask(server.url, "Hi")

    @retape.use_cassette(path, mode="record")
    async def aonce() -> Any:
        return await aask(server.url, "Hi")

    assert once() == once() == asyncio.run(aonce()) == "Hi"
    assert len(server.requests) == 1


def test_a_generator_can_not_be_decorated(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="write with use_cassette"):

        @retape.use_cassette(tmp_path / "a.yaml")
        def values() -> Any:
            yield 1
