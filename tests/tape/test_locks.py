"""A lock is on a file that is there, and leaves none behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from retape.tape import locks
from retape.tape.locks import lock, lock_of


def is_free(file: Path) -> bool:
    with file.open("r+b") as handle:
        return lock(handle.fileno(), wait=False)


def test_a_locked_cassette_has_a_hidden_file_beside_it_that_nobody_else_can_lock(tmp_path: Path) -> None:
    with lock_of(tmp_path / "new" / "c.yaml"):
        assert not is_free(tmp_path / "new" / ".c.yaml.lock")
    assert list((tmp_path / "new").iterdir()) == []


def test_what_fails_under_a_lock_leaves_no_file_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no good"), lock_of(tmp_path / "c.yaml"):
        raise ValueError("no good")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_a_killed_process_left_locks_nobody_out(tmp_path: Path) -> None:
    (tmp_path / ".c.yaml.lock").touch()
    with lock_of(tmp_path / "c.yaml"):
        pass
    assert list(tmp_path.iterdir()) == []


def replaced(file: Path) -> None:
    file.unlink()
    file.touch()


@pytest.mark.parametrize("becomes", [Path.unlink, replaced], ids=["removed", "another's by now"])
def test_whoever_waited_locks_the_file_that_is_there_and_not_the_one_that_was(
    becomes: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".c.yaml.lock"
    meanwhile = iter([becomes])

    def waited(handle: int) -> bool:
        next(meanwhile, Path.exists)(file)
        return lock(handle)

    monkeypatch.setattr(locks, "lock", waited)
    with lock_of(tmp_path / "c.yaml"):
        assert not is_free(file)


def test_readers_share_a_lock(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    file.touch()
    with file.open("rb") as one, file.open("rb") as other:
        assert lock(one.fileno(), shared=True, wait=False)
        assert lock(other.fileno(), shared=True, wait=False)
        assert not is_free(file)
