"""What is left of a text to be found: patterns as languages that lose a character at a time.

A language says, for each next character, which language the rest of the text must be of: Brzozowski's derivative, by
which two patterns, a pattern and its absence, or a lookahead and what follows it are as easy as one alone.  What lies
behind (lookbehinds, word boundaries, groups referred to) is known while a text grows from its beginning.

`pieces` are what patterns are made of, `grammar` reads patterns as them, and `search` finds texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

Groups = tuple[tuple[int, str], ...]
Language = Any
"""`bool` for all texts or none, or a `Thread`, `Either`, `Both` or `Other`."""

_NOWHERE: frozenset[Any] = frozenset()


class Here(NamedTuple):
    """A place in a text.

    Args:
        before: the text until here.
        char: the next character; None at the end.
    """

    before: str
    char: str | None


class Chain:
    """Nodes one after the other, from here to the end.  The same nodes are the same chain: compared by identity.

    Args:
        node: the first; None for the end, after which anything may come.
        rest: the others.
    """

    __slots__ = ("_longer", "end", "node", "rest", "width")

    def __init__(self, node: Node | None = None, rest: Chain | None = None) -> None:
        self.node, self.rest = node, rest
        self.width: int = 0 if node is None or rest is None else node.width + rest.width
        self.end: Chain = self if rest is None else rest.end
        self._longer: dict[Node, Chain] = {}

    def after(self, *nodes: Node) -> Chain:
        """This chain with nodes before it."""
        chain = self
        for node in reversed(nodes):
            found = chain._longer.get(node)
            chain = found or chain._longer.setdefault(node, Chain(node, chain))
        return chain

    def step(self, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        """The language after the next character; at the end of a text, whether it may end there."""
        if self.node is None or self.rest is None:
            return True
        return self.node.step(self.rest, groups, here, seen)


class Thread(NamedTuple):
    """What a chain matches, and anything after it."""

    chain: Chain
    groups: Groups = ()


class Either(NamedTuple):
    """What is of one of several languages at least."""

    parts: frozenset[Language]


class Both(NamedTuple):
    """What is of all of several languages."""

    parts: frozenset[Language]


class Other(NamedTuple):
    """What is not of a language."""

    part: Language


def either(parts: Iterable[Language]) -> Language:
    """The union of languages."""
    return _joined(Either, parts, full=True)


def both(parts: Iterable[Language]) -> Language:
    """The intersection of languages."""
    return _joined(Both, parts, full=False)


def _joined(kind: type[Either] | type[Both], parts: Iterable[Language], *, full: bool) -> Language:
    found: set[Language] = set()
    for part in parts:
        if part is full:
            return full
        if part is not (not full):
            found |= part.parts if isinstance(part, kind) else {part}
    return kind(frozenset(found)) if len(found) > 1 else found.pop() if found else not full


def other(part: Language) -> Language:
    """The complement of a language."""
    return not part if isinstance(part, bool) else part.part if isinstance(part, Other) else Other(part)


def after(language: Language, here: Here) -> Language:
    """What the rest must be of once a character is taken; at a text's end a `bool`: whether the text is of it."""
    if isinstance(language, bool):
        return language
    if isinstance(language, Thread):
        return language.chain.step(language.groups, here, _NOWHERE)
    if isinstance(language, Other):
        return other(after(language.part, here))
    join = either if isinstance(language, Either) else both
    return join(after(part, here) for part in language.parts)


def width(language: Language) -> int:
    """How many characters a text of a language has at least; a lower bound."""
    if isinstance(language, Thread):
        return language.chain.width
    if isinstance(language, Both):
        return max(map(width, language.parts))
    return min(map(width, language.parts)) if isinstance(language, Either) else 0


class Node:
    """One piece of a pattern."""

    __slots__ = ("width",)
    width: int

    def step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        """The language after the next character, when this is followed by a chain.

        Args:
            then: what follows.
            groups: what groups held that are referred to.
            here: the place in the text.
            seen: where repetitions began again at this very place.
        """
        return self._step(then, groups, here, seen)

    def _step(self, then: Chain, groups: Groups, here: Here, seen: frozenset[Chain]) -> Language:
        raise NotImplementedError
