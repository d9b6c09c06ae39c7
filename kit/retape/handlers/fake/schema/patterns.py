"""Texts that match a regular expression, from the expression's parse.

The parse is that of `re` itself: `re._parser` is private, yet the same since Python 3.11 and the one tree that agrees
with what `re` matches, which OpenAI compiles patterns with too.  A parser of our own would be a second opinion.  What
the tree doesn't show (lookarounds, boundaries, a length) is left to chance and checked by `re` afterwards; where chance
fails, `demands` looks for what is asked.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from retape.handlers.fake.schema.draws import Draw

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_COMMON = _LETTERS + _LETTERS.upper() + "0123456789" + "-_.,:;/@#+*=!?$%&~'\"()[]{}<>|^`\\" + " éüñßжж日本語\t\n"
"""The characters that are tried for a set, the plainest first."""
_ROOM = 6
"""How many characters more than the fewest a free text has."""
TRIES = 40
_LONGEST = 100_000
"""A pattern that asks for more characters is not followed."""
PLAIN = 8
"""How many tries choose letters where they can; the others choose among all characters, for lookaheads."""

_CATEGORIES: dict[Any, re.Pattern[str]] = {
    codes.CATEGORY_DIGIT: re.compile(r"[0-9]"),
    codes.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    codes.CATEGORY_SPACE: re.compile(r"[ ]"),
    codes.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    codes.CATEGORY_WORD: re.compile(r"[a-zA-Z0-9_]"),
    codes.CATEGORY_NOT_WORD: re.compile(r"\W"),
}

_OTHER_DIALECT = (
    (re.compile(r"\\p\{L[a-z&]?\}|\\p\{Letter\}"), "a-zA-ZÀ-ɏ"),
    (re.compile(r"\\p\{N[a-z]?\}"), "0-9"),
    (re.compile(r"\(\?<(?=[A-Za-z_])"), "(?P<"),
    (re.compile(r"\\z"), r"\\Z"),
)
"""ECMAScript's spellings that Python's `re` refuses, and what comes near."""


_MAY_WARN = re.compile(r"(?s)\[.*(?:--|&&|~~|\|\|)|\[\^?\]?(?:[^\]\\]|\\.)*\[")
"""What `re` warns of: sets that mean something else in other dialects."""


@contextmanager
def quietly(pattern: str) -> Iterator[None]:
    """Read a pattern without a warning to whoever runs the fake.

    The warnings' filters belong to all threads, so they are left alone for patterns that nothing is said of.
    """
    if not _MAY_WARN.search(pattern):
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern, as `re` has it; None when it can't be read."""
    with quietly(pattern):
        try:
            return re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            return _translated(pattern)


def readable(pattern: str) -> bool:
    """Whether `re` compiles a pattern as it stands, as OpenAI asks of it."""
    found = compiled(pattern)
    return found is not None and found.pattern == pattern


def _translated(pattern: str) -> re.Pattern[str] | None:
    for other, ours in _OTHER_DIALECT:
        pattern = other.sub(ours, pattern)
    with quietly(pattern):
        try:
            return re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            return None


def texts(
    pattern: str, draw: Draw, shortest: int = 0, longest: float = float("inf"), *, tries: range = range(TRIES)
) -> Iterator[str]:
    """Texts that match a pattern with a length between two bounds; none when none was found.

    Args:
        pattern: a regular expression, found anywhere in a text.
        draw: what the choices come from.
        shortest: the fewest characters.
        longest: the most characters.
        tries: which of the tries; the first `PLAIN` choose letters where they can.
    """
    found = compiled(pattern)
    if found is None:
        return
    tree = _parsed(found.pattern)
    fewest = tree.getwidth()[0]
    if fewest > min(longest, _LONGEST):
        return
    for turn in tries:
        room = max(shortest - fewest, 0) + turn % 4
        if turn % 8 < 4:
            room = max(room, int(min(_ROOM, longest - fewest)))
        text = _pad(_Maker(draw, max(room, 0), plain=turn < PLAIN).text(tree), found, shortest)
        if shortest <= len(text) <= longest and found.search(text):
            yield text


@lru_cache(maxsize=512)
def _parsed(pattern: str) -> Any:
    with quietly(pattern):
        return parser.parse(pattern)


def _pad(text: str, found: re.Pattern[str], shortest: int) -> str:
    """A text made as long as it must be, at the end that the pattern leaves open."""
    missing = "a" * (shortest - len(text))
    return next((longer for longer in (text + missing, missing + text) if found.search(longer)), text)


class _Maker:
    """Makes one text.  Mutable: characters to spare become fewer, groups are remembered."""

    __slots__ = ("_draw", "_groups", "_plain", "_sets", "_spare")

    def __init__(self, draw: Draw, spare: int, *, plain: bool) -> None:
        self._draw, self._spare, self._plain = draw, spare, plain
        self._groups: dict[int, str] = {}
        self._sets: dict[int, list[str]] = {}

    def text(self, tree: Any) -> str:
        return "".join(self._node(code, rule) for code, rule in tree)

    def _node(self, code: Any, rule: Any) -> str:
        make = _NODES.get(code)
        return "" if make is None else make(self, rule)

    def _literal(self, rule: int) -> str:
        return chr(rule)

    def _not_literal(self, rule: int) -> str:
        return self._letter([char for char in _COMMON if ord(char) != rule])

    def _any(self, rule: Any) -> str:
        return self._draw.pick(_LETTERS)

    def _in(self, rule: list[tuple[Any, Any]]) -> str:
        refused = rule[0][0] is codes.NEGATE
        members = rule[1:] if refused else rule
        if not refused and not any(code is codes.CATEGORY for code, _ in members):
            return self._letter(_members(members))
        if id(rule) not in self._sets:
            fit = [char for char in _COMMON if any(_is(char, *member) for member in members) != refused]
            self._sets[id(rule)] = fit or ["\x01"]
        return self._letter(self._sets[id(rule)])

    def _letter(self, chars: list[str]) -> str:
        letters = [char for char in chars if char in _LETTERS] if self._plain else []
        return self._draw.pick(letters or chars)

    def _branch(self, rule: Any) -> str:
        return self.text(self._draw.pick(rule[1]))

    def _group(self, rule: Any) -> str:
        made = self.text(rule[-1])
        if rule[0] is not None:
            self._groups[rule[0]] = made
        return made

    def _reference(self, rule: int) -> str:
        return self._groups.get(rule, "")

    def _conditional(self, rule: Any) -> str:
        group, there, absent = rule
        chosen = there if group in self._groups else absent
        return self.text(chosen) if chosen else ""

    def _repeat(self, rule: Any) -> str:
        fewest, most, tree = rule
        width = max(tree.getwidth()[0], 1)
        made = [self.text(tree) for _ in range(fewest)]
        while len(made) < most and width <= self._spare:
            self._spare -= width
            made.append(self.text(tree))
        return "".join(made)

    def _atomic(self, rule: Any) -> str:
        return self.text(rule)


_NODES: dict[Any, Callable[[_Maker, Any], str]] = {
    codes.LITERAL: _Maker._literal,
    codes.NOT_LITERAL: _Maker._not_literal,
    codes.ANY: _Maker._any,
    codes.IN: _Maker._in,
    codes.BRANCH: _Maker._branch,
    codes.SUBPATTERN: _Maker._group,
    codes.GROUPREF: _Maker._reference,
    codes.GROUPREF_EXISTS: _Maker._conditional,
    codes.MAX_REPEAT: _Maker._repeat,
    codes.MIN_REPEAT: _Maker._repeat,
    codes.POSSESSIVE_REPEAT: _Maker._repeat,
    codes.ATOMIC_GROUP: _Maker._atomic,
}
"""A node of the tree -> what it becomes; one that isn't here has no characters of its own."""


def _members(members: list[tuple[Any, Any]]) -> list[str]:
    """The characters of a set, of a wide range the first few."""
    ranges = (rule if code is codes.RANGE else (rule, rule) for code, rule in members)
    return [chr(code) for low, high in ranges for code in range(low, min(high, low + 63) + 1)]


def _is(char: str, code: Any, rule: Any) -> bool:
    if code is codes.RANGE:
        return bool(rule[0] <= ord(char) <= rule[1])
    if code is codes.CATEGORY:
        return _CATEGORIES[rule].match(char) is not None
    return bool(ord(char) == rule)
