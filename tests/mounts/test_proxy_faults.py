"""A fault around a proxy breaks what the client sees; the cassette has what the upstream said."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openai
import pytest

import retape
from mounts.raw import GET, Raw, soon
from retape import Abort, Chunk, Handler, Head, Request, Step, Wait, faults, proxy, serve
from retape.errors import UsageError
from retape.handlers.faults import fault, parse
from retape.tape.exchange import Exchange
from wire import DONE, HANG, RESET, WireServer, completion, delta, plain, refused_port, stream

ASK = b"GET /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
SSE = Head(200, (("content-type", "text/event-stream"),))
WHOLE = delta("Ju") + delta("pi") + delta("ter") + DONE
ANSWER = [delta("Ju"), delta("pi"), delta("ter"), DONE]


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tape.yaml"


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    yield
    assert [thread for thread in threading.enumerate() if thread.name == "retape fault"] == []


def kept(cassette: Path) -> list[Exchange]:
    return [entry.exchange for entry in retape.Cassette.load(cassette).entries] if cassette.exists() else []


def raw(running: Any, request: bytes = ASK) -> tuple[bytes, bool]:
    """The bytes after an answer's head, with no chunk's framing, and whether a reset ended them."""
    with Raw(running) as connection:
        head, _, body = connection.ask(request).rest().partition(b"\r\n\r\n")
    if b"chunked" not in head:
        return body, connection.reset
    pieces = []
    while body and not body.startswith(b"0\r\n"):
        size, _, body = body.partition(b"\r\n")
        pieces.append(body[: int(size, 16)])
        body = body[int(size, 16) + 2 :]
    return b"".join(pieces), connection.reset


def client(running: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=running.base_url, api_key="unused", max_retries=0)


def ask(speaker: openai.OpenAI) -> str | None:
    messages: Any = [{"role": "user", "content": "Hi"}]
    return speaker.chat.completions.create(model="m", messages=messages).choices[0].message.content


@pytest.mark.parametrize(
    ("spec", "sees"),
    [
        ("no-done", WHOLE.removesuffix(DONE)),
        ("lost-event:after=1", delta("Ju") + delta("ter") + DONE),
        ("duplicate-event", delta("Ju") + WHOLE),
        ("truncated:size=10", WHOLE[:10]),
        ("drip:size=100", WHOLE),
        ("cut:after=9", WHOLE),
    ],
)
def test_the_client_sees_it_broken_and_the_cassette_has_it_whole(
    server: WireServer, tape: Path, spec: str, sees: bytes
) -> None:
    server.says(stream(*ANSWER))
    with proxy(server.url, cassette=tape, fault=parse(spec)) as running:
        assert raw(running) == (sees, False)
    (exchange,) = kept(tape)
    assert (exchange.outcome, exchange.wire) == ("complete", WHOLE)


@pytest.mark.parametrize("mode", ["record", "replay"])
def test_what_is_replayed_is_broken_the_same_way(server: WireServer, tape: Path, mode: str) -> None:
    server.says(stream(*ANSWER))
    with proxy(server.url, cassette=tape) as running:
        assert raw(running) == (WHOLE, False)
    with proxy(server.url, cassette=tape, mode=mode, fault=fault("lost-event")) as running:
        assert raw(running) == (WHOLE.removeprefix(delta("Ju")), False)
    assert len(server.requests) == len(kept(tape)) == 1


def test_a_fault_that_answers_by_itself_asks_nobody_and_records_nothing(server: WireServer, tape: Path) -> None:
    with proxy(server.url, cassette=tape, fault=fault("rate-limit", times=2)) as running, client(running) as speaker:
        for _ in range(2):
            with pytest.raises(openai.RateLimitError, match="Rate limit reached"):
                ask(speaker)
        assert server.requests == []
        assert ask(speaker) == "Hi"
        assert running.handler.struck == 2  # type: ignore[attr-defined]
    assert len(server.requests) == len(kept(tape)) == 1


def test_faults_go_around_one_another(server: WireServer, tape: Path) -> None:
    server.says(stream(*ANSWER))

    def both(upstream: Handler) -> Handler:
        return faults.lost_event(faults.no_done(upstream), after=1)

    with proxy(server.url, cassette=tape, fault=both) as running:
        assert raw(running) == (delta("Ju") + delta("ter"), False)


def held(stopped: threading.Event, *steps: Step) -> Callable[[Request], Iterator[Step]]:
    """A handler that says so much, and then nothing until somebody leaves."""

    def handler(request: Request) -> Iterator[Step]:
        try:
            yield from steps
            yield from (Wait(3600), steps[-1])
        finally:
            stopped.set()

    return handler


@pytest.mark.parametrize(("how", "reset"), [("early-end", False), ("reset", True), ("end", False)])
def test_a_cut_stops_the_upstream_and_what_came_is_kept(tape: Path, how: str, reset: bool) -> None:
    stopped = threading.Event()
    with serve(held(stopped, SSE, Chunk(delta("Ju")), Chunk(delta("pi")))) as upstream:
        with proxy(upstream.base_url, cassette=tape, fault=fault("cut", after=1, how=how)) as running:
            assert raw(running) == (delta("Ju"), reset)
            assert stopped.wait(30)
        assert upstream.answering == []
    (exchange,) = kept(tape)
    assert exchange.outcome == "client-left"
    assert (delta("Ju") + delta("pi")).startswith(exchange.wire)
    assert exchange.wire.startswith(delta("Ju"))


def test_a_silence_of_the_faults_stops_the_upstream_before_the_client_leaves(tape: Path) -> None:
    stopped = threading.Event()
    with (
        serve(held(stopped, SSE, Chunk(delta("Ju")))) as upstream,
        proxy(upstream.base_url, cassette=tape, fault=fault("stall", after=1)) as running,
        Raw(running) as connection,
    ):
        connection.ask(GET).until(b'"Ju"')
        assert stopped.wait(30)


@pytest.mark.parametrize(
    "spec", ["no-done:times=1,after-calls=5", "no-done", "stall:after=1,seconds=3600", "truncated"]
)
def test_a_client_that_leaves_stops_the_fault_and_the_upstream(tape: Path, spec: str) -> None:
    asked, stopped = threading.Event(), threading.Event()
    inner = held(stopped, SSE, Chunk(delta("Ju")))

    def handler(request: Request) -> Iterator[Step]:
        asked.set()
        return inner(request)

    with serve(handler) as upstream, proxy(upstream.base_url, cassette=tape, mode="live", fault=parse(spec)) as running:
        with Raw(running) as connection:
            connection.ask(GET)
            assert asked.wait(30)
            if spec != "truncated":
                connection.until(b'"Ju"')
            assert soon(lambda: running.answering == ["GET /v1/models"])
        assert stopped.wait(30)
        assert soon(lambda: running.left == ["GET /v1/models"])
        assert soon(lambda: "retape fault" not in {thread.name for thread in threading.enumerate()})


@pytest.mark.parametrize("spec", ["no-done", "stall:after=1,seconds=3600", "hold-open"])
def test_the_proxys_own_end_cuts_faulted_answers_which_are_kept_as_far_as_they_came(tape: Path, spec: str) -> None:
    stopped = threading.Event()
    with serve(held(stopped, SSE, Chunk(delta("Ju")))) as upstream:
        with proxy(upstream.base_url, cassette=tape, fault=parse(spec)) as running:
            connection = Raw(running)
            connection.ask(GET).until(b'"Ju"')
        connection.socket.close()
        assert stopped.wait(30)
    assert [exchange.outcome for exchange in kept(tape)] == ["client-left"]
    assert (running.cut, running.left) == (["GET /v1/models"], [])


def test_one_that_waits_keeps_nobody_waiting(tape: Path) -> None:
    def handler(request: Request) -> Iterator[Step]:
        yield SSE
        yield Chunk(delta("Ju"))
        if request.path == "/v1/slow":
            yield Wait(3600)

    def slow_start(upstream: Handler) -> Handler:
        def answer(request: Request) -> Iterator[Step]:
            if request.path == "/v1/late":
                yield Wait(3600)
                yield Head(500)
            yield from upstream(request)

        return answer

    with (
        serve(handler) as upstream,
        proxy(upstream.base_url, cassette=tape, mode="live", fault=slow_start) as running,
        ExitStack() as waiting,
    ):
        for path in [b"/v1/slow"] * 40 + [b"/v1/late"] * 40:
            waiting.enter_context(Raw(running)).ask(GET.replace(b"/v1/models", path))
        assert soon(lambda: (len(running.answering), len(upstream.answering)) == (80, 40))
        assert raw(running) == (delta("Ju"), False)
        assert soon(lambda: len(running.answering) == 80)


def test_many_at_once_get_each_its_own(tape: Path) -> None:
    def handler(request: Request) -> Iterator[Step]:
        yield SSE
        for _ in range(20):
            yield Chunk(request.path.encode())

    def get(number: int) -> tuple[bytes, bool]:
        return raw(running, ASK.replace(b"models", b"%d" % number))

    with (
        serve(handler) as upstream,
        proxy(upstream.base_url, cassette=tape, fault=fault("drip", size=3)) as running,
        ThreadPoolExecutor(16) as pool,
    ):
        found = list(pool.map(get, range(64)))
        assert running.handler.asked == 64  # type: ignore[attr-defined]
    assert found == [(f"/v1/{number}".encode() * 20, False) for number in range(64)]
    assert {exchange.wire for exchange in kept(tape)} == {body for body, _ in found}


def test_equal_requests_are_looked_up_in_the_order_in_which_they_came(server: WireServer, tape: Path) -> None:
    server.says(plain({"n": 1}), plain({"n": 2}))
    with proxy(server.url, cassette=tape) as running:
        recorded = [raw(running)[0] for _ in range(2)]
    begun: list[Request] = []

    def slow_to_begin(upstream: Handler) -> Handler:
        """The first one asks when the second one has long been here."""

        def answer(request: Request) -> Iterator[Step]:
            begun.append(request)
            if len(begun) == 1:
                assert soon(lambda: len(running.answering) == 2)
            return upstream(request)

        return answer

    with (
        proxy(server.url, cassette=tape, mode="replay", fault=slow_to_begin) as running,
        Raw(running) as first,
        Raw(running) as second,
    ):
        first.ask(ASK)
        assert soon(lambda: len(begun) == 1)
        second.ask(ASK)
        assert [one.rest().partition(b"\r\n\r\n")[2] for one in (first, second)] == recorded


def test_a_fault_that_waits_holds_back_the_answer_and_not_the_recording(server: WireServer, tape: Path) -> None:
    server.says(stream(*ANSWER))
    with proxy(server.url, cassette=tape, fault=fault("stall", after=1, seconds=3600)) as running:
        with Raw(running) as connection:
            connection.ask(GET).until(b'"Ju"')
            assert soon(lambda: [exchange.outcome for exchange in running.cassette.recorded] == ["complete"])
        assert soon(lambda: running.left == ["GET /v1/models"])
    assert kept(tape)[0].wire == WHOLE


def test_a_chunk_is_recorded_when_it_comes_and_not_when_the_fault_lets_it_go(tape: Path) -> None:
    all_sent, last = threading.Event(), threading.Event()

    def handler(request: Request) -> Iterator[Step]:
        yield SSE
        yield Chunk(delta("Ju"))
        yield Chunk(delta("pi"))
        all_sent.set()

    def late(upstream: Handler) -> Handler:
        """Lets nothing go before the recording is whole."""

        def answer(request: Request) -> Iterator[Step]:
            for step in upstream(request):
                last.wait(30)
                yield step

        return answer

    with (
        serve(handler) as upstream,
        proxy(upstream.base_url, cassette=tape, fault=late) as running,
        Raw(running) as connection,
    ):
        connection.ask(ASK)
        assert all_sent.wait(30)
        assert soon(lambda: [exchange.outcome for exchange in running.cassette.recorded] == ["complete"])
        last.set()
        assert b'"pi"' in connection.rest()


def test_what_breaks_upstream_breaks_behind_a_fault_too(server: WireServer, tape: Path) -> None:
    server.says(stream(delta("Ju"), RESET, finish=False))
    with proxy(server.url, cassette=tape, fault=fault("no-done")) as running:
        assert raw(running) == (delta("Ju"), True)
    assert [exchange.outcome for exchange in kept(tape)] == ["reset"]


def test_an_upstream_that_is_down_is_said_behind_a_fault_too(tape: Path) -> None:
    with (
        proxy(f"http://127.0.0.1:{refused_port()}/v1", cassette=tape, fault=fault("no-done")) as running,
        client(running) as speaker,
        pytest.raises(openai.InternalServerError, match="can't reach") as caught,
    ):
        ask(speaker)
    assert caught.value.code == "upstream_unreachable"
    assert kept(tape) == []


def test_a_miss_is_a_miss_behind_a_fault_too(server: WireServer, tape: Path) -> None:
    with proxy(server.url, cassette=tape, mode="replay", fault=fault("no-done")) as running:
        with client(running) as speaker, pytest.raises(openai.NotFoundError, match="no recording answers") as caught:
            ask(speaker)
        assert [type(error) for error in running.failures] == [retape.CassetteMiss]
    assert caught.value.code == "cassette_miss"


def test_a_fault_that_raises_is_told_to_the_client_and_to_the_author(server: WireServer, tape: Path) -> None:
    def broken(upstream: Handler) -> Handler:
        def answer(request: Request) -> Iterator[Step]:
            yield from upstream(request)
            raise ZeroDivisionError("oh")

        return answer

    server.says(plain(completion("Hi")), [HANG])
    with proxy(server.url, cassette=tape, fault=broken) as running:
        raw(running)
        (error,) = running.failures
    assert isinstance(error, retape.HandlerFailed)
    assert isinstance(error.__cause__, ZeroDivisionError)
    assert [json.loads(exchange.body) for exchange in kept(tape)] == [completion("Hi")]


def test_a_fault_may_ask_the_upstream_twice(server: WireServer, tape: Path) -> None:
    def again(upstream: Handler) -> Handler:
        def answer(request: Request) -> Iterator[Step]:
            first = [step for step in upstream(request) if not isinstance(step, Wait)]
            second = [step for step in upstream(request) if not isinstance(step, Wait)]
            assert not any(isinstance(step, Abort) for step in first + second)
            yield from second

        return answer

    server.says(plain({"n": 1}), plain({"n": 2}))
    with proxy(server.url, cassette=tape, fault=again) as running:
        assert raw(running)[0] == b'{"n": 2}'
    assert [json.loads(exchange.body)["n"] for exchange in kept(tape)] == [1, 2]


def test_a_proxy_can_be_entered_again_with_its_fault(server: WireServer, tape: Path) -> None:
    from retape.mounts.proxy import Proxy
    from retape.mounts.session import Session

    server.says(plain({"n": 1}))
    session = Session(tape, mode="live")
    running = Proxy(server.url, session, fault=fault("rate-limit", after_calls=1))
    for sees in (b'{"n": 1}', b"Rate limit"):
        with running:
            assert sees in raw(running)[0]
    session.close()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("cut:after=3", r"fault='cut:after=3' is none: use retape.faults.parse"),
        (lambda upstream: None, "made no handler"),
    ],
)
def test_what_is_no_fault_is_said_when_the_proxy_is_made(tape: Path, wrong: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        proxy("http://127.0.0.1:1/v1", cassette=tape, fault=wrong)


def test_the_upstream_behind_a_fault_is_no_handler_for_others(tape: Path) -> None:
    taken: list[Handler] = []

    def take(upstream: Handler) -> Handler:
        taken.append(upstream)
        return upstream

    proxy("http://127.0.0.1:1/v1", cassette=tape, fault=take)
    with pytest.raises(UsageError, match="is asked through the proxy"):
        taken[0](Request("GET", "http://127.0.0.1:1/v1/models"))
