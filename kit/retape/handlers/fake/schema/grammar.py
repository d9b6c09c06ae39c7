"""Patterns read as languages, from the parse of `re`, as in `patterns`.

Approximate in two things: `$` is the very end, and possessive parts give back what they took.  Whoever makes a text of
a language has `re` check it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from retape.handlers.fake.schema.languages import Chain, Language, Node, Thread
from retape.handlers.fake.schema.patterns import quietly
from retape.handlers.fake.schema.pieces import (
    ANY,
    BOUNDARY,
    END,
    NO_BOUNDARY,
    START,
    Again,
    Ahead,
    At,
    Behind,
    Chars,
    Choice,
    Held,
    Open,
    Repeat,
    Row,
)

_ANYTHING = Repeat(0, None, ANY)

_PLACES: dict[Any, At] = {
    codes.AT_BEGINNING: START,
    codes.AT_BEGINNING_STRING: START,
    codes.AT_END: END,
    codes.AT_END_STRING: END,
    codes.AT_BOUNDARY: BOUNDARY,
    codes.AT_NON_BOUNDARY: NO_BOUNDARY,
}


class Grammar:
    """The pieces of some patterns, gathered while they are read.  Mutable: `read` adds to it.

    Attributes:
        sets: the sets of characters.
        chars: characters that they name.
        reach: how many characters before a place matter there.
        refers: whether a pattern refers to what a group held.
    """

    def __init__(self) -> None:
        self.sets: list[Chars] = []
        self.chars: dict[str, None] = {}
        self.reach, self.refers = 0, False
        self._end = Chain()

    def found(self, pattern: str) -> Language:
        """The texts in which a pattern, as `re` reads it, is found."""
        node = self._read(pattern)
        anchored = isinstance(node, Row) and node.nodes[:1] == (START,)
        return Thread(self._end.after(*(() if anchored else (_ANYTHING,)), node))

    def whole(self, pattern: str) -> Language:
        """The texts that are all of a pattern."""
        return Thread(self._end.after(self._read(pattern), END))

    def sized(self, fewest: int, most: int | None) -> Language:
        """The texts of a length."""
        return Thread(self._end.after(Repeat(fewest, most, ANY), END))

    def _read(self, pattern: str) -> Node:
        with quietly(pattern):
            tree = parser.parse(pattern)
        self._referred = frozenset(_referred(tree))
        self.refers |= bool(self._referred)
        return self._row(tree, tree.state.flags)

    def _row(self, tree: Any, flags: int) -> Node:
        return Row(tuple(self._node(code, rule, flags) for code, rule in tree))

    def _node(self, code: Any, rule: Any, flags: int) -> Node:
        if code in _REPEATS:
            most = None if rule[1] is codes.MAXREPEAT else rule[1]
            return Repeat(rule[0], most, self._row(rule[2], flags))
        if code in (codes.ASSERT, codes.ASSERT_NOT):
            return self._looking(rule, flags, wanted=code is codes.ASSERT)
        if code is codes.SUBPATTERN:
            group, added, dropped, inner = rule
            node = self._row(inner, flags & ~dropped | added)
            return Open(group, node) if group in self._referred else node
        return _READ[code](self, rule, flags) if code in _READ else self._chars(code, rule, flags)

    def _looking(self, rule: Any, flags: int, *, wanted: bool) -> Node:
        way, tree = rule
        if way > 0:
            return Ahead(self._row(tree, flags), wanted=wanted)
        size = tree.getwidth()[0]
        self.reach = max(self.reach, size)
        return Behind(self._row(tree, flags), size, wanted=wanted)

    def _at(self, rule: Any, flags: int) -> Node:
        self.reach = max(self.reach, int(_PLACES[rule] not in (START, END)))
        return _PLACES[rule]

    def _branch(self, rule: Any, flags: int) -> Node:
        return Choice(tuple(self._row(tree, flags) for tree in rule[1]))

    def _conditional(self, rule: Any, flags: int) -> Node:
        group, there, absent = rule
        return Held(group, self._row(there, flags), self._row(absent or (), flags))

    def _chars(self, code: Any, rule: Any, flags: int) -> Chars:
        test, named = _test(code, rule, flags)
        made = Chars(_caseless(test) if flags & re.IGNORECASE else test)
        self.sets.append(made)
        self.chars |= dict.fromkeys(named)
        return made


_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)

_READ: dict[Any, Callable[[Grammar, Any, int], Node]] = {
    codes.AT: Grammar._at,
    codes.BRANCH: Grammar._branch,
    codes.GROUPREF: lambda _, rule, flags: Again(rule),
    codes.GROUPREF_EXISTS: Grammar._conditional,
    codes.ATOMIC_GROUP: Grammar._row,
}
"""A code of the parse tree -> the node for it; those that aren't here are sets of characters."""


def _referred(tree: Any) -> Iterator[int]:
    """The groups that are referred to."""
    for code, rule in tree:
        if code is codes.GROUPREF:
            yield rule
        elif code is codes.GROUPREF_EXISTS:
            yield rule[0]
        yield from (one for inner in _trees(rule) for one in _referred(inner))


def _trees(rule: Any) -> Iterator[Any]:
    if isinstance(rule, parser.SubPattern):
        yield rule
    elif isinstance(rule, tuple | list):
        for part in rule:
            yield from _trees(part)


Test = Callable[[str], bool]

_CATEGORIES = {
    codes.CATEGORY_DIGIT: re.compile(r"\d").match,
    codes.CATEGORY_NOT_DIGIT: re.compile(r"\D").match,
    codes.CATEGORY_SPACE: re.compile(r"\s").match,
    codes.CATEGORY_NOT_SPACE: re.compile(r"\S").match,
    codes.CATEGORY_WORD: re.compile(r"\w").match,
    codes.CATEGORY_NOT_WORD: re.compile(r"\W").match,
}


def _test(code: Any, rule: Any, flags: int) -> tuple[Test, list[str]]:
    """Whether a character is in a set, and some that the set names."""
    if code is codes.LITERAL:
        return chr(rule).__eq__, [chr(rule)]
    if code is codes.NOT_LITERAL:
        return chr(rule).__ne__, [chr(rule)]
    if code is codes.RANGE:
        low, high = rule
        return lambda char: low <= ord(char) <= high, [chr(low), chr(min(low + 1, high)), chr(high)]
    if code is codes.CATEGORY:
        return lambda char: bool(_CATEGORIES[rule](char)), []
    if code is codes.ANY:
        return lambda char: char != "\n" or bool(flags & re.DOTALL), []
    refused = rule[0][0] is codes.NEGATE
    members = [_test(member, inner, flags) for member, inner in rule[refused:]]
    tests = [test for test, _ in members]
    return lambda char: any(test(char) for test in tests) is not refused, [one for _, named in members for one in named]


def _caseless(test: Test) -> Test:
    return lambda char: test(char) or test(char.lower()) or test(char.upper())
