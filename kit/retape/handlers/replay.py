"""A recording answers."""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any

from retape.errors import CassetteMiss, RetapeError, UsageError
from retape.handlers.pace import Pace, paced, parse_pace
from retape.tape.canonical import Ignore, Key, relative
from retape.tape.cassette import SUFFIXES, Entry
from retape.tape.counting import Firsts, counted
from retape.tape.journal import is_there, opened, orphaned
from retape.tape.matching import Difference, Index, Match, differences
from retape.tape.request import Request
from retape.tape.scrub import Scrubber
from retape.tape.steps import Step

PathLike = str | os.PathLike[str]

_KEPT = 1024
"""Recordings whose steps are kept where they answer again and again."""

_FIELDS, _BRIEF = 8, 3  # how many fields that differ a miss names, in its report and in its one line


def shown(path: Path) -> str:
    """A path as a person wants to read it: from the working directory when it is below that."""
    absolute, here = path.absolute(), Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else path)


def several(value: Any) -> tuple[Any, ...]:
    """An argument that takes several of a thing, given one or many; a string is one, not its letters."""
    return (value,) if isinstance(value, str | re.Pattern) else tuple(value)


def find_cassettes(path: PathLike, *, unsaved: bool = False) -> list[Path]:
    """A cassette's path, or the paths of all cassettes in a folder and below.

    Args:
        path: the cassette, or the folder.
        unsaved: in a folder also those that aren't there yet, because the recording that would have saved them was
            killed.
    """
    root = Path(path)
    if not root.is_dir():
        return [root]
    files = chain(root.rglob("*"), orphaned(root) if unsaved else ())
    return sorted(p for p in files if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))


def find_recordings(paths: Iterable[PathLike]) -> list[Path]:
    """The cassettes that several paths lead to, each file once whatever its names, by the first of them; those that
    only a killed recording's journal holds, too.

    Args:
        paths: cassettes, and folders of cassettes.
    """
    found: dict[Path, Path] = {}
    for file in (file for path in paths for file in find_cassettes(path, unsaved=True)):
        found.setdefault(file.resolve(), file)
    return list(found.values())


def load_entries(path: Path, *, ignore: Ignore = ()) -> list[Entry]:
    """A cassette's entries, and those that a killed recording left in its journal; none when there is neither.

    Args:
        path: the cassette.
        ignore: what makes no difference between two requests, where a killed rewrite replaced recordings.

    Raises:
        CassetteDamaged, UnknownFormat: see `Cassette.load`.
    """
    return opened(path, ignore=ignore).entries


class Replay:
    """Answers from recordings; each recording answers once, equal requests in the order in which they were sent.

    Args:
        paths: the cassettes, for the text of a miss.
        entries: their recordings.
        pace: "instant", "recorded" or a factor.
        match: "exact", or "loose": by method and path, in recorded order.
        ignore: what the match leaves out: JSON paths and patterns.
        repeat: give the last of equal recordings again when all are used.
        scrubber: how requests were scrubbed before they were stored.
        remedies: the last line of a miss: the command that records what is missing, and the one that records anew,
            for a request that takes the place of another.
        counts: how many of the recordings each cassette holds, for a miss that names one of several.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        entries: Sequence[Entry],
        *,
        pace: str | float = "instant",
        match: Match = "exact",
        ignore: Ignore = (),
        repeat: bool = False,
        scrubber: Scrubber | None = None,
        remedies: tuple[str, str] = ("", ""),
        counts: Sequence[int] = (),
    ) -> None:
        self.paths = list(paths)
        self.counts = list(counts)
        self.index = Index(entries, match=match, ignore=ignore, repeat=repeat)
        self.pace: Pace = parse_pace(pace)
        self.scrubber = scrubber or Scrubber.of()
        self.remedies = remedies
        self.replayed = 0
        self.misses: Firsts[CassetteMiss] = Firsts()
        self.loosely: Firsts[tuple[Request, list[Difference]]] = Firsts()
        self._asked = 0
        self._lock = threading.Lock()
        read: Callable[[Entry], Sequence[Step]] = attrgetter("steps")
        self._steps = lru_cache(_KEPT)(read) if repeat else read

    def __call__(self, request: Request) -> Iterator[Step]:
        """The steps of the recording that answers.

        Raises:
            CassetteMiss: there is none.
        """
        __tracebackhide__ = True
        steps = self.find(request)
        if steps is None:
            raise self.miss(request)
        return steps

    def find(self, request: Request) -> Iterator[Step] | None:
        """The steps of the recording that answers; None when there is none."""
        entry = self.index.take(request, self.scrubber)
        with self._lock:
            self._asked += 1
            self.replayed += entry is not None
        if entry is None:
            return None
        if self.index.match == "loose":
            found = differences(entry.request, self.scrubber.request(request), self.index.ignore)
            if found:
                self.loosely.append((request, found))
        try:
            return paced(self._steps(entry), self.pace)
        except RetapeError as error:  # an Exception, which a client might retry or swallow
            raise CassetteMiss(str(error), f"a recording in {self._cassettes()} can't be replayed: {error}") from error

    def renew(self, paths: Sequence[Path], entries: Sequence[Entry], *, counts: Sequence[int] = ()) -> None:
        """Answer from other recordings from now on; one that was used and is among them stays used.

        One whose answer changed is another, and answers as often as it is recorded.

        Args:
            paths: the cassettes, as they are now.
            entries: their recordings.
            counts: how many of the recordings each cassette holds.
        """
        old = self.index
        unused = set(old.unused)
        used = [entry for number, entry in enumerate(old.entries) if number not in unused]
        again = _places_of(used, entries, old.key)
        fresh = Index(entries, match=old.match, ignore=old.ignore, repeat=old.repeat, used=again)
        self.paths, self.counts, self.index = list(paths), list(counts), fresh

    def miss(self, request: Request) -> CassetteMiss:
        """The error for a request that nothing answers, kept in `misses` too."""
        what = f"{request.method} {relative(request.url)[0]}"
        reason = f"no recording answers {what} (request {self._asked})"
        nearest = self.index.nearest(self.scrubber.request(request))
        anew = nearest is not None and nearest[0] in self.index.unused
        lines = [reason, f"  cassette: {self._cassettes()}", *self._nearest(nearest, request), self.remedies[anew]]
        error = CassetteMiss(reason, "\n".join(filter(None, lines)), brief=f"{reason}{self._briefly(nearest)}")
        with self._lock:
            self.misses.append(error)
        return error

    def _cassettes(self) -> str:
        names = ", ".join(shown(path) for path in self.paths[:3]) + (" ..." if len(self.paths) > 3 else "")
        if self.index.entries:
            return f"{names} ({len(self.index.entries)} recorded, {self.index.used} of them replayed)"
        return f"{names} ({'empty' if any(path.exists() for path in self.paths) else 'does not exist yet'})"

    def _nearest(self, nearest: tuple[int, list[Difference]] | None, request: Request) -> Iterator[str]:
        if nearest is None:
            return
        number, found = nearest
        if not found:
            request = self.scrubber.request(request)
            times = sum(not differences(entry.request, request, self.index.ignore) for entry in self.index.entries)
            plural = "once" if times == 1 else f"{times} times"
            yield f"  recorded {plural}, and replayed as often already; repeat=True (--repeat) gives the last one again"
            return
        yield f"  nearest:  {self._named(number)}, which differs in"
        for difference in found[:_FIELDS]:
            yield f"    {difference}"
        if len(found) > _FIELDS:
            yield f"    ... and {counted(len(found) - _FIELDS, 'more field')}"

    def _briefly(self, nearest: tuple[int, list[Difference]] | None) -> str:
        """The nearest recording, in one line."""
        if nearest is None:
            return "; nothing is recorded"
        number, found = nearest
        if not found:
            return "; its recordings are used up"
        more = f"; and {counted(len(found) - _BRIEF, 'more field')}" if len(found) > _BRIEF else ""
        return f"; the nearest, {self._named(number)}, differs in {'; '.join(map(str, found[:_BRIEF]))}{more}"

    def _named(self, number: int) -> str:
        """A recording, as a person finds it: its number in its cassette."""
        if len(self.paths) < 2:
            return f"recording {number + 1}"
        for path, count in zip(self.paths, self.counts, strict=False):
            if number < count:
                return f"recording {number + 1} of {shown(path)}"
            number -= count
        return f"recording {number + 1}"


def _places_of(used: Iterable[Entry], entries: Iterable[Entry], key: Callable[[Request], Key]) -> Iterator[int]:
    """Where recordings stand among others, each of these taken once: with the same key, and the same answer."""
    left: Counter[tuple[Key, object]] = Counter((key(entry.draft), _answer(entry)) for entry in used)
    keys = {name for name, _ in left}
    for number, entry in enumerate(entries):
        name = key(entry.draft)
        same = (name, _answer(entry) if name in keys else None)  # few are read as far as that
        if left[same] > 0:
            left[same] -= 1
            yield number


def _answer(entry: Entry) -> object:
    """What tells an answer from another; of one that can't be read the reason."""
    try:
        return entry.steps
    except RetapeError as error:
        return str(error)


def replay(
    *paths: PathLike,
    pace: str | float = "instant",
    match: Match = "exact",
    ignore: Ignore = (),
    repeat: bool = False,
    scrub: Iterable[str] = (),
) -> Replay:
    """A handler that answers from cassettes; from what a killed recording finished, too.

    Args:
        paths: cassettes, and folders of cassettes; a file that several of them lead to is read once.
        pace: "instant" waits for nothing, "recorded" keeps each chunk's time, a number is so many times faster.
        match: "exact", or "loose": by method and path, in recorded order.
        ignore: what a match leaves out: JSON paths ("metadata.run_id", "messages[*].name") and compiled patterns.
        repeat: give the last of equal recordings again when all are used.
        scrub: further names that were scrubbed when it was recorded.

    Raises:
        FileNotFoundError: a path leads nowhere.
        CassetteDamaged: a cassette can't be read as it stands.
        UsageError: an argument is wrong, or a folder holds no cassette.
    """
    found = find_recordings(paths)
    if not found:
        raise UsageError(f"no cassette in {', '.join(map(str, paths)) or 'no path'}")
    lost = next((path for path in found if not is_there(path)), None)
    if lost:
        raise FileNotFoundError(f"there is no cassette {lost}")
    leaving_out = several(ignore)
    loaded = [load_entries(path, ignore=leaving_out) for path in found]
    return Replay(
        found,
        [entry for entries in loaded for entry in entries],
        pace=pace,
        match=match,
        ignore=leaving_out,
        repeat=repeat,
        scrubber=Scrubber.of(several(scrub)),
        counts=[len(entries) for entries in loaded],
    )
