"""An error as OpenAI words it, in the byte layout of the layer that answers.

Three layers of OpenAI answer with errors, and their bytes differ; read off more than sixty raw recordings of 2023
to 2026 in public repositories.

gateway  4 spaces, a closing newline, `charset=utf-8`: wrong keys, unknown models and limits on chat, completions and
         embeddings
engine   2 spaces, no newline: everything that is wrong in a request, and all errors of the other endpoints
edge     2 spaces, `text/plain`, code before param, the status beside the error: some wrong keys since 2026
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from retape.tape.steps import Chunk, Head, Headers, Step

Layer = Literal["gateway", "engine", "edge"]

VERSION = ("openai-version", "2020-10-01")

_ORDER: dict[Layer, tuple[str, ...]] = {
    "gateway": ("message", "type", "param", "code"),
    "engine": ("message", "type", "param", "code"),
    "edge": ("message", "type", "code", "param"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error answer.

    Args:
        status: the HTTP status.
        message: OpenAI's sentence.
        type: the error's type.
        param: the parameter's path, "messages[0].role"; None where OpenAI gives none.
        code: the machine-readable code; None where OpenAI gives none.
        layer: which layer answers: layout, content type and headers follow from it.
        order: the keys of the error in the order in which they are written, where it isn't the layer's.
        extra: further keys of the error object, after the four.
        beside: further keys beside `error`.
        headers: header fields added to the layer's own.
    """

    status: int = 400
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    layer: Layer = "engine"
    order: tuple[str, ...] = ()
    extra: tuple[tuple[str, Any], ...] = ()
    beside: tuple[tuple[str, Any], ...] = ()
    headers: Headers = ()

    @property
    def error(self) -> dict[str, Any]:
        """The error object, in its order."""
        return {key: getattr(self, key) for key in self.order or _ORDER[self.layer]} | dict(self.extra)

    def body(self) -> bytes:
        """The answer's bytes."""
        whole: dict[str, Any] = {"error": self.error} | dict(self.beside)
        if self.layer == "edge":
            whole["status"] = self.status
        text = json.dumps(whole, indent=4 if self.layer == "gateway" else 2, ensure_ascii=False)
        # Half a surrogate pair that a request sent and a sentence repeats: Python's escape for it is JSON's own.
        return (text + "\n" * (self.layer == "gateway")).encode(errors="backslashreplace")

    def head(self, request_id: str = "", added: Headers = ()) -> Head:
        """The answer's head.

        Args:
            request_id: the `x-request-id`; none when empty.
            added: header fields that the endpoint adds, such as its rate limits; left out by gateway and edge.
        """
        named = (("x-request-id", request_id),) if request_id else ()
        return Head(self.status, _HEADERS[self.layer](self) + named + self._added(added) + self.headers)

    def _added(self, added: Headers) -> Headers:
        return added if self.layer == "engine" else ()

    def steps(self, request_id: str = "", added: Headers = ()) -> Iterator[Step]:
        """The answer: `head` with its arguments, and the body."""
        yield self.head(request_id, added)
        yield Chunk(self.body())


def server_error(request_id: str) -> Refusal:
    """What OpenAI says when something is wrong with itself (openai-refusals B62)."""
    message = (
        "The server had an error processing your request. Sorry about that! You can retry your request, or contact us "
        "through our help center at help.openai.com if you keep seeing this error. (Please include the request ID "
        f"{request_id} in your email.)"
    )
    return Refusal(status=500, message=message, type="server_error")


def _gateway(_: Refusal) -> Headers:
    return (("content-type", "application/json; charset=utf-8"), ("vary", "Origin"))


def _engine(refusal: Refusal) -> Headers:
    asks = (("www-authenticate", 'Bearer realm="OpenAI API"'),) if refusal.status == 401 else ()
    return (("content-type", "application/json"), VERSION, ("openai-processing-ms", "12"), *asks)


def _edge(refusal: Refusal) -> Headers:
    return (
        ("content-type", "text/plain"),
        ("x-openai-authorization-error", str(refusal.status)),
        ("x-openai-ide-error-code", refusal.code or ""),
        ("x-error-json", base64.b64encode(refusal.body()).decode()),
    )


_HEADERS = {"gateway": _gateway, "engine": _engine, "edge": _edge}


class Refused(Exception):
    """Raised by what handles a request, caught by the fake: the request is answered with a refusal.

    Attributes:
        refusal: what is answered.
        rule: the rule that the request breaks, for `off=`; "" for what is no rule.
    """

    def __init__(self, refusal: Refusal, rule: str = "") -> None:
        self.refusal = refusal
        self.rule = rule
        super().__init__(refusal.message)


def refused(message: str, **fields: Any) -> Refused:
    """A `Refused` with a refusal of these fields."""
    return Refused(Refusal(message=message, **fields))
