"""How many of a thing, in words; and the first of many things, with how many more there were."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")

KEPT = 100
"""So many of what a server may meet any number of times in days."""


class Firsts(list[T]):
    """A list that takes what is appended until it is full, and then only counts it.

    Attributes:
        more: how many things it hasn't taken.
    """

    more = 0

    def append(self, thing: T) -> None:
        """Take a thing, or count it."""
        if len(self) < KEPT:
            super().append(thing)
        else:
            self.more += 1

    @property
    def total(self) -> int:
        """How many things there were."""
        return len(self) + self.more


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 exchange", "7 exchanges"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def spans(numbers: list[int]) -> str:
    """Rising numbers, neighbours taken together: "1-4, 6"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)
