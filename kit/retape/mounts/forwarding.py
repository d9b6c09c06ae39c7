"""What changes of a request and its answer on the way through a recording proxy: as little as can be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from re import Pattern
from urllib.parse import urlsplit

from retape.errors import UsageError
from retape.handlers.replay import several
from retape.mounts.dialing import Address
from retape.mounts.environment import FAKED
from retape.mounts.guard import is_address, is_local
from retape.mounts.upstream import RawHeaders
from retape.tape.request import Request
from retape.tape.steps import Head, Headers

KEY = "OPENAI_API_KEY"
AZURE_KEY = "AZURE_OPENAI_API_KEY"
"""Where the official client finds its keys."""

DUMMIES = frozenset(
    {
        *("", "none", "null", "empty", "unused", "not-used", "not-needed", "no-key", "no-key-required", "no_key"),
        *("x", "xx", "xxx", "-", "key", "api-key", "your-api-key", "my-key", "test", "testing", "test-key", "test_key"),
        *("dummy", "dummy-key", "fake", "fake-key", "mock", "placeholder", "local", "anything", "sk-", "sk-x"),
        *("sk-xxx", "sk-xxxx", "sk-no-key-required", "sk-test", "sk-dummy", "sk-fake", "sk-unused", "sk-1234"),
        *(FAKED, "retape-answers-this", "lm-studio", "ollama"),
    }
)
"""What people put in a key's place where a client insists on one, in lower case."""

_KEY_FIELDS = ("authorization", "api-key", "x-api-key", "x-goog-api-key")

_ONE_CONNECTION = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer"),
        *("transfer-encoding", "upgrade", "expect", "host", "content-length"),
    }
)
"""Fields of a request that belong to one connection (RFC 9110, section 7.6.1), or that are said anew for the next."""

EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - named, not bound
"""Addresses to listen at that stand for all."""

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The real keys, which go into what is sent to the upstream and nowhere else.

    Args:
        bearer: for the Authorization field; "" for none.
        azure: for Azure's `api-key` field; "" for none.
    """

    bearer: str = ""
    azure: str = ""

    def __repr__(self) -> str:
        return "Keys(...)"

    @classmethod
    def of(cls, environ: Mapping[str, str], name: str = KEY) -> Keys:
        """Those that the environment has.

        Args:
            environ: environment variables.
            name: the one with the key.

        Raises:
            UsageError: a key has characters that no header field can have.
        """
        found = environ.get(name, "").strip()
        bearer = "" if found.lower() in DUMMIES else found
        azure = environ.get(AZURE_KEY, "").strip() if name == KEY else found
        azure = bearer if azure.lower() in DUMMIES else azure
        if any(not "!" <= character <= "~" for character in bearer + azure):
            raise UsageError(f"{name} is no key: it has blanks in it, or characters that no header field can have")
        return cls(bearer=bearer, azure=azure)

    def filled_in(self, headers: Headers) -> Headers:
        """A request's fields with the key, where the client has none of its own."""
        sent = [(name, _secret(name, value)) for name, value in headers if name.lower() in _KEY_FIELDS]
        if any(value.lower() not in DUMMIES for _, value in sent):
            return headers
        if any(name.lower() == "api-key" for name, _ in sent):
            own, key = "api-key", self.azure
        else:
            own, key = "authorization", f"Bearer {self.bearer}" if self.bearer else ""
        if not key:
            return headers
        return (*((n, v) for n, v in headers if n.lower() not in _KEY_FIELDS), (own, key))


def _secret(name: str, value: str) -> str:
    """The key in a field's value; a scheme that no dummy has stays, and so is no dummy."""
    scheme, _, token = value.strip().partition(" ")
    return token.strip() if name.lower() == "authorization" and scheme.lower() == "bearer" else value.strip()


def target_of(request: Request) -> str:
    """Path and query as they came, untouched: a URL parser would tidy them up."""
    parts = request.url.split("/", 3)
    return f"/{parts[3]}" if len(parts) > 3 else "/"


def at_upstream(request: Request, address: Address) -> Request:
    """The request as the upstream's, for the recording: the client's own fields, and no key of ours."""
    return replace(request, url=f"{address.origin}{target_of(request)}")


def sent_headers(request: Request, address: Address, keys: Keys, *, host: str) -> RawHeaders:
    """The fields to send: the client's in their order, but for those of its connection to us.

    Args:
        request: the client's.
        address: the upstream's.
        keys: the real keys.
        host: the address that the proxy was told to listen at.
    """
    named = {
        word.strip().lower()
        for name, value in request.headers
        if name.lower() == "connection"
        for word in value.split(",")
    }
    dropped = _ONE_CONNECTION | named
    headers = request.headers if _may_be_a_pages(request, host) else keys.filled_in(request.headers)
    kept = [(name, value) for name, value in headers if name.lower() not in dropped]
    own = [("host", address.authority)]
    if request.body or request.method in _WITH_BODY:
        kept.append(("content-length", str(len(request.body))))
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in [*own, *kept]]


def _may_be_a_pages(request: Request, host: str) -> bool:
    """Whether a page of somebody else's may ask, through the browser of whoever runs the proxy: it gets no key.

    A page that isn't from here says so in `Origin`, unless its own name has been made to lead here (DNS rebinding):
    then that name is in `Host`.
    """
    origin = request.header("origin")
    foreign = origin is not None and not is_local(urlsplit(origin).hostname or "elsewhere")
    return foreign or not _leads_here(_name_in(request.header("host") or ""), host)


def _name_in(authority: str) -> str:
    """A Host field's name or address, without the port; one that can't be read is nobody's."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return "elsewhere."


def _leads_here(name: str, host: str) -> bool:
    """Whether a name leads to the proxy by itself, and not because a stranger's DNS says so.

    Where the proxy listens at every address, these are all addresses and the names that no public DNS has: a
    container's, which has no dot, and those of the domain `internal` (ICANN's resolution 2024.07.29.06).

    Args:
        name: as a client wrote it.
        host: the address that the proxy was told to listen at.
    """
    if is_local(name) or name == host.lower():
        return True
    return host in EVERYWHERE and (is_address(name) or "." not in name or name.endswith(".internal"))


def returned(head: Head, address: Address, own: str) -> Head:
    """An answer's head for the client: where the upstream redirects to itself, to us instead, lest the client
    go past the recording; a redirect to anybody else is left to the client as it came.

    Args:
        head: the upstream's.
        address: the upstream's.
        own: scheme, host and port of the proxy.
    """
    if not any(name.lower() == "location" for name, _ in head.headers):
        return head
    return replace(
        head,
        headers=tuple(
            (name, _turned(value, address, own) if name.lower() == "location" else value)
            for name, value in head.headers
        ),
    )


def _turned(location: str, address: Address, own: str) -> str:
    written = f"{address.scheme}://{address.host}:{address.port}"
    for origin in (address.origin, written):
        rest = location[len(origin) :]
        if location.lower().startswith(origin.lower()) and rest[:1] in ("", "/", "?", "#"):
            return own + rest
    return location


def with_key(scrub: Iterable[str | Pattern[str]], name: str) -> tuple[str | Pattern[str], ...]:
    """What is secret, with the key itself, whatever the name of its variable and however short it is.

    Args:
        scrub: what is secret beside it: names and patterns.
        name: the environment variable.
    """
    keys = Keys.of(os.environ, name)
    patterns = [re.compile(re.escape(key)) for key in dict.fromkeys((keys.bearer, keys.azure)) if key]
    return (*several(scrub), *patterns)
