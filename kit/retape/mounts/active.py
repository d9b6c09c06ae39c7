"""Which open cassette or mount a request belongs to, in threads and tasks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, cast

from retape.errors import CassetteMiss

if TYPE_CHECKING:
    from typing import TypeAlias

    from retape.mounts.mount import Mount
    from retape.mounts.session import Session
    from retape.mounts.watch import Watch

    Place: TypeAlias = Session | Mount
    """Where a request may be answered."""

_current: ContextVar[Place | None] = ContextVar("retape", default=None)
_open: list[Place] = []
_watches: list[Watch] = []
_lock = threading.Lock()


def enter(place: Place) -> None:
    """Make a cassette or mount the current one in this context."""
    place.parent = in_context()
    _current.set(place)
    with _lock:
        _open.append(place)


def leave(place: Place) -> None:
    """Take one out, in whichever order they end."""
    with _lock:
        _open.remove(place)
    if _current.get() is place:
        _current.set(in_context())


def watch(found: Watch) -> None:
    """Guard the network although no session is open."""
    _watches.append(found)


def unwatch(found: Watch) -> None:
    """The end of a watch."""
    if found in _watches:
        _watches.remove(found)


def guarded() -> Sequence[Session | Watch]:
    """Whoever guards the network: every open cassette, oldest first; without one, the watches."""
    return [cast("Session", place) for place in _open if place.is_cassette] or list(_watches)


def outward(place: Place | None) -> Iterator[Place]:
    """A cassette or mount and those around it that are still open, innermost first."""
    while place is not None:
        if place in _open:
            yield place
        place = place.parent


def in_context() -> Place | None:
    """The innermost cassette or mount that this context was started in and that is still open."""
    return next(outward(_current.get()), None)


def cassette_of(place: Place | None) -> Session | None:
    """The innermost cassette, from a cassette or mount outwards."""
    return next((cast("Session", found) for found in outward(place) if found.is_cassette), None)


def current() -> Place | None:
    """The cassette or mount for a request made here; None when none is open.

    A thread or task that was started before any of them was opened takes the innermost one, if there is only one
    chain of them.

    Raises:
        CassetteMiss: several are open side by side and this thread belongs to none of them.
    """
    place = _current.get()
    if place is not None and place not in _open:
        place = in_context()
    if place is not None or not _open:
        return place
    innermost = _open[-1]
    chain = list(outward(innermost))
    if all(other in chain for other in _open):
        return innermost
    mounts = "" if all(place.is_cassette for place in _open) else "mounts and "
    reason = f"{len(_open)} {mounts}cassettes are open side by side, and this thread belongs to none of them"
    names = ", ".join(str(place.path) for place in _open)
    raise CassetteMiss(reason, f"{reason} ({names}); start it with contextvars.copy_context().run")
