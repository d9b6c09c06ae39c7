"""What is whole in a damaged cassette, saved.

A cassette is cut into its exchanges by their first lines, so that each stands or falls alone.  The last one of a file
whose end is missing is kept only when it can be seen to be whole.  Of an unresolved merge both sides are read, and
what both have is kept once.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from retape.errors import CassetteDamaged, UnknownFormat
from retape.tape import damage
from retape.tape.cassette import Cassette, Entry, check_name, write_atomically
from retape.tape.counting import counted
from retape.tape.journal import abandoned, clear, commit, joined, safe, unsaved
from retape.tape.layout import from_interaction
from retape.tape.locks import lock_of
from retape.tape.scrub import Scrubber
from retape.tape.text import read_mapping

_START = re.compile(rb"^ *- (?:request|response):", re.MULTILINE)
_CLOSED = re.compile(rb"^(?:version: 1|metadata:|[^ \n][^\n]*\Z)", re.MULTILINE)  # or a torn line beside the list
_MARKER = re.compile(rb"(<{7}|\|{7}|={7}|>{7})(?: .*)?\r?\n?\Z")
_LIKE_A_CASSETTE = re.compile(rb"^# HTTP exchanges recorded|^ *- (?:request|response):|\"?\binteractions\"?\s*:", re.M)
_NOTHING = re.compile(rb"(?:\s|\0|#[^\n]*\n?)*(?:null|~|\[\]|\{\})?\s*\Z")
_UNREADABLE = (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What a repair did.

    Args:
        kept: how many exchanges the cassette holds now.
        lost: how many it had that can't be read any more.
        backup: where the damaged file is now; None when it was whole.
        recovered: how many of those that it holds now come from journals of interrupted recordings.
    """

    kept: int
    lost: int
    backup: Path | None
    recovered: int = 0

    def __str__(self) -> str:
        kept = counted(self.kept, "exchange")
        own = f"kept {kept}, lost {self.lost}; the damaged file is now {self.backup}" if self.backup else ""
        if self.recovered:
            took = f"took in {counted(self.recovered, 'exchange')} of an interrupted recording"
            return f"{took}; {own}" if own else f"{took}: {kept}, all whole"
        return own or f"nothing to repair: {kept}, all whole"


def repair(path: str | os.PathLike[str]) -> Repaired:
    """Keep every whole exchange of a damaged cassette, and what killed recordings left in journals beside it.

    The mended file is written in one step, and the damaged one goes to `<name>.damaged` beside it.

    Args:
        path: the cassette, *.yaml or *.json.

    Raises:
        FileNotFoundError: there is no such file, and no journal of one.
        UnknownFormat: it is a recording of another kind, or none at all; nothing is changed.
    """
    path = Path(path)
    scrubber = Scrubber.of()
    if not path.exists() and any(abandoned(path)):
        check_name(path)
        return _taken_in(path, scrubber)
    try:
        kept = len(Cassette.load(path))
    except CassetteDamaged:
        return _mend(path, scrubber)
    return _taken_in(path, scrubber) if any(abandoned(path)) else Repaired(kept=kept, lost=0, backup=None)


def _taken_in(path: Path, scrubber: Scrubber) -> Repaired:
    """A cassette that is whole, or isn't there yet, with what interrupted recordings left beside it."""
    recovered = unsaved(path)
    return Repaired(kept=commit(path, [], scrubber=scrubber), lost=0, backup=None, recovered=recovered)


def _mend(path: Path, scrubber: Scrubber) -> Repaired:
    with lock_of(path):
        data = path.read_bytes()
        if not _LIKE_A_CASSETTE.search(data) and not _NOTHING.match(data):
            raise UnknownFormat(path, "nothing in it looks like a cassette, so it was left alone")
        found: list[Entry] = []
        lost = 0
        for side in _sides(data):
            entries, broken = _salvage(side, path)
            found = _joined(found, entries)
            lost = max(lost, broken)
        journals = abandoned(path)
        entries = joined(found, journals)
        recovered = len({*map(id, entries)} - {*map(id, found)})
        mended = Cassette(path, [safe(entry, scrubber) for entry in entries])
        backup = _unused(path.with_name(path.name + ".damaged"))
        write_atomically(backup, data)
        mended.save()
        clear(path, journals)
    return Repaired(kept=len(mended), lost=lost, backup=backup, recovered=recovered)


def _unused(path: Path) -> Path:
    numbered = (path.with_name(f"{path.name}.{number}") for number in range(1, 1_000_000))
    return path if not path.exists() else next(other for other in numbered if not other.exists())


def _sides(data: bytes) -> list[bytes]:
    """Both sides of every merge conflict; the file itself when there is none."""
    sides: list[list[bytes]] = [[], []]
    into: tuple[int, ...] = (0, 1)
    conflict = False
    for line in re.findall(rb"[^\n]*\n|[^\n]+", data):
        marker = _MARKER.match(line) if line[:1] in b"<|=>" else None
        if marker and (conflict or marker[1] == b"<" * 7):
            into = {b"<": (0,), b"|": (), b"=": (1,), b">": (0, 1)}[marker[1][:1]]
            conflict = marker[1] != b">" * 7
            continue
        for side in into:
            sides[side].append(line)
    ours, theirs = (b"".join(side) for side in sides)
    return [ours] if ours == theirs else [ours, theirs]


def _joined(first: list[Entry], second: list[Entry]) -> list[Entry]:
    """Both lists as one, each exchange once, what only the second has after its neighbour there."""
    joined = list(first)
    shared = {entry.text for entry in second}
    place = 0
    for entry in second:
        same = next((number for number, other in enumerate(joined) if other.text == entry.text), None)
        if same is not None:
            place = same + 1
            continue
        while place < len(joined) and joined[place].text not in shared:
            place += 1
        joined.insert(place, entry)
        place += 1
    return joined


def _salvage(data: bytes, path: Path) -> tuple[list[Entry], int]:
    """The readable exchanges of one text, and how many weren't."""
    if path.suffix.lower() == ".json":
        found = list(_json_items(data.decode("utf-8", "replace")))
    else:
        data = data.replace(b"\r\n", b"\n")
        found = [_entry(block, certain=certain) for block, certain in _blocks(data)]
    return [entry for entry in found if entry is not None], sum(entry is None for entry in found)


def _blocks(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Each exchange's text, and whether what follows shows that nothing of it is missing."""
    starts = [found.start() for found in _START.finditer(data)]
    for start, following in zip(starts, [*starts[1:], len(data)], strict=False):
        closed = _CLOSED.search(data, start + 1, following)
        yield data[start : closed.start() if closed else following], bool(closed) or following < len(data)


def _entry(block: bytes, *, certain: bool) -> Entry | None:
    with contextlib.suppress(*_UNREADABLE):
        text = block.decode()
        own = _own(text)
        if own is not None and (certain or _fits(own)):
            return own
        if certain or text.endswith("\n"):
            loaded = yaml.load(text, Loader=damage.Loader)  # noqa: S506
            return _checked(loaded[0], certain=certain)
    return None


def _own(text: str) -> Entry | None:
    """An entry of retape's, if the text is the very one that retape writes for it."""
    entry = Entry(text=text)
    try:
        exchange = entry.exchange
    except _UNREADABLE:
        return None
    return entry if Entry(exchange=exchange).text == text else None


def _fits(entry: Entry) -> bool:
    """Whether an exchange at the end of a file that was cut is whole: its chunks add up, and no line is torn."""
    chunks = read_mapping("  " + entry.text[2:], indent=2)[0]["response"]["retape"].get("chunks")
    return chunks is not None and sum(size for _, size in chunks) == len(entry.exchange.wire)


def _checked(interaction: dict[str, Any], *, certain: bool) -> Entry | None:
    """An interaction of stock vcrpy's, or one that somebody edited; stock vcrpy writes status.message last."""
    from_interaction(interaction)
    response = interaction["response"]
    whole = certain or (list(response)[-1] == "status" and list(response["status"])[-1] == "message")
    return Entry(interaction=interaction) if whole else None


def _json_items(text: str) -> Iterable[Entry | None]:
    """The interactions of a JSON cassette, as far as they go."""
    start = re.search(r'"interactions"\s*:\s*\[', text)
    position = start.end() if start else len(text)
    decoder = json.JSONDecoder()
    while opening := re.compile(r"[\s,]*(?=\{)").match(text, position):
        try:
            interaction, position = decoder.raw_decode(text, opening.end())
            from_interaction(interaction)
            yield Entry(interaction=interaction)
        except _UNREADABLE:
            yield None
            following = re.compile(r'\{\s*"request"\s*:').search(text, opening.end() + 1)
            position = following.start() if following else len(text)
