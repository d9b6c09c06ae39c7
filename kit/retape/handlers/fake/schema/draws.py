"""Chance that is none: numbers drawn from a seed and a place, the same in every process and Python release.

`random.Random` promises the same sequence across releases for `random()` alone, and costs more to seed than a whole
instance costs to make.  A draw here depends on nothing that was drawn before, so a property that is added to a schema
leaves the values of the others as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A source of numbers at one place.  Mutable: each number comes after the one before.

    Args:
        seed: what the whole depends on.
        place: where it is drawn for.
    """

    __slots__ = ("_key", "_taken")

    def __init__(self, seed: str, place: str) -> None:
        self._key = f"{len(seed)}:{seed}{place}"
        self._taken = 0

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1; 0 for a limit of at most 1."""
        if limit <= 1:
            return 0
        self._taken += 1
        size = 8 + limit.bit_length() // 8
        digest = blake2b(f"{self._key}#{self._taken}".encode(errors="surrogatepass"), digest_size=min(size, 64))
        return int.from_bytes(digest.digest()) % limit

    def pick(self, values: Sequence[T]) -> T:
        """One of some values."""
        return values[self.below(len(values))]
