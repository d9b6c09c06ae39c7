"""`retape fake`, run as a user runs it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from retape.cli import main
from retape.handlers.fake.rules.switches import SWITCHES

ASK = """
import openai
said = openai.OpenAI(max_retries=1).chat.completions.create(
    model="gpt-4o", messages=[{"role": "user", "content": "Which planet?"}]
)
print(said.choices[0].message.content)
"""
SCRIPT = "rules:\n  - on: {contains: planet}\n    reply: Earth\n"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "planets.yaml"
    path.write_text(SCRIPT)
    return path


def python(*arguments: str) -> list[str]:
    return ["--", sys.executable, *arguments]


def test_a_command_runs_against_the_fake(script: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", "--script", "planets.yaml", *python("-c", ASK)]) == 0
    told = capfd.readouterr()
    assert told.out == "Earth\n"
    assert "retape fake: 1 served\n" in told.err


def test_faults_of_the_command_line_strike(script: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", "--script", "planets.yaml", "--fault", "rate-limit:times=1", *python("-c", ASK)]) == 0
    told = capfd.readouterr()
    assert told.out == "Earth\n"
    assert "retape fake: 2 served, 1 refused\n" in told.err


def test_its_help_names_every_switch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "4000")
    with pytest.raises(SystemExit, match="0"):
        main(["fake", "--help"])
    assert f"--switch NAME  refuse for what no request shows: {', '.join(SWITCHES)}\n" in re.sub(
        " {2,}", "  ", capsys.readouterr().out
    )


@pytest.mark.parametrize("name", ["no-quota", "flagged-prompt"])
def test_a_switch_refuses(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", "--switch", name, *python("-c", ASK)]) == 1
    told = capfd.readouterr()
    assert SWITCHES[name].refusal("chat.completions.create", {}).message in told.err  # type: ignore[union-attr]


def test_the_commands_exit_status_is_handed_on(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", *python("-c", "raise SystemExit(7)")]) == 7


def test_a_command_ended_by_a_signal_counts_as_in_a_shell() -> None:
    ended = f"import os, signal; os.kill(os.getpid(), {int(signal.SIGTERM)})"
    assert main(["fake", *python("-c", ended)]) == 128 + signal.SIGTERM


def test_no_real_key_and_no_proxy_reach_the_command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the real one")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    show = "import os; print(os.environ['OPENAI_API_KEY'], 'HTTPS_PROXY' in os.environ, os.environ['OPENAI_BASE_URL'])"
    assert main(["fake", *python("-c", show)]) == 0
    key, proxied, base_url = capfd.readouterr().out.split()
    assert (key, proxied) == ("retape-answers-this", "False")
    assert base_url.startswith("http://127.0.0.1:")


def test_what_was_scripted_and_not_asked_for_is_a_finding(script: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", "--script", "planets.yaml", *python("-c", "")]) == 1
    assert "planets.yaml:3:5" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fault", "cutt"], "no fault 'cutt': did you mean 'cut'?"),
        (["--script", "missing.yaml"], "missing.yaml"),
        (["--off", "unknown-paramter"], "unknown-parameter"),
        (["--profile", "strict"], "openai"),
        (["--switch", "no-qouta"], "no-quota"),
        (["--port", "-1"], "port"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    arguments: list[str], told: str, script: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["fake", *arguments, "--", "no-such-command"]) == 2
    said = capfd.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_a_command_that_does_not_exist_is_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", "--", "no-such-command"]) == 2
    assert capfd.readouterr().err == "retape: can't run no-such-command: No such file or directory\n"


def test_a_fault_that_never_struck_is_said_and_with_strict_a_finding(
    script: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["--script", "planets.yaml", "--fault", "cut:after=900", *python("-c", ASK)]
    assert main(["fake", *asked]) == 0
    told = "retape fake: --fault cut:after=900 never struck\n"
    assert capfd.readouterr().err == f"{told}retape fake: 1 served\n"
    assert main(["fake", "--quiet", "--strict", *asked]) == 1
    assert capfd.readouterr().err == told


@pytest.mark.parametrize(
    "waits",
    ["stream: [Ear, 3600, th]", "reply: Earth\n    and_fail: {fault: slow-first-byte, seconds: 3600}"],
    ids=["its own", "its faults'"],
)
def test_a_script_that_waits_can_be_hurried(script: Path, capfd: pytest.CaptureFixture[str], waits: str) -> None:
    script.write_text(SCRIPT.replace("reply: Earth", waits))
    for pace in ("instant", "1e9"):
        assert main(["fake", "--script", "planets.yaml", "--pace", pace, *python("-c", ASK)]) == 0
        assert capfd.readouterr().out == "Earth\n"


@pytest.mark.parametrize("options", [[], ["--pace", "recorded"]])
def test_a_script_waits_as_long_as_it_says_unless_it_is_hurried(
    script: Path, capfd: pytest.CaptureFixture[str], options: list[str]
) -> None:
    script.write_text(SCRIPT.replace("reply: Earth", "stream: [Ear, 3600, th]"))
    impatient = ASK.replace("max_retries=1", "max_retries=0, timeout=0.05")
    assert main(["fake", "--script", "planets.yaml", *options, *python("-c", impatient)]) == 1
    assert "APITimeoutError" in capfd.readouterr().err


def test_a_pace_that_is_none_is_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", "--pace", "fast"]) == 2
    assert capfd.readouterr().err.startswith("retape: pace='fast': use instant, recorded or a positive number")


def test_the_summary_for_programs_names_what_was_not_followed(script: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", "--json", "--quiet", "--script", "planets.yaml", *python("-c", "print('ran')")]) == 1
    ran, summary = capfd.readouterr().out.splitlines()
    told = json.loads(summary)
    assert (ran, told["served"], told["status"]) == ("ran", 0, 1)
    assert "planets.yaml:3:5" in told["findings"][0]


def test_a_script_can_be_checked_without_serving(script: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", "--check", "--script", "planets.yaml"]) == 0
    script.write_text(SCRIPT.replace("contains", "contain"))
    assert main(["fake", "--check", "--script", "planets.yaml"]) == 2
    assert "planets.yaml:2:10: no matcher 'contain': did you mean 'contains'?" in capfd.readouterr().err


def test_without_a_command_it_serves_until_interrupted(script: Path) -> None:
    command = [sys.executable, "-m", "retape", "fake", "--script", "planets.yaml"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=script.parent
    ) as child:
        assert child.stderr is not None
        line = child.stderr.readline()
        base_url = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        subprocess.run(
            [sys.executable, "-c", ASK],
            env={"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "x"},
            check=True,
            stdout=subprocess.PIPE,
        )
        child.send_signal(signal.SIGINT)
        shown, told = child.communicate()
    assert child.returncode == 0
    assert shown.split()[1:] == ["200", "POST", "/v1/chat/completions", "gpt-4o"]
    assert "retape fake: 1 served\n" in told
