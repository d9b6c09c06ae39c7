"""The command, run as a user runs it: what it prints, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
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


def stock(path: Path, text: str) -> None:
    """A cassette as stock vcrpy writes it."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]})
    request = {"method": "POST", "uri": "https://api.openai.com/v1/chat/completions", "body": body, "headers": {}}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}}
    path.write_text(json.dumps({"interactions": [{"request": request, "response": response}], "version": 1}))


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


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["show", "none.yaml"], "there is no file none.yaml"),
        (["show", "empty"], "there is no cassette in empty"),
        (["show", "notes.txt"], "notes.txt is no recording: the name of one ends in .yaml"),
        (["show", "planet.yaml", "--exchange", "7"], "no exchange 7; its exchanges are 1 to 1"),
        (["show", "list.yaml"], "damaged cassette list.yaml: line 1: no cassette: the file holds a list"),
        (["scrub", "--pattern", "(", "planet.yaml"], "--pattern '(' is no regular expression"),
        (["convert", "planet.yaml", "planet.yaml"], "planet.yaml exists already"),
        (["convert", "planet.yaml", "planet.txt"], "a cassette's name ends in .yaml"),
        (["convert", "none.yaml", "out.yaml"], "none.yaml"),
        (["repair", "none.yaml"], "there is no file none.yaml"),
    ],
)
def test_bad_input_gets_one_sentence_and_status_2(
    arguments: list[str], message: str, cassette: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    Path("notes.txt").write_text("notes")
    Path("list.yaml").write_text("[]")
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
