"""Nothing that was finished is lost, whatever becomes of the process."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from retape import Cassette, CassetteDamaged, SecretSurvived, replay
from retape.errors import CassetteError
from retape.handlers.replay import load_entries
from retape.mounts.session import Session
from retape.tape import cassette as cassette_module
from retape.tape.cassette import Entry, write_atomically
from retape.tape.journal import Journal, abandoned, commit, read_journal
from retape.tape.recorder import Recording
from retape.tape.scrub import Finding, Scrubber
from retape.tape.steps import Abort
from tape import recorder_child
from tape.recorder_child import EVENTS, record
from tape.test_damage import exchange, stock_yaml
from tape.test_rewriting import made, read

TRIALS = int(os.environ.get("TAPE_KILL_TRIALS", "3"))
"""How often a recording is killed; more on request, for the figures in the documentation."""

NOTHING_SECRET = Scrubber()
SESAME = Scrubber(values=("sesame-open-up",))

Child = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def child(tmp_path_factory: pytest.TempPathFactory) -> Child:
    """Starts a program that records; each has a folder for temporary files of its own, as in a container."""

    def start(path: Path, first: int, count: int, mode: str = "record", where: str = "") -> subprocess.Popen[str]:
        command = [sys.executable, recorder_child.__file__, str(path), str(first), str(count), mode, where]
        environ = {**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("temporary"))}
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)

    return start


def numbers(path: Path) -> list[int]:
    """Which exchanges the next session finds, each checked to the byte."""
    entries = load_entries(path)
    assert all(entry.exchange.wire == b"".join(EVENTS) for entry in entries)
    return [entry.request.json()["n"] for entry in entries]


@pytest.mark.parametrize("trial", range(TRIALS))
def test_a_killed_recording_loses_no_finished_exchange(trial: int, tmp_path: Path, child: Child) -> None:
    path = tmp_path / "c.yaml"
    lines = random.Random(trial).randrange(1, 40)
    with child(path, 0, 10_000) as running:
        assert running.stdout
        said = [running.stdout.readline() for _ in range(lines)]
        running.kill()
        said += running.stdout.readlines()
    finished = [int(line.split()[1]) for line in said if line.startswith("finished") and line.endswith("\n")]
    assert numbers(path)[: len(finished)] == finished
    session = Session(path, mode="record")
    record(session, 10_000)
    session.close()
    assert set(numbers(path)) >= {*finished, 10_000}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "where, suffix",
    [
        ("in-write", "yaml"),
        ("before-rename", "yaml"),
        ("after-rename", "yaml"),
        ("before-journal-removal", "yaml"),
        ("after-rename", "json"),
    ],
)
def test_a_recording_killed_inside_the_save_loses_nothing_and_doubles_nothing(
    where: str, suffix: str, tmp_path: Path, child: Child
) -> None:
    path = tmp_path / f"c.{suffix}"
    Cassette(path, [Entry(exchange=exchange("old"))]).save()
    before = path.read_bytes()
    with child(path, 0, 3, "record", where) as running:
        said = running.communicate()[0]
    assert said.endswith("finished 2\n")
    assert (path.read_bytes() == before) == (where in ("in-write", "before-rename"))
    assert [entry.request.json() for entry in load_entries(path)] == [{"a": "old"}, {"n": 0}, {"n": 1}, {"n": 2}]
    assert commit(path, [], scrubber=NOTHING_SECRET) == 4
    assert [found.request.json() for found in Cassette.load(path).exchanges][1:] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert list(tmp_path.iterdir()) == [path]


def test_an_entry_that_does_not_fit_leaves_the_journal_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "c.yaml")
    journal.append(Entry(exchange=exchange("Earth")))
    before = journal.path.read_bytes()
    write = os.write

    def half(file: int, data: memoryview) -> int:
        monkeypatch.setattr(os, "write", full)
        return write(file, data[: len(data) // 2])

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space left"):
        journal.append(Entry(exchange=exchange("Mars")))
    monkeypatch.undo()
    assert journal.path.read_bytes() == before
    journal.append(Entry(exchange=exchange("Venus")))
    assert [entry.request.json() for entry in read_journal(journal.path)] == [{"a": "Earth"}, {"a": "Venus"}]


def test_a_journal_that_was_left_is_the_next_ones(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "c.yaml")
    journal.append(Entry(exchange=exchange("Earth")))
    assert abandoned(tmp_path / "c.yaml") == []
    journal.leave()
    assert commit(tmp_path / "c.yaml", [], scrubber=NOTHING_SECRET) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"]


def test_four_processes_that_record_into_one_cassette_keep_every_exchange(tmp_path: Path, child: Child) -> None:
    path = tmp_path / "c.yaml"
    running = [child(path, 100 * number, 25) for number in range(4)]
    said = [process.communicate()[0] for process in running]
    assert all(text.endswith("saved\n") for text in said)
    assert sorted(numbers(path)) == sorted(100 * number + count for number in range(4) for count in range(25))
    assert list(tmp_path.iterdir()) == [path]


def test_a_journal_is_taken_over_when_its_writer_is_gone_and_not_before(tmp_path: Path, child: Child) -> None:
    path = tmp_path / "c.yaml"
    with child(path, 0, 10_000) as running:
        assert running.stdout
        assert [running.stdout.readline() for _ in range(2)] == ["started\n", "finished 0\n"]
        assert abandoned(path) == []
        commit(path, [Entry(exchange=exchange("Mars"))], scrubber=NOTHING_SECRET)
        assert len(Cassette.load(path)) == len(list(tmp_path.glob(".*.journal"))) == 1
        running.kill()
        running.stdout.read()
    assert [path for path, _ in abandoned(path)] == list(tmp_path.glob(".*.journal"))


def test_two_sessions_in_threads_of_one_process_keep_every_exchange(tmp_path: Path) -> None:
    sessions = [Session(tmp_path / "c.yaml", mode="record") for _ in range(2)]

    def run(first: int) -> None:
        for number in range(first, first + 5):
            record(sessions[first // 100], number)
        sessions[first // 100].close()

    threads = [threading.Thread(target=run, args=[first]) for first in (0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers(tmp_path / "c.yaml")) == [*range(5), *range(100, 105)]
    assert list(tmp_path.iterdir()) == [tmp_path / "c.yaml"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a fork needs POSIX")
@pytest.mark.parametrize("before", [0, 1])
def test_what_a_forked_child_records_is_kept_beside_what_its_parent_does(
    before: int, tmp_path: Path, child: Child
) -> None:
    path = tmp_path / "c.yaml"
    with child(path, 0, 3, "record", str(before)) as running:
        assert running.communicate(timeout=30)[0].endswith("saved\n")
    assert sorted(numbers(path)) == [0, 1, 2]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("saved", [True, False])
def test_what_a_killed_recording_left_is_replayed_even_if_it_was_its_first(saved: bool, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    if saved:
        Cassette(path).save()
    leave(path, Entry(exchange=exchange("Mars")))
    steps = replay(path, pace="recorded")(exchange("Mars").request)
    assert tuple(steps) == exchange("Mars").steps


def test_replaying_a_cassette_that_was_never_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no cassette .*c\.yaml"):
        replay(tmp_path / "c.yaml")


def leave(path: Path, *entries: Entry, rewriting: bool = False) -> Path:
    """A journal as a killed process leaves it: nobody holds its lock."""
    journal = Journal(path, rewriting=rewriting)
    for entry in entries:
        journal.append(entry)
    data = journal.path.read_bytes()
    journal.remove()
    left = path.with_name(f".{path.name}.{len(list(path.parent.iterdir())):08x}{'.rewrite' * rewriting}.journal")
    left.write_bytes(data)
    return left


def test_a_journal_in_use_is_not_abandoned(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "c.yaml")
    journal.append(Entry(exchange=exchange("Mars")))
    assert list(abandoned(tmp_path / "c.yaml")) == []
    journal.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_started_in_one_thread_is_given_up_in_another(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "c.yaml")
    thread = threading.Thread(target=journal.append, args=[Entry(exchange=exchange("Mars"))])
    thread.start()
    thread.join()
    left = journal.path.read_bytes()
    journal.remove()
    journal.path.write_bytes(left)
    assert [path for path, _ in abandoned(tmp_path / "c.yaml")] == [journal.path]


def test_a_journal_is_seen_through_a_link_and_beside_the_file_that_it_points_to(tmp_path: Path) -> None:
    real, link = tmp_path / "real" / "r.yaml", tmp_path / "link.yaml"
    link.symlink_to(real)
    journal = Journal(link)
    journal.append(Entry(exchange=exchange("Mars")))
    left = journal.path.read_bytes()
    assert abandoned(link) == abandoned(real) == []
    journal.remove()
    journal.path.write_bytes(left)
    assert abandoned(real)
    assert commit(link, [], scrubber=NOTHING_SECRET) == 1
    assert sorted(tmp_path.rglob("*")) == [link, real.parent, real]


@pytest.mark.parametrize("missing", [1, 10, 200])
def test_a_block_that_a_kill_cut_short_is_left_out(missing: int, tmp_path: Path) -> None:
    left = leave(tmp_path / "c.yaml", Entry(exchange=exchange("Mars")), Entry(exchange=exchange("Venus")))
    left.write_bytes(left.read_bytes()[:-missing])
    assert [entry.exchange for entry in read_journal(left)] == [exchange("Mars")]


def test_a_torn_block_costs_only_itself(tmp_path: Path) -> None:
    first, second = (
        leave(tmp_path / "c.yaml", Entry(exchange=exchange(word))).read_bytes() for word in ("Mars", "Venus")
    )
    (tmp_path / ".c.yaml.0.journal").write_bytes(first[:300] + b"\n" + second)
    assert [entry.exchange for entry in read_journal(tmp_path / ".c.yaml.0.journal")] == [exchange("Venus")]


def test_a_journal_of_another_cassette_is_let_alone(tmp_path: Path) -> None:
    left = leave(tmp_path / "[a].yaml", Entry(exchange=exchange("Mars")))
    assert list(abandoned(tmp_path / "a.yaml")) == []
    assert [path for path, _ in abandoned(tmp_path / "[a].yaml")] == [left]


def test_a_save_removes_what_killed_ones_left_of_this_cassette_alone(tmp_path: Path) -> None:
    names = [".a.yaml.b.yaml.0123abcd.journal", ".a.yaml.b.yaml.abcd_123.tmp", ".a.yaml.longer_than_it.tmp"]
    for name in [*names, ".a.yaml.0123abcd.journal", ".a.yaml.abcd_123.tmp", ".a.yaml.lock"]:
        (tmp_path / name).touch()
    commit(tmp_path / "a.yaml", [Entry(exchange=exchange("Mars"))], scrubber=NOTHING_SECRET)
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names, "a.yaml"]


@pytest.mark.parametrize(
    "old, left, result",
    [
        ("a=1 b=1", "a=2", "a=2 b=1"),
        ("a=1 b=1", "b=2 a=2", "a=2 b=2"),
        ("a=1 a=1 b=1", "a=2", "a=2 a=1 b=1"),
        ("a=1", "a=2 a=3", "a=2 a=3"),
        ("a=1 b=1", "a=reset", "a=1 b=1"),
        ("a=1 a=1", "a=reset a=2", "a=reset a=2"),
        ("a=reset", "a=500", "a=500"),
        ("a=1 b=1", "a=2 c=2", "a=2 c=2 b=1"),
        ("", "a=1 b=reset", "a=1 b=reset"),
    ],
)
def test_what_a_killed_rewrite_finished_takes_the_places_of_the_old_recordings(
    old: str, left: str, result: str, tmp_path: Path
) -> None:
    path = tmp_path / "c.yaml"
    commit(path, made(old), scrubber=NOTHING_SECRET)
    journal = leave(path, *made(left), rewriting=True)
    again = journal.read_bytes()
    assert read(load_entries(path)) == result.split()
    commit(path, [], scrubber=NOTHING_SECRET)
    journal.write_bytes(again)  # a kill after the save
    assert read(load_entries(path)) == result.split()
    commit(path, [], scrubber=NOTHING_SECRET)
    assert read(Cassette.load(path).entries) == result.split()
    assert list(tmp_path.iterdir()) == [path]


def test_a_rewrite_takes_the_place_of_what_a_killed_rewrite_left_too(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    commit(path, made("a=1 b=1 c=1"), scrubber=NOTHING_SECRET)
    leave(path, *made("a=2 b=reset"), rewriting=True)
    commit(path, made("a=3"), replacing=load_entries(path), scrubber=NOTHING_SECRET)
    assert read(Cassette.load(path).entries) == ["a=3"]


def test_a_killed_rewrite_replaces_what_differs_only_in_what_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    commit(path, made("a=1"), scrubber=NOTHING_SECRET)
    leave(path, *made("b=2"), rewriting=True)
    assert read(load_entries(path, ignore=["input"])) == ["b=2"]
    commit(path, [], scrubber=NOTHING_SECRET, ignore=["input"])
    assert read(Cassette.load(path).entries) == ["b=2"]


def test_old_recordings_of_another_tool_that_a_rewrite_keeps_are_scrubbed(tmp_path: Path) -> None:
    path = stock_yaml(tmp_path / "c.yaml")
    path.write_text(path.read_text().replace("Mercury", "sesame-open-up"))
    old = Cassette.load(path).entries
    commit(path, [*old, Entry(exchange=exchange("sesame-open-up"))], replacing=old, scrubber=SESAME)
    assert "sesame" not in path.read_text()
    assert len(Cassette.load(path)) == 2


def test_entries_stand_in_the_order_in_which_they_are_handed_over_whatever_the_clock_says(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    times = {"Mars": "2026-11-20T12:00:02Z", "Venus": "2026-11-20T12:00:01Z", "Earth": "2026-11-20T12:00:01Z"}
    sent = [replace(exchange(word), recorded_at=time) for word, time in times.items()]
    commit(path, [Entry(exchange=one) for one in sent], scrubber=NOTHING_SECRET)
    assert Cassette.load(path).exchanges == sent


def test_equal_exchanges_of_one_moment_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    twins = [Entry(exchange=exchange("Mars")), Entry(exchange=exchange("Mars"))]
    assert commit(path, twins, scrubber=NOTHING_SECRET) == 2
    leave(path, *twins)
    assert len(load_entries(path)) == commit(path, [], scrubber=NOTHING_SECRET) == 2


def test_a_file_that_was_damaged_meanwhile_is_left_alone_and_the_journal_stays(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    session = Session(path, mode="record")
    record(session, 1)
    path.write_text("<<<<<<< HEAD\n")
    with pytest.raises(CassetteDamaged, match="an unresolved merge conflict"):
        session.close()
    assert path.read_text() == "<<<<<<< HEAD\n"
    assert [entry.request.json() for entry in read_journal(next(tmp_path.glob(".*.journal")))] == [{"n": 1}]


@pytest.fixture
def rewriting(tmp_path: Path) -> Callable[[], Session]:
    path = tmp_path / "c.yaml"
    session = Session(path, mode="record")
    record(session, 1)
    session.close()
    return lambda: Session(path, mode="rewrite")


def test_a_rewrite_by_code_that_failed_leaves_the_file_as_it_was(rewriting: Callable[[], Session]) -> None:
    session = rewriting()
    before = session.path.read_bytes()
    record(session, 1)
    with pytest.warns(UserWarning, match="was not rewritten, because what used it failed"):
        session.close(failed=True)
    assert session.path.read_bytes() == before
    assert list(session.path.parent.iterdir()) == [session.path]


def test_a_rewrite_whose_save_fails_leaves_the_file_as_it_was(
    rewriting: Callable[[], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = rewriting()
    before = session.path.read_bytes()
    record(session, 1)
    monkeypatch.setattr(cassette_module.os, "fsync", full)
    with pytest.raises(CassetteError, match="can't be written: no space left"):
        session.close()
    assert session.path.read_bytes() == before
    assert not list(session.path.parent.glob(".*.tmp"))
    assert len(list(session.path.parent.glob(".*.journal"))) == 1


def full(_: int) -> None:
    raise OSError("no space left")


def test_a_rewrite_in_which_a_secret_survives_leaves_the_file_as_it_was(
    rewriting: Callable[[], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = rewriting()
    before = session.path.read_bytes()
    record(session, 1)
    monkeypatch.setattr(Scrubber, "check", lambda scrubber, exchange: [Finding("response.body", "a rule")])
    record(session, 2)
    with pytest.raises(SecretSurvived, match=r"response\.body \(a rule\)"):
        session.close()
    assert session.path.read_bytes() == before
    assert list(session.path.parent.iterdir()) == [session.path]


def test_a_broken_exchange_never_replaces_a_good_one(rewriting: Callable[[], Session]) -> None:
    session = rewriting()
    before = session.path.read_bytes()
    recording = session.answer(Cassette.load(session.path).exchanges[0].request)
    assert isinstance(recording, Recording)
    recording.head(200, (("content-type", "text/event-stream"),))
    recording.broke("reset", "ReadError", "gone")
    with pytest.warns(UserWarning, match=r"1 of the new recordings broke \(reset\); the old recordings stay"):
        session.close()
    assert session.path.read_bytes() == before


def test_a_good_exchange_replaces_a_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    good = exchange("Mars")
    commit(path, [Entry(exchange=replace(good, steps=(Abort("refused"),)))], scrubber=NOTHING_SECRET)
    old = Cassette.load(path).entries
    commit(path, [Entry(exchange=good)], replacing=old, scrubber=NOTHING_SECRET)
    assert Cassette.load(path).exchanges == [good]


def test_a_rewrite_takes_the_place_of_what_a_killed_recording_left_too(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    Cassette(path, [Entry(exchange=exchange("Mars"))]).save()
    leave(path, Entry(exchange=exchange("Venus")))
    commit(path, [Entry(exchange=exchange("new"))], replacing=load_entries(path), scrubber=NOTHING_SECRET)
    assert Cassette.load(path).exchanges == [exchange("new")]


def test_a_save_through_a_link_writes_the_file_that_it_points_to(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_atomically(link, b"new")
    assert (link.is_symlink(), real.read_text(), real.stat().st_mode & 0o777) == (True, "new", 0o640)


def test_header_fields_that_somebody_kept_stay_when_an_edited_cassette_is_recorded_into(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    session = Session(path, mode="record", keep_headers=["x-request-id"])
    recording = session.answer(exchange("Mars").request)
    assert isinstance(recording, Recording)
    recording.head(200, (("x-request-id", "req_1"),))
    recording.complete()
    session.close()
    path.write_text(path.read_text().replace("Mars", "Venus"))
    commit(path, [Entry(exchange=exchange("new"))], scrubber=NOTHING_SECRET)
    first = Cassette.load(path).exchanges[0]
    assert first.request.json() == {"a": "Venus"}
    assert first.head
    assert first.head.header("x-request-id") == "req_1"
