"""Text as tokens: about as many as a real tokenizer makes, cut where a reader would cut.

No model's own vocabulary: that would have to be downloaded.  What matters is that the same text always has the same
tokens, that they join to the text again, and that usage, stream and log probabilities count the same ones.
"""

from __future__ import annotations

import functools
import re

_TOKEN = re.compile(
    r" ?[A-Za-z\u00c0-\u024f]{1,8}| ?[0-9]{1,3}| ?[^\sA-Za-z0-9\u00c0-\u024f]|\s+(?=\s\S)|\s+|.", re.DOTALL
)

MESSAGE = 3
"""Tokens that a message costs beside its text, and the answer's opening (OpenAI's cookbook, "How to count tokens")."""

IMAGE = 85
"""Tokens of an image in low detail (OpenAI's vision guide)."""


def split(text: str) -> list[str]:
    """The tokens of a text; they join to it."""
    return _TOKEN.findall(text)


@functools.lru_cache(maxsize=4096)
def count(text: str) -> int:
    """How many tokens a text has."""
    return len(_TOKEN.findall(text))
