from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from retape import Cassette, UnknownFormat
from retape.tape.cassette import Entry, dump
from retape.tape.journal import Journal
from retape.tape.repair import repair
from tape.test_damage import DAMAGE, exchange, retape_yaml, stock_yaml

MERCURY, VENUS, MARS = exchange("Mercury"), exchange("Venus 🌍"), exchange("Mars")


def blocks(*words: str) -> str:
    return "".join(Entry(exchange=exchange(word)).text for word in words)


def test_a_healthy_cassette_is_left_alone(tmp_path: Path) -> None:
    path = retape_yaml(tmp_path / "c.yaml")
    before = path.stat()
    done = repair(path)
    assert (done.kept, done.lost, done.backup) == (2, 0, None)
    assert str(done) == "nothing to repair: 2 exchanges, all whole"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [path]


NO_CASSETTE = ("plain text", "deep nesting", "no interactions")
REPAIRABLE = {name: change for name, (change, _, _) in DAMAGE.items() if name not in NO_CASSETTE}


@pytest.mark.parametrize("change", REPAIRABLE.values(), ids=REPAIRABLE)
def test_a_repaired_cassette_opens_and_the_damaged_one_is_kept(
    change: Callable[[str], str | bytes], tmp_path: Path
) -> None:
    path = retape_yaml(tmp_path / "c.yaml")
    changed = change(path.read_text())
    damaged = changed.encode() if isinstance(changed, str) else changed
    path.write_bytes(damaged)
    done = repair(path)
    assert done.backup == tmp_path / "c.yaml.damaged"
    assert done.backup.read_bytes() == damaged
    assert len(Cassette.load(path)) == done.kept
    assert all(found in (MERCURY, VENUS) for found in Cassette.load(path).exchanges)


def test_a_cassette_of_retape_cut_anywhere_keeps_every_whole_exchange(tmp_path: Path) -> None:
    path = retape_yaml(tmp_path / "c.yaml")
    whole = path.read_bytes()
    ends = [whole.rindex(b"\n- request:") + 1, whole.index(b"version: 1")]
    for length in range(0, len(whole), 17):
        path.write_bytes(whole[:length])
        done = repair(path)
        sure, likely = (sum(end <= length + spare for end in ends) for spare in (0, 50))  # all but the request's layout
        assert sure <= done.kept <= likely
        assert [found.wire for found in Cassette.load(path).exchanges] == [MERCURY.wire, VENUS.wire][: done.kept]
        assert done.backup
        done.backup.unlink()


@pytest.mark.parametrize("serializer", ["yaml", "json"])
def test_a_cassette_of_stock_vcrpy_cut_anywhere_keeps_only_what_is_whole(serializer: str, tmp_path: Path) -> None:
    path = stock_yaml(tmp_path / f"c.{serializer}", serializer)
    whole, answer = path.read_bytes(), Cassette.load(path).exchanges[0].body
    kept = 0
    for length in range(60, len(whole) - 1, 29):
        path.write_bytes(whole[:length])
        kept += repair(path).kept
        assert all(found.body == answer for found in Cassette.load(path).exchanges)
    assert kept > 0 or serializer == "yaml"


CONFLICTS = {
    "each side added one": ("Mercury", ["Venus 🌍"], ["Mars"], ["Mercury", "Venus 🌍", "Mars"]),
    "both added the same": ("Mercury", ["Venus 🌍"], ["Venus 🌍", "Mars"], ["Mercury", "Venus 🌍", "Mars"]),
    "one side deleted one": ("Mercury", [], ["Mars"], ["Mercury", "Mars"]),
}


@pytest.mark.parametrize("shared, ours, theirs, kept", CONFLICTS.values(), ids=CONFLICTS)
@pytest.mark.parametrize("base", ["", "||||||| base\n" + blocks("Pluto")], ids=["merge", "diff3"])
def test_of_a_merge_conflict_both_sides_are_kept_once(
    shared: str, ours: list[str], theirs: list[str], kept: list[str], base: str, tmp_path: Path
) -> None:
    path = tmp_path / "c.yaml"
    head, _, tail = dump([Entry(exchange=exchange(shared))]).partition("version: 1\n")
    path.write_text(
        f"{head}<<<<<<< HEAD\n{blocks(*ours)}{base}=======\n{blocks(*theirs)}>>>>>>> theirs\nversion: 1\n{tail}"
    )
    done = repair(path)
    assert Cassette.load(path).exchanges == [exchange(word) for word in kept]
    assert (done.kept, done.lost) == (len(kept), 0)


def test_of_a_conflict_inside_an_exchange_both_versions_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    text = dump([Entry(exchange=MERCURY)])
    line = next(line for line in text.splitlines(keepends=True) if "Mercury" in line)
    path.write_text(
        text.replace(line, f"<<<<<<< HEAD\n{line}=======\n{line.replace('Mercury', 'Mars')}>>>>>>> theirs\n")
    )
    assert repair(path).kept == 2
    assert [found.request for found in Cassette.load(path).exchanges] == [MERCURY.request, MARS.request]


def test_an_exchange_with_a_broken_byte_costs_only_itself(tmp_path: Path) -> None:
    path = retape_yaml(tmp_path / "c.yaml")
    path.write_bytes(path.read_bytes().replace(b"Mercury", b"Mer\0\xffcury"))
    done = repair(path)
    assert (done.kept, done.lost) == (1, 1)
    assert str(done) == f"kept 1 exchange, lost 1; the damaged file is now {path}.damaged"
    assert Cassette.load(path).exchanges == [VENUS]


def test_a_second_repair_does_not_overwrite_the_first_backup(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    for text in ("# first\n", "# second\n"):
        path.write_text(text)
        repair(path)
    assert (tmp_path / "c.yaml.damaged").read_text() == "# first\n"
    assert (tmp_path / "c.yaml.damaged.1").read_text() == "# second\n"


@pytest.mark.parametrize("damaged", [True, False])
def test_what_a_killed_recording_left_in_its_journal_is_taken_in(damaged: bool, tmp_path: Path) -> None:
    path = retape_yaml(tmp_path / "c.yaml")
    journal = Journal(path)
    journal.append(Entry(exchange=VENUS))
    journal.append(Entry(exchange=MARS))
    left = journal.path.read_bytes()
    journal.remove()
    (tmp_path / ".c.yaml.0a.journal").write_bytes(left)
    if damaged:
        path.write_bytes(path.read_bytes()[:-1])
    assert repair(path).kept == 3
    assert Cassette.load(path).exchanges == [MERCURY, VENUS, MARS]
    assert not list(tmp_path.glob(".*"))


def test_what_another_tool_recorded_is_scrubbed_on_the_way(tmp_path: Path) -> None:
    path = stock_yaml(tmp_path / "c.yaml")
    key = "sk-" + "a1B2" * 8
    path.write_text(path.read_text().replace("Mercury", key).replace("version: 1\n", ""))
    assert repair(path).kept == 1
    assert key not in path.read_text()


def test_another_tools_recording_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("http_interactions: []\n")
    with pytest.raises(UnknownFormat, match="Ruby VCR"):
        repair(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", ["hello\n", "name: CI\non: push\n", '{"a": 1}', "[1, 2]\n", "\x89PNG\0\n"])
def test_a_file_that_never_was_a_cassette_is_not_touched(text: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(UnknownFormat, match=r"looks like a cassette, so it was|no recording of a known"):
        repair(path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("c.yaml", text)]


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"c\.yaml"):
        repair(tmp_path / "c.yaml")
    assert list(tmp_path.iterdir()) == []
