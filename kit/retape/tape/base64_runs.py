"""Runs of characters in a text that may be base64, and what they stand for."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}")
_OTHER = re.compile(r"[^A-Za-z0-9+/_=-]")
_SLICE = 1 << 20
"""Characters that are searched at a time: a search keeps every other thread waiting."""


def encoded(text: str) -> Iterator[re.Match[str]]:
    """What may be base64, in a large text slice by slice, each up to a character that can't be part of any."""
    start = 0
    while start < len(text):
        end = _OTHER.search(text, start + _SLICE)
        yield from _BASE64.finditer(text, start, end.start() if end else len(text))
        start = end.start() if end else len(text)


def decoded_from(text: str) -> str | None:
    """What base64 stands for, as latin-1 sees its bytes; None when it is none."""
    try:
        padded = text.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(padded + "=" * (-len(padded) % 4)).decode("latin-1")
    except (binascii.Error, ValueError):
        return None
