"""Where in an instance a value is being made, and what is known there."""

from __future__ import annotations

from typing import NamedTuple

from retape.handlers.fake.schema.kinds import Path

_NONE: frozenset[str] = frozenset()


class Spot(NamedTuple):
    """One place in an instance that is being made.

    Args:
        place: the keys that lead there, joined by slashes; what chance depends on.
        name: the name of the property, or of the one whose array this is in.
        refs: the references that are being followed.
        here: those of them that lead to this very place, not to one above.
        shallow: whether the way out of a recursion is looked for.
        turn: how many values were made for this place before and not taken.
        hint: what the conversation says of it, when it was given one.
        depth: how many levels are above.
    """

    place: str = ""
    name: str = ""
    refs: frozenset[str] = frozenset()
    here: frozenset[str] = frozenset()
    shallow: bool = False
    turn: int = 0
    hint: str | None = None
    depth: int = 0

    @property
    def path(self) -> Path:
        """The keys that lead here, as far as they can be told."""
        return tuple(self.place.split("/")[1:])

    def under(self, key: str | int, *, hint: str | None = None, turn: int = 0) -> Spot:
        """The spot of a property or item."""
        name = key if isinstance(key, str) else self.name
        place = f"{self.place}/{key}"
        return Spot(place, name, self.refs, _NONE, self.shallow, self.turn + turn, hint, self.depth + 1)
