"""A disk that takes nothing more while something is recorded: said at once, and true at the end."""

from __future__ import annotations

import errno
import os
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

import retape
from retape.errors import CassetteDamaged, CassetteError
from retape.handlers.replay import load_entries
from retape.mounts import tally
from retape.mounts.session import Session
from retape.tape import cassette as cassette_module
from retape.tape.journal import abandoned
from tape.recorder_child import record

FULL = "No space left on device"


class Disk:
    """A journal's disk with so much room; what is cut off a file is room again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = 10**9
        self._write, self._truncate = os.write, os.ftruncate
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(os, "ftruncate", self.truncate)

    def write(self, file: int, data: Any) -> int:
        taken = min(len(data), self.room)
        if not taken:
            raise OSError(errno.ENOSPC, FULL)
        self.room -= taken
        return self._write(file, data[:taken])

    def truncate(self, file: int, size: int) -> None:
        self.room += os.fstat(file).st_size - size
        self._truncate(file, size)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.yaml"


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, FULL)


def size(path: Path) -> int:
    """How much room an exchange takes in a journal, about: its times may be a digit shorter or longer."""
    session = Session(path.with_name("measured.yaml"), mode="record")
    record(session, 0)
    session.close()
    return len(retape.Cassette.load(session.path).entries[0].text.encode())


def numbers(path: Path) -> list[int]:
    return [entry.request.json()["n"] for entry in load_entries(path)]


def opened(path: Path) -> tuple[Session, list[str]]:
    """A session that records, and what it tells at once."""
    told: list[str] = []
    return Session(path, mode="record", tell=told.append), told


def test_a_full_disk_is_told_at_once_and_once(path: Path, disk: Disk) -> None:
    session, told = opened(path)
    disk.room = 0
    record(session, 0)
    (first,) = told
    assert first.endswith(
        f"c.yaml: the journal could not be written: {FULL}; what it doesn't take is kept in memory, "
        "and written as soon as that is possible"
    )
    record(session, 1)
    record(session, 2)
    assert told == [first]
    assert (len(session.recorded), session.kept, session.lost) == (3, 0, 3)
    with pytest.warns(UserWarning, match=r"c\.yaml: the journal could not be written at the end of 3 exchanges; saved"):
        session.close()
    assert (session.kept, session.lost) == (3, 0)
    assert numbers(path) == [0, 1, 2]
    assert list(path.parent.iterdir()) == [path]


def test_the_closing_sentence_says_what_is_in_the_journal_and_what_is_lost(
    path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = size(path)
    session, _ = opened(path)
    disk.room = 4 * one + one // 2
    for number in range(12):
        record(session, number)
    monkeypatch.setattr(cassette_module, "write_atomically", full)
    before = tally.total.recorded
    with pytest.raises(CassetteError, match=FULL) as caught:
        session.close()
    ((journal, entries),) = abandoned(path)
    assert len(entries) == 4
    assert str(caught.value) == (
        f"{path}: can't be written: {FULL}; 4 exchanges are safe in its journal, {journal}, from where the next "
        "recording takes them in; 8 exchanges are lost and have to be recorded again"
    )
    assert (session.kept, session.lost) == (4, 8)
    assert tally.total.recorded == before + 4
    monkeypatch.undo()
    Session(path, mode="record").close()
    assert numbers(path) == [0, 1, 2, 3]


def test_a_journal_that_takes_nothing_leaves_nothing_to_look_for(
    path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, _ = opened(path)
    disk.room = 0
    record(session, 0)
    monkeypatch.setattr(cassette_module, "write_atomically", full)
    told = re.escape(f"can't be written: {FULL}; 1 exchange is lost and has to be recorded again") + "$"
    with pytest.raises(CassetteError, match=told):
        session.close()


def test_what_waits_is_written_as_soon_as_there_is_room_and_a_shorter_one_before(path: Path, disk: Disk) -> None:
    one = size(path)
    session, _ = opened(path)
    disk.room = one // 2
    record(session, 0)
    assert session.lost == 1
    disk.room = one + one // 2
    record(session, 1)
    assert session.lost == 1
    disk.room = 3 * one
    record(session, 2)
    assert (session.kept, session.lost) == (3, 0)
    with pytest.warns(UserWarning, match="at the end of 1 exchange; saved"):
        session.close()
    assert numbers(path) == [0, 1, 2]


def test_the_last_room_is_looked_for_when_the_cassette_can_not_be_saved(
    path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, _ = opened(path)
    disk.room = 0
    record(session, 0)
    disk.room = 10**6
    monkeypatch.setattr(cassette_module, "write_atomically", full)
    with pytest.raises(CassetteError, match=r"1 exchange is safe in its journal, .*\.journal, from where [a-z ]*$"):
        session.close()


def test_a_cassette_that_was_damaged_meanwhile_and_a_full_disk_are_both_said(path: Path, disk: Disk) -> None:
    session, told = opened(path)
    disk.room = 0
    record(session, 0)
    path.write_text("interactions: [\n")
    with pytest.raises(CassetteDamaged, match=r"c\.yaml"):
        session.close()
    assert told[1:] == [f"{path}: 1 exchange is lost and has to be recorded again"]


def test_where_warnings_are_errors_no_call_fails_for_a_full_disk(path: Path, disk: Disk) -> None:
    session = Session(path, mode="record")
    disk.room = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record(session, 0)
        with pytest.raises(UserWarning, match=f"could not be written: {FULL}"):
            session.close()
    assert numbers(path) == [0]


@pytest.mark.parametrize("mode", ["record", "rewrite"])
def test_a_full_disk_is_found_before_anything_is_sent(path: Path, disk: Disk, mode: str) -> None:
    disk.room = 0
    with pytest.raises(CassetteError, match=rf"c\.yaml: can't be written, so nothing was sent: .*: {FULL}$"):
        retape.use_cassette(path, mode=mode).__enter__()
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_takes_no_files_is_found_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: Any, *arguments: Any) -> int:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(name))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CassetteError, match=r"x\.yaml: can't be written, so nothing was sent: .*: No such file"):
        Session(tmp_path / "below" / "x.yaml", mode="record")


def test_a_cassette_that_is_only_replayed_may_be_anywhere(path: Path, disk: Disk) -> None:
    disk.room = 0
    Session(path).close()
    assert list(path.parent.iterdir()) == []
