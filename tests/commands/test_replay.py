"""`retape replay`, run as a user runs it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import retape
from commands.served import ASK, ASK_OFFICIALLY, ask, exchange, python, save, started, write
from retape.cli import main


@pytest.fixture
def planets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cassette with two recordings, in the working directory."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "planets.yaml", home="Earth", red="Mars")
    return tmp_path / "planets.yaml"


def test_a_command_is_answered_from_the_cassette(planets: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "planets.yaml", *python(ASK, "red", "home")]) == 0
    told = capfd.readouterr()
    assert told.out == "Mars\nEarth\n"
    assert told.err == "retape replay: 2 served, 2 replayed, 0 missed, 0 unused\n"


def test_several_cassettes_and_folders_answer_together(planets: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("more/deep").mkdir(parents=True)
    write(Path("more/a.yaml"), big="Jupiter")
    write(Path("more/deep/b.json"), ringed="Saturn")
    assert main(["replay", "planets.yaml", "more", *python(ASK, "ringed", "big", "home")]) == 0
    told = capfd.readouterr()
    assert told.out == "Saturn\nJupiter\nEarth\n"
    assert "3 replayed, 0 missed, 1 unused\n" in told.err


@pytest.mark.parametrize(
    "named",
    [["planets.yaml", "planets.yaml"], ["planets.yaml", "."], [".", "./planets.yaml"], ["link.yaml", "planets.yaml"]],
    ids=" ".join,
)
def test_a_cassette_that_is_named_twice_is_read_once(
    named: list[str], planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("link.yaml").symlink_to(planets)
    assert main(["replay", "--strict", *named, *python(ASK, "home", "red")]) == 0
    told = capfd.readouterr()
    assert told.out == "Earth\nMars\n"
    assert told.err == "retape replay: 2 served, 2 replayed, 0 missed, 0 unused\n"


def test_in_python_a_cassette_that_is_named_twice_is_read_once(planets: Path) -> None:
    made = retape.replay(planets, "planets.yaml", planets.parent, Path("..", planets.parent.name))
    assert made.paths == [planets]
    assert len(made.index.entries) == 2


@pytest.mark.parametrize("options", [[], ["--repeat"]], ids=str)
def test_a_recording_that_a_command_edits_is_there_again(
    options: list[str], planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    edit = """
import pathlib
path = pathlib.Path("planets.yaml")
path.write_text(path.read_text().replace("Mars", "Ares"))
time.sleep(0.2)  # twice as long as nobody looks, at most
"""
    program = f"import time\n{ASK}{edit}{ASK}"
    assert main(["replay", "--strict", *options, "planets.yaml", *python(program, "red")]) == 1
    told = capfd.readouterr()
    assert told.out == "Mars\nAres\n"
    assert "retape replay: read planets.yaml anew: 2 recordings\n" in told.err
    assert told.err.endswith("retape replay: 2 served, 2 replayed, 0 missed, 1 unused\n")


def test_a_miss_costs_one_request_and_is_told_in_full_at_the_end(
    planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(Path("stars.yaml"), dog="Sirius")
    assert main(["replay", "stars.yaml", "planets.yaml", *python(ASK_OFFICIALLY, "home", "rod")]) == 1
    told = capfd.readouterr()
    assert told.out.startswith("Earth\ncassette_miss ")
    difference = "messages[0].content: recorded 'red', asked 'rod'"
    assert f"the nearest, recording 2 of planets.yaml, differs in {difference}" in told.out
    report, _, summary = told.err.rpartition("retape replay: ")
    lines = report.splitlines()
    assert lines[:4] == [
        "retape replay: no recording answers POST /chat/completions (request 2)",
        "  cassette: stars.yaml, planets.yaml (3 recorded, 1 of them replayed)",
        "  nearest:  recording 2 of planets.yaml, which differs in",
        f"    {difference}",
    ]
    assert "  record it: retape record --upstream URL --cassette stars.yaml -- " in report
    assert summary == "2 served, 1 replayed, 1 missed, 2 unused\n"


def test_the_commands_own_exit_status_goes_before_a_finding(planets: Path) -> None:
    assert main(["replay", "planets.yaml", *python(ASK + "raise SystemExit(5)", "nothing")]) == 5
    assert main(["replay", "--strict", "planets.yaml", *python("raise SystemExit(7)")]) == 7


def test_what_nobody_asked_for_is_a_finding_when_that_is_asked(
    planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "planets.yaml", *python(ASK, "red")]) == 0
    capfd.readouterr()
    assert main(["replay", "--strict", "planets.yaml", *python(ASK, "red")]) == 1
    assert capfd.readouterr().err.splitlines() == [
        "retape replay: recordings that nobody asked for:",
        "  POST /v1/chat/completions",
        "retape replay: 1 served, 1 replayed, 0 missed, 1 unused",
    ]


def test_a_fault_that_never_struck_is_said_and_found_when_that_is_asked(
    planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    once = [
        "--fault",
        "rate-limit:times=1",
        "--fault",
        "cut:after=9",
        "planets.yaml",
        *python(ASK, "red", "red", "home"),
    ]
    assert main(["replay", *once]) == 0
    told = capfd.readouterr()
    assert told.out == "429 rate_limit_exceeded\nMars\nEarth\n"
    assert told.err.splitlines() == [
        "retape replay: --fault cut:after=9 never struck",
        "retape replay: 3 served, 2 replayed, 0 missed, 0 unused, 1 refused",
    ]
    assert main(["replay", "--strict", *once]) == 1


@pytest.mark.parametrize("options, status", [([], 1), (["--repeat"], 0), (["--no-repeat"], 1)], ids=str)
def test_a_command_gets_each_recording_once_unless_told_otherwise(
    options: list[str], status: int, planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", *options, "planets.yaml", *python(ASK, "red", "red")]) == status
    told = capfd.readouterr()
    assert told.out == "Mars\n" + ("404 cassette_miss\n" if status else "Mars\n")
    assert ("replayed as often already; repeat=True (--repeat) gives the last one again" in told.err) == bool(status)


@pytest.mark.parametrize(
    "options",
    [
        ["--match", "loose"],
        ["--ignore", "messages[*].content"],
        ["--ignore", "/gr[a-z]+n|home/"],
    ],
    ids=" ".join,
)
def test_a_request_may_differ_as_far_as_is_said(
    options: list[str], planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", *options, "planets.yaml", *python(ASK, "green")]) == 0
    assert capfd.readouterr().out == "Earth\n"


def test_what_differs_is_told_when_recordings_are_matched_loosely(
    planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "--match", "loose", "planets.yaml", *python(ASK, "green")]) == 0
    assert "POST /v1/chat/completions: messages[0].content: recorded 'home', asked 'green'\n" in capfd.readouterr().err


@pytest.mark.parametrize("pace, least", [("recorded", 0.3), ("3", 0.1)])
def test_time_passes_as_it_did(pace: str, least: float, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "slow.yaml"
    save(path, exchange("home", "Earth", wait=0.3))
    timed = f"import time\nstart = time.perf_counter(){ASK}\nprint(time.perf_counter() - start)"
    assert main(["replay", "--pace", pace, str(path), *python(timed, "home")]) == 0
    said, seconds = capfd.readouterr().out.splitlines()
    assert said == "Earth"
    assert float(seconds) >= least


def test_the_summary_for_programs_is_the_last_line(planets: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--json", "--quiet", "--strict", "planets.yaml", *python(ASK, "red")]) == 1
    told = capfd.readouterr()
    first, last = told.out.splitlines()
    assert first == "Mars"
    assert json.loads(last) == {
        "event": "summary",
        "served": 1,
        "replayed": 1,
        "missed": 0,
        "unused": 1,
        "findings": ["recordings that nobody asked for:\n  POST /v1/chat/completions"],
        "remarks": [],
        "status": 1,
    }
    assert told.err == "retape replay: recordings that nobody asked for:\n  POST /v1/chat/completions\n"


def test_quiet_says_nothing_when_nothing_is_wrong(planets: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "-q", "planets.yaml", *python("")]) == 0
    assert capfd.readouterr() == ("", "")


def test_the_commands_environment_leads_here_and_nowhere_else(
    planets: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"):
        monkeypatch.setenv(name, "the real one")
    for name in ("HTTPS_PROXY", "all_proxy", "OPENAI_PROXY", "OPENAI_API_BASE"):
        monkeypatch.setenv(name, "http://elsewhere.invalid")
    show = "import json, os; print(json.dumps({n: v for n, v in os.environ.items()}))"
    assert main(["replay", "planets.yaml", *python(show)]) == 0
    found = json.loads(capfd.readouterr().out)
    assert {found["OPENAI_API_KEY"], found["AZURE_OPENAI_API_KEY"]} == {"retape-answers-this"}
    assert found["OPENAI_BASE_URL"] == found["AZURE_OPENAI_ENDPOINT"] + "/v1"
    assert found["OPENAI_BASE_URL"].startswith("http://127.0.0.1:")
    assert not [value for value in found.values() if "elsewhere" in value]


def test_the_dashes_of_a_command_are_its_own(planets: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "planets.yaml", *python("import sys; print(sys.argv[1:])", "--port", "--", "x")]) == 0
    assert capfd.readouterr().out == "['--port', '--', 'x']\n"


BAD = [
    (["missing.yaml"], "there is no file missing.yaml"),
    (["empty"], "there is no cassette in empty"),
    (["notes.txt"], "notes.txt is no recording"),
    (["api.yaml"], "api.yaml: no recording of a known format"),
    (["list.yaml"], "damaged cassette list.yaml: line 1"),
    (["planets.yaml", "torn.yaml"], "damaged cassette torn.yaml: line "),
    (["planets.yaml", "--pace", "fast"], "pace='fast': use instant, recorded or a positive number"),
    (["planets.yaml", "--match", "vaguely"], "match='vaguely': use one of exact, loose"),
    (["planets.yaml", "--ignore", "a..b"], "ignore='a..b' is no JSON path"),
    (["planets.yaml", "--ignore", "/(/"], "--ignore /(/: no regular expression"),
    (["planets.yaml", "--fault", "cutt"], "no fault 'cutt': did you mean 'cut'?"),
    (["planets.yaml", "--port", "70000"], "can't listen at 127.0.0.1, port 70000: no such port"),
    (["planets.yaml"], "can't run no-such-command: No such file or directory"),
]


@pytest.mark.parametrize("arguments, told", BAD, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_what_is_wrong_is_one_sentence_and_status_2(
    arguments: list[str], told: str, planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    for name, text in {"notes.txt": "notes", "api.yaml": "openapi: 3.1.0", "list.yaml": "[]"}.items():
        Path(name).write_text(text)
    Path("torn.yaml").write_bytes(planets.read_bytes()[:-30])
    assert main(["replay", *arguments, "--", "no-such-command"]) == 2
    said = capfd.readouterr().err
    assert said.startswith("retape: ")
    assert told in said
    assert said.count("\n") == 1


def test_a_port_in_use_is_one_sentence_and_nothing_was_run(planets: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["replay", "planets.yaml", "--port", port, *python("print('ran')")]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err == (
        f"retape: can't listen at 127.0.0.1, port {port}: Address already in use; port 0 takes a free one\n"
    )


def test_another_address_is_warned_of(planets: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "planets.yaml", "--host", "0.0.0.0", *python(ASK, "red")]) == 0
    told = capfd.readouterr()
    assert told.out == "Mars\n"
    assert told.err.startswith("retape replay: listening at 0.0.0.0: whoever reaches this machine can use it\n")


def test_a_server_shows_what_comes_and_sums_up_when_it_is_interrupted(planets: Path) -> None:
    with started("replay", "planets.yaml", cwd=planets.parent) as (child, base_url):
        assert [ask(base_url, text) for text in ("red", "red")] == [(200, "Mars")] * 2
        assert ask(base_url, "rod")[0] == 404
        child.send_signal(signal.SIGINT)
        shown, told = child.communicate()
    assert child.returncode == 1
    lines = shown.splitlines()
    assert [line.split()[1:] for line in lines[:2]] == [["200", "POST", "/v1/chat/completions", "m"]] * 2
    assert lines[2].split()[1] == "404"
    assert "    messages[0].content: recorded 'red', asked 'rod'" in lines
    assert told == "retape replay: 3 served, 2 replayed, 1 missed, 1 unused\n"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_program_reads_address_requests_and_summary_as_lines_of_json(name: str, planets: Path) -> None:
    with started("replay", "--json", "-q", "planets.yaml", cwd=planets.parent) as (child, base_url):
        assert ask(base_url, "red") == (200, "Mars")
        child.send_signal(getattr(signal, name))
        shown, told = child.communicate()
    request, summary = map(json.loads, shown.splitlines())
    assert (request["event"], request["status"], request["outcome"], request["model"]) == (
        "request",
        200,
        "complete",
        "m",
    )
    assert (summary["event"], summary["served"], summary["unused"], summary["status"]) == ("summary", 1, 1, 0)
    assert (child.returncode, told) == (0, "")


def test_edits_are_picked_up_while_it_serves(planets: Path) -> None:
    with started("replay", ".", cwd=planets.parent) as (child, base_url):
        assert ask(base_url, "red") == (200, "Mars")
        write(planets, home="Earth", red="Mars, the god")
        assert until(base_url, 200, "Mars, the god")
        planets.write_text(planets.read_text()[:-40])
        told = "no recording answers POST /chat/completions: damaged cassette planets.yaml: line "
        assert until(base_url, 404, told)
        child.send_signal(signal.SIGINT)
        told = child.communicate()[1]
    assert "retape replay: read planets.yaml anew: 2 recordings\n" in told
    assert "\nretape replay: damaged cassette planets.yaml: line " in told


def until(base_url: str, status: int, said: str) -> bool:
    """Whether that is said before long: a server looks for edits every tenth of a second at least."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        got = ask(base_url, "red")
        if got[0] == status and got[1].startswith(said):
            return True
    return False


SLEEPER = """
import os, signal, sys, time
def ended(number, _):  # maybe before print has come back: it can't be entered a second time
    os.write(1, (signal.Signals(number).name + "\\n").encode())
    sys.exit(3)
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"):
    signal.signal(getattr(signal, name), ended)
print("ready http://x/v1", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_signal_goes_on_to_the_command_and_its_status_comes_back(name: str, planets: Path) -> None:
    command = [sys.executable, "-m", "retape", "replay", "planets.yaml", *python(SLEEPER)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready http://x/v1\n"
        child.send_signal(getattr(signal, name))  # to this process alone, as kill does; there is no terminal
        shown, told = child.communicate()
    assert (shown, child.returncode) == (f"{name}\n", 3)
    assert told == "retape replay: 0 served, 0 replayed, 0 missed, 2 unused\n"


ONCE = SLEEPER.replace("sys.exit(3)", "time.sleep(0.3); os.write(1, b'once\\n'); os._exit(4)")


AT_A_TERMINAL = """
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown = b""
while b"ready" not in shown:
    shown += os.read(terminal, 4096)
os.write(terminal, b"\\x03")
try:
    while piece := os.read(terminal, 4096):
        shown += piece
except OSError:  # how Linux says that nobody has the terminal's other side any more
    pass
print(shown.count(b"SIGINT"), shown.count(b"once"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
"""Runs a command at a terminal and types Ctrl+C there; in a process of its own, because forking wants one thread."""


def test_what_a_terminal_tells_everybody_reaches_the_command_once(planets: Path) -> None:
    pytest.importorskip("pty", reason="needs terminals")
    command = [sys.executable, "-m", "retape", "replay", "planets.yaml", *python(ONCE)]
    done = subprocess.run([sys.executable, "-c", AT_A_TERMINAL, *command], capture_output=True, text=True)
    assert done.stdout == "1 1 4\n"


def test_an_ignored_signal_stays_ignored(planets: Path) -> None:
    shell = f"trap '' HUP; exec {sys.executable} -m retape replay planets.yaml --json -q"
    with subprocess.Popen(["/bin/sh", "-c", shell], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        base_url = json.loads(child.stdout.readline())["base_url"]
        child.send_signal(signal.SIGHUP)
        assert ask(base_url, "red") == (200, "Mars")
        child.send_signal(signal.SIGTERM)
        child.communicate()
    assert child.returncode == 0


def test_nobody_has_to_read_what_is_shown(planets: Path) -> None:
    with started("replay", "--json", "planets.yaml", cwd=planets.parent) as (child, base_url):
        assert child.stdout is not None
        child.stdout.close()
        assert [ask(base_url, "red") for _ in range(3)] == [(200, "Mars")] * 3


def test_a_request_that_may_stand_for_a_recording_names_both_ways_to_record_it(
    planets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "planets.yaml", "--", sys.executable, "-c", ASK, "rod"]) == 1
    told = capfd.readouterr().err
    record = "retape record --upstream URL --cassette planets.yaml"
    assert f"  record it in its place: {record} --rewrite -- " in told
    assert f"  or beside it: {record} -- " in told
