"""`check`: the rules over whatever holds exchanges."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from retape.handlers.replay import find_cassettes
from retape.tape.cassette import Cassette
from retape.tape.exchange import Exchange
from retape.verify.rulebook import violations
from retape.verify.violation import Violation

Checked = str | os.PathLike[str] | Cassette | Exchange
"""A cassette's file, a folder of them, a cassette, an exchange."""


def check(what: Checked | Iterable[Checked]) -> list[Violation]:
    """What is wrong with recorded answers, by the API's rules.

    Args:
        what: a cassette's path, a folder of cassettes, a `Cassette`, an `Exchange`, or several of these.

    Raises:
        UsageError: there is no such file, or no cassette in it.
        CassetteDamaged: a file can't be read as it stands.
    """
    if isinstance(what, str | os.PathLike | Cassette | Exchange):
        return list(_checked(what))
    return [violation for one in what for violation in _checked(one)]


def _checked(what: Checked) -> Iterator[Violation]:
    if isinstance(what, Exchange):
        yield from violations(what)
    elif isinstance(what, Cassette):
        for number, entry in enumerate(what.entries, 1):
            yield from violations(entry.exchange, file=str(what.path), number=number)
    else:
        for path in find_cassettes(what):
            yield from _checked(Cassette.load(path))
