"""What an open cassette does at its edges: early ends, full disks, moved directories, arguments."""

from __future__ import annotations

import gc
import http.client
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import retape
from libraries import OURS
from retape.mounts import guard
from retape.mounts.session import Session
from retape.tape.journal import Journal
from wire import HANG, WireServer, completion, delta, event, plain, stream

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def client() -> Iterator[Any]:
    with OURS.Client(timeout=30) as made:
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.yaml"


def outcomes(path: Path) -> list[str]:
    return [exchange.outcome for exchange in retape.Cassette.load(path).exchanges]


def test_a_stream_that_is_dropped_is_recorded_as_left(server: WireServer, path: Path, client: Any) -> None:
    server.says(stream(delta("a"), HANG, finish=False))
    with retape.use_cassette(path, mode="record"):
        request = client.build_request("POST", f"{server.url}/chat/completions", json=ASK)
        response = client.send(request, stream=True)
        assert next(response.iter_raw())
        del response
        gc.collect()
    assert outcomes(path) == ["client-left"]


def test_an_answer_still_read_when_the_cassette_closes_replaces_no_whole_one(
    server: WireServer, path: Path, client: Any
) -> None:
    with retape.use_cassette(path, mode="record"):
        client.post(f"{server.url}/chat/completions", json=ASK)
    with pytest.warns(UserWarning, match="the old recordings stay"), retape.use_cassette(path, mode="rewrite"):
        request = client.build_request("POST", f"{server.url}/chat/completions", json=ASK)
        response = client.send(request, stream=True)
    assert response.read()
    assert outcomes(path) == ["complete"]


def test_a_full_disk_loses_nothing_and_is_told_before_the_end(
    server: WireServer, path: Path, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with (
        pytest.warns(UserWarning, match="at the end of 2 exchanges; saved all the same"),
        retape.use_cassette(path, mode="record"),
        monkeypatch.context() as patched,
    ):
        patched.setattr(Journal, "append", full)
        with pytest.warns(UserWarning, match="the journal could not be written: No space left") as told:
            client.post(f"{server.url}/chat/completions", json=ASK)
            client.post(f"{server.url}/chat/completions", json=ASK)
        assert len(told) == 1
    assert outcomes(path) == ["complete", "complete"]


def test_a_folder_that_can_not_be_written_is_told_before_anything_is_sent(
    server: WireServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(retape.CassetteError, match=r"c\.yaml: can't be written, so nothing was sent"):
        retape.use_cassette(path, mode="record").__enter__()


def test_the_working_directory_may_change_meanwhile(
    server: WireServer, tmp_path: Path, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with retape.use_cassette("c.yaml", mode="record"):
        client.post(f"{server.url}/chat/completions", json=ASK)
        os.chdir("elsewhere")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.yaml", "elsewhere"]


def test_recordings_keep_the_order_of_their_requests_whatever_the_clock_says(
    server: WireServer, path: Path, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.says(*[plain(completion(str(number))) for number in range(3)])
    hours = iter(range(9, 0, -1))

    class Backwards:
        @staticmethod
        def now(zone: object) -> Any:
            from datetime import datetime

            return datetime(2026, 1, 1, next(hours), tzinfo=zone)  # type: ignore[arg-type]

    monkeypatch.setattr("retape.tape.recorder.datetime", Backwards)
    url = f"{server.url}/chat/completions"
    with retape.use_cassette(path, mode="record"):
        live = [client.post(url, json=ASK).json() for _ in range(3)]
    with retape.use_cassette(path):
        assert [client.post(url, json=ASK).json() for _ in range(3)] == live


def test_a_client_with_less_patience_than_the_recording_times_out(path: Path) -> None:
    request = retape.Request("POST", "http://h/v1/chat/completions", (), b"{}")
    steps = (retape.Head(200), retape.Chunk(b"a"), retape.Wait(60), retape.Chunk(b"b"))
    cassette = retape.Cassette(path)
    cassette.append(retape.Exchange(request=request, steps=steps))
    cassette.save()
    with (
        retape.use_cassette(path, pace="recorded"),
        OURS.Client(timeout=0.01) as client,
        pytest.raises(OURS.ReadTimeout, match="timed out"),
    ):
        client.post("http://h/v1/chat/completions", content=b"{}")


@pytest.mark.parametrize("method, status", [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Not Modified")])
def test_an_answer_without_a_body_is_whole_with_its_head(
    method: str, status: str, server: WireServer, path: Path, client: Any
) -> None:
    server.says([f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode()])
    with retape.use_cassette(path, mode="record"), client.stream(method, f"{server.url}/models"):
        pass
    assert outcomes(path) == ["complete"]


def test_a_rewrite_that_asks_for_nothing_leaves_an_empty_cassette(server: WireServer, path: Path, client: Any) -> None:
    with retape.use_cassette(path, mode="record"):
        client.post(f"{server.url}/chat/completions", json=ASK)
    with retape.use_cassette(path, mode="rewrite"):
        pass
    assert outcomes(path) == []


def test_record_takes_in_what_a_killed_recording_left_even_when_it_adds_nothing(
    server: WireServer, path: Path, client: Any
) -> None:
    with retape.use_cassette(path, mode="record"):
        client.post(f"{server.url}/chat/completions", json=ASK)
    text = retape.Cassette.load(path).entries[0].text
    path.unlink()
    import hashlib

    seal = hashlib.sha256(text.encode()).hexdigest()[:16]
    (path.parent / ".c.yaml.0123abcd.journal").write_text(f"{text}# sealed {seal}\n")
    with retape.use_cassette(path, mode="record") as cassette:
        client.post("http://127.0.0.1:1/v1/chat/completions", json=ASK)
    assert cassette.replayed == 1
    assert [found.name for found in path.parent.iterdir()] == ["c.yaml"]


@pytest.mark.parametrize(
    "name, one, many",
    [
        ("scrub", "x-tenant", ["x-tenant"]),
        ("scrub", re.compile("ACME"), [re.compile("ACME")]),
        ("keep_headers", "x-tenant", ["x-tenant"]),
        ("ignore", "metadata.run_id", ["metadata.run_id"]),
        ("allow_hosts", "example.com", ["example.com"]),
    ],
)
def test_one_of_a_thing_may_be_given_without_a_list(name: str, one: object, many: object, path: Path) -> None:
    def state(value: object) -> list[object]:
        session = Session(path, **{name: value})  # type: ignore[arg-type]
        return [session.allow_hosts, session.keep_headers, session._scrubber, session._replay.index.ignore]

    assert state(one) == state(many)


def test_an_allowed_host_is_asked_and_not_recorded(server: WireServer, path: Path, client: Any) -> None:
    with retape.use_cassette(path, mode="record", allow_hosts=["127.0.0.1"]) as cassette:
        assert client.post(f"{server.url}/chat/completions", json=ASK).status_code == 200
    assert not cassette.recorded
    assert not path.exists()


def test_what_an_allowed_name_resolves_to_is_allowed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"inside.example": [(0, 0, 0, "", ("192.0.2.7", 0))]}
    monkeypatch.setattr(guard, "_addresses", {})
    monkeypatch.setattr(socket, "getaddrinfo", lambda name, *_: found[name])
    guard.left_loopback.clear()
    with retape.use_cassette(path, allow_hosts=["inside.example"]), socket.socket(type=socket.SOCK_DGRAM) as plain:
        with pytest.raises(retape.NetworkBlocked, match=r"192\.0\.2\.8"):
            plain.sendto(b"x", ("192.0.2.8", 9))
        guard._judge("192.0.2.7", "192.0.2.7:9", lookup=False)
    assert guard.left_loopback == ["192.0.2.7:9"]
    guard.left_loopback.clear()


LOCAL = ["LOCALHOST", "localhost.", "a.localhost", "127.1", "127.0.0.53", "::1", "::ffff:127.0.0.1", "0.0.0.0", ""]


@pytest.mark.parametrize("host", [*LOCAL, socket.gethostname()])
def test_this_machine_is_local_in_any_spelling(host: str) -> None:
    assert guard.is_local(host)


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "localhost.example.com"])
def test_other_machines_are_not(host: str) -> None:
    assert not guard.is_local(host)


def test_a_connection_that_was_open_before_is_stopped_too(path: Path) -> None:
    connection = http.client.HTTPConnection("example.com")
    connection.sock = socket.socket()
    with retape.use_cassette(path), pytest.raises(retape.NetworkBlocked, match=r"example\.com:80"):
        connection.request("GET", "/")
    connection.close()


FORK = """
import os, sys
import {library} as library, retape

url, path = sys.argv[1:]
def ask(name):
    with library.Client() as client:  # a new one: a connection can't be shared by two processes
        client.get(url + "/models/" + name)

with retape.use_cassette(path, mode="record"):
    ask("before")
    child = os.fork()
    ask("parent" if child else "child")
    if child:
        os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_and_its_parent_record_what_each_asked_for(server: WireServer, path: Path) -> None:
    code = FORK.format(library=OURS.__name__)
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, server.url, path], check=True, timeout=60)
    asked = [exchange.request.path for exchange in retape.Cassette.load(path).exchanges]
    assert sorted(asked) == ["/v1/models/before", "/v1/models/child", "/v1/models/parent"]
    assert [found.name for found in path.parent.iterdir()] == ["c.yaml"]


def test_one_context_may_be_entered_in_two_threads(server: WireServer, path: Path) -> None:
    context = retape.use_cassette(path, mode="record")
    gate = threading.Barrier(2)
    seen: dict[str, int] = {}

    def use(name: str) -> None:
        with context as session, OURS.Client(timeout=30) as client:
            gate.wait(30)
            client.post(f"{server.url}/chat/completions", json={**ASK, "user": name})
            gate.wait(30)
        seen[name] = len(session.recorded)

    threads = [threading.Thread(target=use, args=[name]) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"a": 1, "b": 1}
    assert len(retape.Cassette.load(path)) == 2


def test_an_explicit_transport_saves_without_being_closed(server: WireServer, path: Path) -> None:
    import importlib

    mount = importlib.import_module(f"retape.mounts.{OURS.__name__}")
    with OURS.HTTPTransport() as inner:
        transport = mount.Transport(path, inner=inner, mode="record")
        transport.handle_request(OURS.Request("GET", f"{server.url}/models")).read()
        del transport
        gc.collect()
    assert outcomes(path) == ["complete"]


def empty(request: retape.Request) -> Iterator[retape.Step]:
    yield from ()


def headless(request: retape.Request) -> Iterator[retape.Step]:
    yield retape.Chunk(b"x")


@pytest.mark.parametrize(
    "handler, message",
    [
        (lambda _: None, "returned None; an answer is an iterator of steps that begins with a Head"),
        (empty, "begins with None; an answer is"),
        (headless, r"begins with Chunk\(data=b'x'\); an answer is"),
    ],
)
def test_a_handler_that_gives_no_answer_is_told_so_and_nothing_is_sent(
    handler: Callable[[retape.Request], Any], message: str, server: WireServer
) -> None:
    import importlib

    transport = importlib.import_module(f"retape.mounts.{OURS.__name__}").Transport(handler)
    with OURS.Client(transport=transport) as client, pytest.raises(retape.CassetteMiss, match=message):
        client.get(f"{server.url}/models")
    assert not server.requests


def test_a_call_given_up_before_any_answer_is_told_of(server: WireServer, path: Path) -> None:
    import anyio

    server.says([HANG])

    async def give_up() -> None:
        async with OURS.AsyncClient(timeout=30) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(client.get, f"{server.url}/models")
            while not server.requests:
                await anyio.sleep(0.001)
            tasks.cancel_scope.cancel()

    told = "1 call was given up, or could not be sent, before any answer"
    with pytest.warns(UserWarning, match=told), retape.use_cassette(path, mode="record"):
        anyio.run(give_up)
    assert not path.exists()


def test_events_are_read_to_the_last_one(server: WireServer, path: Path, client: Any) -> None:
    server.says(stream(event({"n": 1}), event({"n": 2})))
    with retape.use_cassette(path, mode="record"):
        client.post(f"{server.url}/responses", json=ASK)
    assert [e.data for e in retape.decode_sse(retape.Cassette.load(path).exchanges[0].body)] == ['{"n": 1}', '{"n": 2}']


def test_a_secret_in_the_reason_phrase_stays_off_the_disk(server: WireServer, path: Path, client: Any) -> None:
    secret = "sk-proj-" + "a1B2c3D4" * 5
    server.says([f"HTTP/1.1 401 bad key {secret}\r\ncontent-length: 0\r\n\r\n".encode()])
    with retape.use_cassette(path, mode="record") as cassette:
        client.get(f"{server.url}/models")
    assert secret not in path.read_text()
    assert ("response.reason", "OpenAI, DeepSeek, Moonshot, LiteLLM key") in cassette.scrubbed


def test_what_stock_vcrpy_keeps_of_aiohttps_json_is_replayed(path: Path, client: Any) -> None:
    path.write_text(
        "interactions:\n- request:\n    body: {p: x, q: 1}\n    headers: {}\n    method: POST\n    uri: http://h/v1/x\n"
        "  response:\n    body: {string: fine}\n    headers: {}\n    status: {code: 200, message: OK}\nversion: 1\n"
    )
    with retape.use_cassette(path):
        assert client.post("http://h/v1/x", json={"q": 1, "p": "x"}).text == "fine"


def test_a_key_that_a_url_had_to_escape_stays_off_the_disk(server: WireServer, path: Path, client: Any) -> None:
    secret = "ABSK" + "aB3+/x9Q" * 6 + "=="
    with retape.use_cassette(path, mode="record"):
        client.get(f"{server.url}/models", params={"foo": secret})
    assert "ABSK" not in path.read_text()
