"""The servers that the live suite records from, and how a test finds them.

While recording, environment variables name them; in replay there is none, and any address will do, since the host is
no part of what a recording is matched by.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from upstream.llama import Llama

NOWHERE = "http://127.0.0.1:1/v1"
"""An address where nothing listens."""

KEY = "open-sesame"
"""What the server `locked` requires as its key."""


@dataclass(frozen=True, slots=True)
class Server:
    """How one server is started.

    Args:
        model: see `upstream.llama.MODELS`.
        options: of llama_process.py.
    """

    model: str
    options: tuple[str, ...] = ()


SERVERS = {
    "tiny": Server("tiny"),
    "think": Server("think"),
    "slow": Server("slow", ("--ctx", "4096", "--slots", "1", "--sse-ping", "1")),
    "embedding": Server("tiny", ("--embedding",)),
    "locked": Server("tiny", ("--api-key", KEY)),
    "victim-before": Server("slow"),
    "victim-amid": Server("slow"),
}
"""By the name that a test asks for; each victim is killed by one test."""


def _variable(name: str, what: str) -> str:
    return f"LLAMACPP_{name.replace('-', '_').upper()}_{what}"


@contextlib.contextmanager
def running(cache: Path) -> Iterator[dict[str, str]]:
    """Every server; gives the environment variables that name them.

    Args:
        cache: see `Llama`.
    """
    variables: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for name, server in SERVERS.items():
            started = stack.enter_context(Llama(cache, model=server.model, options=server.options))
            variables[_variable(name, "URL")] = started.base_url
            variables[_variable(name, "PID")] = str(started.process.pid)
        yield variables


def address(name: str) -> str:
    """A server's base URL; in replay, one where nothing listens."""
    return os.environ.get(_variable(name, "URL"), NOWHERE)


def kill(name: str) -> None:
    """Kill a server as a crash would; in replay there is none, and nothing happens."""
    pid = os.environ.get(_variable(name, "PID"))
    if pid:
        os.kill(int(pid), signal.SIGKILL)
