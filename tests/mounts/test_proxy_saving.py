"""What a proxy keeps: modes, order, saving aside of the answers, and what is left of one that was killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import openai
import pytest

import retape
from mounts.raw import GET, Raw, soon
from retape import Chunk, Head, Request, Step, UnusedRecordings, proxy, serve
from retape.tape.counting import KEPT
from retape.tape.journal import abandoned
from wire import DONE, HANG, RESET, WireServer, completion, delta, plain, stream

PLANET: Any = [{"role": "user", "content": "What is the largest planet?"}]


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tape.yaml"


def client(running: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=running.base_url, api_key="unused", max_retries=0)


def ask(speaker: openai.OpenAI, text: str = "planet", **more: Any) -> str:
    messages: Any = [{"role": "user", "content": text}]
    answer = speaker.chat.completions.create(model="gpt-4o-mini", messages=messages, **more)
    return answer.choices[0].message.content or ""


def answers(tape: Path) -> list[str]:
    """What a cassette's recordings say, in their order."""
    bodies = [json.loads(entry.exchange.body) for entry in retape.Cassette.load(tape).entries]
    return [body["choices"][0]["message"]["content"] for body in bodies]


def recorded(server: WireServer, tape: Path, *texts: str, mode: str = "record") -> tuple[list[str], int, int]:
    """Ask several things: the answers, how many of them were recorded and how many replayed."""
    with proxy(server.url, cassette=tape, mode=mode) as running, client(running) as speaker:
        found = [ask(speaker, text) for text in texts]
    return found, len(running.cassette.recorded), running.cassette.replayed


def test_record_replays_what_is_there_and_records_what_is_missing(server: WireServer, tape: Path) -> None:
    server.says(*(plain(completion(text)) for text in ("one", "two", "three")))
    assert recorded(server, tape, "a", "b") == (["one", "two"], 2, 0)
    assert recorded(server, tape, "b", "c", "a") == (["two", "three", "one"], 1, 2)
    assert answers(tape) == ["one", "two", "three"]


def test_rewrite_records_everything_anew(server: WireServer, tape: Path) -> None:
    server.says(*(plain(completion(text)) for text in ("one", "two", "three")))
    recorded(server, tape, "a", "b")
    assert recorded(server, tape, "b", mode="rewrite") == (["three"], 1, 0)
    assert answers(tape) == ["three"]


def test_a_rewrite_whose_user_failed_leaves_the_cassette(server: WireServer, tape: Path) -> None:
    server.says(plain(completion("one")), plain(completion("two")), plain({}, status="404 Not Found"))
    recorded(server, tape, "a")
    with pytest.warns(UserWarning, match="was not rewritten"), pytest.raises(openai.NotFoundError, match="404"):
        recorded(server, tape, "a", "no such thing", mode="rewrite")
    assert answers(tape) == ["one"]


def test_replay_asks_the_upstream_nothing(server: WireServer, tape: Path) -> None:
    server.says(plain(completion("one")))
    recorded(server, tape, "a")
    with proxy(server.url, cassette=tape, mode="replay") as running, client(running) as speaker:
        assert ask(speaker, "a") == "one"
        with pytest.raises(openai.NotFoundError, match="no recording answers POST /chat/completions") as caught:
            ask(speaker, "b")
    assert caught.value.code == "cassette_miss"
    assert len(server.requests) == 1


def test_ci_records_only_with_a_second_flag(server: WireServer, tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with proxy(server.url, cassette=tape) as running, client(running) as speaker:
        with pytest.raises(openai.NotFoundError, match="no recording"):
            ask(speaker)
        assert "RETAPE_RECORD_IN_CI=1" in running.cassette.misses[0].report
    assert server.requests == []
    monkeypatch.setenv("RETAPE_RECORD_IN_CI", "1")
    assert recorded(server, tape, "a") == (["Hi"], 1, 0)


def test_of_very_many_requests_a_proxy_keeps_the_first_and_records_all_in_order(server: WireServer, tape: Path) -> None:
    number = KEPT + 3
    server.says(*(plain(completion(f"{place}")) for place in range(number)))
    with proxy(server.url, cassette=tape) as running, Raw(running) as connection:
        for place in range(number):
            connection.ask(GET.replace(b"models", b"%d" % place)).until(b"}]}")
        requests = running.cassette.requests
    assert [request.path for request in requests] == [f"/v1/{place}" for place in range(KEPT)]
    assert requests.more == 3  # type: ignore[attr-defined]
    assert answers(tape) == [str(place) for place in range(number)]


def test_recordings_that_nobody_asked_for_can_be_a_failure(server: WireServer, tape: Path) -> None:
    recorded(server, tape, "a")
    with pytest.raises(UnusedRecordings, match="1 of the recordings"), proxy(server.url, cassette=tape, unused="fail"):
        pass


def test_a_broken_stream_is_kept_with_what_came(server: WireServer, tape: Path) -> None:
    server.says(stream(delta("Ju"), RESET, finish=False))
    with (
        proxy(server.url, cassette=tape) as running,
        client(running) as speaker,
        speaker.chat.completions.create(model="m", messages=PLANET, stream=True) as events,
        pytest.raises(Exception, match=r"reset|onnection"),  # openai 2 and 3 raise different ones
    ):
        list(events)
    (entry,) = retape.Cassette.load(tape).entries
    assert (entry.exchange.outcome, entry.exchange.wire) == ("reset", delta("Ju"))


def test_equal_requests_at_once_keep_the_order_in_which_they_were_sent(tape: Path) -> None:
    numbers = iter(("first", "second"))
    first_is_here, second_is_done = threading.Event(), threading.Event()

    def handler(request: Request) -> Iterator[Step]:
        text = next(numbers)
        yield Head(200, (("content-type", "application/json"),))
        yield Chunk(b" ")
        if text == "first":
            first_is_here.set()
            yield from until(second_is_done)
        yield Chunk(json.dumps(completion(text)).encode())

    with (
        serve(handler) as upstream,
        proxy(upstream.base_url, cassette=tape) as running,
        client(running) as speaker,
        ThreadPoolExecutor(2) as pool,
    ):
        first = pool.submit(ask, speaker)
        assert first_is_here.wait(30)
        second = pool.submit(ask, speaker).result()
        second_is_done.set()
        assert (first.result(), second) == ("first", "second")
    assert answers(tape) == ["first", "second"]


def until(event: threading.Event) -> Iterator[Step]:
    """Pass little bits of time until something has happened elsewhere."""
    while not event.is_set():
        yield retape.Wait(0.001)
        yield Chunk(b" ")


def streamed(speaker: openai.OpenAI, number: int) -> str:
    """A stream's text."""
    messages: Any = [{"role": "user", "content": f"Tell me about {number}"}]
    events = speaker.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True)
    return "".join(event.choices[0].delta.content or "" for event in events)


LAST = {
    "a length": (plain(completion("Hi")), b"}]}"),
    "chunks": (stream(json.dumps(completion("Hi")).encode()), b"0\r\n\r\n"),
    "[DONE]": (stream(delta("Hi"), DONE), b"[DONE]\n\n"),
    "[DONE], and then silence": (stream(delta("Hi"), DONE, HANG, finish=False), b"[DONE]\n\n"),
    "no body": ([b"HTTP/1.1 204 No Content\r\n\r\n"], b"\r\n\r\n"),
}
"""How an answer ends -> the answer, and what a client has when it has everything."""


@pytest.mark.parametrize("ending", LAST)
@pytest.mark.parametrize("leaves", [True, False], ids=["and leaves", "and stays"])
def test_the_last_answer_is_kept_however_soon_after_it_the_proxy_ends(
    server: WireServer, tmp_path: Path, ending: str, leaves: bool
) -> None:
    server.says(LAST[ending][0])
    for number in range(5):
        tape = tmp_path / f"{number}.yaml"
        with proxy(server.url, cassette=tape) as running:
            raw = Raw(running).ask(GET)
            came = b""
            while LAST[ending][1] not in came:
                came += raw.socket.recv(65536)
            if leaves:
                raw.socket.close()
        raw.socket.close()
        assert [entry.exchange.outcome for entry in retape.Cassette.load(tape).entries] == ["complete"]


def test_many_streams_at_once_are_all_kept(tape: Path) -> None:
    with (
        serve(retape.Fake()) as upstream,
        proxy(upstream.base_url, cassette=tape) as running,
        client(running) as speaker,
        ThreadPoolExecutor(8) as pool,
    ):
        live = list(pool.map(partial(streamed, speaker), range(12)))
    with serve(retape.replay(tape)) as replaying, client(replaying) as speaker:
        assert [streamed(speaker, number) for number in range(12)] == live


def test_no_answer_waits_for_the_disk(server: WireServer, tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.says(plain(completion("one")), stream(delta("Ju"), DONE), plain(completion("three")))
    disk = threading.Event()
    sync = os.fsync

    def slow(file: int) -> None:
        assert disk.wait(10)
        sync(file)

    monkeypatch.setattr(os, "fsync", slow)
    with proxy(server.url, cassette=tape) as running, client(running) as speaker:
        assert ask(speaker) == "one"
        assert len(list(speaker.chat.completions.create(model="m", messages=PLANET, stream=True))) == 1
        assert ask(speaker) == "three"
        assert not disk.is_set()
        assert sum(len(entries) for _, entries in journals(tape)) < 3
        disk.set()
    assert len(retape.Cassette.load(tape).entries) == 3


def test_what_goes_wrong_while_saving_is_kept(server: WireServer, tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(server.url, cassette=tape) as running, client(running) as speaker:
        monkeypatch.setattr(running.cassette, "_scrubber", None)
        monkeypatch.setattr(running.cassette._replay, "find", lambda request: None)
        assert ask(speaker) == "Hi"
        assert soon(lambda: bool(running.failures))
        (failure,) = running.failures
    assert isinstance(failure, AttributeError)


def test_a_proxy_that_was_killed_has_kept_what_was_finished(server: WireServer, tape: Path) -> None:
    server.says(plain(completion("one")), stream(delta("Ju"), delta("piter"), DONE), stream(delta("cut"), "hang"))
    command = [sys.executable, "-m", "retape", "record", "--upstream", server.url, "--cassette", str(tape), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        base_url = json.loads(child.stdout.readline())["base_url"]
        with openai.OpenAI(base_url=base_url, api_key="unused", max_retries=0) as speaker:
            assert ask(speaker) == "one"
            assert len(list(speaker.chat.completions.create(model="m", messages=PLANET, stream=True))) == 2
            cut = iter(speaker.chat.completions.create(model="m", messages=PLANET, stream=True))
            next(cut)
            while sum(len(entries) for _, entries in journals(tape)) < 2:
                assert child.poll() is None
            child.kill()
            child.wait()
    assert not tape.exists()
    with proxy("http://127.0.0.1:1/v1", cassette=tape) as running, client(running) as speaker:
        assert ask(speaker) == "one"
    assert [entry.exchange.outcome for entry in retape.Cassette.load(tape).entries] == ["complete", "complete"]
    assert abandoned(tape) == []


def journals(tape: Path) -> list[tuple[Path, list[Any]]]:
    """The journals beside a cassette, also those whose writers are alive."""
    from retape.tape.journal import read_journal

    return [(path, list(read_journal(path))) for path in tape.parent.glob(".tape.yaml.*.journal")]
