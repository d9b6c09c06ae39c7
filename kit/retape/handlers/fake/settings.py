"""How a fake was set up."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from retape.errors import UsageError
from retape.handlers.fake.identity import Identity

K = TypeVar("K")
V = TypeVar("V")

NOW = 1_767_225_600
"""The fake's time, in epoch seconds: 2026-01-01T00:00:00Z.  It stands still, so that snapshots don't move."""


_LEAST = {
    "keep": 0,
    "max_body": 0,
    "now": 0,
    "requests_per_minute": 1,
    "store": 1,
    "tokens_per_minute": 1,
    "window": 1,
}
"""A setting that is a number -> the least that it can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A fake's settings; `Fake` documents them."""

    seed: str = "0"
    profile: str = "openai"
    off: frozenset[str] = frozenset()
    now: int = NOW
    models: tuple[str, ...] = ()
    window: int | None = None
    keys: frozenset[str] | None = None
    switches: frozenset[str] = frozenset()
    organization: str = "org-retape"
    project: str = "proj_retape"
    requests_per_minute: int = 10_000
    tokens_per_minute: int = 2_000_000
    max_body: int = 512 * 1024 * 1024
    unreachable: tuple[str, ...] = ()
    keep: int | None = None
    store: int | None = None

    def __post_init__(self) -> None:
        for name in ("organization", "project"):
            words(name, getattr(self, name))
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < least):
                raise UsageError(f"{name}={value!r}: use a whole number, {least} or more")

    @property
    def lenient_paths(self) -> bool:
        """Whether a path without a version is fine."""
        return self.profile == "lenient"


def words(name: str, values: str | Iterable[str]) -> tuple[str, ...]:
    """One word or several, as several.

    Raises:
        UsageError: they are no words.
    """
    several = (values,) if isinstance(values, str) else tuple(values) if isinstance(values, Iterable) else (values,)
    if not all(isinstance(word, str) for word in several):
        raise UsageError(f"{name}={values!r}: use text, or several of them")
    return several


class Shelf(dict[K, V]):
    """Things by their key, oldest first; when there are more than it has room for, the oldest goes.

    Args:
        room: for how many; None for all.
    """

    def __init__(self, room: int | None = None) -> None:
        super().__init__()
        self._room = math.inf if room is None else room

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > self._room:
            del self[next(iter(self))]


class Table(Shelf[str, dict[str, Any]]):
    """Objects by id, oldest first; where one stood is known for a while after it is gone."""

    def __init__(self, room: int | None = None) -> None:
        super().__init__(room)
        self._numbers: dict[str, int] = {}
        self._gone: deque[str] = deque()
        self._count = itertools.count()

    def __setitem__(self, key: str, value: dict[str, Any]) -> None:
        if key not in self:
            self._numbers[key] = next(self._count)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._gone.append(key)
        if len(self._gone) > _GONE and (oldest := self._gone.popleft()) not in self:
            self._numbers.pop(oldest, None)

    def number(self, key: str) -> int | None:
        """Where an object stands among all that ever were; None for one that never was, or is long gone."""
        return self._numbers.get(key)


_GONE = 1024
"""Objects that are gone of which it is still known where they stood."""

_MORE = {"items": 16, "models.deleted": 64}
"""Tables of things that are small, or many to one -> so many are remembered for each thing that is stored."""

_SEEN = 64  # the same for requests, of which a number is all that is remembered

_NAMED = {
    "batch": "batches",
    "chat": "chat",
    "conversation": "conversations",
    "file": "files",
    "response": "responses",
    "upload": "uploads",
    "vector_store": "vector_stores",
}
"""What an id is for -> the table of what has one."""


class State:
    """What a fake remembers between requests.

    Args:
        room: how many objects of a kind it stores; None for all.

    Attributes:
        doubted: whether a request was answered that OpenAI would have refused, so that anything may be stored.
    """

    def __init__(self, room: int | None = None) -> None:
        self.doubted = False
        self._room = room
        self._tables: dict[str, Table] = {}
        self._seen: Shelf[int, int] = Shelf(room and room * _SEEN)

    def table(self, name: str) -> Table:
        """Stored objects by id, oldest first.

        A thing and its parts are one row, so that they are forgotten together; who names a row of another table has
        to live with its being gone.
        """
        if name not in self._tables:
            self._tables[name] = Table(self._room and self._room * _MORE.get(name, 1))
        return self._tables[name]

    def count(self, key: object) -> int:
        """How often this key was counted before; the one that wasn't for longest is forgotten first."""
        before = self._seen.pop(hash(key), 0)
        self._seen[hash(key)] = before + 1
        return before

    def knows(self, identity: Identity) -> bool:
        """Whether an id of this identity is taken: by a thing that outlived the count of the request that made it."""
        return self._room is not None and any(
            identity.mint(kind) in self._tables.get(name, ()) for kind, name in _NAMED.items()
        )


Query = Mapping[str, str]
