"""An exchange as vcrpy's interaction (a dictionary), and back.

The interaction is valid for stock vcrpy; what vcrpy has no place for stands under
`response.retape`, which it keeps and ignores:

    recorded_at    when the request was sent
    test           the test that asked, where tests share a cassette
    outcome        how the exchange ended (see `Outcome`)
    first_byte_ms  milliseconds from the request to the head
    chunks         [milliseconds since the chunk before (the first: since the head), bytes], ...
    end_ms         milliseconds from the last chunk (or the request) to the break, when it broke
    error          class and message of the client library's exception, when it broke
    partial        the body that came before a break; stock vcrpy gets no body, so that it refuses
    headers        fields that describe the bytes on the wire
    body, request  how body and request body were laid out as text (see `bodies`)
    wire           the body's encoded bytes, base64, when the answer was content-encoded
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from retape.errors import MissingExtra
from retape.tape import bodies, encodings
from retape.tape.exchange import Exchange
from retape.tape.headers import WIRE_ONLY, with_length
from retape.tape.request import Request
from retape.tape.sse import decode_sse
from retape.tape.steps import OUTCOMES, Abort, Chunk, Head, Headers, Step, Wait

Interaction = dict[str, Any]

_PLAYABLE = ("complete", "client-left")


def to_interaction(exchange: Exchange) -> Interaction:
    """The dictionary that goes into the file; nothing is scrubbed or dropped here.

    Raises:
        MissingExtra: the body is in an encoding that no library here decodes.
    """
    head, abort = exchange.head, exchange.abort
    request_body, request_notes = bodies.to_text(exchange.request.body)
    stored, body_notes = bodies.to_text(exchange.body)
    notes: dict[str, Any] = {"recorded_at": exchange.recorded_at, "outcome": exchange.outcome}
    if not exchange.recorded_at:
        del notes["recorded_at"]
    if exchange.test:
        notes["test"] = exchange.test
    notes |= _times(exchange.steps)
    if abort and abort.error:
        notes["error"] = {"type": abort.error, "message": abort.message}
    shown, on_wire = _split_headers(head.headers if head else ())
    if on_wire:
        notes["headers"] = on_wire
    if body_notes:
        notes["body"] = body_notes
    if request_notes:
        notes["request"] = request_notes
    if exchange.encoding and exchange.wire:
        notes["wire"] = base64.b64encode(exchange.wire).decode()
    playable = exchange.outcome in _PLAYABLE and head is not None
    if not playable:
        notes["partial"] = stored
    return {
        "request": {
            "method": exchange.request.method,
            "uri": exchange.request.url,
            "headers": _grouped(exchange.request.headers),
            "body": request_body,  # "" for none, as vcrpy's httpx stub has it
        },
        "response": {
            "status": {"code": head.status if head else 0, "message": head.reason if head else ""},
            "headers": shown,
            "body": {"string": stored} if playable else {"broken": f"{exchange.outcome}: only retape replays this"},
            "retape": notes,
        },
    }


def from_interaction(interaction: Mapping[str, Any]) -> Exchange:
    """An exchange from an interaction of retape's or stock vcrpy's.

    Raises:
        ValueError, TypeError, KeyError: it is no interaction; the caller knows file and line.
    """
    request = request_of(interaction)
    response = interaction["response"]
    notes = response.get("retape") or {}
    return Exchange(
        request=request,
        steps=steps_of(response, request.method),
        recorded_at=notes.get("recorded_at", ""),
        test=notes.get("test", ""),
    )


def steps_of(response: Mapping[str, Any], method: str) -> tuple[Step, ...]:
    """The answer alone.

    Args:
        response: an interaction's `response`.
        method: the request's method.

    Raises:
        ValueError, TypeError, KeyError: as `from_interaction`.
    """
    notes = response.get("retape") or {}
    outcome = notes.get("outcome", "complete")
    if outcome not in OUTCOMES:
        raise ValueError(f"unknown outcome {outcome!r}")
    if "status_code" in response:  # vcrpy's httpx layout before version 5
        response = {**response, "status": {"code": response["status_code"]}, "body": {"string": response["content"]}}
    stored = notes["partial"] if "partial" in notes else (response["body"] or {}).get("string")
    plain = bodies.to_bytes(stored, notes.get("body") or {})
    status = response["status"]
    if not status["code"] and outcome in _PLAYABLE:
        raise ValueError(f"status.code is {status['code']!r}")
    headers, wire = _wire(_headers(response, notes), plain, notes.get("wire"))
    gaps = [(float(gap), int(size)) for gap, size in notes.get("chunks") or ()]
    if sum(size for _, size in gaps) != len(wire):
        if outcome == "complete" and method != "HEAD":
            headers = with_length(headers, len(wire))
        gaps = _recut([gap for gap, _ in gaps], headers, wire, plain)
    head = Head(int(status["code"]), headers, status.get("message") or "") if status["code"] else None
    return tuple(_steps(head, wire, gaps, notes))


def request_of(interaction: Mapping[str, Any]) -> Request:
    """The request alone."""
    request = interaction["request"]
    notes = ((interaction.get("response") or {}).get("retape") or {}).get("request") or {}
    body = request.get("body")
    if hasattr(body, "read"):
        body = body.read()
    elif isinstance(body, dict) or (isinstance(body, list) and not all(isinstance(p, str | bytes) for p in body)):
        body = json.dumps(body)  # aiohttp's json=, as stock vcrpy keeps it
    elif body is not None and not isinstance(body, str | bytes):
        body = b"".join(part if isinstance(part, bytes) else str(part).encode() for part in body)
    return Request(
        method=str(request["method"]).upper(),
        url=str(request["uri"]),
        headers=_pairs(request.get("headers") or {}),
        body=bodies.to_bytes(body, notes),
    )


def _grouped(headers: Headers) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return grouped


def _pairs(headers: Mapping[str, Any]) -> Headers:
    return tuple(
        (str(name), str(value))
        for name, values in headers.items()
        for value in (values if isinstance(values, list | tuple) else [values])
    )


def _split_headers(headers: Headers) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    shown = tuple((name, value) for name, value in headers if name.lower() not in WIRE_ONLY)
    on_wire = tuple((name, value) for name, value in headers if name.lower() in WIRE_ONLY)
    return _grouped(shown), _grouped(on_wire)


def _times(steps: Iterable[Step]) -> dict[str, Any]:
    """first_byte_ms, chunks and end_ms; rounded as running totals, so that errors don't add up."""
    notes: dict[str, Any] = {}
    chunks: list[list[float | int]] = []
    total = mark = 0.0
    for step in steps:
        if isinstance(step, Wait):
            total += step.seconds * 1000
            continue
        gap = _tenth(_tenth(total) - mark)
        if isinstance(step, Head):
            notes["first_byte_ms"] = gap
        elif isinstance(step, Chunk):
            chunks.append([gap, len(step.data)])
        elif isinstance(step, Abort):
            notes["end_ms"] = gap
        mark = _tenth(total)
    notes["chunks"] = chunks
    return notes


def _tenth(milliseconds: float) -> float | int:
    rounded = round(milliseconds, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _headers(response: Mapping[str, Any], notes: Mapping[str, Any]) -> Headers:
    """Both halves of the header fields, in the order in which retape keeps them: by name."""
    shown, on_wire = _pairs(response.get("headers") or {}), _pairs(notes.get("headers") or {})
    return tuple(sorted(shown + on_wire, key=lambda item: item[0].lower())) if on_wire else shown


def _value(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _wire(headers: Headers, plain: bytes, kept: str | None) -> tuple[Headers, bytes]:
    """The bytes on the wire for a decoded body, and the headers that are true for them."""
    encoding = _value(headers, "content-encoding")
    if not encoding:
        return headers, plain
    try:
        return headers, _encoded(plain, encoding, kept)
    except MissingExtra:
        raise
    except ValueError:  # another tool decoded the body and left the header
        return tuple(item for item in headers if item[0].lower() != "content-encoding"), plain


def _encoded(plain: bytes, encoding: str, kept: str | None) -> bytes:
    if kept is None:  # stock vcrpy keeps the encoded bytes as the body
        encodings.decode(plain, encoding)
        return plain
    try:
        wire = base64.b64decode(kept, validate=True)
    except binascii.Error as err:
        raise ValueError(f"response.retape.wire is no base64: {err}") from err
    if plain == wire or plain == encodings.decode(wire, encoding):  # equal: in no encoding known here, or in none
        return wire
    return encodings.encode(plain, encoding)  # the text was edited by hand


def _steps(
    head: Head | None, wire: bytes, gaps: Iterable[tuple[float, int]], notes: Mapping[str, Any]
) -> Iterator[Step]:
    if notes.get("first_byte_ms"):
        yield Wait(notes["first_byte_ms"] / 1000)
    if head:
        yield head
    start = 0
    for gap, size in gaps:
        if gap:
            yield Wait(gap / 1000)
        yield Chunk(wire[start : start + size])
        start += size
    outcome = notes.get("outcome", "complete")
    if outcome != "complete":
        if notes.get("end_ms"):
            yield Wait(notes["end_ms"] / 1000)
        error = notes.get("error") or {}
        yield Abort(outcome, error.get("type", ""), error.get("message", ""))


def _recut(gaps: list[float], headers: Headers, wire: bytes, plain: bytes) -> list[tuple[float, int]]:
    """Chunks for a body whose sizes aren't known or don't fit any more: an SSE stream by event, the rest whole."""
    if not wire:
        return []
    is_stream = _value(headers, "content-type").lower().startswith("text/event-stream")
    if not gaps or wire != plain or not is_stream:
        return [(gaps[0] if gaps else 0.0, len(wire))]
    sizes = [len(event.raw) for event in decode_sse(wire)]
    return [(gaps[i] if i < len(gaps) else 0.0, size) for i, size in enumerate(sizes)]
