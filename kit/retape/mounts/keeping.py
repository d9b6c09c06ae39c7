"""What a session has recorded, until it is saved: in the journal, and what the disk doesn't take in memory."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

from retape.errors import CassetteError
from retape.handlers.replay import shown
from retape.tape.cassette import Entry
from retape.tape.counting import counted
from retape.tape.journal import Journal


class Keeping:
    """The new entries of one session.

    Args:
        path: the cassette.
        rewriting: whether they are to take the places of the cassette's own.
        tell: called, at once and once, with a sentence when the journal can't be written.
    """

    def __init__(self, path: Path, *, rewriting: bool, tell: Callable[[str], None]) -> None:
        self._path = path
        self._journal = Journal(path, rewriting=rewriting)
        self._tell = tell
        self._fresh: dict[int, Entry] = {}  # by the order in which the requests were sent
        self._waiting: list[Entry] = []
        self._late = 0
        self._pid = os.getpid()
        self._writing = threading.Lock()

    @property
    def entries(self) -> list[Entry]:
        """All of them, in the order in which their requests were sent; in a forked child only its own."""
        return [entry for _, entry in sorted(self._fresh.items())] if self.is_own else []

    @property
    def is_own(self) -> bool:
        """Whether this very process has to save them: a forked child that recorded nothing has nothing to save."""
        return self._pid == os.getpid()

    @property
    def unsafe(self) -> int:
        """How many of them are only in memory, and lost with the process."""
        return len(self._waiting)

    @property
    def late(self) -> str:
        """How many the journal couldn't take at the time, in words, for when all are saved; "" for none."""
        if not self._late:
            return ""
        return f"the journal could not be written at the end of {counted(self._late, 'exchange')}; saved all the same"

    def add(self, order: int, entry: Entry) -> None:
        """Keep an entry: on the disk when this returns, if the disk takes it.

        Args:
            order: which request it answers, in the order in which they were sent.
            entry: scrubbed.
        """
        if not self.is_own:  # a fork: what the parent recorded is the parent's to save
            self._pid = os.getpid()
            self._fresh.clear()
            self._waiting.clear()
        self._fresh[order] = entry
        with self._writing:  # a lock of its own, so that no request waits for the disk
            error = self._write(entry)
        if error is not None and self._late == 1:
            self._tell(
                f"{shown(self._path)}: the journal could not be written: {error.strerror or error}; what it doesn't "
                "take is kept in memory, and written as soon as that is possible"
            )

    def _write(self, entry: Entry) -> OSError | None:
        try:
            self._journal.append(entry)
        except OSError as error:  # the client has nothing to do with it
            self._waiting.append(entry)
            self._late += 1
            return error
        self._catch_up()
        return None

    def _catch_up(self) -> None:
        """Write what had to wait, as far as there is room now."""
        with contextlib.suppress(OSError):
            while self._waiting:
                self._journal.append(self._waiting[0])
                del self._waiting[0]

    def saved(self) -> None:
        """The cassette has everything now."""
        self._waiting.clear()
        self._journal.remove()

    def left(self) -> str:
        """Where everything is that could not be saved, in words; the journal is for the next who opens the cassette."""
        self._catch_up()
        self._journal.leave()
        written = len(self._fresh) - len(self._waiting)
        told = []
        if written:
            verb = "is" if written == 1 else "are"
            told.append(
                f"{counted(written, 'exchange')} {verb} safe in its journal, {shown(self._journal.path)}, from where "
                "the next recording takes them in"
            )
        if self._waiting:
            verb = "is lost and has" if len(self._waiting) == 1 else "are lost and have"
            told.append(f"{counted(len(self._waiting), 'exchange')} {verb} to be recorded again")
        return "; ".join(told)


def check_writable(path: Path) -> None:
    """Whether a cassette can be written where it is to be, before anything is asked for it.

    Raises:
        CassetteError: it can't.
    """
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        raise CassetteError(path, f"can't be written, so nothing was sent: {shown(folder)} is no folder")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise CassetteError(path, "can't be written, so nothing was sent: check the permissions")
    try:
        Journal(path).check()
    except OSError as error:
        why = f"no journal can be written in {shown(folder)}: {error.strerror or error}"
        raise CassetteError(path, f"can't be written, so nothing was sent: {why}") from error
