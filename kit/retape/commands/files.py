"""Files and folders from the command line, one after another: what is wrong with one hides none of the others."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from retape.errors import RetapeError, UsageError
from retape.handlers.replay import find_cassettes
from retape.tape.counting import counted
from retape.tape.formats.conversion import SOURCE_SUFFIXES
from retape.tape.journal import is_there

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that could not be used, which standard error says already.

    Args:
        path: the file.
        error: why, in a sentence.
    """

    path: Path
    error: str

    @property
    def row(self) -> dict[str, object]:
        """The same for programs."""
        return {"path": str(self.path), "error": self.error}


def each(paths: Iterable[Path], work: Callable[[Path], T]) -> Iterator[T | Failed]:
    """What a command makes of each file; an error about one is said, and the next one comes.

    Args:
        paths: the files.
        work: what to do with one.
    """
    for path in paths:
        result: T | Failed
        try:
            result = work(path)
        except BrokenPipeError:  # that is about the reader of the output, not about a file
            raise
        except (RetapeError, OSError) as error:
            flush_output()
            said = sentence(error)
            result = Failed(path, said if str(path) in said else f"{path}: {said}")
            complain(result.error)
        yield result


def exit_status(done: Iterable[object], found: bool = False) -> int:
    """2 when a file could not be used, else 1 when something was found, else 0."""
    return 2 if any(isinstance(result, Failed) for result in done) else int(found)


def sentence(error: Exception) -> str:
    """An error as one sentence for a person."""
    if not isinstance(error, OSError) or error.filename is None:
        return getattr(error, "strerror", None) or str(error)
    if isinstance(error, FileNotFoundError):
        return f"there is no file {error.filename}"
    return f"{error.filename}: {error.strerror}"


def flush_output() -> None:
    """Write what was printed.

    Raises:
        OSError: it can't be; that is about standard output, and about no file that a command was given.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def complain(text: str) -> None:
    """Say on standard error what is wrong; where that takes nothing (a full disk), nobody can be told."""
    with contextlib.suppress(OSError):
        print(f"retape: {text}", file=sys.stderr, flush=True)


def interrupted(path: Path, number: int) -> str:
    """That recordings are from a journal, in a sentence.

    Args:
        path: the cassette.
        number: how many of its recordings are in journals alone.
    """
    verb, them = ("is", "it") if number == 1 else ("are", "them")
    journal = f"{verb} in the journal of an interrupted recording alone"
    return f"{path}: {counted(number, 'exchange')} {journal}; retape repair {path} takes {them} in"


def cassettes_at(names: Iterable[str], *, unsaved: bool = False) -> list[Path]:
    """The cassettes that the arguments name, those in folders included.

    Args:
        names: files and folders.
        unsaved: also those that aren't there yet, because the recording that would have saved them was killed.

    Raises:
        UsageError: a name leads nowhere, or to a folder without a cassette.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if not (is_there(path) if unsaved else path.exists()):
            raise UsageError(f"there is no file {name}")
        if path.is_file() and path.suffix.lower() not in SOURCE_SUFFIXES:
            raise UsageError(f"{name} is no recording: the name of one ends in {', '.join(SOURCE_SUFFIXES)}")
        inside = find_cassettes(path, unsaved=unsaved)
        if not inside:
            raise UsageError(f"there is no cassette in {name}")
        found += inside
    return found
