"""`check`: the rules over whatever holds exchanges."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from retape.errors import UnknownFormat
from retape.handlers.replay import find_cassettes
from retape.tape.cassette import SUFFIXES, Cassette
from retape.tape.exchange import Exchange
from retape.tape.journal import abandoned, opened
from retape.verify.rulebook import violations
from retape.verify.violation import Violation

Checked = str | os.PathLike[str] | Cassette | Exchange
"""A recording's file, a folder of cassettes, a cassette, an exchange."""


def check(what: Checked | Iterable[Checked]) -> list[Violation]:
    """What is wrong with recorded answers, by the API's rules.

    Args:
        what: a recording's path (a cassette, or another tool's), a folder of cassettes, a `Cassette`, an `Exchange`,
            or several of these.  Exchanges of one cassette, and exchanges that stand next to each other in a list,
            are compared with each other.

    Raises:
        UsageError: there is no such file, or no cassette in it.
        CassetteDamaged: a file can't be read as it stands.
        UnknownFormat: a file is no recording.
    """
    if isinstance(what, str | os.PathLike | Cassette | Exchange):
        return list(_checked(what))
    return [found for together, those in groupby(what, _is_exchange) for found in _several(those, together)]


def _is_exchange(what: Checked) -> bool:
    return isinstance(what, Exchange)


def _several(those: Iterable[Any], together: bool) -> Iterator[Violation]:
    if together:
        yield from violations(those)
    else:
        for one in those:
            yield from _checked(one)


def _checked(what: Checked) -> Iterator[Violation]:
    if isinstance(what, Exchange):
        yield from violations(what)
    elif isinstance(what, Cassette):
        yield from violations((entry.exchange for entry in what.entries), file=str(what.path))
    else:
        for path in find_cassettes(what, unsaved=True):
            yield from violations(recorded(path), file=str(path))


def recorded(path: Path) -> Iterator[Exchange]:
    """The exchanges of a recording: a cassette with what killed recordings left in its journals, or a file of any
    format that `retape convert` reads.

    Args:
        path: the file.

    Raises:
        FileNotFoundError: there is none.
        CassetteDamaged: it can't be read as it stands.
        UnknownFormat: it is no recording.
    """
    if path.suffix.lower() in SUFFIXES:
        try:
            entries = opened(path).entries if any(abandoned(path)) else Cassette.load(path).entries
        except UnknownFormat:
            pass  # another tool's
        else:
            entries.reverse()
            while entries:  # none is kept: what a large cassette holds needn't be in memory at once
                yield entries.pop().exchange
            return
    from retape.tape.formats.reading import read  # every format's reader: most files need none

    yield from (item.exchange for item in read(path.read_bytes(), path)[1])
