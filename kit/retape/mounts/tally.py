"""What the sessions of this process have done so far, for the line at a run's end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


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

    def add(self, path: Path, *, replayed: int, recorded: int, unused: int, missed: int) -> None:
        """Count a session that is over.

        Args:
            path: its cassette.
            replayed: how many requests it answered.
            recorded: how many exchanges were recorded into it.
            unused: how many of its recordings nobody asked for.
            missed: how many requests it didn't answer.
        """
        self.paths.add(str(path.absolute()))
        self.replayed += replayed
        self.recorded += recorded
        self.unused += unused
        self.missed += missed


total = Tally()
"""This process's."""
