"""Files and folders from the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from retape.errors import UsageError
from retape.handlers.replay import find_cassettes
from retape.tape.formats.conversion import SOURCE_SUFFIXES


def cassettes_at(names: Iterable[str]) -> list[Path]:
    """The cassettes that the arguments name, those in folders included.

    Raises:
        UsageError: a name leads nowhere, or to a folder without a cassette.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if not path.exists():
            raise UsageError(f"there is no file {name}")
        if path.is_file() and path.suffix.lower() not in SOURCE_SUFFIXES:
            raise UsageError(f"{name} is no recording: the name of one ends in {', '.join(SOURCE_SUFFIXES)}")
        inside = find_cassettes(path)
        if not inside:
            raise UsageError(f"there is no cassette in {name}")
        found += inside
    return found
