"""How a proxy reaches its upstream: connections that died, proxies of the environment, TLS."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from retape import proxy
from retape.errors import UsageError
from retape.mounts.dialing import Address, Dialer
from retape.mounts.proxy import SavingProxy
from wire import RESET, Action, WireServer, plain, refused_port

OK = plain({"ok": 1})


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tape.yaml"


def status(running: SavingProxy, connection: socket.socket) -> str:
    """The status of a GET on a connection that is kept; "" for a broken one."""
    connection.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
    data = b""
    try:
        while b"}" not in data and (piece := connection.recv(65536)):
            data += piece
    except ConnectionResetError:
        return ""
    return data[9:12].decode()


def statuses(running: SavingProxy, number: int) -> list[str]:
    """Those of requests one after another."""
    found = []
    for _ in range(number):
        with socket.create_connection((running.host, running.port)) as connection:
            found.append(status(running, connection))
    return found


@pytest.mark.parametrize("death", [[], [RESET]], ids=["closed", "reset"])
def test_a_kept_connection_that_died_is_replaced_before_the_first_byte(
    server: WireServer, tape: Path, death: list[Action]
) -> None:
    server.says(OK, death, OK)
    with proxy(server.url, cassette=tape) as running:
        assert statuses(running, 2) == ["200", "200"]
    assert len(server.requests) == 3
    assert [exchange.outcome for exchange in running.cassette.recorded] == ["complete"] * 2


@pytest.mark.parametrize("death", [[], [RESET]], ids=["closed", "reset"])
def test_a_fresh_connection_that_breaks_is_the_upstreams_answer(
    server: WireServer, tape: Path, death: list[Action]
) -> None:
    server.says(death)
    with proxy(server.url, cassette=tape) as running:
        assert statuses(running, 1) == [""]
    assert len(server.requests) == 1


def test_what_breaks_after_the_first_byte_is_never_asked_again(server: WireServer, tape: Path) -> None:
    server.says(OK, [b"HTTP/1.1 2", RESET], OK)
    with proxy(server.url, cassette=tape) as running:
        assert statuses(running, 2) == ["200", ""]
    assert len(server.requests) == 2


def test_one_connection_serves_many_requests(tape: Path) -> None:
    accepted: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            accepted.append(1)
            with connection:
                while connection.recv(65536):
                    connection.sendall(b"".join(piece for piece in OK if isinstance(piece, bytes)))

        thread = threading.Thread(target=serve)
        thread.start()
        with proxy(f"http://127.0.0.1:{listener.getsockname()[1]}", cassette=tape) as running:
            assert statuses(running, 5) == ["200"] * 5
        thread.join()
    assert accepted == [1]


NONE: Mapping[str, str] = {}
BOTH = {"http": "http://me:pass%20word@proxy.example:3128", "https": "proxy.example"}


@pytest.mark.parametrize(
    ("upstream", "proxies", "no_proxy", "through"),
    [
        ("http://api.example/v1", NONE, "", ""),
        ("http://api.example/v1", BOTH, "", "http://proxy.example:3128"),
        ("https://api.example/v1", BOTH, "", "http://proxy.example"),
        ("https://api.example/v1", {"all": "https://proxy.example:1"}, "", "https://proxy.example:1"),
        ("https://api.example/v1", BOTH, "other.example,api.example", ""),
        ("https://api.example/v1", BOTH, "example", ""),
        ("http://localhost:8080/v1", BOTH, "", ""),
        ("http://127.0.0.1:8080/v1", BOTH, "", ""),
        ("http://[::1]:8080/v1", BOTH, "", ""),
    ],
)
def test_the_environments_proxies_are_used_but_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, upstream: str, proxies: Mapping[str, str], no_proxy: str, through: str
) -> None:
    monkeypatch.setenv("no_proxy", no_proxy)
    via = Dialer(Address.parse(upstream), proxies=proxies).via
    assert (via.origin if via else "") == through


def test_a_socks_proxy_is_refused_in_a_sentence(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.example:1080")
    with pytest.raises(UsageError, match="the environment's proxy is a socks5 one: only http and https"):
        proxy("https://api.example/v1", cassette=tape)


def test_plain_http_goes_to_the_proxy_with_its_whole_url_and_its_password(
    server: WireServer, tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://me:mine@127.0.0.1:{server.port}")
    server.says(OK)
    with proxy("http://api.example/v1", cassette=tape) as running:
        assert statuses(running, 1) == ["200"]
    assert server.requests == [("GET", "http://api.example/v1/models", b"")]
    assert [exchange.request.url for exchange in running.cassette.recorded] == ["http://api.example/v1/models"]


def test_a_proxy_that_refuses_is_named(server: WireServer, tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
    server.says([b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"])
    with proxy("https://api.example/v1", cassette=tape) as running:
        data = said(running)
    assert b"502" in data
    assert f"the proxy http://127.0.0.1:{server.port} refused: HTTP/1.1 407 Proxy".encode() in data
    assert server.requests == [("CONNECT", "api.example:443", b"")]


def test_a_name_that_does_not_resolve_is_said(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with proxy("http://api.example/v1", cassette=tape) as running:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        data = said(running)
        monkeypatch.undo()
    assert b"can't reach http://api.example: its name doesn't resolve: Name or service not known" in data


def said(running: SavingProxy) -> bytes:
    """All that a GET gives."""
    with socket.socket(socket.AF_INET) as connection:  # no look-up
        connection.connect(("127.0.0.1", running.port))
        connection.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, with its key, that only these tests trust."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = subprocess.run(
        [
            *(openssl, "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-keyout", "-", "-days", "2", "-subj", "/CN=localhost", "-addext"),
            "subjectAltName=DNS:localhost,DNS:api.example",
        ],
        capture_output=True,
        check=True,
    )
    path.write_bytes(made.stdout)
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[int]:
    """The port of a TLS server; a CONNECT before TLS is granted, as a proxy would."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    if connection.recv(7, socket.MSG_PEEK) == b"CONNECT":
                        connection.recv(65536)
                        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    with context.wrap_socket(connection, server_side=True) as raw:
                        raw.recv(65536)
                        raw.sendall(b"".join(piece for piece in OK if isinstance(piece, bytes)))
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_tls_is_spoken_and_its_certificate_judged(
    secure: int, certificate: Path, tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(f"https://localhost:{secure}/v1", cassette=tape) as running:
        assert b"its certificate is not to be trusted: self" in said(running)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with proxy(f"https://localhost:{secure}/v1", cassette=tape) as running:
        assert statuses(running, 1) == ["200"]


def test_tls_goes_through_a_proxys_tunnel(
    secure: int, certificate: Path, tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{secure}")
    with proxy("https://api.example/v1", cassette=tape) as running:
        assert statuses(running, 1) == ["200"]
    assert [exchange.request.url for exchange in running.cassette.recorded] == ["https://api.example/v1/models"]


def test_an_upstream_that_comes_back_is_reached_again(tape: Path) -> None:
    port = refused_port()
    with proxy(f"http://127.0.0.1:{port}/v1", cassette=tape) as running:
        assert b"502" in said(running)
        with socket.create_server(("127.0.0.1", port)) as listener:

            def once() -> None:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"".join(piece for piece in OK if isinstance(piece, bytes)))

            thread = threading.Thread(target=once)
            thread.start()
            assert statuses(running, 1) == ["200"]
            thread.join()
