"""The real key goes to the upstream, and nowhere else."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import retape
from mounts.raw import soon
from retape import Abort, Chunk, Head, Request, Step, proxy, serve
from retape.errors import UsageError
from retape.mounts.dialing import Address
from retape.mounts.forwarding import Keys, sent_headers

REAL = "sk-real-" + "0123456789" * 3
AZURE = "azure-" + "9876543210" * 3


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tape.yaml"


def get(running: object, *headers: str, host: str = "127.0.0.1:{port}") -> bytes:
    """All that a GET gives."""
    asked = host.format(port=running.port)  # type: ignore[attr-defined]
    head = "\r\n".join(["GET /v1/models HTTP/1.1", f"host: {asked}", "connection: close", *headers, "", ""])
    data = b""
    with socket.create_connection((running.host, running.port)) as raw:  # type: ignore[attr-defined]
        raw.sendall(head.encode())
        try:
            while piece := raw.recv(65536):
                data += piece
        except ConnectionResetError:
            pass
    return data


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ((), {"authorization": f"Bearer {REAL}"}),
        (("authorization: Bearer unused",), {"authorization": f"Bearer {REAL}"}),
        (("Authorization: bearer EMPTY",), {"authorization": f"Bearer {REAL}"}),
        (("authorization: Bearer",), {"authorization": f"Bearer {REAL}"}),
        (("authorization: Bearer sk-no-key-required",), {"authorization": f"Bearer {REAL}"}),
        (("authorization: Bearer retape-answers-this",), {"authorization": f"Bearer {REAL}"}),
        (("authorization: Bearer the-clients-own",), {"authorization": "Bearer the-clients-own"}),
        (("authorization: Basic dGVzdA==",), {"authorization": "Basic dGVzdA=="}),
        (("api-key: unused",), {"api-key": AZURE}),
        (("api-key: the-clients-own",), {"api-key": "the-clients-own"}),
        (("x-api-key: the-clients-own",), {"x-api-key": "the-clients-own"}),
        (("authorization: Bearer unused", "origin: http://localhost:3000"), {"authorization": f"Bearer {REAL}"}),
        (
            ("authorization: Bearer unused", "origin: https://elsewhere.example"),
            {"authorization": "Bearer unused"},
        ),
        (("origin: null",), {}),
        (
            ("authorization: Bearer x", "api-key: the-clients-own"),
            {"authorization": "Bearer x", "api-key": "the-clients-own"},
        ),
    ],
)
def test_a_dummy_gives_way_to_the_key_and_a_key_does_not(
    tape: Path, monkeypatch: pytest.MonkeyPatch, sent: tuple[str, ...], arrives: dict[str, str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", REAL)
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", AZURE)
    seen: list[Request] = []

    def handler(request: Request) -> Iterator[Step]:
        seen.append(request)
        yield Head(200, (("content-length", "0"),))

    with serve(handler) as upstream, proxy(upstream.base_url, cassette=tape) as running:
        get(running, *sent)
    names = ("authorization", "api-key", "x-api-key")
    assert {name: value for name, value in seen[0].headers if name in names} == arrives


@pytest.mark.parametrize(
    ("listens", "host", "lent"),
    [
        ("127.0.0.1", "127.0.0.1:{port}", True),
        ("127.0.0.1", "localhost:{port}", True),
        ("127.0.0.1", "LOCALHOST", True),
        ("127.0.0.1", "app.localhost:{port}", True),
        ("127.0.0.1", "[::1]:{port}", True),
        ("127.0.0.1", "rebound.example:{port}", False),
        ("127.0.0.1", "rebound.example", False),
        ("127.0.0.1", "localhost.rebound.example:{port}", False),
        ("127.0.0.1", "127.0.0.1.rebound.example", False),
        ("127.0.0.1", "127.0.0.1@rebound.example", False),
        ("127.0.0.1", "[broken", False),
        ("127.0.0.1", "192.0.2.7:{port}", False),
        ("127.0.0.1", "retape:{port}", False),
        ("retape.example", "retape.example:{port}", True),
        ("retape.example", "Retape.Example", True),
        ("retape.example", "rebound.example", False),
        ("0.0.0.0", "192.0.2.7:{port}", True),
        ("0.0.0.0", "retape:{port}", True),
        ("0.0.0.0", "host.docker.internal:{port}", True),
        ("::", "[2001:db8::7]:{port}", True),
        ("0.0.0.0", "rebound.example", False),
    ],
)
def test_the_key_is_lent_only_where_the_host_is_the_proxys_own(listens: str, host: str, lent: bool) -> None:
    request = Request("GET", "http://x/v1/models", (("host", host.format(port=8080)),))
    sent = sent_headers(request, Address.parse("https://api.example/v1"), Keys(bearer=REAL), host=listens)
    assert ((b"authorization", f"Bearer {REAL}".encode()) in sent) is lent
    assert (b"host", b"api.example") in sent


def test_a_page_whose_name_was_made_to_lead_here_gets_no_key(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", REAL)
    seen: list[str | None] = []

    def handler(request: Request) -> Iterator[Step]:
        seen.append(request.header("authorization"))
        yield Head(200, (("content-length", "0"),))

    with serve(handler) as upstream, proxy(upstream.base_url, cassette=tape) as running:
        get(running, host="rebound.example:{port}")
        get(running, "authorization: Bearer the-clients-own", host="rebound.example:{port}")
        get(running)
    assert seen == [None, "Bearer the-clients-own", f"Bearer {REAL}"]


@pytest.mark.parametrize("key", ["", "unused", "EMPTY"])
def test_without_a_real_key_the_dummy_goes_on(key: str) -> None:
    sent = (("authorization", "Bearer x"),)
    assert Keys.of({"OPENAI_API_KEY": key}).filled_in(sent) == sent


def test_another_variable_may_hold_the_key() -> None:
    keys = Keys.of({"OPENAI_API_KEY": REAL, "GROQ_API_KEY": "groq-own"}, "GROQ_API_KEY")
    assert keys.filled_in(()) == (("authorization", "Bearer groq-own"),)
    assert keys.filled_in((("api-key", "x"),)) == (("api-key", "groq-own"),)


def test_a_key_is_never_shown() -> None:
    assert REAL not in repr(Keys(bearer=REAL, azure=AZURE))


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_that_no_field_can_hold_is_refused_without_being_told(
    tape: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(UsageError, match="OPENAI_API_KEY is no key") as caught:
        proxy("http://127.0.0.1:1/v1", cassette=tape)
    assert key not in str(caught.value)


def echo_body(request: Request) -> Iterator[Step]:
    yield Head(401, (("content-type", "application/json"),))
    yield Chunk(f'{{"error": {{"message": "wrong: {request.header("authorization")}"}}}}'.encode())


def echo_header(request: Request) -> Iterator[Step]:
    yield Head(200, (("content-type", "text/plain"), ("x-ratelimit-key", (request.header("authorization") or "")[7:])))


def echo_in_halves(request: Request) -> Iterator[Step]:
    key = (request.header("authorization") or "").encode()
    yield Head(200, (("content-type", "text/event-stream"),))
    yield Chunk(b"data: " + key[:20])
    yield Chunk(key[20:] + b"\n\n")
    yield Abort("reset")


def kept(folder: Path) -> bytes:
    """All that its files hold, of which some come and go."""
    held = b""
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            held += path.read_bytes()
    return held


@pytest.mark.parametrize("key", [REAL, "short1"])
@pytest.mark.parametrize("handler", [echo_body, echo_header, echo_in_halves])
def test_the_key_is_written_nowhere_though_the_upstream_says_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    key: str,
    handler: object,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    caplog.set_level(logging.DEBUG)
    written = b""
    with serve(handler) as upstream, proxy(upstream.base_url, cassette=tmp_path / "tape.yaml") as running:  # type: ignore[arg-type]
        answer = get(running)
        assert soon(lambda: b"- request:" in kept(tmp_path))
        written += kept(tmp_path)
    written += kept(tmp_path)
    told = capfd.readouterr()
    assert key.encode()[-5:] in answer  # a client sees what was said
    assert b"interactions:" in written
    assert written.count(b"- request:") == 2  # the journal's and the cassette's
    assert key.encode() not in written
    assert key not in caplog.text + told.out + told.err


def test_the_clients_own_key_is_written_nowhere_either(tmp_path: Path) -> None:
    with serve(echo_body) as upstream, proxy(upstream.base_url, cassette=tmp_path / "tape.yaml") as running:
        get(running, f"authorization: Bearer {REAL}")
    assert REAL not in (tmp_path / "tape.yaml").read_text()


def test_an_address_where_others_could_spend_the_key_is_warned_of(tmp_path: Path) -> None:
    with pytest.warns(
        retape.OpenToOthers, match="whoever reaches this machine can use it, and with it your key"
    ) as caught:
        proxy("http://127.0.0.1:1/v1", cassette=tmp_path / "tape.yaml", mode="live", host="0.0.0.0")
    assert caught[0].filename == __file__
