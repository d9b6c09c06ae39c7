"""Texts of a language, found by looking: the shortest first, and nothing twice.

A text grows by a character at a time, the one that is nearest to a whole one first (A*, by the least length that is
left).  Characters that no pattern tells apart count as one, so there is little to try at each place; what was seen with
the same rest before isn't followed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from string import ascii_lowercase, ascii_uppercase, digits, punctuation

from retape.handlers.fake.schema.draws import Draw
from retape.handlers.fake.schema.grammar import Grammar
from retape.handlers.fake.schema.languages import Here, Language, after, width

_KINDS = (ascii_lowercase, digits, ascii_uppercase, "-_.", punctuation, " ")
"""What is taken of characters that are all the same to the patterns, the plainest first."""
_UNIVERSE = "".join(_KINDS) + "éüñßж日本語"
EFFORT = 12_000
"""How many characters are tried in all: half a second, at worst."""


class Search:
    """Looks for texts of a language.

    Args:
        grammar: what the language's patterns were read with.
        language: where to look.
        shortest: the fewest characters.
        longest: the most characters.

    Attributes:
        tried: how many characters were tried.
        effort: how many will be, when no more is found.
    """

    def __init__(self, grammar: Grammar, language: Language, shortest: int, longest: float) -> None:
        self._grammar, self._language = grammar, language
        self._shortest, self._longest = shortest, longest
        self._kinds = _told_apart(grammar)
        self.tried, self.effort = 0, EFFORT
        self._known: dict[tuple[Language, Here], Language] = {}

    def texts(self, draw: Draw) -> Iterator[str]:
        """Texts, the shortest first.

        Args:
            draw: what decides between characters that are all the same to the patterns.
        """
        kinds = sorted((_rank(kind), draw.below(1 << 20), kind) for kind in self._kinds)
        fixed = [draw.pick(_plain(kind)) for _, _, kind in kinds] if self._grammar.refers else []
        waiting: list[tuple[float, int, int, str, Language]] = [(0, 0, 0, "", self._language)]
        seen, turn = set(), count(1)
        while waiting and self.tried < self.effort:
            _, _, _, text, language = heappop(waiting)
            if len(text) >= self._shortest and self._after(language, text, None) is True:
                yield text
            for char in fixed or [draw.pick(_plain(kind)) for _, _, kind in kinds]:
                self.tried += 1
                rest, longer = self._after(language, text, char), text + char
                least = len(longer) + max(width(rest), self._shortest - len(longer))
                state = (rest, self._past(longer), min(len(longer), self._shortest))
                if rest is not False and least <= self._longest and state not in seen:
                    seen.add(state)
                    heappush(waiting, (least, -len(longer), next(turn), longer, rest))

    def _past(self, text: str) -> str:
        """What of a text matters for what may follow; where groups are referred to, all of it."""
        if self._grammar.refers:
            return text
        return text[-self._grammar.reach :] if self._grammar.reach else ""

    def _after(self, language: Language, text: str, char: str | None) -> Language:
        here = Here(self._past(text) or text[-1:], char)
        key = language, here
        if key not in self._known:
            self._known[key] = after(language, here)
        return self._known[key]


def _told_apart(grammar: Grammar) -> list[str]:
    """The characters, in groups that no set tells apart."""
    groups: dict[tuple[bool, ...], str] = {}
    for char in dict.fromkeys((*_UNIVERSE, *grammar.chars)):
        word = bool(grammar.reach) and (char.isalnum() or char == "_")
        told = (word, *(one.holds(char) for one in grammar.sets))
        groups[told] = groups.get(told, "") + char
    return list(groups.values())


def _rank(kind: str) -> int:
    """How plain the plainest character of a group is."""
    return next((at for at, chars in enumerate(_KINDS) if not set(chars).isdisjoint(kind)), len(_KINDS))


def _plain(kind: str) -> str:
    """The plainest characters of a group."""
    at = _rank(kind)
    return "".join(char for char in kind if char in _KINDS[at]) if at < len(_KINDS) else kind
