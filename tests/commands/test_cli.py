"""The command, run as a user runs it: what it prints, and its exit status."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import retape
from retape.cli import main

KEY = "sk-proj-" + "a1B2c3D4" * 4
CHUNK = '{"id":"c","choices":[{"index":0,"delta":{"content":"Mars"},"finish_reason":null}]}'


def exchange(text: str = "Name a planet.", **more: str) -> retape.Exchange:
    body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], "stream": True} | more)
    request = retape.Request("POST", "https://api.openai.com/v1/chat/completions", (), body.encode())
    head = retape.Head(200, (("content-type", "text/event-stream"),), "OK")
    steps = (retape.Wait(0.1), head, retape.Chunk(f"data: {CHUNK}\n\n".encode()), retape.Wait(0.2))
    return retape.Exchange(request=request, steps=(*steps, retape.Chunk(b"data: [DONE]\n\n")), recorded_at="")


@pytest.fixture
def cassette(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cassette with one stream, in the working directory."""
    monkeypatch.chdir(tmp_path)
    made = retape.Cassette("planet.yaml")
    made.append(exchange())
    made.save()
    return tmp_path / "planet.yaml"


def stock(path: Path, text: str, headers: dict[str, list[str]] | None = None) -> None:
    """A cassette as stock vcrpy writes it."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]})
    request: dict[str, object] = {"method": "POST", "uri": "https://api.openai.com/v1/chat/completions", "body": body}
    request["headers"] = headers or {}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}}
    path.write_text(json.dumps({"interactions": [{"request": request, "response": response}], "version": 1}))


@pytest.mark.parametrize("words", [["replay", "x.yaml"], ["fake"], ["record", "--upstream", "x", "--cassette", "y"]])
def test_two_dashes_without_a_command_are_one_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--"]) == 2
    assert capsys.readouterr().err == f"retape: there is no command after --: retape {words[0]} ... -- COMMAND\n"


def test_show_prints_the_conversation_and_the_timeline(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "planet.yaml"]) == 0
    shown = capsys.readouterr().out
    assert "Name a planet." in shown
    assert "Mars" in shown
    assert "first byte 100 ms" in shown


def test_show_prints_a_line_for_each_exchange(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--summary", "."]) == 0
    assert "/chat/completions" in capsys.readouterr().out


def test_show_prints_json_for_programs(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--json", "planet.yaml"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["exchanges"][0]["outcome"] == "complete"


def test_show_may_be_cut_short_by_its_reader(cassette: Path) -> None:
    code = "import sys; from retape.cli import main; sys.exit(main(['show', *['planet.yaml'] * 2000]))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (0, b"")


def test_scrub_check_finds_and_scrub_takes_out(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stock(Path("old.json"), f"my key is {KEY}")
    assert main(["scrub", "--check", "."]) == 1
    out = capsys.readouterr().out
    assert "old.json: exchange 1: request.body: " in out
    assert "2 files: 1 secret found, in 1" in out
    assert KEY not in out
    before = cassette.read_bytes()
    assert main(["scrub", "."]) == 0
    assert KEY not in Path("old.json").read_text()
    assert cassette.read_bytes() == before
    assert main(["scrub", "--check", "."]) == 0


def test_scrub_says_so_when_there_is_nothing_to_find(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scrub", "--check", "planet.yaml"]) == 0
    assert capsys.readouterr().out == "1 file: 0 secrets found\n"


def test_scrub_takes_further_names_and_patterns(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stock(Path("old.json"), "account 4711-0815, please")
    assert main(["scrub", "--check", "old.json"]) == 0
    assert main(["scrub", "--pattern", r"\d{4}-\d{4}", "old.json"]) == 0
    assert "4711" not in Path("old.json").read_text()


def test_convert_reports_what_could_not_be_carried_over(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "planet.yaml", "stock.json", "--to", "vcrpy"]) == 0
    assert "1 POST /v1/chat/completions: times" in capsys.readouterr().out
    assert "retape" not in Path("stock.json").read_text()


def test_repair_keeps_what_is_whole(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cassette.write_bytes(cassette.read_bytes()[:-30])
    assert main(["show", "planet.yaml"]) == 2
    assert "retape repair planet.yaml" in capsys.readouterr().err
    assert main(["repair", "planet.yaml"]) == 0
    assert "kept 1 exchange, lost 0" in capsys.readouterr().out
    assert main(["show", "planet.yaml"]) == 0


@pytest.fixture
def mixed(cassette: Path) -> Path:
    """A folder in which a damaged and a foreign file stand between two cassettes."""
    stock(Path("a.json"), f"my key is {KEY}")
    whole = cassette.read_text()
    Path("b-torn.yaml").write_text(whole[:-30])
    Path("c-api.yaml").write_text("openapi: 3.1.0")
    return cassette


TROUBLE = [
    "retape: damaged cassette b-torn.yaml: line ",
    "retape: c-api.yaml: no recording of a known format: ",
]


@pytest.mark.parametrize(
    "command, shown",
    [
        (["show"], ["a.json:", "my key is", "planet.yaml:", "Name a planet."]),
        (["show", "--summary"], ["a.json:", "planet.yaml:"]),
        (
            ["scrub", "--check"],
            ["a.json: exchange 1: request.body: ", "2 files: 1 secret found, in 1 file; 2 files not"],
        ),
        (["scrub"], ["a.json: exchange 1: request.body: ", "2 files: 1 secret taken out, in 1 file; 2 files not read"]),
    ],
    ids=" ".join,
)
def test_a_file_that_is_no_good_hides_none_of_the_others(
    command: list[str], shown: list[str], mixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "."]) == 2
    out, err = capsys.readouterr()
    assert [text for text in shown if text not in out] == []
    assert [line.startswith(start) for line, start in zip(err.splitlines(), TROUBLE, strict=True)] == [True, True]


@pytest.mark.parametrize("command", [["show"], ["scrub", "--check"]], ids=" ".join)
def test_for_programs_a_file_that_is_no_good_has_an_error(
    command: list[str], mixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--json", "."]) == 2
    out, err = capsys.readouterr()
    rows = json.loads(out)
    assert [(row["path"], "error" in row) for row in rows] == [
        ("a.json", False),
        ("b-torn.yaml", True),
        ("c-api.yaml", True),
        ("planet.yaml", False),
    ]
    assert [f"retape: {row['error']}" for row in rows if "error" in row] == err.splitlines()


def test_an_exchange_that_one_cassette_lacks_is_shown_of_the_others(
    cassette: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stock(Path("a.json"), "Hi")
    retape.Cassette("two.yaml", [*retape.Cassette.load(cassette).entries] * 2).save()
    assert main(["show", "--exchange", "2", "a.json", "two.yaml"]) == 2
    out, err = capsys.readouterr()
    assert err == "retape: a.json: no exchange 2; it has one\n"
    assert "Name a planet." in out


def test_a_folder_is_repaired_cassette_by_cassette(mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repair", "."]) == 2
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "a.json: nothing to repair: 1 exchange, all whole",
        "b-torn.yaml: kept 1 exchange, lost 0; the damaged file is now b-torn.yaml.damaged",
        "planet.yaml: nothing to repair: 1 exchange, all whole",
    ]
    assert err.startswith("retape: c-api.yaml: no recording of a known format")
    Path("c-api.yaml").unlink()
    assert main(["repair", "--json", "."]) == 0
    assert [(row["kept"], row["backup"]) for row in json.loads(capsys.readouterr().out)] == [(1, None)] * 3


def test_an_error_of_the_system_is_a_sentence_about_its_file(
    cassette: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("folder.yaml").mkdir()
    assert main(["show", "."]) == 2
    out, err = capsys.readouterr()
    assert err == "retape: folder.yaml: Is a directory\n"
    assert "Name a planet." in out


def test_what_several_exchanges_lose_is_said_once(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, other = retape.Cassette.load(cassette), exchange("And a star?")
    plain = replace(other, steps=tuple(step for step in other.steps[:3] if not isinstance(step, retape.Wait)))
    for row in [*[exchange()] * 2, plain, exchange()]:
        made.append(row)
    Path("in").mkdir()
    made.path = Path("in/mixed.yaml")
    made.save()
    cassette.rename("in/planet.yaml")
    assert main(["convert", "in", "out", "--to", "vcrpy"]) == 0
    times = "times and chunk boundaries left out: stock vcrpy keeps none"
    assert capsys.readouterr().out.splitlines() == [
        "in/mixed.yaml (retape) -> out/mixed.yaml: 5 of 5 exchanges",
        f"  exchanges 1-3, 5: {times}",
        "in/planet.yaml (retape) -> out/planet.yaml: 1 of 1 exchange",
        f"  1 POST /v1/chat/completions: {times}",
    ]


def test_header_fields_that_were_left_out_are_named_once_for_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name in ("a", "b"):
        stock(Path(f"in/{name}.json"), "Hi", {"User-Agent": ["me"], f"x-{name}": ["1"]})
    assert main(["convert", "in", "out"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "header" in line] == lines[-1:]
    assert lines[-1] == "header fields left out: user-agent, x-a, x-b"


def test_a_note_on_every_exchange_is_said_of_all(cassette: Path, capsys: pytest.CaptureFixture[str]) -> None:
    retape.Cassette("two.yaml", [*retape.Cassette.load(cassette).entries] * 2).save()
    assert main(["convert", "two.yaml", "stock.json", "--to", "vcrpy"]) == 0
    assert "\n  all 2 exchanges: times" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["show", "none.yaml"], "there is no file none.yaml"),
        (["show", "empty"], "there is no cassette in empty"),
        (["show", "notes.txt"], "notes.txt is no recording: the name of one ends in .yaml"),
        (["show", "planet.yaml", "--exchange", "7"], "planet.yaml: no exchange 7; it has one"),
        (["show", "api.yaml"], "retape: api.yaml: no recording of a known format"),
        (["repair", "api.yaml"], "retape: api.yaml: no recording of a known format"),
        (["show", "list.yaml"], "damaged cassette list.yaml: line 1: no cassette: the file holds a list"),
        (["scrub", "--pattern", "(", "planet.yaml"], "--pattern '(' is no regular expression"),
        (["convert", "planet.yaml", "planet.yaml"], "planet.yaml exists already"),
        (["convert", "planet.yaml", "planet.txt"], "a cassette's name ends in .yaml"),
        (["convert", "none.yaml", "out.yaml"], "retape: there is no recording none.yaml\n"),
        (["repair", "none.yaml"], "there is no file none.yaml"),
    ],
)
def test_bad_input_gets_one_sentence_and_status_2(
    arguments: list[str], message: str, cassette: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    Path("notes.txt").write_text("notes")
    Path("list.yaml").write_text("[]")
    Path("api.yaml").write_text("openapi: 3.1.0")
    before = sorted((path, path.read_bytes()) for path in cassette.parent.iterdir() if path.is_file())
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.startswith("retape: ")
    assert told.count("\n") == 1
    assert sorted((path, path.read_bytes()) for path in cassette.parent.iterdir() if path.is_file()) == before


@pytest.mark.parametrize("arguments", [["bogus"], [], ["show"], ["convert", "a"]])
def test_a_wrong_command_line_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: retape" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, hint",
    [
        (
            ["fake", "node", "a b"],
            """; a program to run stands after "--": retape fake -- node 'a b'\n""",
        ),
        (["fake", "--hots", "x"], "unrecognized arguments: --hots x\n"),
        (["repair", "planet.yaml", "--now"], "unrecognized arguments: --now\n"),
    ],
)
def test_a_program_without_the_two_dashes_is_told_where_it_belongs(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert capsys.readouterr().err.endswith(hint)


RUNNERS = {
    "replay": ["replay", "planet.yaml"],
    "fake": ["fake"],
    "record": ["record", "--upstream", "http://127.0.0.1:1/v1", "--cassette", "planet.yaml"],
}


def shell(line: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `retape` with these arguments and what the shell does to its streams."""
    command = shlex.join([sys.executable, "-m", "retape", *arguments])
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(["/bin/sh", "-c", f"{command} {line}"], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize(
    "runner, closed, status",
    [("replay", ">&-", 0), ("record", ">&-", 0), ("fake", ">&-", 3), ("fake", "2>&-", 0), ("fake", ">&- 2>&-", 0)],
)
def test_a_stream_that_is_closed_changes_no_exit_status(runner: str, closed: str, status: int, cassette: Path) -> None:
    done = shell(closed, *RUNNERS[runner], "--json", "--", "sh", "-c", f"exit {status}")
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert (done.stdout == "") is (">&-" in closed.split())
    assert (done.stderr == "") is ("2>&-" in closed.split())


@pytest.mark.parametrize("command", [["show", "planet.yaml"], ["check", "planet.yaml"]], ids=" ".join)
def test_a_closed_standard_output_is_no_error_of_what_only_reads(command: list[str], cassette: Path) -> None:
    done = shell(">&-", *command)
    assert (done.returncode, done.stderr) == (main(command), "")


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@needs_full
@pytest.mark.parametrize(
    "runner, full, status",
    [
        ("replay", "2>/dev/full", 0),
        ("record", "2>/dev/full", 0),
        ("fake", ">/dev/full", 0),
        ("fake", ">/dev/full 2>/dev/full", 3),
    ],
)
def test_where_nothing_can_be_said_the_programs_status_counts(
    runner: str, full: str, status: int, cassette: Path
) -> None:
    done = shell(full, *RUNNERS[runner], "--json", "--", "sh", "-c", f"exit {status}")
    assert done.returncode == status
    assert "Traceback" not in done.stderr


@needs_full
@pytest.mark.parametrize("size", [1, 500], ids=["in-the-buffer", "more"])
def test_what_was_to_be_shown_and_cannot_be_written_is_an_error(size: int, cassette: Path) -> None:
    done = shell(">/dev/full", "show", *["planet.yaml"] * size)
    assert done.returncode == 2
    assert done.stderr == "retape: standard output: No space left on device\n"
