"""`retape record`, run as a user runs it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import retape
from commands.served import exchange, flood, save, started
from retape.cli import main
from wire import DONE, WireServer, completion, delta, plain, refused_port, stream

ASK = """
import json, os, sys, urllib.error, urllib.request
status = 0
for text in sys.argv[1:]:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]}).encode()
    headers = {"content-type": "application/json", "authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            print(json.load(answer)["choices"][0]["message"]["content"])
    except urllib.error.HTTPError as error:
        with error:
            print(error.code, error.read().decode(), file=sys.stderr)
        status = 1
raise SystemExit(status)
"""
"""A client that starts in no time."""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory of each test's own."""
    monkeypatch.chdir(tmp_path)


def record(upstream: str, *options: str, command: list[str] | None = None, ask: list[str] | None = None) -> int:
    """Run the command; `ask` runs a client that asks so many things."""
    runs = command if command is not None else [sys.executable, "-c", ASK, *(ask or [])]
    return main(["record", "--upstream", upstream, "--cassette", "tape.yaml", *options, "--", *runs])


def texts() -> list[str]:
    bodies = [json.loads(entry.exchange.body) for entry in retape.Cassette.load("tape.yaml").entries]
    return [body["choices"][0]["message"]["content"] for body in bodies]


def test_a_command_is_recorded_once_and_replayed_after_that(
    server: WireServer, capfd: pytest.CaptureFixture[str]
) -> None:
    server.says(plain(completion("one")), plain(completion("two")), plain(completion("three")))
    assert record(server.url, ask=["a", "b"]) == 0
    assert capfd.readouterr() == ("one\ntwo\n", "retape record: 2 served, 2 recorded, 0 replayed, 0 unused\n")
    assert record(server.url, ask=["b", "c"]) == 0
    assert capfd.readouterr() == ("two\nthree\n", "retape record: 2 served, 1 recorded, 1 replayed, 1 unused\n")
    assert texts() == ["one", "two", "three"]


def test_rewrite_records_everything_anew(server: WireServer, capfd: pytest.CaptureFixture[str]) -> None:
    server.says(plain(completion("one")), plain(completion("two")))
    assert record(server.url, ask=["a"]) == 0
    assert record(server.url, "--rewrite", ask=["a"]) == 0
    assert capfd.readouterr().err.endswith("retape record: 1 served, 1 recorded, 0 replayed\n")
    assert texts() == ["two"]


@pytest.mark.parametrize(
    ("command", "status"),
    [(["-c", ASK, "a", "nothing there"], 1), (["-c", ""], 0)],
    ids=["failed", "asked-nothing"],
)
def test_a_rewrite_that_came_to_nothing_leaves_the_cassette(
    server: WireServer, capfd: pytest.CaptureFixture[str], command: list[str], status: int
) -> None:
    server.says(plain(completion("one")), plain(completion("two")), plain({}, status="404 Not Found"))
    assert record(server.url, ask=["a"]) == 0
    assert record(server.url, "--rewrite", command=[sys.executable, *command]) == status
    assert texts() == ["one"]
    assert ("was not rewritten" in capfd.readouterr().err) is bool(status)


def test_the_commands_exit_status_is_handed_on(server: WireServer) -> None:
    assert record(server.url, command=[sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_the_command_gets_a_dummy_and_the_upstream_the_key(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str | None] = []

    def handler(request: retape.Request) -> Iterator[retape.Step]:
        seen.append(request.header("authorization"))
        yield retape.Head(200, (("content-type", "application/json"),))
        yield retape.Chunk(json.dumps(completion("Hi")).encode())

    key = "the-real-" + "0123456789"
    monkeypatch.setenv("MY_PROVIDERS", key)
    show = ASK.replace("status = 0", "status = 0; print(os.environ['OPENAI_API_KEY'])")
    with retape.serve(handler) as upstream:
        status = record(
            upstream.base_url, "--key-env", "MY_PROVIDERS", command=[sys.executable, "-c", show, "a", key[:4]]
        )
    told = capfd.readouterr()
    assert status == 0
    assert seen == [f"Bearer {key}"] * 2
    assert told.out == "retape-answers-this\nHi\nHi\n"
    assert key not in told.err + (tmp_path / "tape.yaml").read_text()


@pytest.mark.parametrize("options", [[], ["--rewrite"]], ids=["nothing-is-recorded", "everything-anew"])
def test_an_upstream_that_is_down_is_found_before_anything_is_started(
    options: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    if options:
        save(Path("tape.yaml"), exchange("a", "b"))
    before = sorted(Path().iterdir())
    port = refused_port()
    assert record(f"http://127.0.0.1:{port}/v1", *options, command=["touch", "started"]) == 2
    assert capfd.readouterr() == (
        "",
        f"retape: can't reach http://127.0.0.1:{port}: Connection refused; start that server, or correct --upstream "
        "(touch was not started)\n",
    )
    assert sorted(Path().iterdir()) == before


def test_an_upstream_that_is_down_is_no_matter_where_nothing_is_recorded(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    assert record(f"http://127.0.0.1:{refused_port()}/v1", ask=[]) == 0
    assert "can't reach" not in capfd.readouterr().err


def test_an_upstream_that_is_down_where_something_is_recorded_is_one_sentence_for_all(
    capfd: pytest.CaptureFixture[str],
) -> None:
    save(Path("tape.yaml"), exchange("x", "y"))
    port = refused_port()
    assert record(f"http://127.0.0.1:{port}/v1", ask=["a", "b"]) == 1
    told = capfd.readouterr().err
    reached = f"can't reach http://127.0.0.1:{port}: Connection refused"
    assert "502 {" in told
    assert told.count('"code": "upstream_unreachable"') == 2
    assert told.count(f"retape record: POST /v1/chat/completions: {reached}\n") == 1
    assert told.endswith("retape record: 2 served, 0 recorded, 0 replayed, 1 unused, 2 not answered\n")
    assert texts() == ["y"]


def test_what_a_full_disk_takes_is_counted_and_what_it_does_not_is_lost(
    server: WireServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from retape.tape import cassette
    from retape.tape.journal import Journal

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    server.says(plain(completion("one")), plain(completion("two")))
    monkeypatch.setattr(Journal, "append", full)
    monkeypatch.setattr(cassette, "write_atomically", full)
    assert record(server.url, ask=["a", "b"]) == 1
    told = capfd.readouterr().err.splitlines()
    assert told[0].startswith("retape record: tape.yaml: the journal could not be written: No space left on device; ")
    assert told[1].endswith(
        "can't be written: No space left on device; 2 exchanges are lost and have to be recorded again"
    )
    assert told[2:] == ["retape record: 2 served, 0 recorded, 0 replayed, 0 unused, 2 lost"]


def test_ci_replays_and_says_what_records(
    server: WireServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert record(server.url, ask=["a"]) == 0
    monkeypatch.setenv("CI", "1")
    assert record(server.url, ask=["a", "b"]) == 1
    told = capfd.readouterr().err
    assert "CI is set, so nothing is recorded; to record all the same: --record-in-ci" in told
    assert "CI is set, so nothing is recorded; to record all the same: RETAPE_RECORD_IN_CI=1 (--record-in-ci)" in told
    assert "--retape-record-in-ci" not in told
    assert "no recording answers POST /chat/completions" in told
    assert told.endswith("retape record: 2 served, 0 recorded, 1 replayed, 0 unused, 1 missed\n")
    assert record(server.url, "--record-in-ci", ask=["b"]) == 0
    assert len(server.requests) == 2


def test_what_is_ignored_and_scrubbed_can_be_told(server: WireServer, capfd: pytest.CaptureFixture[str]) -> None:
    server.says(plain({**completion("one"), "badge": "swordfish-1"}, headers=["x-mine: kept"]), plain({}))
    told = ["--ignore", "messages", "--scrub", "badge", "--keep-header", "X-Mine"]
    assert record(server.url, *told, ask=["a"]) == 0
    assert record(server.url, *told, ask=["another"]) == 0
    written = Path("tape.yaml").read_text()
    assert "x-mine" in written
    assert "swordfish" not in written
    assert len(server.requests) == 1


def test_programs_get_a_summary(server: WireServer, capfd: pytest.CaptureFixture[str]) -> None:
    assert record(server.url, "--json", "--quiet", ask=["a"]) == 0
    out, err = capfd.readouterr()
    summary = json.loads(out.splitlines()[-1])
    assert {name: summary[name] for name in ("served", "recorded", "replayed", "unused", "status")} == {
        **dict.fromkeys(("served", "recorded"), 1),
        **dict.fromkeys(("replayed", "unused", "status"), 0),
    }
    assert err == ""


def test_a_secret_that_survives_is_a_finding(
    server: WireServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from retape.tape.scrub import Finding, Scrubber

    monkeypatch.setattr(Scrubber, "check", lambda *_: [Finding("response.body", "a rule")])
    assert record(server.url, ask=["a"]) == 1
    assert "not saved: what looks like a secret is left after scrubbing, in response.body" in capfd.readouterr().err


def test_what_goes_wrong_while_saving_is_a_finding(
    server: WireServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from retape.tape.scrub import Scrubber

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug in scrubbing")

    monkeypatch.setattr(Scrubber, "exchange", broken)
    assert record(server.url, ask=["a"]) == 1
    assert "retape record: ZeroDivisionError: a bug in scrubbing\n" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--upstream", "api.openai.com"], "'api.openai.com' is no http or https URL: write https://api.openai.com/v1"),
        (["--upstream", "https://me:mine@host/v1"], "the key doesn't belong in the URL: put it into OPENAI_API_KEY"),
        (["--upstream", "http://localhost:8123", "--port", "8123"], "would be the proxy itself"),
        (["--cassette", "tape.txt"], "tape.txt"),
        (["--match", "lose"], "loose"),
        (["--fault", "cot"], "no fault 'cot': did you mean 'cut'?"),
        (["--pace", "fast"], "pace='fast': use instant, recorded or a positive number"),
        (["--cassette", "file/tape.yaml"], "can't be written, so nothing was sent: file is no folder"),
        (["--ignore", "/(/"], "no regular expression"),
        (["--port", "-1"], "no such port"),
        ([], "can't run no-such-command: No such file or directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_wrong_is_one_sentence(
    server: WireServer, options: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("file").touch()
    assert record(server.url, *options, command=["no-such-command"]) == 2
    said = capfd.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_strict_finds_recordings_that_nobody_asked_for(server: WireServer, capfd: pytest.CaptureFixture[str]) -> None:
    assert record(server.url, "--strict", ask=["a", "b"]) == 0
    assert record(server.url, ask=["b"]) == 0
    capfd.readouterr()
    assert record(server.url, "--strict", ask=["b"]) == 1
    told = capfd.readouterr().err
    assert "retape record: 1 of the recordings in tape.yaml was not asked for:\n    POST /v1/chat/completions\n" in told
    assert told.endswith("retape record: 1 served, 0 recorded, 1 replayed, 1 unused\n")


def test_what_is_replayed_meanwhile_may_take_its_time(server: WireServer, capfd: pytest.CaptureFixture[str]) -> None:
    save(Path("tape.yaml"), exchange("a", "slowly", wait=0.3))
    start = time.monotonic()
    assert record(server.url, "--pace", "recorded", "--match", "loose", ask=["a"]) == 0
    assert time.monotonic() - start >= 0.3
    assert capfd.readouterr().out == "slowly\n"


def test_a_fault_breaks_what_the_command_sees_and_not_the_recording(
    server: WireServer, capfd: pytest.CaptureFixture[str]
) -> None:
    faults = ["--fault", "truncated:size=9,times=1", "--fault", "rate-limit:times=1"]
    server.says(plain(completion("one")), plain(completion("two")))
    assert record(server.url, *faults, ask=["a"]) == 1
    told = capfd.readouterr().err
    assert "429 {" in told
    assert "retape record: --fault truncated:size=9,times=1 never struck\n" in told
    assert told.endswith("retape record: 1 served, 0 recorded, 0 replayed, 0 unused, 1 refused\n")
    assert server.requests == []
    assert record(server.url, *faults[:2], ask=["a"]) == 1
    assert capfd.readouterr().err.endswith("retape record: 1 served, 1 recorded, 0 replayed, 0 unused\n")
    assert record(server.url, *faults[:2], ask=["a"]) == 1
    assert capfd.readouterr().err.endswith("retape record: 1 served, 0 recorded, 1 replayed, 0 unused\n")
    assert texts() == ["one"]


def test_a_fault_that_never_struck_is_said_and_with_strict_a_finding(
    server: WireServer, capfd: pytest.CaptureFixture[str]
) -> None:
    told = "retape record: --fault cut:after=900 never struck\n"
    assert record(server.url, "--fault", "cut:after=900", ask=["a"]) == 0
    assert capfd.readouterr().err == f"{told}retape record: 1 served, 1 recorded, 0 replayed, 0 unused\n"
    assert record(server.url, "--quiet", "--strict", "--fault", "cut:after=900", ask=["a"]) == 1
    assert capfd.readouterr().err == told


def test_an_upstream_that_is_down_behind_a_fault_is_counted_once(capfd: pytest.CaptureFixture[str]) -> None:
    save(Path("tape.yaml"), exchange("x", "y"))
    port = refused_port()
    assert record(f"http://127.0.0.1:{port}/v1", "--fault", "no-done", "--quiet", ask=["a"]) == 1
    told = capfd.readouterr().err
    assert told.count(f"retape record: POST /v1/chat/completions: can't reach http://127.0.0.1:{port}") == 1
    assert record(f"http://127.0.0.1:{port}/v1", "--fault", "no-done", ask=["a"]) == 1
    assert "1 served, 0 recorded, 0 replayed, 1 unused, 1 not answered\n" in capfd.readouterr().err


def test_a_port_in_use_is_one_sentence(server: WireServer, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert record(server.url, "--port", str(port), command=["true"]) == 2
    assert f"port {port}: Address already in use" in capfd.readouterr().err


def test_a_cassette_that_is_none_is_left_alone(capfd: pytest.CaptureFixture[str]) -> None:
    Path("tape.yaml").write_text("interactions: [\n")
    assert record("http://127.0.0.1:1/v1", command=["true"]) == 2
    assert "damaged cassette" in capfd.readouterr().err
    assert Path("tape.yaml").read_text() == "interactions: [\n"


def test_a_missing_key_is_said_where_one_is_needed(capfd: pytest.CaptureFixture[str]) -> None:
    save(Path("tape.yaml"), exchange("x", "y"))
    assert record("https://api.example/v1", command=[sys.executable, "-c", ""]) == 0
    assert "OPENAI_API_KEY is not set: requests go out with whatever key the client has" in capfd.readouterr().err
    assert record("http://localhost:1/v1", command=[sys.executable, "-c", ""]) == 0
    assert "is not set" not in capfd.readouterr().err


@pytest.mark.parametrize("name", ["NO_SUCH_KEY", "OPENAI_API_KEY"])
def test_a_missing_key_that_was_named_is_said_wherever_the_server_is(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    save(Path("tape.yaml"), exchange("x", "y"))
    assert record("http://127.0.0.1:1/v1", "--key-env", name, command=[sys.executable, "-c", ""]) == 0
    told = f"retape record: {name} is not set: requests go out with whatever key the client has\n"
    assert told in capfd.readouterr().err
    assert record("http://127.0.0.1:1/v1", "--key-env", name, "--quiet", command=[sys.executable, "-c", ""]) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_without_a_command_it_records_until_interrupted(
    server: WireServer, tmp_path: Path, number: signal.Signals
) -> None:
    server.says(plain(completion("one")), stream(delta("Ju"), DONE), stream(delta("cut"), "hang"))
    command = [sys.executable, "-m", "retape", "record", "--upstream", server.url, "--cassette", "tape.yaml"]
    pipe: Any = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=tmp_path) as child:
        assert child.stderr is not None
        assert child.stdout is not None
        line = child.stderr.readline()
        base_url = next(word for word in line.split() if word.endswith("/v1"))
        asked = run_client(base_url)
        shown = [child.stdout.readline() for _ in range(4)]
        child.send_signal(number)
        more, told = child.communicate()
    assert child.returncode == 0
    assert asked == "one\nJu\ncut\n"
    assert f"recording http://127.0.0.1:{server.port} into tape.yaml at {base_url}" in line
    assert [part.split(" ", 1)[1].strip() for part in shown] == [
        "200 POST /v1/chat/completions m",
        "200 POST /v1/chat/completions m stream",
        "200 POST /v1/chat/completions m stream",
        "200 POST /v1/chat/completions m stream the client left",
    ]
    assert more == ""
    assert "retape record: 3 served, 3 recorded, 0 replayed, 0 unused, 1 left by the client\n" in told
    outcomes = [entry.exchange.outcome for entry in retape.Cassette.load(tmp_path / "tape.yaml").entries]
    assert outcomes == ["complete", "complete", "client-left"]


@pytest.mark.parametrize("fault", [[], ["--fault", "no-done"]], ids=["plainly", "behind-a-fault"])
def test_a_stream_that_the_interrupt_cuts_off_is_kept_and_counted_apart(
    server: WireServer, tmp_path: Path, fault: list[str]
) -> None:
    server.says(stream(delta("cut"), "hang", finish=False))
    options = ["--upstream", server.url, "--cassette", "tape.yaml", *fault]
    with started("record", *options, cwd=tmp_path) as (child, base_url):
        asked = urllib.request.Request(f"{base_url}/chat/completions", b'{"model": "m", "stream": true}')
        with urllib.request.urlopen(asked, timeout=30) as answer:
            assert answer.readline() == delta("cut").split(b"\n")[0] + b"\n"
            child.send_signal(signal.SIGINT)
            shown, told = child.communicate()
    assert child.returncode == 0
    assert [line.split(" ", 1)[1] for line in shown.splitlines()] == [
        "200 POST /v1/chat/completions m stream",
        "200 POST /v1/chat/completions m stream cut off, because retape was stopped",
    ]
    assert [line for line in told.splitlines() if "never struck" not in line] == [
        "retape record: 1 answer was cut off because retape was stopped; what had come of it is kept: "
        "POST /v1/chat/completions",
        "retape record: 1 served, 1 recorded, 0 replayed, 0 unused, 1 stopped",
    ]
    (entry,) = retape.Cassette.load(tmp_path / "tape.yaml").entries
    assert (entry.exchange.outcome, entry.exchange.wire) == ("client-left", delta("cut"))


def run_client(base_url: str) -> str:
    """Ask plainly, ask for a stream, and leave another one in its middle."""
    code = """
import openai
client = openai.OpenAI(max_retries=0)
ask = dict(model="m", messages=[{"role": "user", "content": "a"}])
print(client.chat.completions.create(**ask).choices[0].message.content)
print(*(event.choices[0].delta.content for event in client.chat.completions.create(**ask, stream=True)))
with client.chat.completions.create(**ask, stream=True) as stream:
    print(next(iter(stream)).choices[0].delta.content)
"""
    environment = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "unused"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_an_address_where_others_could_spend_the_key_is_warned_of(
    server: WireServer, capfd: pytest.CaptureFixture[str]
) -> None:
    assert record(server.url, "--host", "0.0.0.0", ask=[]) == 0
    assert "retape record: listening at 0.0.0.0: whoever reaches this machine can use it, and with it your key\n" in (
        capfd.readouterr().err
    )


def test_everything_is_saved_though_nobody_reads_what_is_shown(server: WireServer, tmp_path: Path) -> None:
    upstream = ["--upstream", server.url, "--cassette", "tape.yaml"]
    with started("record", *upstream, "--json", "-q", cwd=tmp_path) as (child, base_url):
        assert set(flood(base_url, 300)) == {200}
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == 0
    assert len(retape.Cassette.load("tape.yaml").entries) == 300
