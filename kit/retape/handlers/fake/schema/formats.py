"""What `format` asks of a string: a table of names, with what is made for each and what counts as one.

The nine that OpenAI's strict mode takes come first (its structured outputs guide, "Supported properties"); the rest are
JSON Schema's own and those that pydantic and OpenAPI write.  A format that is not here asks nothing, as JSON Schema
says of unknown ones.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from retape.handlers.fake.schema.draws import Draw

STRICT = ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
"""What OpenAI's strict mode takes."""

_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
_DURATION = re.compile(r"P(?=\d|T\d)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)", re.ASCII)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_REFERENCE = re.compile(r"[^\s<>\"{}|\\^`]*")
_BASE64 = re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}(==|[A-Za-z0-9+/]=))?")
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Args:
        samples: what is made, the likeliest first.
        holds: whether a string is of the format.
        grow: a longer string of the format from one and a number of characters to add; None where there is none.
    """

    samples: tuple[str, ...]
    holds: Callable[[str], Any]
    grow: Callable[[str, int], str] | None = None

    def make(self, draw: Draw, shortest: int, longest: float) -> list[str]:
        """Strings of the format with a length between two bounds, the likeliest first; none where none is known."""
        first = draw.below(len(self.samples))
        turned = self.samples[first:] + self.samples[:first]
        return [text for text in map(self._long(shortest), turned) if shortest <= len(text) <= longest]

    def _long(self, shortest: int) -> Callable[[str], str]:
        def stretch(text: str) -> str:
            return self.grow(text, shortest - len(text)) if self.grow and len(text) < shortest else text

        return stretch


class _Uuids(Format):
    """A version 4 UUID, which is drawn and not chosen."""

    __slots__ = ()

    def make(self, draw: Draw, shortest: int, longest: float) -> list[str]:
        return [str(UUID(int=draw.below(1 << 128), version=4))] if shortest <= 36 <= longest else []


def _parses(read: Callable[[str], Any]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return holds


def _date_time(text: str) -> bool:
    day, sep, time = text[:10], text[10:11], text[11:]
    return sep in ("T", "t") and _date(day) and _time(time)


def _date(text: str) -> bool:
    return len(text) == 10 and _parses(date.fromisoformat)(text)


def _time(text: str) -> bool:
    return re.fullmatch(_TIME, text, re.ASCII) is not None


def _regex(text: str) -> None:
    try:
        re.compile(text)
    except re.error as wrong:
        raise ValueError from wrong


def _hostname(text: str) -> bool:
    return len(text) <= 253 and re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", text) is not None


def _longer_name(text: str, more: int) -> str:
    """A longer hostname: labels of at most 60 characters in front."""
    while more > 0:
        size = max(1, min(60, more - 1))
        text, more = "x" * size + "." + text, more - size - 1
    return text


def _appended(text: str, more: int) -> str:
    return text + "x" * more


def _email(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(at and local) and not re.search(r"\s|@", local) and _hostname(domain)


def _longer_email(text: str, more: int) -> str:
    return "x" * more + text


def _longer_fraction(text: str, more: int) -> str:
    """A longer time: digits of a second's fraction, which need a point too."""
    body, zone = text.removesuffix("Z"), "Z"
    return f"{body}.{'0' * max(1, more - 1)}{zone}"


_MAIL = ("ada@example.com", "grace.hopper@example.com", "info@example.org", "a@b.co")
_HOSTS = ("example.com", "api.example.com", "www.example.org", "a.co")
_LINKS = ("https://example.com", "https://example.com/about", "https://www.example.org/page", "a:b")
_DAYS = ("2025-06-15", "2025-03-01", "2025-09-30")
_TIMES = ("09:30:00Z", "14:00:00Z", "18:45:00Z")

FORMATS: dict[str, Format] = {
    "date-time": Format(tuple(f"{day}T{time}" for day in _DAYS for time in _TIMES), _date_time, _longer_fraction),
    "time": Format(_TIMES, _time, _longer_fraction),
    "date": Format(_DAYS, _date),
    "duration": Format(
        ("PT30M", "PT1H", "P1D", "P2W"), _DURATION.fullmatch, lambda text, more: text[:-2] + "0" * more + text[-2:]
    ),
    "email": Format(_MAIL, _email, _longer_email),
    "hostname": Format(_HOSTS, _hostname, _longer_name),
    "ipv4": Format(("192.0.2.1", "198.51.100.7", "203.0.113.42"), _parses(ipaddress.IPv4Address)),
    "ipv6": Format(("2001:db8::1", "2001:db8::8a2e:370:7334"), _parses(ipaddress.IPv6Address)),
    "uuid": _Uuids((), lambda text: len(text) == 36 and _parses(UUID)(text)),
    "uri": Format(_LINKS, _URI.fullmatch, _appended),
    "iri": Format(_LINKS, _URI.fullmatch, _appended),
    "url": Format(_LINKS, _URI.fullmatch, _appended),
    "uri-reference": Format(("/about", *_LINKS, "a"), _REFERENCE.fullmatch, _appended),
    "iri-reference": Format(("/about", *_LINKS, "a"), _REFERENCE.fullmatch, _appended),
    "uri-template": Format(("/items/{id}", "a"), lambda text: text.count("{") == text.count("}"), _appended),
    "json-pointer": Format(("/items/0", "/a", ""), _POINTER.fullmatch, _appended),
    "relative-json-pointer": Format(("0/name", "1", "0"), re.compile(r"(0|[1-9]\d*)(#|(/([^~/]|~[01])*)*)").fullmatch),
    "idn-email": Format(_MAIL, _email, _longer_email),
    "idn-hostname": Format(_HOSTS, _hostname, _longer_name),
    "regex": Format(("^[a-z]+$", ".*", "a"), _parses(_regex), _appended),
    "json-string": Format(('{"ok": true}', "true", "1"), _parses(json.loads), lambda text, more: text + " " * more),
    "byte": Format(("aGVsbG8=", "aGk=", ""), _BASE64.fullmatch, lambda text, more: "aaaa" * -(-more // 4) + text),
}
"""A format's name -> what is known of it."""
