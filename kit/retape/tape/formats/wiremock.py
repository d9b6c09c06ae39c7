"""WireMock's stub mappings: one, a `mappings` list, or several YAML documents.

A mapping says what requests it answers, not what one request was; only those that name one request exactly are read.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from retape.tape.formats.imported import (
    HOST_UNKNOWN,
    PARSED_JSON,
    TIMES_UNKNOWN,
    Imported,
    compact,
    imported,
    left_out,
)

_DELAYS = ("delayDistribution", "chunkedDribbleDelay")
_LOOSE = ("ignoreArrayOrder", "ignoreExtraElements")
_FAULTS = {"CONNECTION_RESET_BY_PEER": "reset", "EMPTY_RESPONSE": "early-end"}


def read_wiremock(data: Any, path: Path) -> Iterator[Imported]:
    """The exchanges that a file's mappings stand for."""
    mappings = data["mappings"] if isinstance(data, dict) and "mappings" in data else data
    for mapping in mappings if isinstance(mappings, list) else [mappings]:
        yield _read(mapping)


def _read(mapping: dict[str, Any]) -> Imported:
    request, response = mapping["request"], mapping["response"]
    url = _url(request)
    body, notes, vague = _body(request.get("bodyPatterns") or [])
    sent = {
        "method": request.get("method") or "ANY",
        "uri": f"http://localhost{url}",
        "headers": _headers(request.get("headers") or {}, json=bool(body)),
        "body": body or None,
    }
    why = vague or _vague(request) or _elsewhere(response)
    if why:
        return left_out(sent, f"left out: {why}")
    answer, answer_notes = _answer(response)
    whole = imported({"request": sent, "response": answer}, HOST_UNKNOWN, *notes, *answer_notes)
    if "fixedDelayMilliseconds" in response:
        return whole
    return Imported(exchange=whole.exchange, notes=tuple(dict.fromkeys([*whole.notes, TIMES_UNKNOWN])))


def _url(request: dict[str, Any]) -> str:
    """The path, with the query parameters that are given exactly."""
    url = str(request.get("url") or request.get("urlPath") or "/")
    query = [(name, rule["equalTo"]) for name, rule in _query(request).items() if "equalTo" in rule]
    return f"{url}?{urlencode(query)}" if query else url


def _query(request: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return request.get("queryParameters") or {}


def _vague(request: dict[str, Any]) -> str:
    """Why a mapping doesn't name one request; "" when it does."""
    if "url" not in request and "urlPath" not in request:
        return (
            f"it answers every URL that fits a pattern ({request.get('urlPattern') or request.get('urlPathPattern')})"
        )
    if any("equalTo" not in rule for rule in _query(request).values()) or "multipartPatterns" in request:
        return "it answers queries or forms that fit a pattern"
    return "it answers any method" if request.get("method", "ANY") == "ANY" else ""


def _elsewhere(response: dict[str, Any]) -> str:
    if "bodyFileName" in response:
        return f"the answer's body is in another file ({response['bodyFileName']})"
    if "proxyBaseUrl" in response:
        return f"it asks another server ({response['proxyBaseUrl']})"
    fault = response.get("fault")
    return f"the fault {fault} has no counterpart" if fault and fault not in _FAULTS else ""


def _body(patterns: list[dict[str, Any]]) -> tuple[str | bytes, list[str], str]:
    """The request's body, notes, and why there is none to be had."""
    if not patterns:
        return "", [], ""
    first = patterns[0]
    if len(patterns) > 1 or not {"equalToJson", "equalTo", "binaryEqualTo"} & first.keys():
        names = ", ".join(sorted(name for pattern in patterns for name in pattern))
        return "", [], f"it answers every body that fits {names}"
    if "binaryEqualTo" in first:
        return base64.b64decode(first["binaryEqualTo"]), [], ""
    if "equalTo" in first:
        return str(first["equalTo"]), [], ""
    value = first["equalToJson"]
    loose = (
        ["the mapping answers other bodies too: it ignores order or extra fields"]
        if any(map(first.get, _LOOSE))
        else []
    )
    return value if isinstance(value, str) else compact(value), [f"request: {PARSED_JSON}", *loose], ""


def _headers(patterns: dict[str, Any], *, json: bool) -> dict[str, str]:
    """The fields that are given exactly."""
    exact = {name: rule["equalTo"] for name, rule in patterns.items() if isinstance(rule, dict) and "equalTo" in rule}
    return {"content-type": "application/json", **exact} if json else exact


def _answer(response: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    body: str | bytes = response.get("body") or ""
    notes = []
    if "jsonBody" in response:
        body, notes = compact(response["jsonBody"]), [f"response: {PARSED_JSON}"]
    elif "base64Body" in response:
        body = base64.b64decode(response["base64Body"])
    retape: dict[str, Any] = {}
    notes += [f"response: {name} left out" for name in _DELAYS if name in response]
    if response.get("fixedDelayMilliseconds"):
        retape["first_byte_ms"] = response["fixedDelayMilliseconds"]
    if response.get("fault"):
        return {
            "status": {"code": 0},
            "headers": {},
            "body": {},
            "retape": {**retape, "outcome": _FAULTS[response["fault"]]},
        }, notes
    return {
        "status": {"code": response.get("status", 200), "message": response.get("statusMessage") or ""},
        "headers": response.get("headers"),
        "body": {"string": body},
        "retape": retape,
    }, notes
