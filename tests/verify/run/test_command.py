"""`retape verify` as a user runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import retape
from retape.cli import main
from verify.run.ailing import Ailing
from verify.run.small import cells, small, written


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small suite, recorded from the fake."""
    folder = tmp_path_factory.mktemp("recorded")
    cells(small(folder), live=True)
    return folder


@pytest.fixture
def here(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(recorded)
    return recorded


ARGUMENTS = ("verify", "--cases", "cases", "--cassettes", "cassettes")


def test_without_arguments_everything_recorded_is_replayed_and_the_rest_said_to_be_unrecorded(here, capsys) -> None:
    assert main([*ARGUMENTS]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^test_chat_streaming_basic \(saturn\) +pass$", out, re.MULTILINE)
    assert "fake gpt-4o-mini: coverage 100 % (7/7), conformance 100 % (7/7), quality 100 % (4/4) (7 pass)" in out
    assert "not recorded: openai (gpt-4o, gpt-4o-mini); record it: retape verify --live --provider openai " in out
    assert "--provider openai --cases cases --cassettes cassettes\n" in out


@pytest.mark.parametrize(("more", "told"), [((), 1), (("-k", "earth"), 0)])
def test_recordings_that_no_case_asks_for_any_more_are_told(
    recorded, tmp_path, monkeypatch, capsys, more, told
) -> None:
    shutil.copytree(recorded, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    folder = Path("cassettes/fake/gpt-4o-mini/chat-basic")
    shutil.copy(folder / "earth.plain.yaml", folder / "mars.plain.yaml")
    assert main([*ARGUMENTS, *more]) == 0
    said = f"no case asks for 1 recording any more; delete: {folder / 'mars.plain.yaml'}\n"
    assert capsys.readouterr().out.count(said) == told


def test_json_is_all_that_standard_output_has(here, capsys) -> None:
    assert main([*ARGUMENTS, "--provider", "fake", "--json"]) == 0
    said = capsys.readouterr()
    assert [cell["verdict"] for cell in json.loads(said.out)["cells"]] == ["pass"] * 7
    assert "7 cells in" in said.err


def test_live_asks_records_and_says_what_it_cost(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "cases")
    assert main(["verify", "--cases", "cases", "--provider", "fake", "--live", "-k", "earth"]) == 0
    assert "asked: 2 requests for 2 cells; 13 prompt and " in capsys.readouterr().out
    folder = tmp_path / "cassettes" / "verify" / "fake" / "gpt-4o-mini" / "chat-basic"
    assert sorted(path.name for path in folder.iterdir()) == ["earth.plain.yaml", "earth.stream.yaml"]


def failing(here: Path) -> None:
    file = here / "cases" / "chat-basic.yaml"
    file.write_text(file.read_text().replace("text: Earth", "text: Mars"))


def test_a_failure_is_told_as_it_comes_and_is_status_1(here, capsys) -> None:
    kept = (here / "cases" / "chat-basic.yaml").read_text()
    failing(here)
    try:
        assert main([*ARGUMENTS, "--provider", "fake"]) == 1
    finally:
        (here / "cases" / "chat-basic.yaml").write_text(kept)
    assert "FAIL fake/gpt-4o-mini test_chat_non_streaming_basic (earth): the model said" in capsys.readouterr().out


def test_with_a_baseline_only_what_got_worse_is_status_1(here, tmp_path, capsys) -> None:
    kept = (here / "cases" / "chat-basic.yaml").read_text()
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    main([*ARGUMENTS, "--provider", "fake", "--json"])
    good.write_text(capsys.readouterr().out)
    failing(here)
    try:
        main([*ARGUMENTS, "--provider", "fake", "--json"])
        bad.write_text(capsys.readouterr().out)
        assert main([*ARGUMENTS, "--provider", "fake", "--baseline", str(bad)]) == 0
        assert main([*ARGUMENTS, "--provider", "fake", "--baseline", str(good)]) == 1
    finally:
        (here / "cases" / "chat-basic.yaml").write_text(kept)
    assert (
        "2 worse\n  worse fake/gpt-4o-mini test_chat_non_streaming_basic (earth): pass → fail"
        in capsys.readouterr().out
    )


def test_with_a_baseline_a_recording_that_is_gone_is_status_1(recorded, tmp_path, monkeypatch, capsys) -> None:
    shutil.copytree(recorded, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    main([*ARGUMENTS, "--provider", "fake", "--json"])
    Path("good.json").write_text(capsys.readouterr().out)
    Path("cassettes/fake/gpt-4o-mini/chat-basic/earth.plain.yaml").unlink()
    assert main([*ARGUMENTS, "--provider", "fake", "--baseline", "good.json"]) == 1
    assert "worse fake/gpt-4o-mini test_chat_non_streaming_basic (earth): pass → unrecorded" in capsys.readouterr().out


def test_live_says_how_many_cells_ended_in_an_error_and_that_they_are_asked_again(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "cases")
    with retape.serve(Ailing({"rings": "early-end"})) as running:
        again = ["verify", "--cases", "cases", "--provider", "small", "--live", "--base-url", running.base_url]
        assert main(again) == 1
        out = capsys.readouterr().out
        assert "asked: 11 requests for 7 cells; " in out
        assert "2 cells ended in an error, of which nothing is kept: the same command asks again\n" in out
        assert main([*again, "--rewrite", "-k", "saturn"]) == 1
    assert "nothing is kept: the same command with -k NAME asks one again\n" in capsys.readouterr().out


def test_an_interrupted_replay_says_how_to_go_on(here, monkeypatch, capsys) -> None:
    monkeypatch.setattr("retape.report.run_lines.is_finding", lambda cell: signal.raise_signal(signal.SIGINT))
    assert main([*ARGUMENTS, "--provider", "fake"]) == 130
    said = "interrupted: 6 cells not come to; nothing was asked, and the same command begins anew\n"
    assert said in capsys.readouterr().out


def test_report_writes_a_page_markdown_junit_and_json(here, tmp_path) -> None:
    assert main([*ARGUMENTS, "--provider", "fake", "--report", str(tmp_path / "r")]) == 0
    files = {path.name: path.read_text() for path in (tmp_path / "r").iterdir()}
    assert sorted(files) == ["junit.xml", "report.html", "report.json", "report.md"]
    assert all("saturn" in text for text in files.values())


def test_a_steps_summary_is_appended_where_github_wants_one(here, tmp_path, monkeypatch) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    main([*ARGUMENTS, "--provider", "fake"])
    assert summary.read_text().startswith("before\n# ")
    assert "saturn" in summary.read_text()


WRONG = {
    ("--provider", "grok"): "there is no provider 'grok'; did you mean 'groq'?",
    ("--provider", "openai", "--live"): "openai needs a key: set the environment variable OPENAI_API_KEY",
    ("--provider", "none/such.yaml"): "such.yaml: can't be read",
    ("--live",): "--live asks, and that can cost: name whom",
    ("--rewrite",): "--rewrite asks again what is recorded: add --live",
    ("-k", "mars"): "-k 'mars' leaves nothing of",
    ("-k", "earth and"): "-k 'earth and':",
    ("--base-url", "http://127.0.0.1:9/v1"): "--base-url needs to know what to ask for there: add --model NAME",
    (
        "--base-url",
        "localhost:9",
        "--model",
        "m",
        "--live",
    ): "--base-url localhost:9 is no address: http://HOST:PORT/v1",
    ("--model", "gpt-4o-min"): "no provider has a model 'gpt-4o-min'; did you mean 'gpt-4o-mini'?",
    ("--baseline", "none.json"): "there is no file none.json",
    ("--baseline", "cases/models.yaml"): "cases/models.yaml is no JSON",
    ("--provider", "azure", "--live"): "azure needs a key: set the environment variable AZURE_OPENAI_API_KEY",
}


@pytest.mark.parametrize(("arguments", "told"), WRONG.items())
def test_what_cannot_be_done_is_one_sentence_and_status_2(here, capsys, arguments, told) -> None:
    assert main([*ARGUMENTS, *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("retape: ")
    assert told in error


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--workers", "0", "'0' is no whole number from 1 on"),
        ("--workers", "many", "'many' is no whole number from 1 on"),
        ("--timeout", "-1", "'-1' is no number of seconds above 0"),
        ("--timeout", "nan", "'nan' is no number of seconds above 0"),
        ("--timeout", "soon", "'soon' is no number of seconds above 0"),
    ],
)
def test_a_number_that_is_none_is_told_with_the_option(capsys, option, value, told) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["verify", f"{option}={value}"])
    assert f"argument {option}: {told}" in capsys.readouterr().err


def test_a_folder_without_recordings_is_told(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["verify", "--provider", "fake", "-k", "earth"]) == 0
    assert "cassettes/verify, a folder that isn't here: run it in a clone of retape" in capsys.readouterr().out


def test_what_is_not_recorded_at_an_address_is_told_with_the_command_that_records_it(here, capsys) -> None:
    main([*ARGUMENTS, "--base-url", "http://127.0.0.1:9/v1", "--model", "m"])
    told = "retape verify --live --base-url http://127.0.0.1:9/v1 --cases cases --cassettes cassettes --model m"
    assert f"record it: {told}\n" in capsys.readouterr().out


def test_a_folder_without_cases_is_told(tmp_path, capsys) -> None:
    assert main(["verify", "--cases", str(tmp_path)]) == 2
    assert "no case in" in capsys.readouterr().err


def test_a_mistake_in_a_case_names_file_line_and_the_right_word(tmp_path, capsys) -> None:
    folder = written(tmp_path)
    (folder / "chat-basic.yaml").write_text((folder / "chat-basic.yaml").read_text().replace("expect", "expetc", 1))
    assert main(["verify", "--cases", str(folder)]) == 2
    assert "chat-basic.yaml:6:5: no word 'expetc' in a case: did you mean 'expect'?" in capsys.readouterr().err


def test_an_address_that_nobody_listens_at_is_status_1_and_one_error(here, capsys) -> None:
    url = "http://127.0.0.1:9/v1"
    assert main([*ARGUMENTS, "--base-url", url, "--model", "m", "--live"]) == 1
    out = capsys.readouterr().out
    assert out.count("ERROR") == 2  # as it comes, and in the matrix
    assert out.count(" skip") == 6 + 1
    assert f"{url} can't be reached" in out


def test_the_first_line_comes_at_once(here: Path) -> None:
    begun = time.monotonic()
    command = [sys.executable, "-m", "retape", *ARGUMENTS, "--provider", "fake"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.monotonic() - begun
        process.communicate()
    assert line == "retape verify: reading the cases ...\n"
    assert seconds < 5  # half a second on a machine of one's own; here others run beside
