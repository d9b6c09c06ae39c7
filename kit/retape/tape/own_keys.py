"""The keys that a request itself carries: an answer may say them again."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from retape.tape.request import Request
from retape.tape.secrets import PLACEHOLDER

_LONG = 12
"""Characters of a key from which on it is looked for inside other words too."""
_SHORT = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[\x21-\x7e]{6,}")
"""A key of fewer than that: letters and digits, so that neither a dummy (`unused`) nor a number goes from an answer."""
_COOKIES = ("cookie", "set-cookie")
"""Header fields with so many values that are no keys that only the long ones are taken for any."""


def keys_of(request: Request, is_secret: Callable[[str], bool]) -> tuple[set[str], tuple[str, ...]]:
    """The keys in a request's header fields and URL: the long ones, and those that are so short that they are words.

    Args:
        request: the request.
        is_secret: whether a header field or a query parameter of that name holds a secret.
    """
    found: set[str] = set()
    short: set[str] = set()
    for name, value in request.headers:
        if is_secret(name):
            parts = re.split(r"[\s;=,]+", value)
            found.update(parts)
            short.update(parts if name.lower() not in _COOKIES else ())
    if "?" in request.url or "@" in request.url:
        url = urlsplit(request.url)
        found.update(value for name, value in parse_qsl(url.query) if is_secret(name))
        found.add(url.password or "")
    known = {value for value in found if len(value) >= _LONG} - {PLACEHOLDER}
    return known, tuple(value for value in sorted(short - known) if _SHORT.fullmatch(value))


@functools.lru_cache(maxsize=64)
def as_a_word(value: str) -> re.Pattern[str]:
    """What finds a short key where it isn't part of another word."""
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])")
