"""What objects and arrays ask of whoever makes their parts."""

from __future__ import annotations

from typing import Any, Protocol

from retape.handlers.fake.schema.branches import Branches
from retape.handlers.fake.schema.hints import Hints
from retape.handlers.fake.schema.spot import Spot


class Making(Protocol):
    """Makes the values of one instance: `instance.Maker`."""

    seed: str
    hints: Hints
    branches: Branches

    def make(self, schema: Any, spot: Spot) -> Any:
        """A value that validates under a part of the document; `Impossible` when there is none."""
        ...
