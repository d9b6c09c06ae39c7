from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

import retape
from libraries import INSTALLED
from mounts.raw import GET, Raw
from retape import Abort, Chunk, Fake, Head, Request, Step, Wait, serve
from retape.errors import UsageError
from retape.tape.counting import KEPT

PLANET: Any = [{"role": "user", "content": "What is the largest planet?"}]
JSON = (("content-type", "application/json"),)


def client(server: Any, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.base_url, api_key="unused", max_retries=0, **options)


def steps(*given: Step) -> Callable[[Request], Iterator[Step]]:
    return lambda request: iter(given)


def test_the_official_client_is_answered_plain_and_streamed() -> None:
    with serve(Fake()) as server, client(server) as speaker:
        whole = speaker.chat.completions.create(model="gpt-4o-mini", messages=PLANET)
        stream = speaker.chat.completions.create(model="gpt-4o-mini", messages=PLANET, stream=True)
        streamed = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert streamed == whole.choices[0].message.content


@pytest.mark.parametrize("library", INSTALLED, ids=lambda library: library.__name__)
def test_a_request_arrives_as_it_was_sent(library: Any) -> None:
    seen: list[Request] = []

    def handler(request: Request) -> Iterator[Step]:
        seen.append(request)
        yield Head(201, (("x-one", "1"), ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-length", "2")))
        yield Chunk(b"ok")

    with serve(handler) as server:
        url = f"{server.url}/v1/fil%2Fes?a=1&b=%20"
        with library.Client(trust_env=False) as http:
            answer = http.post(url, content=b"\x00\xff", headers={"X-Mine": "yes"})
    assert (seen[0].method, seen[0].url, seen[0].body) == ("POST", url, b"\x00\xff")
    assert seen[0].header("x-mine") == "yes"
    assert (answer.status_code, answer.content) == (201, b"ok")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


def received(server: Any) -> tuple[bytes, bool]:
    """All the bytes that a connection gives, and whether it was reset."""
    with socket.create_connection((server.host, server.port)) as raw:
        raw.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
        data = b""
        try:
            while piece := raw.recv(65536):
                data += piece
        except ConnectionResetError:
            return data, True
    return data, False


def test_a_reset_is_a_reset() -> None:
    with serve(steps(Head(200), Chunk(b"half"), Wait(0.01), Abort("reset"))) as server:
        data, reset = received(server)
    assert reset
    assert not data.endswith(b"0\r\n\r\n")


def test_an_early_end_closes_the_connection_before_the_end() -> None:
    with serve(steps(Head(200), Chunk(b"half"), Abort("early-end"))) as server:
        data, reset = received(server)
    assert not reset
    assert data.endswith(b"half\r\n")


def test_a_refused_request_gets_no_answer_at_all() -> None:
    with serve(steps(Abort("refused"))) as server:
        assert received(server) == (b"", False)


def test_silence_is_a_time_out() -> None:
    with (
        serve(steps(Head(200, JSON), Abort("timeout"))) as server,
        client(server, timeout=0.05) as speaker,
        pytest.raises(openai.APITimeoutError, match="timed out"),
    ):
        speaker.models.list()


def test_a_client_that_leaves_stops_the_handler() -> None:
    stopped = threading.Event()

    def endless(request: Request) -> Iterator[Step]:
        try:
            yield Head(200, (("content-type", "text/event-stream"),))
            while True:
                yield Chunk(b": ping\n\n")
                yield Wait(0.01)
        finally:
            stopped.set()

    with serve(endless) as server:
        with socket.create_connection((server.host, server.port)) as raw:
            raw.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
            assert raw.recv(65536)
        assert stopped.wait(30)
        assert server.left == ["GET /v1/models"]


def test_a_wait_at_the_end_keeps_the_connection_open() -> None:
    with serve(steps(Head(200), Chunk(b"x"), Wait(3600))) as server, Raw(server) as connection:
        connection.ask(GET).until(b"x\r\n")
        connection.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.socket.recv(1)
        assert server.answering == ["GET /v1/models"]


def test_a_stream_in_flight_does_not_keep_the_server() -> None:
    stopped = threading.Event()

    def slow(request: Request) -> Iterator[Step]:
        try:
            yield from (Head(200), Chunk(b"x"), Wait(3600), Chunk(b"y"))
        finally:
            stopped.set()

    with serve(slow) as server:
        raw = socket.create_connection((server.host, server.port))
        raw.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
        assert raw.recv(65536)
    raw.close()
    assert stopped.is_set()
    with pytest.raises(UsageError, match="not running"):
        _ = server.port


def broken(request: Request) -> Iterator[Step]:
    raise ZeroDivisionError("a bug in the handler")
    yield Head(200)


def test_a_handlers_bug_is_told_once_and_kept() -> None:
    with serve(broken) as server, openai.OpenAI(base_url=server.base_url, api_key="unused") as retrying:
        with pytest.raises(openai.InternalServerError, match="a bug in the handler"):
            retrying.models.list()
        (failure,) = server.failures
    assert isinstance(failure.__cause__, ZeroDivisionError)


def test_of_very_many_failures_the_first_are_kept_and_the_rest_is_counted() -> None:
    with serve(broken) as server, Raw(server) as raw:
        for _ in range(KEPT + 2):
            raw.ask(GET).until(b'"handler_failed"')
        assert (len(server.failures), server.failures.more) == (KEPT, 2)
        server.reset(broken)
        assert (server.failures, server.failures.more) == ([], 0)


def test_a_miss_is_one_request_and_tells_what_was_asked(tmp_path: Any) -> None:
    cassette = tmp_path / "empty.yaml"
    cassette.write_text("interactions: []\nversion: 1\n")
    with serve(retape.replay(cassette)) as server, openai.OpenAI(base_url=server.base_url, api_key="x") as retrying:
        with pytest.raises(openai.NotFoundError, match="POST /chat/completions") as caught:
            retrying.chat.completions.create(model="gpt-4o", messages=PLANET)
        assert caught.value.code == "cassette_miss"
        assert len(server.failures) == 1


def test_a_port_in_use_is_one_clear_sentence() -> None:
    with (
        serve(Fake()) as server,
        pytest.raises(UsageError, match=f"can't listen at 127.0.0.1, port {server.port}: Address already in use"),
    ):
        serve(Fake(), port=server.port).__enter__()


def test_what_is_no_handler_is_refused() -> None:
    with pytest.raises(UsageError, match="serve takes a handler"):
        serve("cassettes/planet.yaml")  # type: ignore[arg-type]


def test_a_server_can_be_used_again_and_keeps_its_handlers_memory() -> None:
    fake = Fake()
    server = serve(fake)
    for _ in range(2):
        with server, client(server) as speaker:
            speaker.chat.completions.create(model="gpt-4o-mini", messages=PLANET, store=True)
    with server, client(server) as speaker:
        assert len(list(speaker.chat.completions.list())) == 2


def test_rubbish_does_not_stop_it() -> None:
    with serve(Fake()) as server:
        for rubbish in (
            b"\x00\x01\r\n\r\n",
            b"GET\r\n\r\n",
            b"POST /v1 HTTP/1.1\r\ncontent-length: x\r\n\r\n",
            b"G" * 99999,
        ):
            with socket.create_connection((server.host, server.port)) as raw:
                raw.sendall(rubbish)
        with client(server) as speaker:
            answer = speaker.chat.completions.create(model="gpt-4o-mini", messages=PLANET)
    assert json.loads(answer.to_json())["object"] == "chat.completion"
