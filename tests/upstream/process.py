"""A server in a process of its own, from `with` to the end of the block.

What is started prints its address in one line as soon as it listens, and ends when its standard input does, so that it
never outlives whoever started it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

READY_WITHIN = 120
"""Seconds that a server may take to be healthy; llama.cpp's takes less than one, LiteLLM five on a fast machine."""


class Process:
    """One server.

    Attributes:
        name: what it is called in messages.
        health: the path that answers 200 once it is ready.
        base_url: of its API, once it runs.
        process: the server; `process.kill()` ends it as SIGKILL does.
    """

    name: ClassVar[str]
    health: ClassVar[str]
    process: subprocess.Popen[str]
    base_url = ""

    def command(self) -> list[Any]:
        """The program and its arguments; what they need is installed by now."""
        raise NotImplementedError

    def variables(self) -> dict[str, str]:
        """Environment variables that it needs beside the usual."""
        return {}

    def __enter__(self) -> Self:
        command = [str(word) for word in self.command()]
        self._log = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=_without_proxies() | self.variables(),
            start_new_session=True,  # Ctrl-C is for whoever started it
        )
        try:
            self.base_url = self._address() + "/v1"
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _address(self) -> str:
        assert self.process.stdout
        address = self.process.stdout.readline().strip()
        late = time.monotonic() + READY_WITHIN
        while not (address and _answers(address + self.health)):
            if not address or self.process.poll() is not None:
                raise SystemExit(f"{self.name} did not start:\n{self._said()}")
            if time.monotonic() > late:
                raise SystemExit(f"{self.name} was not healthy within {READY_WITHIN} s:\n{self._said()}")
            time.sleep(0.05)
        return address

    def _said(self) -> str:
        self._log.seek(0)
        return self._log.read()[-4000:]

    def stop(self) -> None:
        """Kill it, and wait until it is gone."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self._log):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]


def _without_proxies() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), opener.open(url, timeout=2) as answer:
        return bool(answer.status == 200)
    return False


def environment(home: Path) -> Path:
    """A new virtual environment; gives its interpreter.

    Args:
        home: its folder; what was there is gone.
    """
    venv.create(home, with_pip=True, clear=True)
    return interpreter(home)


def interpreter(home: Path) -> Path:
    """Where a virtual environment has its interpreter."""
    return home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@contextlib.contextmanager
def installing(home: Path, wanted: str) -> Any:
    """Whether something has yet to be installed; noted when that went well.

    Args:
        home: the folder of the installation.
        wanted: what is to be there, in words that change when it does.
    """
    note = home / "installed.txt"
    needed = not note.exists() or note.read_text() != wanted
    yield needed
    if needed:
        note.write_text(wanted)
