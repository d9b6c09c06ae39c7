"""What a recording has finished, on the disk before the client goes on; and what a killed one left behind.

A journal is a file beside the cassette, `.<cassette>.<random>.journal`: blocks of the cassette's own text, each
closed by a line with its digest.  A block that a kill cut short has no such line and is left out.  Its writer holds
a lock on it; one whose lock is free is taken over by the next session that opens the cassette.  The journal of a
rewrite, `.<cassette>.<random>.rewrite.journal`, holds recordings that take the places of the cassette's own.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from retape.tape.canonical import Ignore, key
from retape.tape.cassette import Cassette, Entry
from retape.tape.locks import drop, lock, lock_of
from retape.tape.rewriting import rewritten
from retape.tape.scrub import Scrubber

Left = tuple[Path, list[Entry]]
"""An abandoned journal, and its entries."""

_BLOCK = re.compile(r"^# sealed ([0-9a-f]{16})\n", re.MULTILINE)
_REWRITE = ".rewrite.journal"
_JOURNAL = r"[0-9a-f]+(?:\.rewrite)?\.journal"
_HOME = re.compile(rf"\.(.+)\.{_JOURNAL}")
_LEFTOVER = r"[a-z0-9_]{8}\.tmp"
"""What `tempfile` makes of the name that `write_atomically` gives it."""


def _seal(block: str) -> str:
    return hashlib.sha256(block.encode()).hexdigest()[:16]


class Journal:
    """The journal of one recording session; the file appears with the first entry.

    Args:
        cassette: the cassette's path.
        rewriting: whether its entries are to take the places of the cassette's own.
    """

    def __init__(self, cassette: Path, *, rewriting: bool = False) -> None:
        self._cassette = cassette
        self._suffix = _REWRITE if rewriting else ".journal"
        self.path = self._fresh_path()
        self._file: int | None = None
        self._owner = 0

    def check(self) -> None:
        """Make sure that there can be one, by writing a byte where it is to be; or where its folder is to be.

        Raises:
            OSError: there can't.
        """
        folder = next(parent for parent in self.path.parents if parent.exists())
        trial = folder / self.path.name
        handle = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            os.write(handle, b"\n")
        finally:
            os.close(handle)
            trial.unlink(missing_ok=True)

    def append(self, entry: Entry) -> None:
        """Write one entry, scrubbed; it is on the disk when this returns, and its text is final.

        Raises:
            OSError: it can't be written; the journal is as it was.
        """
        if not self._mine():
            self._start()
        assert self._file is not None
        block = entry.text
        size = os.fstat(self._file).st_size
        try:
            self._write(f"{block}# sealed {_seal(block)}\n".encode())
        except OSError:
            with contextlib.suppress(OSError):  # else the part of it would take the room of a shorter one
                os.ftruncate(self._file, size)
            raise
        entry.verbatim = True

    def _write(self, block: bytes) -> None:
        assert self._file is not None
        data = memoryview(block)
        while data:
            data = data[os.write(self._file, data) :]
        os.fsync(self._file)

    def remove(self) -> None:
        """Forget it: the cassette holds everything now."""
        if self._mine() and self._file is not None:
            drop(self._file, self.path)
            self._file = None

    def leave(self) -> None:
        """Write no more, and leave it to the next session that opens the cassette."""
        if self._mine() and self._file is not None:
            os.close(self._file)
            self._file = None

    def _mine(self) -> bool:
        """Whether this very process writes a file; a forked child's copy leaves the parent's alone."""
        return self._file is not None and self._owner == os.getpid()

    def _start(self) -> None:
        self.path = self._fresh_path()  # not sooner: two processes may come of one by now
        with lock_of(self._cassette):  # so that nobody takes it over before it is locked
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
            lock(self._file)
        self._owner = os.getpid()

    def _fresh_path(self) -> Path:
        home = self._cassette.resolve()
        return home.with_name(f".{home.name}.{secrets.token_hex(4)}{self._suffix}")


def read_journal(path: Path) -> list[Entry]:
    """The finished entries of a journal."""
    pieces = _BLOCK.split(path.read_text("utf-8", "replace"))
    found = zip(pieces[::2], pieces[1::2], strict=False)
    return [Entry(text=block) for torn, seal in found if (block := _last_block(torn)) and _seal(block) == seal]


def _last_block(text: str) -> str:
    """What stands before a seal, without the torn block that a full disk may have left before it."""
    return text[max(0, text.rfind("\n- request:\n") + 1) :]


def abandoned(cassette: Path) -> list[Left]:
    """Journals beside a cassette whose writers are gone, with their entries, oldest first."""
    found = []
    for path in _beside(cassette, _JOURNAL):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            if lock(file.fileno(), shared=True, wait=False):
                found.append((os.fstat(file.fileno()).st_mtime_ns, path, read_journal(path)))
    return [(path, entries) for _, path, entries in sorted(found, key=lambda row: row[:2])]


def _beside(cassette: Path, ending: str) -> list[Path]:
    """The hidden files that belong to this cassette, and to none whose name begins like its own."""
    home = cassette.resolve()
    start = f".{home.name}."
    fits = re.compile(re.escape(start) + ending).fullmatch
    try:
        names = os.listdir(home.parent)  # noqa: PTH208 - for each cassette of a folder, which may hold thousands
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [home.with_name(name) for name in names if name.startswith(start) and fits(name)]


def orphaned(folder: Path) -> set[Path]:
    """The cassettes in a folder and below that are not there yet, because the recording that would have saved them
    was killed: what it finished is in a journal.
    """
    named = ((path, _HOME.fullmatch(path.name)) for path in folder.rglob(".*.journal"))
    homes = {path.with_name(name[1]) for path, name in named if name}
    return {home for home in homes if not home.exists() and any(abandoned(home))}


def is_there(cassette: Path) -> bool:
    """Whether there is a cassette, or at least a killed recording's journal of one."""
    return cassette.exists() or any(abandoned(cassette))


@dataclass(frozen=True, slots=True)
class Opened:
    """What a cassette and the journals of killed recordings hold together.

    Args:
        entries: in order; none where there is neither.
        unsaved: how many of them are in a journal alone.
    """

    entries: list[Entry]
    unsaved: int


def opened(cassette: Path, *, ignore: Ignore = ()) -> Opened:
    """A cassette, with what killed recordings left in its journals; nothing is written.

    Args:
        cassette: its path.
        ignore: see `joined`.

    Raises:
        CassetteDamaged, UnknownFormat: see `Cassette.load`.
    """
    left = abandoned(cassette)  # first: a save moves them from here to there
    own = Cassette.load(cassette).entries if cassette.exists() else []
    if not left:
        return Opened(own, 0)
    entries = joined(own, left, ignore=ignore)
    saved = set(map(id, own))
    return Opened(entries, sum(id(entry) not in saved for entry in entries))


def unsaved(cassette: Path, *, ignore: Ignore = ()) -> int:
    """How many recordings of a cassette are in journals of killed recordings alone; without any, nothing is read."""
    return opened(cassette, ignore=ignore).unsaved if _beside(cassette, _JOURNAL) else 0


def joined(entries: Sequence[Entry], journals: Sequence[Left], *, ignore: Ignore = ()) -> list[Entry]:
    """A cassette's entries with those that journals hold.

    A kill after the save leaves both with the same entries, which are there once then; counted, because under a
    frozen clock two exchanges may have the same text.

    Args:
        entries: the cassette's own.
        journals: see `abandoned`.
        ignore: what makes no difference between two requests, where a killed rewrite replaced recordings.
    """
    have = Counter(entry.text for entry in (entries if journals else ()))
    content = list(entries)
    for path, left in journals:
        found = _missing(left, have)
        if path.name.endswith(_REWRITE):
            content, _ = rewritten(content, found, lambda entry: key(entry.request, ignore), cut_short=True)
        else:
            content += found
    return content


def _missing(left: Iterable[Entry], have: Counter[str]) -> list[Entry]:
    """The entries that aren't among those that are there; what is found is crossed off."""
    found = []
    for entry in left:
        if have[entry.text] > 0:
            have[entry.text] -= 1
        else:
            found.append(entry)
    return found


def commit(
    path: Path,
    fresh: Iterable[Entry],
    *,
    replacing: Iterable[Entry] = (),
    scrubber: Scrubber,
    ignore: Ignore = (),
) -> int:
    """Add entries to a cassette under a lock, so that whoever else records into it loses nothing.

    Abandoned journals are taken in as well.  All that isn't retape's own text is scrubbed on the way.

    Args:
        path: the cassette.
        fresh: new entries, in the order in which they are to stand.
        replacing: entries of the cassette and its abandoned journals that the new ones stand for.
        scrubber: what is secret.
        ignore: see `joined`.

    Returns:
        How many entries the cassette holds now.

    Raises:
        CassetteDamaged: somebody damaged the file since it was opened; it is left alone.
    """
    gone = {entry.text for entry in replacing}
    with lock_of(path):
        journals = abandoned(path)
        old = joined(Cassette.load(path).entries if path.exists() else [], journals, ignore=ignore)
        entries = [*(entry for entry in old if entry.text not in gone), *fresh]
        if entries or path.exists():
            Cassette(path, [safe(entry, scrubber) for entry in entries]).save()
        clear(path, journals)
        return len(entries)


def clear(path: Path, journals: Iterable[Left]) -> None:
    """Remove the journals that a cassette has taken in, and what killed saves left; while it is locked."""
    for leftover in [*(journal for journal, _ in journals), *_beside(path, _LEFTOVER)]:
        leftover.unlink(missing_ok=True)


def safe(entry: Entry, scrubber: Scrubber) -> Entry:
    """An entry that may be written: retape's own text as it is; what came from elsewhere, scrubbed."""
    if entry.verbatim:
        return entry
    exchange = entry.exchange
    named = [*exchange.request.headers, *(exchange.head.headers if exchange.head else ())] if entry.annotated else []
    return Entry(exchange=scrubber.exchange(exchange, keep_headers=[name for name, _ in named])[0])
