"""What passes a recording proxy reaches the other side as it came."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import brotli
import openai
import pytest

import retape
from libraries import OURS
from retape import Abort, Chunk, Head, Request, Step, Wait, proxy, serve
from retape.errors import UsageError
from retape.mounts.forwarding import returned
from retape.tape.exchange import Exchange
from wire import DONE, RESET, Action, WireServer, completion, delta, plain, refused_port, stream

PLANET: Any = [{"role": "user", "content": "What is the largest planet?"}]
CLOSING = b"GET /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
ERROR = {"error": {"message": "No.", "type": "requests", "param": None, "code": "no"}}


def client(running: Any, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=running.base_url, api_key="unused", **{"max_retries": 0, **options})


def ask(speaker: openai.OpenAI, **more: Any) -> Any:
    return speaker.chat.completions.create(model="gpt-4o-mini", messages=PLANET, **more)


def text_of(events: Any) -> str:
    return "".join(event.choices[0].delta.content or "" for event in events)


def kept(cassette: Path) -> list[Exchange]:
    return [entry.exchange for entry in retape.Cassette.load(cassette).entries]


def raw(running: Any, request: bytes = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n") -> tuple[bytes, bool]:
    """All the bytes that a connection gives, and whether it was reset."""
    data = b""
    with socket.create_connection((running.host, running.port)) as connection:
        connection.sendall(request)
        try:
            while piece := connection.recv(65536):
                data += piece
        except ConnectionResetError:
            return data, True
    return data, False


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tape.yaml"


def test_the_official_client_is_answered_and_what_it_got_is_replayed_offline(server: WireServer, tape: Path) -> None:
    server.says(plain(completion("Jupiter")), stream(delta("Ju"), delta("piter"), DONE))
    answers = []
    for _ in range(2):
        with proxy(server.url, cassette=tape) as running, client(running) as speaker:
            answers.append((ask(speaker).to_dict(), text_of(ask(speaker, stream=True))))
            server.says(plain(ERROR, status="500 Gone"))
    assert answers == [(completion("Jupiter"), "Jupiter")] * 2
    assert len(server.requests) == 2


def test_tool_calls_come_in_their_pieces(server: WireServer, tape: Path) -> None:
    def call(**function: Any) -> bytes:
        return delta("", delta={"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]})

    server.says(stream(call(name="look", arguments=""), call(arguments='{"a"'), call(arguments=":1}"), DONE))
    with proxy(server.url, cassette=tape) as running, client(running) as speaker:
        pieces = [event.choices[0].delta.tool_calls[0].function.arguments for event in ask(speaker, stream=True)]
    assert pieces == ["", '{"a"', ":1}"]
    assert len([step for step in kept(tape)[0].steps if isinstance(step, Chunk)]) == 4


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        ("401 Unauthorized", [], openai.AuthenticationError),
        ("404 Not Found", ["x-should-retry: false"], openai.NotFoundError),
        ("429 Too Many Requests", ["retry-after: 7", "x-ratelimit-remaining-requests: 0"], openai.RateLimitError),
        ("503 Service Unavailable", ["retry-after-ms: 3"], openai.InternalServerError),
    ],
)
def test_errors_come_with_their_fields(
    server: WireServer, tape: Path, status: str, headers: list[str], error: type[openai.APIStatusError]
) -> None:
    server.says(plain(ERROR, status=status, headers=headers))
    with (
        proxy(server.url, cassette=tape) as running,
        client(running) as speaker,
        pytest.raises(error, match=r"No\.") as caught,
    ):
        ask(speaker)
    for name, value in (line.split(": ") for line in headers):
        assert caught.value.response.headers[name] == value
    assert [exchange.head.status for exchange in kept(tape) if exchange.head] == [int(status[:3])]


@pytest.mark.parametrize(
    ("encoding", "encode"), [("gzip", lambda data: gzip.compress(data, mtime=0)), ("br", brotli.compress)]
)
def test_an_encoded_body_is_not_decoded_on_the_way(
    server: WireServer, tape: Path, encoding: str, encode: Callable[[bytes], bytes]
) -> None:
    body = encode(json.dumps(completion("Jupiter")).encode())
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: {encoding}\r\n"
    server.says([f"{head}content-length: {len(body)}\r\n\r\n".encode(), body])
    with proxy(server.url, cassette=tape) as running:
        data, _ = raw(running, CLOSING)
    (exchange,) = kept(tape)
    assert data.endswith(b"\r\n\r\n" + body)
    assert exchange.wire == body
    assert json.loads(exchange.body) == completion("Jupiter")


HALF = [b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n", b"4\r\nhalf\r\n"]
SHORT = [b"HTTP/1.1 200 OK\r\nx-early: 1\r\ncontent-length: 9\r\n\r\n", b"half"]


@pytest.mark.parametrize(
    ("actions", "reset", "outcome"),
    [
        (HALF, False, "early-end"),
        (SHORT, False, "early-end"),
        ([*HALF, RESET], True, "reset"),
        ([*SHORT, RESET], True, "reset"),
        ([], False, "early-end"),
        ([RESET], True, "reset"),
        ([*HALF, b"nonsense\r\n"], False, "early-end"),
        ([b"nonsense\r\n\r\n"], False, "early-end"),
    ],
    ids=["end", "end-before-length", "reset", "reset-before-length", "no-answer", "reset-at-once", "bad-chunk", "bad"],
)
def test_a_broken_answer_breaks_for_the_client_and_again_in_replay(
    server: WireServer, tape: Path, actions: list[Action], reset: bool, outcome: str
) -> None:
    server.says(actions)
    with proxy(server.url, cassette=tape) as running:
        live = raw(running)
    with serve(retape.replay(tape)) as replaying:
        replayed = raw(replaying)
    assert [exchange.outcome for exchange in kept(tape)] == [outcome]
    assert live[1] is replayed[1] is reset
    assert (b"half" in live[0]) is (b"half" in replayed[0]) is (b"half" in b"".join(a for a in actions if a != RESET))  # type: ignore[misc]
    assert not live[0].endswith(b"0\r\n\r\n")


def test_a_chunk_goes_on_before_the_next_one_is_there(tape: Path) -> None:
    arrived = threading.Event()

    def one_by_one(request: Request) -> Iterator[Step]:
        yield Head(200, (("content-type", "text/event-stream"),))
        yield Chunk(b": first\n\n")
        yield Chunk(b": second\n\n" if arrived.wait(10) else b": too late\n\n")

    with (
        serve(one_by_one) as upstream,
        proxy(upstream.base_url, cassette=tape) as running,
        OURS.Client(trust_env=False) as http,
        http.stream("GET", f"{running.base_url}/models") as answer,
    ):
        chunks = answer.iter_raw()
        assert next(chunks) == b": first\n\n"
        arrived.set()
        assert next(chunks) == b": second\n\n"


def held(stopped: threading.Event, *steps: Step) -> Callable[[Request], Iterator[Step]]:
    """A handler that says so much, and then nothing until somebody leaves."""

    def handler(request: Request) -> Iterator[Step]:
        try:
            yield from steps
            yield from (Wait(3600), steps[-1] if steps else Head(200))
        finally:
            stopped.set()

    return handler


@pytest.mark.parametrize(
    ("steps", "outcomes"),
    [((Head(200, (("content-type", "text/event-stream"),)), Chunk(b": a\n\n")), ["client-left"]), ((), [])],
    ids=["in-a-stream", "before-the-head"],
)
def test_a_client_that_leaves_stops_the_upstream(tape: Path, steps: tuple[Step, ...], outcomes: list[str]) -> None:
    asked, stopped = threading.Event(), threading.Event()
    inner = held(stopped, *steps)

    def handler(request: Request) -> Iterator[Step]:
        asked.set()
        return inner(request)

    with serve(handler) as upstream:
        running = proxy(upstream.base_url, cassette=tape)
        with nullcontext() if steps else pytest.warns(UserWarning, match="gave up 1 of its calls"), running:
            with socket.create_connection((running.host, running.port)) as connection:
                connection.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
                assert asked.wait(30)
                while steps and b": a\n\n" not in connection.recv(65536):
                    pass
            assert stopped.wait(30)
        assert upstream.answering == []
    assert [exchange.outcome for exchange in (kept(tape) if outcomes else [])] == outcomes


def test_a_client_that_left_just_before_the_proxys_end_has_left(tape: Path) -> None:
    stopped = threading.Event()
    steps = Head(200, (("content-type", "text/event-stream"),)), Chunk(b": a\n\n")
    with serve(held(stopped, *steps)) as upstream:
        for number in range(5):
            with (
                proxy(upstream.base_url, cassette=tape) as running,
                socket.create_connection((running.host, running.port)) as connection,
            ):
                connection.sendall(b"GET /v1/models?n=%d HTTP/1.1\r\nhost: x\r\n\r\n" % number)
                while b": a\n\n" not in connection.recv(65536):
                    pass
    assert [exchange.outcome for exchange in kept(tape)] == ["client-left"] * 5
    assert running.cut == []


@pytest.mark.parametrize(
    ("steps", "outcomes"),
    [((Head(200, (("content-type", "text/event-stream"),)), Chunk(b": a\n\n")), ["client-left"]), ((), [])],
    ids=["in-a-stream", "before-the-head"],
)
def test_an_answer_that_the_proxys_own_end_cuts_is_kept_as_far_as_it_came_and_blames_no_client(
    tape: Path, steps: tuple[Step, ...], outcomes: list[str]
) -> None:
    asked, stopped = threading.Event(), threading.Event()
    inner = held(stopped, *steps)

    def handler(request: Request) -> Iterator[Step]:
        asked.set()
        return inner(request)

    with serve(handler) as upstream:
        with proxy(upstream.base_url, cassette=tape) as running:
            connection = socket.create_connection((running.host, running.port))
            connection.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
            assert asked.wait(30)
            while steps and b": a\n\n" not in connection.recv(65536):
                pass
        connection.close()
        assert stopped.wait(30)
    assert (running.cut, running.left) == (["GET /v1/models"], [])
    assert [(found.outcome, found.wire) for found in (kept(tape) if outcomes else [])] == [
        (how, b": a\n\n") for how in outcomes
    ]
    assert tape.exists() is bool(outcomes)


def test_a_replay_that_the_proxys_own_end_cuts_blames_no_client(tape: Path) -> None:
    cassette = retape.Cassette(tape)
    steps = (Head(200, (("content-type", "text/event-stream"),)), Chunk(b": a\n\n"), Wait(3600), Chunk(b": b\n\n"))
    cassette.append(Exchange(request=Request("GET", "http://h/v1/models", (), b""), steps=steps))
    cassette.save()
    with proxy("http://127.0.0.1:1/v1", cassette=tape, pace="recorded") as running:
        connection = socket.create_connection((running.host, running.port))
        connection.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
        while b": a\n\n" not in connection.recv(65536):
            pass
    connection.close()
    assert (running.cut, running.left) == (["GET /v1/models"], [])


def test_a_request_reaches_the_upstream_as_the_client_sent_it(tape: Path) -> None:
    seen: list[Request] = []

    def handler(request: Request) -> Iterator[Step]:
        seen.append(request)
        yield Head(200, (("set-cookie", "a=1"), ("content-length", "0"), ("set-cookie", "b=2"), ("x-last", "1")))

    request = (
        b"POST /v1/fil%2Fes?a=1&b=%20 HTTP/1.1\r\nHost: localhost:1\r\nX-Two: 1\r\nAccept-Encoding: gzip, zstd\r\n"
        b"Authorization: Bearer mine-alone\r\nX-Two: 2\r\nX-Hop: 1\r\nConnection: close, X-Hop\r\nTE: trailers\r\n"
        b"Proxy-Authorization: Basic eDp5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\x00\xff\r\n0\r\n\r\n"
    )
    with serve(handler) as upstream, proxy(upstream.base_url, cassette=tape) as running:
        data, _ = raw(running, request)
        authority = f"127.0.0.1:{upstream.port}"
    (got,) = seen
    assert (got.method, got.url, got.body) == ("POST", f"http://{authority}/v1/fil%2Fes?a=1&b=%20", b"\x00\xff")
    assert got.headers == (
        ("host", authority),
        ("x-two", "1"),
        ("accept-encoding", "gzip, zstd"),
        ("authorization", "Bearer mine-alone"),
        ("x-two", "2"),
        ("content-length", "2"),
    )
    fields = data.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    assert [field for field in fields if not field.lower().startswith(b"connection")] == [
        *(b"set-cookie: a=1", b"content-length: 0", b"set-cookie: b=2", b"x-last: 1")
    ]


@pytest.mark.parametrize(
    ("request_line", "answer", "ends"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n", b"content-length: 7\r\n\r\n"),
        (b"DELETE", b"HTTP/1.1 204 No Content\r\nx-one: 1\r\n\r\n", b"x-one: 1\r\n\r\n"),
        (b"GET", b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", b"\r\n\r\nok"),
        (b"GET", b"HTTP/1.0 200 OK\r\n\r\nup to the end", b"d\r\nup to the end\r\n0\r\n\r\n"),
    ],
    ids=["head", "no-content", "early-hints", "http-1.0"],
)
def test_answers_without_a_body_or_a_length_keep_their_ends(
    server: WireServer, tape: Path, request_line: bytes, answer: bytes, ends: bytes
) -> None:
    server.says([answer])
    with proxy(server.url, cassette=tape) as running:
        data, _ = raw(running, request_line + b" /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert re.sub(rb"(?i)connection: close\r\n", b"", data).endswith(ends)
    assert [exchange.outcome for exchange in kept(tape)] == ["complete"]


@pytest.mark.parametrize(
    ("location", "arrives"),
    [
        ("{upstream}/v1/there?x=1", "{own}/v1/there?x=1"),
        ("{upstream}", "{own}"),
        ("{upstream}5/v1/there", "{upstream}5/v1/there"),
        ("https://elsewhere.example/v1", "https://elsewhere.example/v1"),
        ("/v1/there", "/v1/there"),
    ],
)
def test_a_redirect_is_passed_on_and_not_followed(tape: Path, location: str, arrives: str) -> None:
    seen: list[Request] = []

    def handler(request: Request) -> Iterator[Step]:
        seen.append(request)
        yield Head(307, (("location", location.format(upstream=upstream.url)), ("content-length", "0")))

    with serve(handler) as upstream, proxy(upstream.base_url, cassette=tape) as running:
        data, _ = raw(running, CLOSING)
        expected = arrives.format(upstream=upstream.url, own=running.url)
        stored = location.format(upstream=upstream.url)
    assert f"\r\nlocation: {expected}\r\n".encode() in data
    assert len(seen) == 1
    (exchange,) = kept(tape)
    assert exchange.head is not None
    assert exchange.head.header("location") == stored


def test_status_and_reason_are_the_upstreams_own(server: WireServer, tape: Path) -> None:
    line = "HTTP/1.1 299 Quite Fine, Thanks"
    server.says(plain({"ok": 1}, status="299 Quite Fine, Thanks"))
    with proxy(server.url, cassette=tape) as running:
        live, _ = raw(running, CLOSING)
    with serve(retape.replay(tape)) as replaying:
        replayed, _ = raw(replaying, CLOSING)
    assert live.decode().splitlines()[0] == replayed.decode().splitlines()[0] == line


def test_the_default_port_may_be_written_in_a_redirect() -> None:
    from retape.mounts.dialing import Address

    head = Head(308, (("Location", "https://api.example:443/v1/"),))
    turned = returned(head, Address.parse("https://api.example/v1"), "http://127.0.0.1:9")
    assert turned.header("location") == "http://127.0.0.1:9/v1/"


def test_an_upstream_that_is_down_is_said_and_not_recorded(tape: Path) -> None:
    port = refused_port()
    with proxy(f"http://127.0.0.1:{port}/v1", cassette=tape) as running, client(running) as speaker:
        with pytest.raises(openai.InternalServerError, match=f"can't reach http://127.0.0.1:{port}: ") as caught:
            ask(speaker)
        assert caught.value.status_code == 502
        assert caught.value.code == "upstream_unreachable"
        assert running.cassette.recorded == []
    assert not tape.exists()


def test_a_large_body_passes_both_ways(tape: Path) -> None:
    body = bytes(range(256)) * 16384 * 4

    def echo(request: Request) -> Iterator[Step]:
        yield Head(200, (("content-type", "application/octet-stream"), ("content-length", str(len(request.body)))))
        yield Chunk(request.body)

    with (
        serve(echo) as upstream,
        proxy(upstream.base_url, cassette=tape, mode="live") as running,
        OURS.Client(trust_env=False, timeout=60) as http,
    ):
        assert http.post(f"{running.base_url}/files", content=body).content == body


def test_mocks_and_cassettes_of_the_same_process_leave_the_proxys_own_calls_alone(
    server: WireServer, tape: Path, tmp_path: Path
) -> None:
    server.says(plain({"from": "the upstream"}))
    with (
        retape.mount(retape.Fake()),
        retape.use_cassette(tmp_path / "other.yaml", mode="replay"),
        proxy(server.url, cassette=tape) as running,
    ):
        data, _ = raw(running, CLOSING)
    assert data.endswith(b'{"from": "the upstream"}')


@pytest.mark.parametrize(
    ("upstream", "base"),
    [
        ("http://127.0.0.1:1", "/v1"),
        ("http://127.0.0.1:1/", "/v1"),
        ("https://openrouter.ai/api/v1/", "/api/v1"),
    ],
)
def test_the_base_url_has_the_upstreams_path(tape: Path, upstream: str, base: str) -> None:
    with proxy(upstream, cassette=tape) as running:
        assert running.base_url == f"http://127.0.0.1:{running.port}{base}"


@pytest.mark.parametrize(
    ("upstream", "options", "told"),
    [
        ("api.openai.com", {}, "'api.openai.com' is no http or https URL: write https://api.openai.com/v1"),
        ("ftp://api.openai.com", {}, "no http or https URL"),
        ("http://", {}, "no http or https URL"),
        ("http://a b/", {}, "no http or https URL"),
        ("http://host:99999/", {}, "is no URL: Port out of range"),
        ("http://me:mine@host/", {}, "put it into OPENAI_API_KEY"),
        ("http://localhost:8080/v1", {"port": 8080}, "would be the proxy itself"),
        ("http://host/", {"mode": "often"}, "use one of replay, record"),
    ],
)
def test_what_is_wrong_is_said_when_the_proxy_is_made(
    tape: Path, upstream: str, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        proxy(upstream, cassette=tape, **options)


def test_a_proxy_that_has_saved_is_over(tape: Path) -> None:
    running = proxy("http://127.0.0.1:1/v1", cassette=tape)
    with running:
        pass
    with pytest.raises(UsageError, match="make another one"), running:
        pass


def test_an_abort_without_a_head_is_kept_as_it_was(server: WireServer, tape: Path) -> None:
    server.says([RESET])
    with proxy(server.url, cassette=tape) as running:
        raw(running)
    (exchange,) = kept(tape)
    assert isinstance(exchange.steps[-1], Abort)
    assert exchange.steps[-1].error == "ReadError"
