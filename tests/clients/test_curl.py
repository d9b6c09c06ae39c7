"""curl: what comes over the wire, with no SDK between."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

import retape

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")

ASK: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Which planet is red?"}]}
CURL = ("curl", "-sS", "--noproxy", "*", "--max-time", "20", "-H", "authorization: Bearer unused")
KIND = "content-type: application/json"
PARTIAL_FILE, EMPTY_REPLY, RECEIVE_ERROR = 18, 52, 56
"""curl's exit codes for a body that ends too soon, for no answer at all, and for a connection that was reset."""


def curl(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CURL, *arguments, url], capture_output=True, text=True)


def post(base_url: str, body: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    return curl(f"{base_url}/chat/completions", "-H", KIND, "-d", json.dumps(body), *arguments)


def planets() -> retape.Fake:
    fake = retape.Fake()
    fake.on(contains="planet").reply("Mars")
    return fake


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2"])
def test_whatever_version_it_speaks_it_is_answered_in_http_1(version: str) -> None:
    with retape.serve(planets()) as server:
        done = post(server.base_url, ASK, version, "-w", "\n%{http_version} %{http_code} %{num_connects}")
    body, _, told = done.stdout.rpartition("\n")
    assert json.loads(body)["choices"][0]["message"]["content"] == "Mars"
    assert told.split()[1:] == ["200", "1"]
    assert told.startswith("1.")


def test_the_fake_and_its_recording_give_the_same_bytes(twice: Any) -> None:
    said = twice(planets(), lambda base_url: post(base_url, ASK | {"stream": True}, "-N").stdout)
    lines = [line for line in said.splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"


def test_a_large_body_waits_for_leave_and_gets_it() -> None:
    text = "Which planet? " * 200_000
    asked = ASK | {"messages": [{"role": "user", "content": text}]}
    with retape.serve(retape.Fake(off="context-length")) as server:
        done = subprocess.run(
            [*CURL, "-v", "-H", "expect: 100-continue", "-H", KIND, "-d", "@-", f"{server.base_url}/chat/completions"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
        )
    assert json.loads(done.stdout)["object"] == "chat.completion"
    assert "100 Continue" in done.stderr


def test_a_file_goes_up_and_comes_down_again(tmp_path: Any) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a": "\xc3\xa4"}\n')
    with retape.serve(retape.Fake()) as server:
        made = json.loads(curl(f"{server.base_url}/files", "-F", "purpose=batch", "-F", f"file=@{path}").stdout)
        assert (made["filename"], made["bytes"]) == ("rows.jsonl", path.stat().st_size)
        assert curl(f"{server.base_url}/files/{made['id']}/content").stdout.encode() == path.read_bytes()


def test_a_connection_is_used_again() -> None:
    with retape.serve(planets()) as server:
        url = f"{server.base_url}/models"
        done = curl(url, url, "-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ")
    assert done.stdout.split() == ["1", "0"]


@pytest.mark.parametrize("shown", ["-I", "-i"])
def test_a_head_without_a_body_leaves_the_connection_whole(shown: str) -> None:
    with retape.serve(planets()) as server:
        done = curl(f"{server.base_url}/models/gpt-4o-mini", shown)
    assert done.returncode == 0
    assert done.stdout.startswith("HTTP/1.1 ")


@pytest.mark.parametrize(
    "fault, code",
    [
        (retape.faults.cut, PARTIAL_FILE),
        (retape.faults.reset, RECEIVE_ERROR),
    ],
    ids=["cut", "reset"],
)
def test_a_broken_stream_has_curls_own_exit_code(fault: Any, code: int) -> None:
    with retape.serve(fault(planets(), after=2)) as server:
        done = post(server.base_url, ASK | {"stream": True}, "-N")
    assert done.returncode == code
    assert done.stdout.count("data: ") == 2


def test_a_refused_connection_is_an_empty_reply() -> None:
    with retape.serve(retape.faults.refused(planets())) as server:
        assert post(server.base_url, ASK).returncode == EMPTY_REPLY


def test_its_own_retries_obey_the_fake() -> None:
    fake = planets()
    fake.fail(429, times=2)
    with retape.serve(fake) as server:
        done = post(server.base_url, ASK, "-f", "--retry", "3", "--retry-delay", "0")
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == "Mars"
    assert len(fake.requests) == 3
