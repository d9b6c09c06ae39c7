"""How a fake was set up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NOW = 1_767_225_600
"""The fake's time, in epoch seconds: 2026-01-01T00:00:00Z.  It stands still, so that snapshots don't move."""


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

    @property
    def lenient_paths(self) -> bool:
        """Whether a path without a version is fine."""
        return self.profile == "lenient"


def words(values: str | Iterable[str]) -> tuple[str, ...]:
    """One word or several, as several."""
    return (values,) if isinstance(values, str) else tuple(values)


@dataclass(slots=True)
class State:
    """What a fake remembers between requests.

    Args:
        tables: stored objects by id, oldest first.
        seen: how often each request came.
        doubted: whether a request was answered that OpenAI would have refused, so that anything may be stored.
    """

    tables: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)
    seen: dict[object, int] = field(default_factory=dict)
    doubted: bool = False

    def count(self, key: object) -> int:
        """How often this key was counted before."""
        before = self.seen.get(key, 0)
        self.seen[key] = before + 1
        return before


Query = Mapping[str, str]
