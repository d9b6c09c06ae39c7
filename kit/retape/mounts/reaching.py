"""Whether somebody listens where a server is to be: its name is looked up and a TCP connection made, and nothing sent.

Threads that nobody waits for, because a look-up can't be stopped; all addresses at once, because one may lead nowhere.
"""

from __future__ import annotations

import socket
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from retape.mounts.dialing import Address, why

REACH_SECONDS = 5.0
"""How long is waited, while a person waits too."""

Verdict = SimpleQueue[OSError | None]
"""Gets None as soon as there is a connection, or an error when there is none to be had."""


def why_out_of_reach(address: Address, *, seconds: float = REACH_SECONDS) -> str:
    """Why a server can't be reached, in words; "" where it can.

    Args:
        address: the server's.
        seconds: for the look-up and all of the addresses together.
    """
    verdict: Verdict = SimpleQueue()
    Thread(target=_try_all, args=(address, seconds, verdict), daemon=True).start()
    try:
        error = verdict.get(timeout=seconds)
    except Empty:
        return f"no connection within {seconds:g} seconds"
    return why(error) if error else ""


def _try_all(address: Address, seconds: float, verdict: Verdict) -> None:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        verdict.put(error)
        return
    except UnicodeError:
        verdict.put(OSError("no name can be written so"))
        return
    errors: list[OSError] = []
    tries = [
        Thread(target=_try, args=(family, where, seconds, verdict, errors), daemon=True)
        for family, _, _, _, where in found
    ]
    for one in tries:
        one.start()
    for one in tries:
        one.join()
    verdict.put(errors[0] if errors else None)


def _try(family: int, where: Any, seconds: float, verdict: Verdict, errors: list[OSError]) -> None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(seconds)
            connection.connect(where)
    except OSError as error:
        errors.append(error)
    else:
        verdict.put(None)
