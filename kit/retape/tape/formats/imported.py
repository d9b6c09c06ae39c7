"""What a reader makes of a foreign recording, and the notes about what got lost.

A reader says what it found as one of vcrpy's interactions, times under `response.retape`, and `imported` does the
rest: header fields that are no longer true, bodies that the recorder left out, sizes that don't fit.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from retape.tape.exchange import Exchange
from retape.tape.layout import Interaction, from_interaction, request_of
from retape.tape.multipart import parse_multipart
from retape.tape.request import Request
from retape.tape.steps import Head, Headers

TIMES_UNKNOWN = "times unknown: it replays without waiting"
CHUNKS_UNKNOWN = "chunk boundaries and their times unknown: the body comes in one piece"
PARSED_JSON = "body re-serialised: the recording holds parsed JSON, not the bytes"
MULTIPART_OMITTED = "request: multipart body omitted by the recorder, so no request will match it exactly"
HOST_UNKNOWN = "the recording names no host; localhost stands for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One exchange of a foreign recording.

    Args:
        exchange: what was read; only its request is of use when it is left out.
        notes: what could not be carried over exactly, a phrase each.
        left_out: whether there is no answer to replay.
    """

    exchange: Exchange
    notes: tuple[str, ...] = ()
    left_out: bool = False


def imported(interaction: Interaction, *notes: str) -> Imported:
    """An interaction in vcrpy's words as an exchange, with notes about what the recorder lost.

    Args:
        interaction: `request` and `response`; a header field may be a string, a number, a list or null.
        notes: what the reader knows already.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is not whole.
    """
    request, response = interaction["request"], interaction["response"]
    _check_body(response.get("body"))
    request = {**request, "headers": _fields(request.get("headers"))}
    response = {**response, "headers": _fields(response.get("headers"))}
    exchange = from_interaction({**interaction, "request": request, "response": response})
    found = [*notes, *_lost_in_request(exchange.request), *_lost_in_response(exchange, response)]
    return Imported(exchange=_sized(exchange), notes=tuple(dict.fromkeys(found)))


def left_out(request: Mapping[str, Any], *notes: str) -> Imported:
    """A request that has no answer to replay.

    Args:
        request: vcrpy's `request`.
        notes: why there is no answer.
    """
    asked = request_of({"request": {**request, "headers": _fields(request.get("headers"))}})
    return Imported(exchange=Exchange(request=asked, steps=()), notes=notes, left_out=True)


def utc(text: object) -> str:
    """A recorder's date as a cassette has it; "" when it is none.

    Args:
        text: ISO 8601, or the form that HTTP and mail use.
    """
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        with contextlib.suppress(ValueError, TypeError):
            moment = parse(str(text))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return ""


def compact(value: Any) -> str:
    """JSON as the official client and most servers write it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _check_body(body: Any) -> None:
    if isinstance(body, dict) and body and "string" not in body:
        raise ValueError(f"response.body has {', '.join(map(str, body))}, and no `string`")


def _sized(exchange: Exchange) -> Exchange:
    """With the length of the bytes that are there, which a client of a socket counts."""
    if exchange.abort or exchange.request.method == "HEAD":
        return exchange
    length = str(len(exchange.wire))
    return replace(
        exchange,
        steps=tuple(
            replace(step, headers=tuple((n, length if n.lower() == "content-length" else v) for n, v in step.headers))
            if isinstance(step, Head)
            else step
            for step in exchange.steps
        ),
    )


def _fields(headers: Mapping[str, Any] | None) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, values in (headers or {}).items():
        for value in values if isinstance(values, list | tuple) else [values]:
            text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
            grouped.setdefault(str(name), []).append("" if value is None else text)
    return grouped


def _lost_in_request(request: Request) -> Iterator[str]:
    kind = request.header("content-type") or ""
    if kind.startswith("multipart/") and not parse_multipart(request.body, kind):
        yield MULTIPART_OMITTED
    else:
        yield from _resized("request", request.headers, request.body)


def _lost_in_response(exchange: Exchange, response: Interaction) -> Iterator[str]:
    headers = tuple((name, value) for name, values in response["headers"].items() for value in values)
    encoding = next((value for name, value in headers if name.lower() == "content-encoding"), "")
    if encoding and not exchange.encoding:
        yield f"response: the recorder decoded the body ({encoding}), so content-encoding is left out"
    elif not encoding and exchange.abort is None:
        yield from _resized("response", headers, exchange.wire)
    notes = response.get("retape") or {}
    if "first_byte_ms" not in notes:
        yield TIMES_UNKNOWN
    elif exchange.wire and not notes.get("chunks"):
        yield CHUNKS_UNKNOWN


def _resized(side: str, headers: Headers, body: bytes) -> Iterator[str]:
    announced = next((value for name, value in headers if name.lower() == "content-length"), "")
    if announced.isdigit() and int(announced) != len(body):
        yield f"{side}: {announced} bytes were sent, and the recording has {len(body)}: it was edited or re-encoded"
