"""Opens a recording of any known format."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from retape.errors import CassetteDamaged, UnknownFormat
from retape.tape import damage
from retape.tape.cassette import REMARK, parse
from retape.tape.exchange import Exchange
from retape.tape.foreign import unknown
from retape.tape.formats.imported import Imported
from retape.tape.formats.table import FORMATS
from retape.tape.layout import from_interaction
from retape.tape.steps import Head, Headers, Wait

RETAPE = "retape"
"""The name of a format that needs no reader."""

_REMARK = REMARK.partition(";")[0]


def read(data: bytes, path: Path) -> tuple[str, list[Imported]]:
    """The format's name and the exchanges of a recording.

    Args:
        data: the file.
        path: its name, for errors.

    Raises:
        CassetteDamaged: it can't be read as it stands.
        UnknownFormat: it is no recording of a known format, or one of its exchanges isn't whole.
    """
    text = damage.decode(data, path)
    if text.startswith(_REMARK):
        return RETAPE, list(_checked((Imported(exchange=entry.exchange) for entry in parse(data, path)), RETAPE, path))
    loaded = _parsed(text.removeprefix("\ufeff"), path)
    found = next((row for row in FORMATS if row.detect(loaded)), None)
    if found is None:
        raise unknown(path)
    if found.name != "vcrpy":
        return found.name, list(_checked(found.read(loaded, path), found.label, path))
    interactions = damage.checked(loaded, text, path)
    if any("retape" in interaction["response"] for interaction in interactions):
        own = (Imported(exchange=from_interaction(item)) for item in interactions)
        return RETAPE, list(_checked(own, RETAPE, path))
    return found.name, list(_checked(found.read(loaded, path), found.label, path))


def _parsed(text: str, path: Path) -> Any:
    """What the file holds, JSON or YAML."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as err:
        if text.lstrip()[:1] in ("{", "["):
            raise CassetteDamaged(path, getattr(err, "lineno", 1), f"no JSON: {err}") from err
    return damage.parsed(text, path)


def _checked(items: Iterator[Imported], label: str, path: Path) -> Iterator[Imported]:
    """A reader's exchanges; whatever trips it names the exchange."""
    done = 0
    try:
        for item in items:
            _check(item.exchange)
            yield item
            done += 1
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as err:
        why = f"{err} is missing" if isinstance(err, KeyError) else err
        raise UnknownFormat(
            path,
            f"exchange {done + 1} of this {label} recording can't be read: {why}. "
            "Nothing was written; mend or remove that exchange and convert again",
        ) from err


def _check(exchange: Exchange) -> None:
    """Raise a ValueError when a cassette can't hold it."""
    request, head = exchange.request, exchange.head
    if not urlsplit(request.url).scheme:
        raise ValueError(f"the URL {request.url!r} is not absolute")
    for name, value in (("", request.method), ("", request.url), *request.headers, *_fields(head)):
        f"{name}{value}".encode()  # half a surrogate pair can't be written
    if not all(0 <= step.seconds < math.inf for step in exchange.steps if isinstance(step, Wait)):
        raise ValueError("a time in it is negative or infinite")


def _fields(head: Head | None) -> Headers:
    return (("", head.reason), *head.headers) if head else ()
