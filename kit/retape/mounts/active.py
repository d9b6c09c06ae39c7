"""Which open cassette a request belongs to, in threads and tasks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING

from retape.errors import CassetteMiss

if TYPE_CHECKING:
    from retape.mounts.session import Session
    from retape.mounts.watch import Watch

_current: ContextVar[Session | None] = ContextVar("retape", default=None)
_open: list[Session] = []
_watches: list[Watch] = []
_lock = threading.Lock()


def enter(session: Session) -> None:
    """Make a session the current one in this context."""
    session.parent = in_context()
    _current.set(session)
    with _lock:
        _open.append(session)


def leave(session: Session) -> None:
    """Take a session out, in whichever order sessions end."""
    with _lock:
        _open.remove(session)
    if _current.get() is session:
        _current.set(in_context())


def watch(found: Watch) -> None:
    """Guard the network although no session is open."""
    _watches.append(found)


def unwatch(found: Watch) -> None:
    """The end of a watch."""
    if found in _watches:
        _watches.remove(found)


def guarded() -> Sequence[Session | Watch]:
    """Whoever guards the network: every open session, oldest first; without one, the watches."""
    return list(_open) or list(_watches)


def in_context() -> Session | None:
    """The innermost session that this context was started in and that is still open."""
    session = _current.get()
    while session is not None and session not in _open:
        session = session.parent
    return session


def current() -> Session | None:
    """The session for a request made here; None when no cassette is open.

    A thread or task that was started before any cassette was opened takes the innermost one, if there is only one
    chain of them.

    Raises:
        CassetteMiss: several cassettes are open side by side and this thread belongs to none of them.
    """
    session = in_context()
    if session is not None or not _open:
        return session
    innermost = _open[-1]
    chain: list[Session] = []
    step: Session | None = innermost
    while step is not None:
        chain.append(step)
        step = step.parent
    if all(other in chain for other in _open):
        return innermost
    reason = f"{len(_open)} cassettes are open side by side, and this thread belongs to none of them"
    names = ", ".join(str(session.path) for session in _open)
    raise CassetteMiss(reason, f"{reason} ({names}); start it with contextvars.copy_context().run")
