"""Ruby's VCR, and R's vcr, which took its format over."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retape.tape.formats.imported import PARSED_JSON, Imported, compact, imported, utc

_BINARY = ("ascii-8bit", "binary", "")


def read_ruby_vcr(data: Any, path: Path) -> Iterator[Imported]:
    """The exchanges of a VCR cassette."""
    for item in data["http_interactions"]:
        request, response = item["request"], item["response"]
        sent, sent_notes = _body(request.get("body"), "request")
        came, came_notes = _body(response.get("body"), "response")
        status = response["status"]
        retape = {"recorded_at": utc(item["recorded_at"])} if utc(item.get("recorded_at")) else {}
        yield imported(
            {
                "request": {**request, "body": sent or None},
                "response": {
                    "status": status if isinstance(status, dict) else {"code": status, "message": ""},
                    "headers": response.get("headers"),
                    "body": {"string": came},
                    "retape": retape,
                },
            },
            *sent_notes,
            *came_notes,
        )


def _body(body: Any, side: str) -> tuple[bytes, list[str]]:
    """The bytes of a body, and notes.

    A body is `string` in the named Ruby encoding, or base64 (`preserve_exact_body_bytes`); R's may be plain text or
    parsed JSON.
    """
    if not isinstance(body, dict):
        return _encoded(body, "", side)
    if "base64_string" in body:
        return base64.b64decode(str(body["base64_string"])), []
    if "json" in body and "string" not in body:
        return compact(body["json"]).encode(), [f"{side}: {PARSED_JSON}"]
    if body and "string" not in body:
        raise ValueError(f"{side}.body has {', '.join(map(str, body))}, and no `string` or `base64_string`")
    return _encoded(body.get("string"), str(body.get("encoding") or ""), side)


def _encoded(text: Any, encoding: str, side: str) -> tuple[bytes, list[str]]:
    if isinstance(text, bytes):
        return text, []
    text = "" if text is None else str(text)
    if encoding.lower() in _BINARY:
        return text.encode(), []
    try:
        return text.encode(encoding), []
    except (LookupError, UnicodeEncodeError):
        return text.encode(), [f"{side}: body written as UTF-8, because its encoding {encoding!r} can't hold it"]
