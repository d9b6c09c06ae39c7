"""A request as it is kept and matched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from retape.tape.steps import Headers


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Args:
        method: upper-case method, "POST".
        url: the absolute URL, query included.
        headers: header fields, in order.
        body: the bytes sent, b"" for none.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """The URL's path, "/v1/chat/completions"."""
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        """The URL's query, without the question mark."""
        return urlsplit(self.url).query

    def header(self, name: str) -> str | None:
        """The first value of a header field, whatever the case of its name; None when absent."""
        lowered = name.lower()
        return next((value for key, value in self.headers if key.lower() == lowered), None)

    def json(self) -> Any:
        """The body, parsed.

        Raises:
            ValueError: the body is no JSON.
        """
        return json.loads(self.body)
