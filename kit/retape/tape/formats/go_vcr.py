"""go-vcr, cassette version 2 (v3 and v4 of the module) and 1.

Its `duration` is the time until the answer's head was there; when the body's chunks came isn't kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retape.tape.formats.imported import Imported, imported

_UNITS = {"h": 3_600_000.0, "m": 60_000.0, "s": 1000.0, "ms": 1.0, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ns": 1e-6}
_PART = re.compile(r"([0-9.]+)(ms|us|µs|μs|ns|h|m|s)")


def read_go_vcr(data: Any, path: Path) -> Iterator[Imported]:
    """The exchanges of a go-vcr cassette."""
    for item in data["interactions"]:
        request, response = item["request"], item["response"]
        body = request.get("body")
        notes = [] if body or not _announced(request) else ["request: body omitted by the recorder"]
        if response.get("uncompressed"):
            notes.append("response: the recorder decoded the body; its content-encoding is unknown")
        yield imported(
            {
                "request": {
                    "method": request.get("method") or "GET",
                    "uri": request["url"],
                    "headers": request.get("headers"),
                    "body": body or None,
                },
                "response": {
                    "status": {"code": response["code"], "message": _reason(response)},
                    "headers": response.get("headers"),
                    "body": {"string": response.get("body") or ""},
                    "retape": _times(response.get("duration")),
                },
            },
            *notes,
        )


def _announced(request: dict[str, Any]) -> int:
    return int(request.get("content_length") or 0)


def _reason(response: dict[str, Any]) -> str:
    """The phrase alone: go-vcr writes "404 Not Found"."""
    return str(response.get("status") or "").removeprefix(str(response["code"])).strip()


def _times(duration: Any) -> dict[str, Any]:
    milliseconds = parse_duration(str(duration or ""))
    return {"first_byte_ms": milliseconds} if milliseconds else {}


def parse_duration(text: str) -> float:
    """Milliseconds of a Go duration, "1m2.5s"; 0 when it is none. A bare number is nanoseconds."""
    if text.isdigit():
        return int(text) / 1e6
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
