"""What a vector store knows: files cut into chunks, found again by the fake's own embeddings."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake.tokens import split
from retape.handlers.fake.vectors import cosine, vector

DIMENSIONS = 256
"""Of the vectors that chunks are found by."""

LARGEST = 800
OVERLAP = 400
"""Tokens of a chunk, and how many of them the next one has, too, when nobody says (API reference)."""

READABLE = (".c", ".cpp", ".cs", ".css", ".go", ".html", ".java", ".js", ".json", ".md", ".php", ".py", ".rb", ".sh",
    ".tex", ".ts", ".txt")  # fmt: skip
"""Endings of files that are text (the file search guide's list)."""

OPAQUE = (".doc", ".docx", ".pdf", ".pptx")
"""Endings of files that OpenAI reads and the fake can't without a library: they are found by their name alone."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file.

    Args:
        text: its words.
        packed: its vector.
    """

    text: str
    packed: bytes


def readable(name: str, data: bytes) -> bool:
    """Whether a file can be searched."""
    lowered = name.lower()
    return lowered.endswith(OPAQUE) or (lowered.endswith(READABLE) and b"\0" not in data)


def chunks(name: str, data: bytes, strategy: Mapping[str, Any]) -> list[Chunk]:
    """A file's chunks.

    Args:
        name: the file's name.
        data: its bytes.
        strategy: "static", as the API writes it.
    """
    if name.lower().endswith(OPAQUE):
        return [_chunk(name)]
    static = strategy["static"]
    largest = max(1, static["max_chunk_size_tokens"])
    step = max(1, largest - static["chunk_overlap_tokens"])
    pieces = split(data.decode("utf-8", "replace"))
    starts = range(0, max(1, len(pieces) - static["chunk_overlap_tokens"]), step) if pieces else ()
    return [_chunk("".join(pieces[start : start + largest])) for start in starts]


def _chunk(text: str) -> Chunk:
    return Chunk(text, vector(text, DIMENSIONS))


def static(strategy: Mapping[str, Any] | None) -> dict[str, Any]:
    """A chunking strategy as answers have it; "auto" is OpenAI's own numbers."""
    if strategy and strategy.get("type") == "static":
        return {"type": "static", "static": dict(strategy["static"])}
    return {"type": "static", "static": {"max_chunk_size_tokens": LARGEST, "chunk_overlap_tokens": OVERLAP}}


def score(queries: Sequence[str], chunk: Chunk) -> float:
    """How well a chunk answers the best of some queries, 0 to 1."""
    best = max((cosine(vector(query, DIMENSIONS), chunk.packed) for query in queries), default=0.0)
    return round(min(1.0, max(0.0, best)), 4)


def _within(given: Any, wanted: Any) -> bool:
    return isinstance(wanted, list) and given in wanted


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": _within,
    "nin": lambda given, wanted: not _within(given, wanted),
}
_COMPOUNDS: dict[str, Callable[[Iterable[bool]], bool]] = {"and": all, "or": any}


def passes(filters: Mapping[str, Any] | None, attributes: Mapping[str, Any] | None) -> bool:
    """Whether a file's attributes are what a search's filters want; what can't be compared isn't."""
    if not filters:
        return True
    kind = filters.get("type", "")
    if kind in _COMPOUNDS:
        return _COMPOUNDS[kind](passes(each, attributes) for each in filters.get("filters") or ())
    try:
        return bool(_COMPARISONS[kind]((attributes or {}).get(filters.get("key", "")), filters.get("value")))
    except (TypeError, KeyError):
        return False
