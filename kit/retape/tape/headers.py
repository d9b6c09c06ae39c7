"""Which header fields a cassette keeps: those that change what a client does."""

from __future__ import annotations

from collections.abc import Iterable

from retape.tape.steps import Headers

KEPT_REQUEST = frozenset({"accept", "content-type", "content-encoding", "openai-beta"})
"""Request fields that are kept."""

KEPT_RESPONSE = frozenset(
    {
        "content-type",
        "content-disposition",
        "location",
        "retry-after",
        "retry-after-ms",
        "x-should-retry",
        "openai-model",
        "openai-version",
        "allow",
    }
)
"""Response fields that are kept."""

KEPT_RESPONSE_PREFIXES = ("x-ratelimit-",)
"""Response fields that are kept by the beginning of their names."""

WIRE_ONLY = ("content-encoding", "content-length")
"""Kept too, but apart: they describe the bytes on the wire, while the file shows the decoded body, so
stock vcrpy must not see them.  Transfer-Encoding is a matter of one connection and is never kept."""


def keep_request(headers: Headers, extra: Iterable[str] = ()) -> Headers:
    """The request fields worth keeping, sorted by name, names in lower case."""
    return _keep(headers, KEPT_REQUEST.union(name.lower() for name in extra), ())


def keep_response(headers: Headers, extra: Iterable[str] = ()) -> Headers:
    """The response fields worth keeping, sorted by name, names in lower case."""
    names = KEPT_RESPONSE.union(WIRE_ONLY, (name.lower() for name in extra))
    return _keep(headers, names, KEPT_RESPONSE_PREFIXES)


def _keep(headers: Headers, names: frozenset[str], prefixes: tuple[str, ...]) -> Headers:
    lowered = [(name.lower(), value) for name, value in headers]
    kept = [(name, value) for name, value in lowered if name in names or (prefixes and name.startswith(prefixes))]
    return tuple(sorted(kept, key=lambda item: item[0]))


def with_length(headers: Headers, length: int) -> Headers:
    """The fields with another Content-Length, where there is one."""
    return tuple((name, str(length) if name.lower() == "content-length" else value) for name, value in headers)
