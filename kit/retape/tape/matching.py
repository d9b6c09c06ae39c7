"""Which recording answers a request, and if none does: which comes nearest, and how it differs."""

from __future__ import annotations

import re
import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from retape.errors import UsageError
from retape.tape.canonical import IGNORED, Ignore, Key, canonical, flatten, json_path, key, relative
from retape.tape.cassette import Entry
from retape.tape.request import Request
from retape.tape.scrub import Scrubber

Match = Literal["exact", "loose"]
MATCHES: tuple[Match, ...] = ("exact", "loose")

_ABSENT = object()
_COMPARED = 200  # characters of two texts that are compared one by one
_CANDIDATES = 50  # how many recordings a miss is compared with in full


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field in which a request differs from a recording.

    Args:
        path: where: "messages[1].content".
        recorded: the value in the recording, as text; "absent" when it has none.
        asked: the value in the request.
    """

    path: str
    recorded: str
    asked: str

    def __str__(self) -> str:
        return f"{self.path}: recorded {self.recorded}, asked {self.asked}"


class Index:
    """The recordings of one or more cassettes, each to be given out once, equal ones in order.

    Args:
        entries: the recordings, in the order in which their requests were sent.
        match: "exact" by key, "loose" by method and path alone, in order.
        ignore: what the match leaves out.
        repeat: give the last of equal recordings again when all are used.
        used: positions of those that were given out before, from 0.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        match: Match = "exact",
        ignore: Ignore = (),
        repeat: bool = False,
        used: Iterable[int] = (),
    ) -> None:
        if match not in MATCHES:
            raise UsageError(f"match={match!r}: use one of {', '.join(MATCHES)}")
        self.entries = list(entries)
        self.match = match
        self.ignore = tuple(ignore)
        self.repeat = repeat
        self._lock = threading.Lock()
        self._queues: dict[Key, deque[int]] = defaultdict(deque)
        self._last: dict[Key, int] = {}
        self._used = set(used)
        self._keyed = 0
        for rule in self.ignore:
            if isinstance(rule, str):
                json_path(rule)

    def key(self, request: Request) -> Key:
        """What a request and the recordings that answer it have in common."""
        if self.match == "loose":
            return request.method, relative(request.url)[0], ""
        return key(request, self.ignore)

    def take(self, request: Request, scrubber: Scrubber) -> Entry | None:
        """The recording that answers, marked as used; None when there is none (left).

        A request that holds a secret is looked up as it would have been stored.
        """
        wanted = self.key(request)
        with self._lock:
            number = self._take(wanted)
        if number is None and self.entries:
            clean = self.key(scrubber.request(request))
            if clean != wanted:
                with self._lock:
                    number = self._take(clean)
        return None if number is None else self.entries[number]

    def _take(self, wanted: Key) -> int | None:
        queue = self._queue(wanted)
        if queue:
            number = queue.popleft()
            self._used.add(number)
            self._last[wanted] = max(number, self._last.get(wanted, number))  # one that was used before may come later
            return number
        return self._last.get(wanted) if self.repeat else None

    def _queue(self, wanted: Key) -> deque[int] | None:
        """The recordings with this key that are left.

        Most programs ask in recorded order, so the next recording's key is made first, then those of ever more that
        follow it, until one fits.
        """
        for ahead in (0, 1, 15, 112, 400, len(self.entries)):
            for entry in self.entries[self._keyed : self._keyed + ahead]:
                self._file(self.key(entry.draft))
            if self._queues.get(wanted):
                break
        return self._queues.get(wanted)

    def _file(self, name: Key) -> None:
        """Put the next recording where its key finds it."""
        if self._keyed in self._used:
            self._last[name] = self._keyed
        else:
            self._queues[name].append(self._keyed)
        self._keyed += 1

    @property
    def unused(self) -> list[int]:
        """Positions of the recordings that nobody asked for, from 0."""
        return [number for number in range(len(self.entries)) if number not in self._used]

    @property
    def used(self) -> int:
        """How many recordings were given out."""
        return len(self._used)

    def nearest(self, request: Request) -> tuple[int, list[Difference]] | None:
        """The recording that differs least: its position and the fields that differ; None when there is none.

        No fields means: it is the same request, and its recordings are used up.
        """
        asked = flatten(canonical(request, self.ignore))
        path = relative(request.url)[0]
        ranked = sorted(
            range(len(self.entries)),
            key=lambda n: (
                self.entries[n].request.method != request.method,
                relative(self.entries[n].request.url)[0] != path,
                n in self._used,
                abs(len(self.entries[n].request.body) - len(request.body)),
            ),
        )[:_CANDIDATES]
        best = max(ranked, key=lambda n: self._similarity(n, request, asked), default=None)
        return None if best is None else (best, differences(self.entries[best].request, request, self.ignore))

    def _similarity(self, number: int, request: Request, asked: dict[str, Any]) -> tuple[bool, bool, float, bool]:
        stored = self.entries[number].request
        recorded = flatten(canonical(stored, self.ignore))
        paths = asked.keys() | recorded.keys()
        score = sum(_alike(asked.get(path, _ABSENT), recorded.get(path, _ABSENT)) for path in paths) / len(paths)
        same_path = relative(stored.url)[0] == relative(request.url)[0]
        return same_path, stored.method == request.method, score, number not in self._used


def _alike(left: Any, right: Any) -> float:
    if left == right and isinstance(left, bool) == isinstance(right, bool):
        return 1.0
    return _same_share(left, right) * 0.9 if isinstance(left, str) and isinstance(right, str) else 0.0


def _same_share(left: str, right: str) -> float:
    """The share of two texts that is the same, as `SequenceMatcher.ratio`; between the first and the last character
    that differ it looks at the beginning only, which is what makes it fit for long prompts.
    """
    ahead = _alike_for(left, right)
    behind = _alike_for(left[ahead:][::-1], right[ahead:][::-1])
    middles = left[ahead : len(left) - behind], right[ahead : len(right) - behind]
    ratio = SequenceMatcher(None, middles[0][:_COMPARED], middles[1][:_COMPARED], autojunk=False).ratio()
    total = len(left) + len(right)
    return (2 * (ahead + behind) + ratio * (len(middles[0]) + len(middles[1]))) / total if total else 1.0


def _alike_for(left: str, right: str) -> int:
    """How many characters two texts begin with alike."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if left[low:middle] == right[low:middle] else (low, middle - 1)
    return low


def differences(recorded: Request, asked: Request, ignore: Ignore = ()) -> list[Difference]:
    """The fields in which two requests differ, method and path first.

    Args:
        recorded: the recording's request.
        asked: the live one.
        ignore: what a match leaves out.
    """
    patterns = [rule for rule in ignore if isinstance(rule, re.Pattern)]
    if patterns and key(recorded, ignore) == key(asked, ignore):  # one may reach over several fields
        return []
    old, new = flatten(canonical(recorded, ignore)), flatten(canonical(asked, ignore))
    found = [
        Difference(path=name, recorded=left, asked=right)
        for name, left, right in (
            ("method", recorded.method, asked.method),
            ("path", relative(recorded.url)[0], relative(asked.url)[0]),
        )
        if left != right
    ]
    for path in sorted(old.keys() | new.keys(), key=_natural):
        left, right = old.get(path, _ABSENT), new.get(path, _ABSENT)
        if _without(left, patterns) != _without(right, patterns) or isinstance(left, bool) != isinstance(right, bool):
            shown = _window(left, right)
            found.append(Difference(path=path, recorded=shown[0], asked=shown[1]))
    return found


def _without(value: Any, patterns: Iterable[re.Pattern[str]]) -> Any:
    """A field's value, what a match leaves out of it masked."""
    if isinstance(value, str):
        for pattern in patterns:
            value = pattern.sub(IGNORED, value)
    return value


def _natural(path: str) -> list[tuple[int, str]]:
    return [
        (int(piece), "") if piece.isascii() and piece.isdigit() and len(piece) < 20 else (-1, piece)
        for piece in path.replace("]", "").replace("[", ".").split(".")
    ]


def _window(left: Any, right: Any, width: int = 60) -> tuple[str, str]:
    """Both values as text; of two long strings the part around the first character that differs."""
    if not (isinstance(left, str) and isinstance(right, str)) or max(len(left), len(right)) <= width:
        return _shown(left, width), _shown(right, width)
    start = max(0, _alike_for(left, right) - width // 3)
    return _cut(left, start, width), _cut(right, start, width)


def _cut(text: str, start: int, width: int) -> str:
    piece = text[start : start + width]
    return ("…" if start else "") + repr(piece) + ("…" if start + width < len(text) else "")


def _shown(value: Any, width: int) -> str:
    if value is _ABSENT:
        return "absent"
    return _cut(value, 0, width) if isinstance(value, str) else repr(value)
