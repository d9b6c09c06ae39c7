"""Cassettes that are edited while they are replayed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from retape.commands.files import sentence
from retape.errors import CassetteError, CassetteMiss
from retape.handlers.replay import Replay, find_cassettes, find_recordings, load_entries, shown
from retape.tape.canonical import relative
from retape.tape.cassette import Entry
from retape.tape.counting import counted
from retape.tape.request import Request
from retape.tape.steps import Step

Stamp = tuple[int, int, int]
"""What changes with a file: its time in ns, its size, its inode."""

_SHARE = 20  # looking takes at most one part in so many of the time
_LONGEST = 0.1  # seconds in which nobody looks, at most


class Reloading:
    """A replay that reads its cassettes anew when they change.

    A cassette that an edit has damaged answers nothing until it is whole again: what the others can't answer either is
    answered with the damage's own sentence, because an old recording that still answers hides the damage from who made
    it.

    Args:
        replay: what answers.
        names: the files and folders that it came from.
        say: tells a person something in a line.
        clock: seconds that never go back.

    Attributes:
        damaged: a cassette that can't be read -> why.
    """

    def __init__(
        self,
        replay: Replay,
        names: Sequence[str],
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.replay = replay
        self.damaged: dict[Path, str] = {}
        self._names = list(names)
        self._say = say
        self._clock = clock
        self._lock = threading.Lock()
        self._read = {path: _stamp(path) for path in replay.paths}
        self._seen = {path: _stamp(path) for path in _watched(names)}
        self._look_at = 0.0

    def __call__(self, request: Request) -> Iterator[Step]:
        """The steps of the recording that answers.

        Raises:
            CassetteMiss: there is none, or it is in a cassette that is damaged now.
        """
        with self._lock:
            self._look()
        steps = self.replay.find(request)
        if steps is not None:
            return steps
        if self.damaged:
            why = "; ".join(self.damaged.values())
            what = f"no recording answers {request.method} {relative(request.url)[0]}"
            raise CassetteMiss(what, f"{what}: {why}", brief=f"{what}: {why}")
        raise self.replay.miss(request)

    def _look(self) -> None:
        """Whether anything has changed; not too often, where there are so many files that it takes its time."""
        start = self._clock()
        if start < self._look_at:
            return
        if any(_stamp(path) != stamp for path, stamp in self._seen.items()):
            self._renew()
        end = self._clock()
        self._look_at = end + min(_LONGEST, _SHARE * (end - start))

    def _renew(self) -> None:
        self._seen = {path: _stamp(path) for path in _watched(self._names)}  # before reading: what changes then is new
        before, self._read = self._read, {path: self._seen.get(path) for path in self._paths()}
        loaded: dict[Path, list[Entry]] = {}
        damaged: dict[Path, str] = {}
        for path in self._read:
            try:
                loaded[path] = load_entries(path, ignore=self.replay.index.ignore)
            except (CassetteError, OSError) as error:
                damaged[path] = sentence(error)
        counts = [len(entries) for entries in loaded.values()]
        self.replay.renew(list(loaded), [entry for entries in loaded.values() for entry in entries], counts=counts)
        self.damaged = damaged
        self._tell(before, {path: len(entries) for path, entries in loaded.items()})

    def _paths(self) -> Iterable[Path]:
        """The cassettes that are there."""
        return [path for path in find_recordings(self._names) if path in self._seen]

    def _tell(self, before: dict[Path, Stamp | None], counts: dict[Path, int]) -> None:
        for path in {**before, **self._read}:
            if path not in self._read:
                self._say(f"{shown(path)} is gone, and its recordings with it")
            elif before.get(path) != self._read[path]:
                told = self.damaged.get(path)
                self._say(told or f"read {shown(path)} anew: {counted(counts[path], 'recording')}")


def _stamp(path: str | Path) -> Stamp | None:
    """What a file is like now; None when it isn't there."""
    try:
        status = os.stat(path)  # noqa: PTH116 - for every request
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _watched(names: Iterable[str]) -> Iterator[Path]:
    """The files and, for new files in them, the folders, as far as they are there; a name that leads nowhere, too."""
    for name in names:
        root = Path(name)
        yield root
        if root.is_dir():
            yield from (path for path in root.rglob("*") if path.is_dir())
            yield from find_cassettes(root, unsaved=True)
