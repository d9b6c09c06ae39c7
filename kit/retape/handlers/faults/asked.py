"""What an error's words depend on, and a proxy's error, which has other words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from http.client import responses
from typing import Any

from retape.handlers.fake.refusal import Layer
from retape.handlers.faults.allowance import body_of
from retape.tape.request import Request
from retape.tape.steps import Chunk, Head, Headers, Step

_GATEWAY = ("/chat/completions", "/completions", "/embeddings")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an error's words depend on.

    Args:
        request: the request that is refused.
        wait: seconds after which it would be granted; None where nobody asked for a certain wait.
    """

    request: Request
    wait: float | None = None

    @cached_property
    def body(self) -> Any:
        """The request's JSON, None for none."""
        return body_of(self.request)

    @property
    def model(self) -> str:
        """The model that was asked for."""
        model = self.body.get("model") if isinstance(self.body, dict) else None
        return model if isinstance(model, str) else "gpt-4o-mini"

    @property
    def layer(self) -> Layer:
        """Which layer of OpenAI refuses keys, models and limits on this endpoint."""
        return "gateway" if self.request.path.endswith(_GATEWAY) else "engine"

    @property
    def key(self) -> str:
        """The key that was sent, masked: short ones whole, long ones first and last characters."""
        key = (self.request.header("authorization") or "").partition(" ")[2]
        first, last = min(8, len(key) // 2), min(4, len(key) // 4)
        return key if len(key) <= 12 else key[:first] + "*" * (len(key) - first - last) + key[len(key) - last :]

    @property
    def request_id(self) -> str:
        """An id that is the same for the same request."""
        told = f"{self.request.method} {self.request.path}\n".encode() + self.request.body
        return "req_" + hashlib.sha256(told).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An error that is no JSON: a proxy's page before OpenAI, with the parts of a `Refusal`.

    Args:
        status: the HTTP status.
        text: the page.
        content_type: its type.
        headers: further header fields.
    """

    status: int
    text: str
    content_type: str = "text/html; charset=UTF-8"
    headers: Headers = ()

    def steps(self, request_id: str = "") -> Iterator[Step]:
        """The answer; a proxy gives no `x-request-id`."""
        body = self.text.encode()
        yield Head(self.status, (("content-type", self.content_type), ("server", "cloudflare"), *self.headers))
        yield Chunk(body)


def html(status: int) -> Page:
    """The page of a proxy that got no good answer from the API; laid out as nginx and its relatives do."""
    title = f"{status} {responses.get(status, '')}".rstrip()
    page = (
        "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return Page(status=status, text=page.format(title))
