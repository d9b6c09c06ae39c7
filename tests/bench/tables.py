"""Figures, and tables of them in Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure.

    Args:
        what: what was measured.
        figure: the value that the limit is about.
        unit: "ms", "MB", "x" (a ratio).
        detail: the values that the figure was made of.
        limit: what it has to keep to; None when nobody set one.
        at_least: the figure has to reach the limit, not stay under it.
    """

    what: str
    figure: float
    unit: str
    detail: str = ""
    limit: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """ "ok" or "over"; "" without a limit."""
        if self.limit is None:
            return ""
        return "ok" if (self.figure >= self.limit if self.at_least else self.figure <= self.limit) else "over"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row's cells."""
        sign = ">=" if self.at_least else "<="
        limit = "" if self.limit is None else f"{sign} {_number(self.limit)} {self.unit}"
        return self.what, f"{_number(self.figure)} {self.unit}", self.detail, limit, self.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A section's figures.

    Args:
        title: what they are about.
        rows: the figures.
        notes: how they were taken.
    """

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = field(default=())

    def __str__(self) -> str:
        lines = [("what", "figure", "made of", "limit", "")] + [row.cells for row in self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        drawn = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in lines]
        drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return "\n".join([f"## {self.title}", "", *drawn, "", *(f"{note}  " for note in self.notes)])


def _number(value: float) -> str:
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ms(seconds: Sequence[float]) -> float:
    """The median in milliseconds."""
    return statistics.median(seconds) * 1000


def p99_ms(seconds: Sequence[float]) -> float:
    """The 99th percentile in milliseconds: the smallest value that 99 % don't exceed."""
    return sorted(seconds)[math.ceil(len(seconds) * 0.99) - 1] * 1000


def pair(name: str, value: float, other: str, against: float, unit: str = "ms") -> str:
    """Two values side by side, for `Row.detail`."""
    return f"{name} {_number(value)} {unit}, {other} {_number(against)} {unit}"
