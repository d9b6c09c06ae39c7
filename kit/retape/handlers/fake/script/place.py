"""Where a script was written: the line of the test that said it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[3]) + os.sep


def caller() -> str:
    """File and line of the nearest code outside this package; below the working directory, from there."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return f"{shown(frame.f_code.co_filename)}:{frame.f_lineno}"


def shown(path: str) -> str:
    """A path as a person wants to read it."""
    here = str(Path.cwd()) + os.sep
    return path.removeprefix(here)
