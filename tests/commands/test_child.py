"""What ends a command that serves, and which signals reach the program that it runs."""

from __future__ import annotations

import os
import signal
import sys
from types import SimpleNamespace

import pytest

from retape.commands import child


def test_on_windows_the_console_has_told_the_program_of_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has neither `os.O_NOCTTY` nor a terminal that could be asked."""
    windows = SimpleNamespace(name="nt", open=os.open, O_RDONLY=os.O_RDONLY, environ=os.environ)
    monkeypatch.setattr(child, "os", windows)
    program = child.Program([sys.executable, "-c", "pass"])
    program.take(signal.SIGINT)  # a signal that goes on ends the program before it has begun
    assert program.wait({}) == 0


def test_an_interrupt_that_came_before_the_wait_ends_it() -> None:
    until = child.Interrupted()
    until.take(signal.SIGINT)
    assert until.wait({}) == 0
