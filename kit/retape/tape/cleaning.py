"""`retape scrub`: secrets in recordings that exist already, found or taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retape.errors import SecretSurvived, UnknownFormat
from retape.tape.cassette import Cassette, Entry
from retape.tape.formats.reading import read
from retape.tape.scrub import Finding, Scrubber

OWN_FORMATS = ("retape", "vcrpy")
"""Formats that are cassettes, so that they can be written back where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """One file.

    Args:
        path: the file.
        format: its format.
        exchanges: how many it has.
        findings: (exchange from 1, where, which rule), never the secret itself.
        changed: whether the file was rewritten.
    """

    path: Path
    format: str
    exchanges: int
    findings: tuple[tuple[int, Finding], ...]
    changed: bool


def check(path: Path, scrubber: Scrubber) -> Cleaned:
    """Find what looks like a secret; nothing is changed.

    Raises:
        CassetteDamaged, UnknownFormat: the file can't be read.
    """
    name, items = read(path.read_bytes(), path)
    found = [(n, finding) for n, item in enumerate(items, 1) for finding in _distinct(scrubber.check(item.exchange))]
    return Cleaned(path=path, format=name, exchanges=len(items), findings=tuple(found), changed=False)


def scrub(path: Path, scrubber: Scrubber, *, keep_headers: Iterable[str] = ()) -> Cleaned:
    """Take out what looks like a secret, and header fields that cassettes don't keep; a clean file is left alone.

    Raises:
        CassetteDamaged: the file can't be read.
        UnknownFormat: it is a recording that retape doesn't write; convert it instead.
        SecretSurvived: something is left that scrubbing can't take out; the file is as it was.
    """
    found = check(path, scrubber)
    if not found.findings:
        return found
    if found.format not in OWN_FORMATS:
        raise UnknownFormat(path, f"a recording of {found.format} is not written back; retape convert scrubs it too")
    entries = []
    for entry in Cassette.load(path).entries:
        clean, _ = scrubber.exchange(entry.exchange, keep_headers=keep_headers)
        left = scrubber.check(clean)
        if left:
            raise SecretSurvived([f"{place} ({rule})" for place, rule in left])
        entries.append(Entry(exchange=clean))
    Cassette(path, entries).save()
    return Cleaned(path=path, format=found.format, exchanges=len(entries), findings=found.findings, changed=True)


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    return list(dict.fromkeys(findings))
