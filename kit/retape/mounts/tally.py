"""What the sessions of this process have done so far, for the line at a run's end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retape.mounts.session import Session


@dataclass(slots=True)
class Tally:
    """Counts over closed sessions.

    Args:
        replayed: requests answered from a cassette.
        recorded: exchanges recorded.
        unused: recordings that nobody asked for, of sessions that ended well.
        missed: requests that no recording answered.
        paths: cassettes that were opened, as absolute paths.
    """

    replayed: int = 0
    recorded: int = 0
    unused: int = 0
    missed: int = 0
    paths: set[str] = field(default_factory=set)

    def add(self, session: Session, *, failed: bool) -> None:
        """Count a session that is over."""
        self.replayed += session.replayed
        self.recorded += len(session.recorded)
        self.missed += len(session.misses)
        self.unused += len(session.unused) if session.judged or not failed else 0
        self.paths.add(str(session.path.absolute()))


total = Tally()
"""This process's."""
