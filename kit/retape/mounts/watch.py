"""No cassette is open yet, or any more: a test's wider fixtures run, and in replay they stay on this machine too."""

from __future__ import annotations

from collections.abc import Iterable

from retape.errors import NetworkBlocked
from retape.mounts import active, guard


class Watch:
    """Stands where a session will stand, for the guard alone; HTTP clients aren't patched meanwhile.

    Args:
        owner: the test, for messages.
        allow_hosts: hosts that may be reached.
    """

    network = False

    def __init__(self, owner: str, allow_hosts: Iterable[str] = ()) -> None:
        self.owner = f"{owner}, in a fixture that is wider than the test (so outside its cassette),"
        self.allow_hosts = frozenset(allow_hosts)
        self.blocked: list[NetworkBlocked] = []

    def __enter__(self) -> Watch:
        guard.install()
        active.watch(self)
        return self

    def __exit__(self, *_: object) -> None:
        active.unwatch(self)
