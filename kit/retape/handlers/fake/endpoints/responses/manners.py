"""What a response says of itself by model: read off recordings of June to August 2026."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """A family's own defaults.

    Args:
        top_p: what is repeated when the request names none.
        retention: `prompt_cache_retention` in the same case.
        context: `reasoning.context`.
        phased: whether a message says which phase of the answer it is.
        sealed: whether reasoning comes encrypted without being asked for.
    """

    top_p: float = 1.0
    retention: str = "in_memory"
    context: str = "current_turn"
    phased: bool = False
    sealed: bool = False


ROWS: tuple[tuple[str, Manners], ...] = (
    (
        r"gpt-(?:5\.[6-9]|[6-9]|[1-9]\d)",
        Manners(top_p=0.98, retention="24h", context="all_turns", phased=True, sealed=True),
    ),
    (r"gpt-5\.[45]", Manners(top_p=0.98, retention="24h", phased=True)),
)
"""A model's beginning, and its manners; the first that fits."""

_OTHERS = Manners()


@functools.lru_cache(maxsize=256)
def manners(model: str) -> Manners:
    """The manners of a model."""
    return next((row for pattern, row in ROWS if re.match(pattern, model)), _OTHERS)
