"""An endpoint's answer on its way to steps: a JSON value, an event stream, or a file."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from retape.tape.steps import Headers

DONE = b"data: [DONE]\n\n"

JSON = "application/json"
EVENTS = "text/event-stream; charset=utf-8"
LEGACY_EVENTS = "text/event-stream"
"""The content type of streamed legacy completions, which names no charset (recorded)."""

quoted = json.encoder.encode_basestring
"""A string as JSON, without escapes for what isn't ASCII."""

compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""JSON as OpenAI streams it: no blanks, no escapes for what isn't ASCII."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint gives back.

    Args:
        chunks: the body, as the network would give it: an event a chunk.
        content_type: of the body.
        status: the HTTP status.
        headers: header fields of this answer's own.
    """

    chunks: Iterable[bytes]
    content_type: str = JSON
    status: int = 200
    headers: Headers = ()


class Fixed(dict[str, Any]):
    """An object that never changes, as many an answer has: it is laid out once for each depth at which it stands."""

    def __init__(self, *fields: Any, **more: Any) -> None:
        super().__init__(*fields, **more)
        self._texts: dict[str, str] = {}

    def laid_out(self, indent: str) -> str:
        """What `pretty` gives."""
        text = self._texts.get(indent)
        if text is None:
            text = self._texts[indent] = pretty(dict(self), indent)
        return text


def pretty(value: Any, indent: str = "\n") -> str:
    """JSON as OpenAI lays it out: two blanks an indent; what `json.dumps(indent=2)` gives, in a quarter of the time."""
    kind, inner = type(value), indent + "  "
    if kind is dict and value:
        fields = [
            f"{quoted(str(name))}: {write(item) if (write := _SCALARS.get(type(item))) else pretty(item, inner)}"
            for name, item in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(fields)}{indent}}}"
    if kind in (list, tuple) and value:
        return f"[{inner}{f',{inner}'.join([pretty(item, inner) for item in value])}{indent}]"
    if kind in _SCALARS:
        return _SCALARS[kind](value)
    if kind is Fixed:
        text: str = value.laid_out(indent)
        return text
    if not value and kind in _EMPTY:
        return _EMPTY[kind]
    if value and isinstance(value, dict | list):  # a subclass of them
        return pretty(dict(value) if isinstance(value, dict) else list(value), indent)
    return compact(value)


_SCALARS: dict[type, Callable[[Any], str]] = {
    str: quoted,
    int: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    float: lambda value: repr(value) if math.isfinite(value) else compact(value),
    type(None): lambda _: "null",
}
"""What the JSON encoder takes several times as long for; a response has fifty of them."""

_EMPTY: dict[type, str] = {dict: "{}", list: "[]", tuple: "[]"}


def json_answer(value: Any, *, status: int = 200) -> Answer:
    """A JSON value, laid out, without a newline at the end."""
    return Answer(chunks=(pretty(value).encode("utf-8", "backslashreplace"),), status=status)


def stream_answer(frames: Iterable[bytes], *, content_type: str = EVENTS) -> Answer:
    """A stream of framed events, a chunk each."""
    return Answer(chunks=frames, content_type=content_type)


def file_answer(data: bytes, content_type: str) -> Answer:
    """Bytes of another kind: an image, speech, a stored file."""
    return Answer(chunks=(data,), content_type=content_type)


def data_frame(value: Any) -> bytes:
    """One event without a name, as chat streams it."""
    return b"data: " + compact(value).encode("utf-8", "backslashreplace") + b"\n\n"


def named_frame(value: dict[str, Any]) -> bytes:
    """One event named by its type, as responses streams it."""
    return f"event: {value['type']}\n".encode() + data_frame(value)
