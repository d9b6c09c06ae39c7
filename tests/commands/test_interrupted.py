"""What a killed recording finished is in a journal beside the cassette: every command that reads cassettes reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import retape
from commands.served import ASK, body, exchange, python, save, write
from retape.cli import main
from retape.tape.cassette import Entry
from retape.tape.journal import Journal
from tape.test_journal import leave


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory of each test's own."""
    monkeypatch.chdir(tmp_path)


def left(name: str, *, rewriting: bool = False, **exchanges: str) -> Path:
    """A journal in which each name was asked and its value answered, as a killed recording leaves it."""
    entries = [Entry(exchange=exchange(asked, said)) for asked, said in exchanges.items()]
    return leave(Path(name), *entries, rewriting=rewriting)


def told(name: str) -> str:
    journal = "1 exchange is in the journal of an interrupted recording alone"
    return f"{name}: {journal}; retape repair {name} takes it in\n"


FIRST = ["k.yaml", ".", "k.json", "deep"]
"""What a command is given, where the killed recording was the cassette's first."""


@pytest.mark.parametrize("given", FIRST)
def test_a_first_recording_that_was_killed_is_replayed(given: str, capfd: pytest.CaptureFixture[str]) -> None:
    name = {".": "k.yaml", "deep": "deep/er/k.yaml"}.get(given, given)
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    left(name, red="Mars")
    assert main(["replay", "--strict", given, *python(ASK, "red")]) == 0
    assert capfd.readouterr() == (
        "Mars\n",
        f"retape replay: {told(name)}retape replay: 1 served, 1 replayed, 0 missed, 0 unused\n",
    )
    assert not Path(name).exists()


def test_quiet_does_not_tell_of_a_journal(capfd: pytest.CaptureFixture[str]) -> None:
    left("k.yaml", red="Mars")
    assert main(["replay", "--quiet", "k.yaml", *python(ASK, "red")]) == 0
    assert capfd.readouterr() == ("Mars\n", "")


def test_a_recording_that_added_to_a_cassette_is_replayed_with_it(capfd: pytest.CaptureFixture[str]) -> None:
    write(Path("k.yaml"), home="Earth")
    left("k.yaml", red="Mars")
    assert main(["replay", "--strict", ".", *python(ASK, "home", "red")]) == 0
    out, err = capfd.readouterr()
    assert out == "Earth\nMars\n"
    assert told("k.yaml") in err


@pytest.mark.parametrize("given", ["k.yaml", "."])
def test_a_folder_replayed_in_python_holds_what_a_killed_recording_left(given: str) -> None:
    left("k.yaml", red="Mars")
    request = retape.Request("POST", "http://127.0.0.1:1/v1/chat/completions", (), body("red"))
    assert b"Mars" in b"".join(step.data for step in retape.replay(given)(request) if isinstance(step, retape.Chunk))


def running(name: str) -> Journal:
    """A recording that goes on."""
    journal = Journal(Path(name))
    journal.append(Entry(exchange=exchange("red", "Mars")))
    return journal


@pytest.mark.parametrize("command", [["replay"], ["show"], ["check"], ["repair"]], ids=" ".join)
@pytest.mark.parametrize(
    "given, said", [("k.yaml", "there is no file k.yaml"), (".", "there is no cassette in .")], ids=["file", "folder"]
)
def test_the_journal_of_a_recording_that_goes_on_is_its_own(
    given: str, said: str, command: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    journal = running("k.yaml")
    assert main([*command, given]) == 2
    assert f"retape: {said}\n" in capfd.readouterr().err
    assert journal.path.exists()
    journal.remove()


def test_beside_a_recording_that_goes_on_the_cassette_is_shown_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    write(Path("k.yaml"), home="Earth")
    journal = running("k.yaml")
    assert main(["show", "k.yaml"]) == 0
    out, err = capfd.readouterr()
    assert ("Earth" in out, "Mars" in out, err) == (True, False, "")
    journal.remove()


@pytest.mark.parametrize("given", ["k.yaml", "."])
@pytest.mark.parametrize("options", [[], ["--summary"], ["--json"]], ids=" ".join)
def test_what_a_killed_recording_left_is_shown_and_said_to_be_that(
    options: list[str], given: str, capfd: pytest.CaptureFixture[str]
) -> None:
    left("k.yaml", red="Mars")
    assert main(["show", *options, given]) == 0
    out, err = capfd.readouterr()
    assert "Mars" in out
    assert err == f"retape: {told('k.yaml')}"


@pytest.mark.parametrize("given", ["k.yaml", "."])
def test_what_a_killed_recording_left_is_checked_and_said_to_be_that(
    given: str, capfd: pytest.CaptureFixture[str]
) -> None:
    write(Path("k.yaml"), home="Earth")
    left("k.yaml", red="Mars")
    main(["check", given])
    out, err = capfd.readouterr()
    assert "k.yaml: exchange 2, " in out
    assert "1 file, 2 exchanges: " in out
    assert err == f"retape: {told('k.yaml')}"
    assert {found.exchange for found in retape.check(given)} == {1, 2}


@pytest.mark.parametrize("given", ["k.yaml", "."])
def test_repair_saves_what_a_killed_recording_left(given: str, capfd: pytest.CaptureFixture[str]) -> None:
    journal = left("k.yaml", red="Mars", home="Earth")
    assert main(["repair", given]) == 0
    assert capfd.readouterr().out == "k.yaml: took in 2 exchanges of an interrupted recording: 2 exchanges, all whole\n"
    kept = retape.Cassette.load("k.yaml").exchanges
    assert [found.body for found in kept] == [exchange("red", "Mars").body, exchange("home", "Earth").body]
    assert not journal.exists()
    assert main(["repair", given]) == 0
    assert capfd.readouterr().out == "k.yaml: nothing to repair: 2 exchanges, all whole\n"


def test_repair_tells_programs_what_it_took_in(capfd: pytest.CaptureFixture[str]) -> None:
    write(Path("k.yaml"), home="Earth")
    left("k.yaml", red="Mars")
    assert main(["repair", "--json", "k.yaml"]) == 0
    row = {"path": "k.yaml", "kept": 2, "lost": 0, "recovered": 1, "backup": None}
    assert json.loads(capfd.readouterr().out) == [row]


def test_repair_takes_a_journal_into_a_damaged_cassette(capfd: pytest.CaptureFixture[str]) -> None:
    write(Path("k.yaml"), home="Earth")
    Path("k.yaml").write_bytes(Path("k.yaml").read_bytes()[:-30])
    left("k.yaml", red="Mars")
    assert main(["repair", "k.yaml"]) == 0
    assert capfd.readouterr().out == (
        "k.yaml: took in 1 exchange of an interrupted recording; "
        "kept 2 exchanges, lost 0; the damaged file is now k.yaml.damaged\n"
    )


def test_a_torn_journal_is_cleared_away_by_repair(capfd: pytest.CaptureFixture[str]) -> None:
    journal = left("k.yaml", red="Mars")
    journal.write_bytes(journal.read_bytes()[:-40])
    assert main(["repair", "k.yaml"]) == 0
    assert capfd.readouterr().out == "k.yaml: nothing to repair: 0 exchanges, all whole\n"
    assert list(Path().iterdir()) == []


def test_what_is_no_cassettes_journal_makes_no_folder_of_cassettes(capfd: pytest.CaptureFixture[str]) -> None:
    journal = left("k.yaml", red="Mars")
    journal.rename(".k.txt.0123abcd.journal")
    Path(".journal").touch()
    assert main(["replay", ".", *python("")]) == 2
    assert capfd.readouterr().err == "retape: there is no cassette in .\n"


@pytest.fixture
def rewritten() -> None:
    """A killed rewrite whose request differs from the old one's in a field that tests ignore."""
    save(Path("k.yaml"), exchange("run 1: red", "old"))
    left("k.yaml", rewriting=True, **{"run 2: red": "new"})


def test_a_killed_rewrite_takes_the_place_of_what_differs_in_what_is_ignored(
    rewritten: None, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "--strict", "--ignore", "/run [0-9]/", "k.yaml", *python(ASK, "run 3: red")]) == 0
    assert capfd.readouterr().out == "new\n"
    assert main(["replay", "--ignore", "/run [0-9]/", "k.yaml", *python(ASK, "run 3: red", "run 3: red")]) == 1
    assert capfd.readouterr().out == "new\n404 cassette_miss\n"
