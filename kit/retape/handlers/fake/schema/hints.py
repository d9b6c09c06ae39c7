"""What the conversation said, handed to the properties that want it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)


class Hints:
    """Strings taken from a conversation, each used once.  Mutable: what is used is remembered.

    Args:
        said: the strings, the most telling first.
    """

    __slots__ = ("_said", "used")

    def __init__(self, said: Sequence[str]) -> None:
        self._said = tuple(said)
        self.used: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return len(self.used) < len(self._said)

    def texts(self) -> Iterator[tuple[int, str]]:
        """The unused hints with their places, words before numbers."""
        left = [(at, text) for at, text in enumerate(self._said) if at not in self.used]
        yield from sorted(left, key=lambda hint: number(hint[1]) is not None)

    def numbers(self) -> Iterator[tuple[int, float]]:
        """The unused hints that are numbers, with their places."""
        for at, text in enumerate(self._said):
            found = number(text)
            if at not in self.used and found is not None:
                yield at, found

    def all(self) -> tuple[str, ...]:
        """Every hint, used or not."""
        return self._said

    def use(self, at: int) -> None:
        """Notes that a hint is used."""
        self.used |= {at}


def number(text: str) -> float | None:
    """The number that a text is; None when it is none."""
    text = text.strip()
    return None if not _NUMBER.fullmatch(text) else float(text) if "." in text else int(text)
