"""Strings and numbers that keep a schema's bounds and look like what the property's name says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import count, islice
from math import ceil, floor, inf, isfinite
from typing import Any

from retape.handlers.fake.schema import names
from retape.handlers.fake.schema.draws import Draw
from retape.handlers.fake.schema.formats import FORMATS
from retape.handlers.fake.schema.patterns import PLAIN, TRIES, texts
from retape.handlers.fake.schema.shapes import SHAPES
from retape.handlers.fake.schema.valid import multiple

Schema = Mapping[str, Any]

_LONGEST = 100_000
"""A string that must be longer is not made."""
_ASKING = frozenset(("pattern", "format", "not", "allOf"))
"""What asks for more of a string than a length."""
_LONG = 1000
"""From so many characters on chance has one try: a pattern may take `re` the square of the length."""
_FEW = 8
"""How many strings are made without regard to what a string must not be."""


def strings(schema: Schema, name: str, draw: Draw) -> Iterator[str]:
    """Strings for a schema, the likeliest first; each keeps the lengths, and is to be checked for the rest.

    Args:
        schema: a schema without branches and references.
        name: the property's name.
        draw: what the choices come from.
    """
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength", inf)
    if shortest > min(longest, _LONGEST):
        return
    named = names.strings(name)
    first = draw.below(len(named))
    plain = (*named[first:], *named[:first])
    if _ASKING.isdisjoint(schema):
        yield _fitted(plain[0], shortest, longest)
        yield from _numbered(plain[0], shortest, longest)
        return
    yield from (text for text in plain if shortest <= len(text) <= longest)
    if schema.get("format") in FORMATS:
        yield from FORMATS[schema["format"]].make(draw, shortest, longest)
    if "pattern" not in schema and "format" not in schema:
        yield _fitted(plain[0], shortest, longest)
        yield from islice(_numbered(plain[0], shortest, longest), _FEW)
    alone = _ALONE.get(next(iter(_ASKING & schema.keys()))) if len(_ASKING & schema.keys()) == 1 else None
    likely = alone(schema) if alone else None
    few = PLAIN if shortest < _LONG else 1
    if likely is not None:
        yield from texts(likely, draw, shortest, longest, tries=range(few))
    yield from _sought(schema, draw)
    if likely is not None and shortest < _LONG:
        yield from texts(likely, draw, shortest, longest, tries=range(PLAIN, TRIES))


def _sought(schema: Schema, draw: Draw) -> Iterator[str]:
    """`demands.wanted`, loaded where it is needed: hardly any schema asks for so much."""
    from retape.handlers.fake.schema.demands import wanted

    yield from wanted(schema, draw)


_ALONE: dict[str, Callable[[Schema], str | None]] = {
    "pattern": lambda schema: schema["pattern"],
    "format": lambda schema: f"^(?:{SHAPES[schema['format']][0]})$" if schema["format"] in SHAPES else None,
}
"""What is asked of a string, when nothing else is -> a pattern by which it is likely to be made."""


def matching(pattern: str, draw: Draw) -> Iterator[str]:
    """Strings that match a pattern, by chance and then by search."""
    yield from texts(pattern, draw, tries=range(PLAIN))
    yield from _sought({"pattern": pattern}, draw)


def _fitted(text: str, shortest: int, longest: float) -> str:
    """A text of the right length: repeated when it is too short, cut when it is too long."""
    if len(text) < shortest:
        text = (f"{text} " * (shortest // (len(text) + 1) + 1))[:shortest]
        text = text[:-1] + "." if text.endswith(" ") else text
    return text if len(text) <= longest else _cut(text, int(longest), shortest)


def _cut(text: str, longest: int, shortest: int) -> str:
    trimmed = text[:longest].rstrip()
    return trimmed if len(trimmed) >= shortest else text[:longest]


def _numbered(text: str, shortest: int, longest: float) -> Iterator[str]:
    """Different texts, for arrays whose items must differ: "Paris 2", and single characters where no more fit."""
    for turn in islice(count(2), 200):
        ending = f" {turn}" if longest >= 8 else str(turn)
        if len(ending) <= longest:
            yield _fitted(text, max(shortest - len(ending), 0), longest - len(ending)) + ending
    if longest:
        yield from (_fitted(chr(code), shortest, longest) for code in range(97, 123))
        yield "" if not shortest else _fitted("A", shortest, longest)


def numbers(schema: Schema, name: str, draw: Draw, *, whole: bool) -> Iterator[float]:
    """Numbers within a schema's bounds, the likeliest first.

    Args:
        schema: a schema without branches and references.
        name: the property's name.
        draw: what the choices come from.
        whole: whether it must be an integer.
    """
    if whole and _BOUNDING.isdisjoint(schema) and not names.numbers(name):
        yield from (draw.below(9) + 1 + turn for turn in range(200))
        return
    bounds = _Bounds(schema)
    named = names.numbers(name)
    if named:
        first = draw.below(len(named))
        for value in (*named[first:], *named[:first]):
            likely = round(value) if whole else value
            if bounds.hold(likely):
                yield likely
    if "multipleOf" in schema:
        yield from _multiples(_step(schema["multipleOf"], whole=whole), bounds, draw)
    elif whole:
        yield from _multiples(1, bounds, draw)
    else:
        yield from filter(bounds.hold, bounds.between(draw))


_BOUNDING = frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"))


class _Bounds:
    """The range that a schema leaves to a number."""

    __slots__ = ("_high", "_low", "_over", "_step", "_under")

    def __init__(self, schema: Schema) -> None:
        self._low, self._high = _finite(schema, "minimum", -inf), _finite(schema, "maximum", inf)
        self._over = _finite(schema, "exclusiveMinimum", -inf)
        self._under = _finite(schema, "exclusiveMaximum", inf)
        self._step = schema.get("multipleOf")

    @property
    def low(self) -> float:
        return max(self._low, self._over)

    @property
    def high(self) -> float:
        return min(self._high, self._under)

    def hold(self, value: float) -> bool:
        inside = self._low <= value <= self._high and (value > self._over or self._over == -inf)
        return (
            inside and (value < self._under or self._under == inf) and (not self._step or multiple(value, self._step))
        )

    def between(self, draw: Draw) -> Iterator[float]:
        """Numbers that are no integers by need: near the one bound, or in the middle of the two."""
        low, high = self.low, self.high
        if low == -inf and high == inf:
            yield from (draw.below(9) + 1.5 + turn for turn in range(200))
        elif low == -inf or high == inf:
            bound, way = (low, 1) if high == inf else (high, -1)
            yield from (bound + way * (draw.below(9) + 1.5 + turn) for turn in range(200))
            yield from (bound, bound + way * max(abs(bound), 1) / 2)
        else:
            yield from (value for part in range(2, 200) for value in _inside(low, high, part, draw))
            yield from (low, high)


def _inside(low: float, high: float, part: int, draw: Draw) -> Iterator[float]:
    exact = low + (high - low) * (1 + draw.below(part - 1)) / part if high - low < inf else low / part + high / part
    whole = round(exact) if isfinite(exact) else exact
    yield from (whole, round(exact, 2), exact)


def _finite(schema: Schema, keyword: str, otherwise: float) -> float:
    """A bound, unless it is absent or no number that JSON has."""
    value = schema.get(keyword, otherwise)
    return value if isinstance(value, int) or isfinite(value) else otherwise


def _step(step: float, *, whole: bool) -> int | Fraction:
    exact = Fraction(str(step)) if isfinite(step) and step > 0 else Fraction(1)
    return exact.numerator if whole or exact.denominator == 1 else exact


def _multiples(step: int | Fraction, bounds: _Bounds, draw: Draw) -> Iterator[float]:
    """Multiples of a step within bounds, small ones first."""
    low, high = bounds.low, bounds.high
    way = -1 if low == -inf and high != inf else 1
    room: float = 9 if step == 1 else 3
    if low != -inf:
        start = _quotient(low, step, up=True)
        room = min(9, inf if high == inf else _quotient(high, step, up=False) - start + 1)
    else:
        start = 1 if high == inf else _quotient(high, step, up=False)
    for turn in range(400):
        for at in (turn,) if turn else (draw.below(int(max(room, 1))), 0):
            value = _number((start + way * at) * step)
            if bounds.hold(value):
                yield value


def _quotient(bound: float, step: int | Fraction, *, up: bool) -> int:
    exact = Fraction(bound) / step
    return ceil(exact) if up else floor(exact)


def _number(value: int | Fraction) -> float:
    return value if isinstance(value, int) else value.numerator if value.denominator == 1 else float(value)
