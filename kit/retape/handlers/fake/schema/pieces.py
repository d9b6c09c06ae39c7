"""What patterns are made of, and what each leaves of a language."""

from __future__ import annotations

import re
from collections.abc import Callable

from retape.handlers.fake.schema.languages import (
    Chain,
    Groups,
    Here,
    Language,
    Node,
    Thread,
    after,
    both,
    either,
    other,
)


class Chars(Node):
    """One character of a set.

    Args:
        holds: whether a character is in it.
    """

    __slots__ = ("_known", "_test")

    def __init__(self, holds: Callable[[str], bool]) -> None:
        self._test, self.width = holds, 1
        self._known: dict[str, bool] = {}

    def holds(self, char: str) -> bool:
        """Whether a character is in the set."""
        found = self._known.get(char)
        if found is None:
            found = self._known[char] = self._test(char)
        return found

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        if here.char is None or not self.holds(here.char):
            return False
        return True if then.node is None else Thread(then, groups)


class Row(Node):
    """Pieces one after the other."""

    __slots__ = ("nodes",)

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.nodes, self.width = nodes, sum(node.width for node in nodes)

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        return then.after(*self.nodes).step(groups, here, seen)


class Choice(Node):
    """One of several pieces."""

    __slots__ = ("nodes",)

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.nodes, self.width = nodes, min(node.width for node in nodes)

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        return either(node.step(then, groups, here, seen) for node in self.nodes)


class Repeat(Node):
    """A piece several times.

    Args:
        fewest: how often at least.
        most: how often at most; None for any number.
        node: the piece.
    """

    __slots__ = ("_fewest", "_less", "_most", "_node")

    def __init__(self, fewest: int, most: int | None, node: Node) -> None:
        self._fewest, self._most, self._node = fewest, most, node
        self._less: Repeat | None = None
        self.width = fewest * node.width

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        if self._most == 0:
            return then.step(groups, here, seen)
        again = then.after(self._one_less())
        if self._fewest:
            return self._node.step(again, groups, here, seen)
        if again in seen:  # once more without a character in between
            return False
        return either((then.step(groups, here, seen), self._node.step(again, groups, here, seen | {again})))

    def _one_less(self) -> Repeat:
        if not self._fewest and self._most is None:
            return self
        if self._less is None:
            most = None if self._most is None else self._most - 1
            self._less = Repeat(max(self._fewest - 1, 0), most, self._node)
        return self._less


class Ahead(Node):
    """What must follow, or must not."""

    __slots__ = ("_node", "_wanted")

    def __init__(self, node: Node, *, wanted: bool) -> None:
        self._node, self._wanted, self.width = node, wanted, 0

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        found = self._node.step(then.end, groups, here, seen)
        return both((found if self._wanted else other(found), then.step(groups, here, seen)))


class Behind(Node):
    """What must stand before, or must not: so many characters."""

    __slots__ = ("_node", "_size", "_wanted")

    def __init__(self, node: Node, size: int, *, wanted: bool) -> None:
        self._node, self._size, self._wanted, self.width = node, size, wanted, 0

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        there = len(here.before) >= self._size and self._matches(then.end, groups, here.before)
        return then.step(groups, here, seen) if there is self._wanted else False

    def _matches(self, end: Chain, groups: Groups, text: str) -> bool:
        language: Language = Thread(end.after(self._node, END), groups)
        for at in range(len(text) - self._size, len(text)):
            language = after(language, Here(text[:at], text[at]))
        return after(language, Here(text, None)) is True


class At(Node):
    """A place that is as a test wants it."""

    __slots__ = ("_test",)

    def __init__(self, test: Callable[[Here], bool]) -> None:
        self._test, self.width = test, 0

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        return then.step(groups, here, seen) if self._test(here) else False


class Open(Node):
    """A group that is referred to begins.

    Args:
        group: its number.
        node: what it holds.
    """

    __slots__ = ("_group", "_node")

    def __init__(self, group: int, node: Node) -> None:
        self._group, self._node, self.width = group, node, node.width

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        return self._node.step(then.after(Closed(self._group, len(here.before))), groups, here, seen)


class Closed(Node):
    """A group ends that began at an index; equal to another of the same numbers."""

    __slots__ = ("_group", "_start")

    def __init__(self, group: int, start: int) -> None:
        self._group, self._start, self.width = group, start, 0

    def __eq__(self, one: object) -> bool:
        return isinstance(one, Closed) and (one._group, one._start) == (self._group, self._start)

    def __hash__(self) -> int:
        return hash((self._group, self._start))

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        held = dict(groups) | {self._group: here.before[self._start :]}
        return then.step(tuple(sorted(held.items())), here, seen)


class Again(Node):
    """What a group held, once more."""

    __slots__ = ("_group",)

    def __init__(self, group: int) -> None:
        self._group, self.width = group, 0

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        held = dict(groups).get(self._group)
        if held is None:
            return False
        return then.after(*map(literal, held)).step(groups, here, seen) if held else then.step(groups, here, seen)


class Held(Node):
    """One piece when a group holds something, another when it doesn't."""

    __slots__ = ("_absent", "_group", "_there")

    def __init__(self, group: int, there: Node, absent: Node) -> None:
        self._group, self._there, self._absent = group, there, absent
        self.width = min(there.width, absent.width)

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        return (self._there if self._group in dict(groups) else self._absent).step(then, groups, here, seen)


_LITERALS: dict[str, Chars] = {}


def literal(char: str) -> Chars:
    """One character."""
    if char not in _LITERALS and len(_LITERALS) >= 4096:
        _LITERALS.clear()
    return _LITERALS.setdefault(char, Chars(char.__eq__))


_WORD = re.compile(r"\w").match


def _boundary(here: Here) -> bool:
    before, following = here.before[-1:], here.char or ""
    return bool(_WORD(before)) is not bool(_WORD(following))


ANY = Chars(lambda _: True)
START = At(lambda here: not here.before)
END = At(lambda here: here.char is None)
BOUNDARY = At(_boundary)
NO_BOUNDARY = At(lambda here: not _boundary(here))
