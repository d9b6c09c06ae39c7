"""The pictures in a run, each kept once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from retape.report.media import encoded
from retape.report.shapes import parsed
from retape.tape.exchange import Exchange

_DATA_URL = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]+={0,2})\Z")
_BARE = re.compile(r"(?:iVBORw0KGgo|/9j/|R0lGOD|UklGR)[A-Za-z0-9+/]{100,}={0,2}\Z")
_KINDS = {"i": "image/png", "/": "image/jpeg", "R": "image/gif"}

LARGEST = 300_000
"""Characters of base64 of one picture."""

ROOM = 1_500_000
"""Characters of all pictures together; what comes later is named by type and size."""


class Album:
    """Pictures by number.

    Attributes:
        urls: data URLs: raster images in base64, so that nothing in them can leave an attribute or run.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._size = 0

    @property
    def urls(self) -> list[str]:
        """In the order of their numbers."""
        return list(self._numbers)

    def number(self, url: str) -> int | None:
        """A picture's number; None when it is too large, or there is no room left."""
        if url not in self._numbers:
            if len(url) > LARGEST or self._size + len(url) > ROOM:
                return None
            self._size += len(url)
            self._numbers[url] = len(self._numbers)
        return self._numbers[url]


def pictures(exchange: Exchange, body: bytes) -> dict[str, list[str]]:
    """The pictures in a request and in its answer: what a person reads of one -> their data URLs, in order.

    Args:
        exchange: whole or broken.
        body: the answer's decoded body.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for data in (exchange.request.body, body):
        if len(data) > 100 and (b"base64" in data or b"b64" in data or b'"result"' in data):
            for url, label in _in(parsed(data)):
                found[label].append(url)
    return found


def _in(value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield from _picture(value)
    elif depth < 16 and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _in(item, depth + 1)


def _picture(value: str) -> Iterator[tuple[str, str]]:
    url = _DATA_URL.match(value)
    if url:
        yield value, encoded(url[2], url[1])
    elif _BARE.match(value):
        kind = "image/webp" if value.startswith("UklGR") else _KINDS[value[0]]
        yield f"data:{kind};base64,{value}", encoded(value, kind)
