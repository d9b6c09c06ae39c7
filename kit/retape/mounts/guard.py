"""Nothing leaves the machine in replay mode: WebSockets, DNS look-ups, clients that retape doesn't know.

An audit hook sees every connection that Python's own sockets open, whichever library asks.  It can't be taken
out again, so it is put in by the first session and does nothing while none is open.  What it can't see: other
processes, libraries that bring sockets of their own (uvloop, pycurl, gRPC), and raw sockets that were connected
before the cassette was opened.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import sys
import threading
from typing import Any

from retape.errors import NetworkBlocked
from retape.mounts import active

_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
_SENDS = ("socket.connect", "socket.sendto", "socket.sendmsg")

_installed = threading.Event()
left_loopback: list[str] = []
"""Addresses outside this machine that were reached while a cassette was open, in any mode."""
_addresses: dict[str, set[str]] = {}
"""Those that an allowed host has had."""


def install() -> None:
    """Put the hook in, once."""
    if not _installed.is_set():
        _installed.set()
        sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket.") or not active.guarded():
        return
    if event in _SENDS:
        address = arguments[1]
        if isinstance(address, tuple) and isinstance(address[0], str) and not is_local(address[0]):
            try:
                _judge(str(address[0]), f"{address[0]}:{address[1]}", lookup=False)
            except NetworkBlocked:
                if event == "socket.connect":
                    arguments[0].close()  # libraries close it for an OSError only
                raise
    elif event in _LOOKUPS:
        host = arguments[0]
        host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        host = host[0] if isinstance(host, tuple) else host
        if host and not is_local(str(host)) and (event == "socket.getnameinfo" or not is_address(str(host))):
            _judge(str(host), str(host), lookup=True)


def _judge(host: str, target: str, *, lookup: bool) -> None:
    """Let a connection go, or stop it."""
    here = active.cassette_of(active.in_context())
    judges = [here] if here else active.guarded()
    if any(session.network or _is_allowed(host, session.allow_hosts) for session in judges):
        if not lookup:
            left_loopback.append(target)
        return
    error = NetworkBlocked(target, f"{judges[-1].owner or owner()}")
    judges[-1].blocked.append(error)
    raise error


def check(host: str, port: int) -> None:
    """Judge a connection that was open before the cassette was, and that no audit event tells of.

    Raises:
        NetworkBlocked: it leads out, and everybody who is here replays.
    """
    if active.guarded() and not is_local(host):
        _judge(host, f"{host}:{port}", lookup=False)


def _is_allowed(host: str, names: frozenset[str]) -> bool:
    return host in names or (is_address(host) and any(_leads_to(name, host) for name in names))


def _leads_to(name: str, address: str) -> bool:
    """Whether an address is one of an allowed host's, looked up anew unless it is known: hosts move."""
    known = _addresses.setdefault(name, set())
    if address not in known:
        with contextlib.suppress(OSError):
            known.update(str(row[4][0]) for row in socket.getaddrinfo(name, None))
    return address in known


def owner() -> str:
    """Who is running: the test that pytest names, or this program."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0] or "this program"


def is_address(host: str) -> bool:
    """Whether a host is an IP address, and no name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_local(host: str) -> bool:
    """Whether a host is this machine: loopback in any spelling, or its own name."""
    host = host.lower().rstrip(".")
    if host in ("", "localhost", socket.gethostname().lower()) or host.endswith(".localhost"):
        return True
    if not is_address(host):
        with contextlib.suppress(OSError):
            return socket.inet_aton(host)[0] == 127  # 127.1
        return False
    address = ipaddress.ip_address(host.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified
