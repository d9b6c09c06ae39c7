"""Cases from YAML files."""

from __future__ import annotations

from pathlib import Path

from retape.verify.cases.case import Case


def load_cases(folder: Path | None = None) -> tuple[Case, ...]:
    """The cases of a folder, in the order of the files' names.

    Args:
        folder: with `*.yaml` files, each a test; None for the shipped ones.

    Raises:
        UsageError: there is no such folder, or no case in it; a file says what no case can say: `ScriptError`, which
            names file, line, column and the nearest right word.
    """
    raise NotImplementedError
