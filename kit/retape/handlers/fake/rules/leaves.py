"""Shapes of single values: text, numbers, flags, choices."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from retape.handlers.fake.rules.faults import Fault, Faults, Fit, Path, Shape


@dataclass(frozen=True, eq=False, kw_only=True)
class Text(Shape):
    """A string.

    Args:
        least: its shortest length, in code points.
        most: its greatest length.
        pattern: a regular expression that the whole of it must match.
    """

    least: int = 0
    most: int | None = None
    pattern: str = ""

    kinds = frozenset({"string"})
    noun = "string"

    @property
    def plain(self) -> frozenset[type]:
        """`str` when every string will do."""
        return frozenset() if self.least or self.most is not None or self.pattern else frozenset({str})

    @cached_property
    def _matches(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def _fit(self) -> Fit:
        least, most, pattern = self.least, math.inf if self.most is None else self.most, self.pattern
        if pattern:
            matches = self._matches.fullmatch
            return lambda value: type(value) is str and least <= len(value) <= most and matches(value) is not None
        return lambda value: type(value) is str and least <= len(value) <= most

    def _faults(self, value: Any, path: Path) -> Faults:
        size = len(value)
        if size < self.least:
            family = "string_below_min_length" if size else "empty_string"
            yield Fault(family=family, path=path, value=value, limit=self.least, size=size)
        if self.most is not None and size > self.most:
            yield Fault(family="string_above_max_length", path=path, value=value, limit=self.most, size=size)
        if self.pattern and not self._matches.fullmatch(value):
            yield Fault(family="pattern", path=path, value=value, expected=self.pattern)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Number(Shape):
    """A number.

    Args:
        least: the smallest that will do.
        most: the greatest that will do.
    """

    least: float = -math.inf
    most: float = math.inf

    def _faults(self, value: Any, path: Path) -> Faults:
        if value < self.least:
            yield Fault(family=f"{self.noun}_below_min_value", path=path, value=value, limit=self.least)
        if value > self.most:
            yield Fault(family=f"{self.noun}_above_max_value", path=path, value=value, limit=self.most)


@dataclass(frozen=True, eq=False, kw_only=True)
class Whole(_Number):
    """An integer.  1.0 is a decimal number to OpenAI, and true is no number."""

    kinds = frozenset({"integer"})
    noun = "integer"

    @property
    def plain(self) -> frozenset[type]:
        """`int` when every integer will do."""
        return frozenset({int}) if (self.least, self.most) == (-math.inf, math.inf) else frozenset()

    def _fit(self) -> Fit:
        least, most = self.least, self.most
        return lambda value: type(value) is int and least <= value <= most


@dataclass(frozen=True, eq=False, kw_only=True)
class Decimal(_Number):
    """A number, whole or not.  Infinity and NaN, which JSON has not but Python's reader lets in, are none."""

    kinds = frozenset({"integer", "decimal"})
    noun = "decimal"

    def _fit(self) -> Fit:
        least, most = self.least, self.most
        return lambda value: (
            ((type(value) is float and math.isfinite(value)) or type(value) is int) and least <= value <= most
        )

    def _faults(self, value: Any, path: Path) -> Faults:
        if type(value) is float and not math.isfinite(value):
            yield Fault(family="invalid_type", path=path, value=value, expected=self.expected)
            return
        yield from super()._faults(value, path)


@dataclass(frozen=True, eq=False, kw_only=True)
class Flag(Shape):
    """true or false."""

    kinds = frozenset({"boolean"})
    noun = "boolean"
    plain = frozenset({bool})

    def _fit(self) -> Fit:
        return lambda value: type(value) is bool


@dataclass(frozen=True, eq=False)
class Choice(Shape):
    """One of several strings.

    Args:
        named: the values, in the order in which OpenAI's sentence names them.
        also: values that are taken, too, but that the sentence doesn't name.
    """

    named: tuple[str, ...]
    also: tuple[str, ...] = ()

    kinds = frozenset({"string"})
    noun = "string"

    @property
    def values(self) -> frozenset[str]:
        """All values that will do."""
        return frozenset(self.named + self.also)

    @property
    def expected(self) -> str:
        """The values themselves: "one of 'low' or 'high'"."""
        return f"one of {listed(self.named, 'or')}"

    def _fit(self) -> Fit:
        values = self.values
        return lambda value: type(value) is str and value in values

    def _faults(self, value: Any, path: Path) -> Faults:
        if value not in self.values:
            family = "invalid_value" if len(self.named) > 1 else "only_value"
            yield Fault(family=family, path=path, value=value, expected=listed(self.named, "and"))


@dataclass(frozen=True, eq=False, kw_only=True)
class Anything(Shape):
    """Whatever JSON holds."""

    kinds = frozenset({"string", "boolean", "integer", "decimal", "null", "array", "object"})
    noun = "object"

    def _fit(self) -> Fit:
        return lambda value: True


def listed(values: tuple[str, ...], word: str) -> str:
    """Values as OpenAI lists them: "'a'", "'a' and 'b'", "'a', 'b', and 'c'".

    Args:
        values: what to list.
        word: "and" or "or".
    """
    quoted = [f"'{value}'" for value in values]
    if len(quoted) <= 2:
        return f" {word} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {word} {quoted[-1]}"
