"""Installing and starting the gateways, as far as it goes without the package index."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from upstream import litellm, portkey, process
from upstream.litellm import LiteLLM
from upstream.portkey import Portkey
from upstream.process import Process, installing

WANTED = {
    "litellm": (litellm.install, litellm.REQUIREMENTS.read_text() + litellm.OVERRIDES.read_text()),
    "portkey": (portkey.install, portkey.PACKAGE.read_text()),
}


@pytest.mark.parametrize("name", WANTED)
def test_an_installation_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    install, wanted = WANTED[name]
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("installed again"))
    (tmp_path / name).mkdir()
    (tmp_path / name / "installed.txt").write_text(wanted)
    assert tmp_path / name in install(tmp_path).parents


def test_an_installation_that_fails_is_made_anew(tmp_path: Path) -> None:
    def fail() -> None:
        with installing(tmp_path, "that"):
            raise OSError("no network")

    with pytest.raises(OSError, match="no network"):
        fail()
    with installing(tmp_path, "that") as needed:
        assert needed
    with installing(tmp_path, "that") as needed:
        assert not needed


def test_portkey_without_npm_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="needs Node 20 or newer, with npm"):
        portkey.install(tmp_path)


@pytest.mark.parametrize(
    "make, module",
    [
        (lambda cache: LiteLLM(cache, upstream="http://127.0.0.1:1/v1", key="unused"), litellm),
        (Portkey, portkey),
    ],
    ids=["litellm", "portkey"],
)
def test_a_gateway_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Process], module: Any
) -> None:
    """Any Python does in the place of LiteLLM's and of Node: it fails at what it is given."""
    gateway = make(tmp_path)
    monkeypatch.setattr(module, "install", lambda _: Path(sys.executable))
    given = gateway.command()
    monkeypatch.setattr(gateway, "command", lambda: [sys.executable, "-S", *given[1:]])
    with pytest.raises(SystemExit, match=rf"(?s){gateway.name} did not start.*(No module named|SyntaxError)"):
        gateway.__enter__()
    assert gateway.process.poll() is not None


HEALTHY = """
import http.server, sys, threading
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/there" else 503)
        self.end_headers()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
sys.stdin.read()
"""


class Healthy(Process):
    name = "a server"
    health = "/there"

    def command(self) -> list[Any]:
        return [sys.executable, "-c", HEALTHY]


def test_a_server_runs_from_its_health_to_the_end_of_the_block() -> None:
    with Healthy() as server:
        assert server.base_url.startswith("http://127.0.0.1:")
        assert server.base_url.endswith("/v1")
        assert server.process.poll() is None
    assert server.process.poll() is not None


def test_a_server_that_is_never_healthy_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "READY_WITHIN", 0)
    server = Healthy()
    server.health = "/elsewhere"  # type: ignore[misc]
    with pytest.raises(SystemExit, match="a server was not healthy within 0 s"):
        server.__enter__()
    assert server.process.poll() is not None


def test_a_server_ends_with_the_input_of_whoever_started_it() -> None:
    with Healthy() as server:
        assert server.process.stdin
        server.process.stdin.close()
        assert server.process.wait(60) == 0
