"""An exchange as JSON and back, to the byte: what a finished run keeps when it is to keep the evidence too.

    {"request": {"method", "url", "headers", "body"}, "steps": [...], "recorded_at", "test"}

A step is a list that begins with its name: ["wait", seconds], ["head", status, reason, headers],
["chunk", bytes], ["abort", how, error, message].  Bytes are their text, or {"base64": ...} when they are none.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from retape.tape.exchange import Exchange
from retape.tape.request import Request
from retape.tape.steps import OUTCOMES, Abort, Chunk, Head, Headers, Step, Wait


def exchange_to_json(exchange: Exchange) -> dict[str, Any]:
    """The value that `json.dumps` takes.

    Args:
        exchange: whole or broken.
    """
    asked = exchange.request
    kept: dict[str, Any] = {
        "request": {
            "method": asked.method,
            "url": asked.url,
            "headers": [list(field) for field in asked.headers],
            "body": _packed(asked.body),
        },
        "steps": [_WRITERS[type(step)](step) for step in exchange.steps],
    }
    return kept | {name: value for name in ("recorded_at", "test") if (value := getattr(exchange, name))}


def exchange_from_json(value: Any) -> Exchange:
    """What `exchange_to_json` made a value of.

    Raises:
        ValueError, TypeError, KeyError, IndexError: it is none of its values.
    """
    asked = value["request"]
    return Exchange(
        request=Request(
            method=_text(asked["method"]),
            url=_text(asked["url"]),
            headers=_headers(asked["headers"]),
            body=_unpacked(asked["body"]),
        ),
        steps=tuple(_READERS[name](*fields) for name, *fields in value["steps"]),
        recorded_at=_text(value.get("recorded_at", "")),
        test=_text(value.get("test", "")),
    )


def _packed(data: bytes) -> str | dict[str, str]:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _unpacked(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else base64.b64decode(value["base64"], validate=True)


_WRITERS: dict[type, Callable[[Any], list[Any]]] = {
    Wait: lambda step: ["wait", step.seconds],
    Head: lambda step: ["head", step.status, step.reason, [list(field) for field in step.headers]],
    Chunk: lambda step: ["chunk", _packed(step.data)],
    Abort: lambda step: ["abort", step.how, step.error, step.message],
}


def _abort(how: Any, error: Any, message: Any) -> Abort:
    if how not in OUTCOMES:
        raise ValueError(f"unknown outcome {how!r}")
    return Abort(how, _text(error), _text(message))


_READERS: dict[str, Callable[..., Step]] = {
    "wait": lambda seconds: Wait(float(seconds)),
    "head": lambda status, reason, headers: Head(int(status), _headers(headers), _text(reason)),
    "chunk": lambda data: Chunk(_unpacked(data)),
    "abort": _abort,
}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _headers(value: Any) -> Headers:
    return tuple((_text(name), _text(field)) for name, field in value)
