"""What a recording has finished, on the disk before the client goes on; and what a killed one left behind.

A journal is a file beside the cassette, `.<cassette>.<random>.journal`: blocks of the cassette's own text, each
closed by a line with its digest.  A block that a kill cut short has no such line and is left out.  A journal whose
writer is gone (its lock is free) is taken over by the next session that opens the cassette.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from retape.tape.cassette import Cassette, Entry
from retape.tape.scrub import Scrubber

_BLOCK = re.compile(r"^# sealed ([0-9a-f]{16})\n", re.MULTILINE)


def lock_of(path: Path, timeout: float = -1) -> FileLock:
    """A lock named after a file, kept outside the folder, so that no lock file ends up beside a cassette."""
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
    folder = Path(tempfile.gettempdir()) / f"retape-locks-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return FileLock(folder / name, timeout=timeout, thread_local=False)


def _seal(block: str) -> str:
    return hashlib.sha256(block.encode()).hexdigest()[:16]


class Journal:
    """The journal of one recording session; the file appears with the first entry.

    Args:
        cassette: the cassette's path.
    """

    def __init__(self, cassette: Path) -> None:
        self.path = cassette.with_name(f".{cassette.name}.{secrets.token_hex(4)}.journal")
        self._lock: FileLock | None = None
        self._file: int | None = None

    def append(self, entry: Entry) -> None:
        """Write one entry; it is on the disk when this returns."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = lock_of(self.path)
            self._lock.acquire()
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        block = entry.text
        data = memoryview(f"{block}# sealed {_seal(block)}\n".encode())
        while data:
            data = data[os.write(self._file, data) :]
        os.fsync(self._file)

    def remove(self) -> None:
        """Forget it: the cassette holds everything now."""
        if self._file is not None and self._lock is not None:
            os.close(self._file)
            self._file = None
            self.path.unlink(missing_ok=True)
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)


def read_journal(path: Path) -> list[Entry]:
    """The finished entries of a journal."""
    pieces = _BLOCK.split(path.read_text("utf-8", "replace"))
    found = zip(pieces[::2], pieces[1::2], strict=False)
    return [Entry(text=block) for torn, seal in found if (block := _last_block(torn)) and _seal(block) == seal]


def _last_block(text: str) -> str:
    """What stands before a seal, without the torn block that a full disk may have left before it."""
    return text[max(0, text.rfind("\n- request:\n") + 1) :]


def abandoned(cassette: Path) -> Iterator[tuple[Path, list[Entry]]]:
    """Journals beside a cassette whose writers are gone, with their entries."""
    for path in sorted(cassette.parent.glob(f".{_glob_escaped(cassette.name)}.*.journal")):
        lock = lock_of(path, timeout=0)
        with contextlib.suppress(Timeout, FileNotFoundError):
            lock.acquire()
            try:
                yield path, read_journal(path)
            finally:
                lock.release()


def _glob_escaped(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def commit(path: Path, fresh: Iterable[Entry], *, replacing: Iterable[Entry] = (), scrubber: Scrubber) -> int:
    """Add entries to a cassette under a lock, so that whoever else records into it loses nothing.

    Abandoned journals are taken in as well.  Entries that another tool wrote are scrubbed on the way.

    Args:
        path: the cassette.
        fresh: new entries, in the order in which their requests were sent.
        replacing: entries of the cassette that the new ones stand for.
        scrubber: what is secret.

    Returns:
        How many entries the cassette holds now.

    Raises:
        CassetteDamaged: somebody damaged the file since it was opened; it is left alone.
    """
    with lock_of(path):
        gone = {entry.text for entry in replacing}
        old = Cassette.load(path).entries if path.exists() else []
        kept = [safe(entry, scrubber) for entry in old if entry.text not in gone]
        journals = list(abandoned(path))
        kept += missing([entry for _, entries in journals for entry in entries], kept, gone)
        kept += fresh
        if kept or path.exists():
            Cassette(path, kept).save()
        for journal, _ in journals:
            journal.unlink(missing_ok=True)
        for leftover in path.parent.glob(f".{_glob_escaped(path.name)}.*.tmp"):
            leftover.unlink(missing_ok=True)
        return len(kept)


def safe(entry: Entry, scrubber: Scrubber) -> Entry:
    """An entry that may be written: retape's own text as it is; what came from elsewhere, scrubbed."""
    if entry.verbatim:
        return entry
    exchange = entry.exchange
    named = [*exchange.request.headers, *(exchange.head.headers if exchange.head else ())] if entry.annotated else []
    return Entry(exchange=scrubber.exchange(exchange, keep_headers=[name for name, _ in named])[0])


def missing(left: Iterable[Entry], kept: Iterable[Entry], gone: Iterable[str] = ()) -> list[Entry]:
    """What journals hold that the cassette doesn't: a kill after the save leaves both with the same entries.

    Counted, because under a frozen clock two exchanges may have the same text.
    """
    have = Counter(entry.text for entry in kept)
    have.update(dict.fromkeys(gone, 1))
    found = []
    for entry in left:
        if have[entry.text] > 0:
            have[entry.text] -= 1
        else:
            found.append(entry)
    return found
