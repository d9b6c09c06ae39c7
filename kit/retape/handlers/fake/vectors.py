"""Texts as vectors: hashed words instead of a model, so that texts that share words point the same way.

Every word, its first letters and every pair of neighbours moves a few dimensions, chosen by its hash; rare-looking
words move more than short ones, as in any bag of words.  Half of the dimensions that a word moves lie in the first
part of the vector, half of those in the first part of that, so that a vector that is cut (`dimensions`) still says
what the text was about.  No seed: a text has the same vector in every fake.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
import operator
import re
import struct
from collections.abc import Iterable, Iterator

FULL = 3072
"""Dimensions of the longest embedding there is (text-embedding-3-large); a shorter one is its beginning, stretched."""

_LEVELS = tuple(max(64, FULL >> level) for level in range(8))
"""How many of the first dimensions a word may move, for each of the moves of half its hash."""

_WORD = re.compile(r"[^\W_]+")
_SPACELESS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_SHORT = 3
_STEM = 5
_NOISE = 0.05
"""How much of a vector says nothing about its words: different texts of the same words differ a little."""


@functools.lru_cache(maxsize=512)
def vector(told: str | tuple[int, ...], dimensions: int, model: str = "") -> bytes:
    """A text's vector: little-endian float32, unit length.

    Args:
        told: the text, or its tokens.
        dimensions: how many numbers, 1 to `FULL`.
        model: the model's name; models don't share a space.
    """
    sums = _noise(f"{model}\0{told}")
    for feature, weight in _weights(told).items():
        for place, sign in _moves(f"{model}\0{feature}"):
            sums[place] += sign * weight
    kept = sums[:dimensions]
    length = math.sqrt(sum(map(operator.mul, kept, kept))) or 1.0
    return struct.pack(f"<{dimensions}f", *[value / length for value in kept])


def numbers(packed: bytes) -> tuple[float, ...]:
    """A vector's numbers, exactly those of its float32."""
    return struct.unpack(f"<{len(packed) // 4}f", packed)


def cosine(one: bytes, other: bytes) -> float:
    """How much two vectors of the same length point the same way: -1 to 1."""
    return math.fsum(map(operator.mul, numbers(one), numbers(other)))


def _noise(told: str) -> list[float]:
    raw = hashlib.shake_128(told.encode("utf-8", "surrogatepass")).digest(FULL)
    scale = _NOISE / 64
    return [(byte - 127.5) * scale for byte in raw]


def _weights(told: str | tuple[int, ...]) -> dict[str, float]:
    """What is in a text, and how much it counts: what comes again counts less each time."""
    counts: dict[str, float] = {}
    for feature, weight in _features(told) if isinstance(told, str) else _token_features(told):
        counts[feature] = counts.get(feature, 0.0) + weight * weight
    return {feature: math.sqrt(weight) * 8 for feature, weight in counts.items()}


def _features(text: str) -> Iterator[tuple[str, float]]:
    words = list(_words(text))
    for word in words:
        yield word, 1.0 if len(word) > _SHORT or not word.isascii() else 0.3
        if len(word) > _SHORT:
            yield f"{word.removesuffix('s')[:_STEM]}-", 0.7
    for pair in itertools.pairwise(words):
        yield " ".join(pair), 0.4


def _words(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.casefold()):
        if _SPACELESS.search(word):
            yield from word
        else:
            yield word


def _token_features(tokens: Iterable[int]) -> Iterator[tuple[str, float]]:
    listed = list(tokens)
    for token in listed:
        yield f"#{token}", 1.0
    for pair in itertools.pairwise(listed):
        yield f"#{pair}", 0.4


@functools.lru_cache(maxsize=8192)
def _moves(feature: str) -> tuple[tuple[int, float], ...]:
    digest = hashlib.blake2b(feature.encode("utf-8", "surrogatepass")).digest()
    places = struct.unpack("<16H", digest[:32])
    signs = digest[32]
    return tuple(
        (place % _LEVELS[index % 8], 1.0 if (signs >> index % 8 ^ place >> 12) & 1 else -1.0)
        for index, place in enumerate(places)
    )
