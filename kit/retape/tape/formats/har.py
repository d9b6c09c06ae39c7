"""HAR 1.2, as Polly.js, browsers and proxies write it.

Polly.js keeps a content-encoded body as it came, in base64 (hexadecimal before 5.0), one string for each chunk.
Everyone else keeps the decoded text.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from retape.tape.formats.imported import Imported, imported, left_out, utc


def read_har(data: Any, path: Path) -> Iterator[Imported]:
    """The exchanges of a HAR file."""
    for entry in data["log"]["entries"]:
        sent, notes = _request(entry["request"])
        response = entry["response"]
        if not response.get("status"):
            yield left_out(sent, f"left out: no answer came ({_error(response)})")
            continue
        chunks, came_notes = _content(response.get("content") or {})
        yield imported(
            {
                "request": sent,
                "response": {
                    "status": {"code": response["status"], "message": response.get("statusText") or ""},
                    "headers": _headers(response),
                    "body": {"string": b"".join(chunks)},
                    "retape": _times(entry, chunks),
                },
            },
            *notes,
            *came_notes,
        )


def _request(request: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    posted = request.get("postData") or {}
    body, notes = posted.get("text"), []
    if posted.get("encoding") == "base64":
        body = base64.b64decode(body or "")
    if not body and posted.get("params") and "multipart" not in (posted.get("mimeType") or ""):
        body = urlencode([(item["name"], item.get("value") or "") for item in posted["params"]])
        notes.append("request: body rebuilt from the form's fields")
    elif not body and _count(request, "bodySize"):
        notes.append(f"request: body of {request['bodySize']} bytes omitted by the recorder")
    headers = _headers(request)
    if posted.get("mimeType") and not any(name.lower() == "content-type" for name in headers):
        headers["content-type"] = [posted["mimeType"]]
    return {"method": request["method"], "uri": request["url"], "headers": headers, "body": body or None}, notes


def _headers(side: dict[str, Any]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for field in side.get("headers") or ():
        if not field["name"].startswith(":"):  # HTTP/2's pseudo header fields
            grouped.setdefault(field["name"], []).append(str(field.get("value") or ""))
    return grouped


def _content(content: dict[str, Any]) -> tuple[list[bytes], list[str]]:
    """The body, in the pieces that are known, and notes."""
    text = content.get("text")
    if text is None:
        size = _count(content, "size")
        return [], [f"response: body of {size} bytes omitted by the recorder"] if size else []
    if content.get("encoding") == "base64":
        return [base64.b64decode(piece) for piece in _pieces(text)], []
    if content.get("_isBinary"):
        return [bytes.fromhex(piece) for piece in _pieces(text)], []
    return [text.encode()] if text else [], []


def _pieces(text: str) -> list[str]:
    return [str(piece) for piece in json.loads(text)] if text.startswith("[") else [text]


def _count(side: dict[str, Any], key: str) -> int:
    """A size; HAR says -1 for one that nobody knows."""
    return max(0, int(side.get(key) or 0))


def _times(entry: dict[str, Any], chunks: list[bytes]) -> dict[str, Any]:
    """Sending and waiting are the time to the first byte; receiving is the time to the last."""
    timings = entry.get("timings") or {}
    notes: dict[str, Any] = {}
    if utc(entry.get("startedDateTime")):
        notes["recorded_at"] = utc(entry["startedDateTime"])
    if float(timings.get("wait") or -1) > 0:
        notes["first_byte_ms"] = max(0.0, float(timings.get("send") or 0)) + float(timings["wait"])
    last = max(0.0, float(timings.get("receive") or 0))
    if chunks and (last or len(chunks) > 1):
        notes["chunks"] = [[last if i == len(chunks) - 1 else 0, len(data)] for i, data in enumerate(chunks)]
    return notes


def _error(response: dict[str, Any]) -> str:
    return str(response.get("_error") or response.get("statusText") or "status 0")
