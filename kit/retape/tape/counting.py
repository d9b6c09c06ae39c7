"""How many of a thing, in words."""

from __future__ import annotations


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
