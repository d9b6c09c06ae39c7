"""`retape convert`: a recording of any known format, or a folder of them, as cassettes; scrubbed on the way.

Everything is read, scrubbed and laid out before the first file is written, so bad input leaves the target as it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from retape.errors import SecretSurvived, UnknownFormat, UsageError
from retape.tape.cassette import SUFFIXES, write_atomically
from retape.tape.exchange import Exchange
from retape.tape.formats.imported import Imported
from retape.tape.formats.reading import read
from retape.tape.formats.writing import BROKEN, TARGETS, lost, playable
from retape.tape.scrub import Finding, Scrubber

SOURCE_SUFFIXES = (*SUFFIXES, ".har")
"""What counts as a recording in a folder."""


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange of the source.

    Args:
        index: its number, from 1.
        method: what was asked.
        path: the URL's path.
        notes: what could not be carried over exactly, a phrase each.
    """

    index: int
    method: str
    path: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """One file, converted.

    Args:
        source: what was read.
        target: what was written; None when no exchange of it could be carried over.
        format: the source's format, a name of `FORMATS`, or "retape".
        written: exchanges in the target.
        rows: every exchange of the source.
        headers_left_out: names of header fields that cassettes don't keep.
        scrubbed: how many secrets were taken out.
    """

    source: Path
    target: Path | None
    format: str
    written: int
    rows: tuple[Row, ...]
    headers_left_out: tuple[str, ...]
    scrubbed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a conversion did, file by file."""

    files: tuple[Converted, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every exchange of every source."""
        return tuple(row for file in self.files for row in file.rows)

    @property
    def written(self) -> int:
        """Exchanges written."""
        return sum(file.written for file in self.files)


def convert(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    to: str | None = None,
    scrubber: Scrubber,
    keep_headers: Iterable[str] = (),
    force: bool = False,
) -> Report:
    """Make cassettes of recordings of any known format.

    Args:
        source: a recording, or a folder of them; the format is told from the content.
        target: the cassette to write (its suffix says YAML or JSON), or for a folder a folder: one YAML cassette
            for each file, at the same place.
        to: "retape" (the default), or "vcrpy" for a cassette without anything of retape's.
        scrubber: what is secret.
        keep_headers: header fields to keep beside the usual ones.
        force: overwrite what is there.

    Raises:
        FileNotFoundError: there is no source.
        CassetteDamaged, UnknownFormat: a source can't be read; nothing was written.
        SecretSurvived: a secret is left after scrubbing; nothing was written.
        UsageError: the target is there already or has no cassette's name, or `to` is unknown.
    """
    to = to or "retape"
    if to not in TARGETS:
        raise UsageError(f"can't write {to!r}; choose one of: {', '.join(TARGETS)}")
    pairs = list(_pairs(Path(source), Path(target)))
    _refuse_overwriting([goal for _, goal in pairs], force=force)
    done = [_converted(file, goal, to, scrubber, tuple(keep_headers)) for file, goal in pairs]
    if len(done) == 1 and not done[0][0].written and done[0][0].rows:
        row = done[0][0].rows[0]
        raise UnknownFormat(pairs[0][0], f"nothing in it can be replayed: {row.method} {row.path}: {row.notes[-1]}")
    for file, text in done:
        if file.target:
            write_atomically(file.target, text.encode())
    return Report(files=tuple(file for file, _ in done))


def _pairs(source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Each recording and the cassette to make of it."""
    if not source.exists():
        raise FileNotFoundError(f"there is no recording {source}")
    if not source.is_dir():
        if target.is_dir() or target.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{target}: a cassette's name ends in {', '.join(SUFFIXES)}")
        yield source, target
        return
    if target.suffix.lower() in SUFFIXES or target.is_file():
        raise UsageError(f"{source} is a folder, so the target must be one too, not {target}")
    taken: dict[Path, Path] = {}
    for file in _recordings(source):
        goal = target / file.relative_to(source).with_suffix(".yaml")
        if goal in taken:
            raise UsageError(f"{taken[goal]} and {file} would both become {goal}; rename one")
        taken[goal] = file
        yield file, goal
    if not taken:
        raise UsageError(f"no recording in {source}: no file that ends in {', '.join(SOURCE_SUFFIXES)}")


def _recordings(folder: Path) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.suffix.lower() in SOURCE_SUFFIXES and path.is_file())
    return sorted(path for path in files if not path.name.startswith("."))


def _refuse_overwriting(targets: list[Path], *, force: bool) -> None:
    there = [] if force else [path for path in targets if path.exists()]
    if there:
        more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
        raise UsageError(f"{there[0]} exists already{more}; name another target, or overwrite it with --force")


def _converted(source: Path, target: Path, to: str, scrubber: Scrubber, keep: tuple[str, ...]) -> tuple[Converted, str]:
    name, items = read(source.read_bytes(), source)
    kept: list[Exchange] = []
    rows: list[Row] = []
    dropped: set[str] = set()
    scrubbed = 0
    for index, item in enumerate(items, 1):
        clean, found = _scrubbed(item.exchange, scrubber, keep, f"exchange {index} of {source}")
        notes, fits = _notes(item, clean, found, to)
        rows.append(Row(index, clean.request.method, clean.request.path, notes))
        scrubbed += len(found)
        if fits:
            dropped |= _names(item.exchange) - _names(clean)
            kept.append(clean)
    goes = bool(kept) or not rows
    file = Converted(
        source=source,
        target=target if goes else None,
        format=name,
        written=len(kept),
        rows=tuple(rows),
        headers_left_out=tuple(sorted(dropped)),
        scrubbed=scrubbed,
    )
    return file, TARGETS[to](target, kept) if goes else ""


def _notes(item: Imported, clean: Exchange, found: list[Finding], to: str) -> tuple[tuple[str, ...], bool]:
    """What to say about an exchange, and whether it goes into the target."""
    if item.left_out:
        return item.notes, False
    if to == "vcrpy" and not playable(clean):
        return (*item.notes, BROKEN.format(outcome=clean.outcome)), False
    rules = ", ".join(dict.fromkeys(f"{rule} in {place}" for place, rule in found))
    secrets = (f"scrubbed: {rules}",) if found else ()
    return (*item.notes, *lost(clean, to), *secrets), True


def _scrubbed(
    exchange: Exchange, scrubber: Scrubber, keep: tuple[str, ...], what: str
) -> tuple[Exchange, list[Finding]]:
    clean, found = scrubber.exchange(exchange, keep_headers=keep)
    left = scrubber.knowing(exchange.request).check(clean)
    if left:
        raise SecretSurvived([f"{place} of {what} ({rule})" for place, rule in left])
    return clean, found


def _names(exchange: Exchange) -> set[str]:
    head = exchange.head.headers if exchange.head else ()
    return {name.lower() for name, _ in (*exchange.request.headers, *head)}
