"""A program that records, to be killed: it says "finished N" only after exchange N is finished.

Usage: recorder_child.py CASSETTE FIRST COUNT MODE [WHERE]; WHERE is the step of the save at which it kills itself, or
how many exchanges are recorded when it forks: the child records one of them, and is gone before the parent goes on.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from retape.mounts.session import Session
from retape.tape import journal
from retape.tape.recorder import Recording
from retape.tape.request import Request

EVENTS = [b'data: {"n": %d, "text": "Earth and a little more of it"}\n\n' % n for n in range(20)] + [
    b"data: [DONE]\n\n"
]


def record(session: Session, number: int) -> None:
    """One exchange, as a mount would see it."""
    request = Request("POST", "http://127.0.0.1:9/v1/chat/completions", (), b'{"n": %d}' % number)
    recording = session.answer(request)
    assert isinstance(recording, Recording)
    recording.head(200, (("content-type", "text/event-stream"),), "OK")
    for event in EVENTS:
        recording.chunk(event)
    recording.complete()
    print(f"finished {number}", flush=True)


def die(*_: Any, **__: Any) -> None:
    """As abruptly as a process can."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(where: str) -> None:
    """Make one step of the save the last thing that this process does."""
    if where == "before-rename":
        Path.replace = die  # type: ignore[method-assign]
    elif where == "in-write":
        os.fsync, written = die, os.fsync  # type: ignore[assignment]
        journal.os = type("os", (), {**vars(os), "fsync": staticmethod(written)})  # type: ignore[assignment]
    elif where == "after-rename":
        renamed = Path.replace
        Path.replace = lambda *paths: die(renamed(*paths))  # type: ignore[method-assign,assignment]
    elif where == "before-journal-removal":
        journal.Journal.remove = die  # type: ignore[method-assign]


def main(cassette: str, first: str, count: str, mode: str, where: str = "") -> None:
    """Record COUNT exchanges and save them."""
    session = Session(cassette, mode=mode)
    arm(where)
    print("started", flush=True)
    for number in range(int(first), int(first) + int(count)):
        if where == str(number) and os.fork():
            os.wait()
            continue
        record(session, number)
        if where == str(number):
            os._exit(0)
    session.close()
    print("saved", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
