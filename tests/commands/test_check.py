"""`retape check`, run as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import retape
from retape.cli import main
from retape.report.findings import findings

BASE = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1763600000, "model": "m"}
MESSAGE = {"role": "assistant", "content": "Earth", "refusal": None}
CHOICE = {"index": 0, "message": MESSAGE, "logprobs": None, "finish_reason": "stop"}
USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}


def exchange(**changes: object) -> retape.Exchange:
    sent = {"model": "m", "messages": [{"role": "user", "content": "Which planet?"}]}
    body = {**BASE, "choices": [CHOICE], "usage": USAGE, **changes}
    request = retape.Request("POST", "https://api.example.com/v1/chat/completions", (), json.dumps(sent).encode())
    head = retape.Head(200, (("content-type", "application/json"),))
    return retape.Exchange(request=request, steps=(head, retape.Chunk(json.dumps(body).encode())))


RIGHT = exchange()
MUST = exchange(id="")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory of each test's own."""
    monkeypatch.chdir(tmp_path)


def cassette(name: str, *exchanges: retape.Exchange) -> None:
    made = retape.Cassette(name)
    for one in exchanges:
        made.append(one)
    made.save()


def comment() -> retape.Exchange:
    """A stream with a comment: legal, and so a note."""
    fake = retape.Fake()
    body = json.dumps(
        {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    ).encode()
    headers = (("content-type", "application/json"), ("authorization", "Bearer unused"))
    request = retape.Request("POST", "https://api.openai.com/v1/chat/completions", headers, body)
    steps = tuple(fake(request))
    first = next(place for place, step in enumerate(steps) if isinstance(step, retape.Chunk))
    return retape.Exchange(request=request, steps=(*steps[:first], retape.Chunk(b": ping\n\n"), *steps[first:]))


def test_a_finding_is_a_line_that_names_file_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    cassette("planet.yaml", RIGHT, MUST)
    assert main(["check", "planet.yaml"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        'planet.yaml: exchange 2, id: is ""; a string that isn\'t empty [must chat-id]',
        "1 file, 2 exchanges: 1 must",
    ]


def test_nothing_found_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    cassette("planet.yaml", RIGHT)
    assert main(["check", "."]) == 0
    assert capsys.readouterr().out == "1 file, 1 exchange: nothing found\n"


def test_a_note_is_shown_and_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    cassette("planet.yaml", comment())
    assert main(["check", "planet.yaml"]) == 0
    out = capsys.readouterr().out
    assert "[note sse-comment]" in out
    assert out.endswith("1 file, 1 exchange: 1 note\n")


def test_only_what_is_bad_enough_is_shown_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    cassette("planet.yaml", comment(), MUST)
    assert main(["check", "planet.yaml", "--severity", "should"]) == 1
    assert capsys.readouterr().out.endswith("1 file, 2 exchanges: 1 must\n")


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [(["chat-model"], 0, "nothing found"), (["chat-id"], 1, "1 must"), (["sse-*", "chat-i*"], 1, "1 must, 1 note")],
)
def test_only_the_rules_that_are_asked_for_are_shown(
    asked: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cassette("planet.yaml", comment(), MUST)
    options = [option for name in asked for option in ("--rule", name)]
    assert main(["check", "planet.yaml", *options]) == status
    assert capsys.readouterr().out.endswith(f"1 file, 2 exchanges: {said}\n")


def test_findings_come_as_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    cassette("a.yaml", MUST)
    cassette("b.yaml", RIGHT)
    assert main(["check", "a.yaml", "b.yaml", "--json"]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert (first["path"], first["exchanges"]) == ("a.yaml", 1)
    assert [(found["rule"], found["exchange"], found["where"]) for found in first["violations"]] == [
        ("chat-id", 1, "id")
    ]
    assert second == {"path": "b.yaml", "exchanges": 1, "violations": []}


def test_what_cannot_be_read_is_a_sentence_each_and_hides_no_other_file(capsys: pytest.CaptureFixture[str]) -> None:
    cassette("planet.yaml", MUST)
    Path("broken.yaml").write_text("interactions: [")
    Path("notes.txt").write_text("no recording")
    assert main(["check", "nowhere.yaml", "broken.yaml", "planet.yaml", "notes.txt"]) == 2
    said = capsys.readouterr()
    assert said.out.endswith("1 file, 1 exchange: 1 must; 3 files not read\n")
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["retape"] * 3
    assert "there is no file nowhere.yaml" in said.err
    assert "broken.yaml: line 2: no YAML" in said.err
    assert "notes.txt is no recording" in said.err


def test_what_cannot_be_read_is_in_the_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nowhere.yaml", "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == [{"path": "nowhere.yaml", "error": "there is no file nowhere.yaml"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a recording to check"),
        (["planet.yaml", "--rule", "chat-idd"], "there is no rule chat-idd; did you mean chat-id?"),
        (["planet.yaml", "--rule", "#"], "there is no rule #; list them with: retape check --rules"),
    ],
)
def test_a_mistake_in_the_command_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_rules_are_listed_with_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--rules", "--rule", "embeddings-*", "--severity", "must"]) == 0
    out = capsys.readouterr().out
    assert "embeddings-count" in out
    assert "There is a vector for each input." in out
    assert "https://platform.openai.com" in out
    assert "chat-id" not in out
    assert main(["check", "--rules", "--json"]) == 0
    rows = {row["rule"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["sse-comment"]["severity"] == "note"
    assert len(rows) > 200


def test_recorded_text_does_nothing_to_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    cassette("planet.yaml", exchange(object="\x1b[2J\u202e\x9b"))
    assert main(["check", "planet.yaml"]) == 1
    out = capsys.readouterr().out
    assert "chat-object" in out
    assert not set(out) & set("\x1b\x9b\u202e")


def test_findings_are_grouped_by_exchange_and_rule_on_a_terminal() -> None:
    shown = StringIO()
    console = Console(width=60, color_system=None, file=shown)
    found = retape.check([RIGHT, exchange(id="", created=1.5, object="\x1b[2Jx")])
    findings("planet.yaml", ["POST /a  200", "POST /b  200"], found, console)
    lines = shown.getvalue().splitlines()
    assert lines[:2] == ["planet.yaml", "exchange 2  POST /b 200"]
    assert [line[:10].strip() for line in lines if line[:10].strip()][2:] == ["must"] * 3
    assert "          chat-id (" in "\n".join(lines)
    assert "\x1b" not in "".join(lines)


def test_the_reader_of_the_output_may_leave() -> None:
    for number in range(30):
        cassette(f"{number}.yaml", *[MUST] * 40)
    code = "import sys; from retape.cli import main; sys.exit(main(['check', '.']))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (0, b"")
