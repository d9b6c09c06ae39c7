"""The rows of cases/refusals/openai.yaml as requests to send and answers to expect."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

import retape
from retape.handlers import faults
from retape.tape.request import Request
from retape.tape.steps import Chunk, Head

FILE = Path(__file__).parents[2] / "cases" / "refusals" / "openai.yaml"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

ROWS: dict[str, dict[str, Any]] = {row["id"]: row for row in yaml.load(FILE.read_text("utf-8"), _LOADER)}
CAUSED = {name: row for name, row in ROWS.items() if "request" in row}

_KEY = "sk-right"
_BOUNDARY = "a-boundary-of-a-form"


def grown(value: Any) -> Any:
    """A value with its `$repeat` written out."""
    if isinstance(value, dict):
        if "$repeat" in value:
            of = grown(value["of"])
            return of * value["$repeat"] if isinstance(of, str) else [of] * value["$repeat"]
        return {name: grown(item) for name, item in value.items()}
    return list(itertools.chain(*map(_items, value))) if isinstance(value, list) else value


def _items(item: Any) -> list[Any]:
    whole = grown(item)
    return whole if isinstance(item, dict) and "$repeat" in item else [whole]


def request(row: Mapping[str, Any]) -> Request:
    """The request of a row."""
    body, kind = _body(row)
    headers = {"authorization": f"Bearer {_KEY}"} | ({"content-type": kind} if kind else {}) | row.get("headers", {})
    fields = tuple((name, value) for name, value in headers.items() if value is not None)
    return Request(row["method"], f"https://api.openai.com{row['path']}", fields, body)


def _body(row: Mapping[str, Any]) -> tuple[bytes, str]:
    if "text" in row:
        return row["text"].encode(), "application/json"
    if "form" in row:
        return _form(row["form"]), f"multipart/form-data; boundary={_BOUNDARY}"
    if "body" in row:
        return json.dumps(grown(row["body"])).encode(), "application/json"
    return b"", ""


def _form(fields: Mapping[str, Any]) -> bytes:
    parts = b"".join(_part(name, value) for name, value in fields.items())
    return parts + f"--{_BOUNDARY}--\r\n".encode()


def _part(name: str, value: Any) -> bytes:
    more, data = ("", str(value).encode()) if not isinstance(value, dict) else _file(value)
    return f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + data + b"\r\n"


def _file(value: Mapping[str, Any]) -> tuple[str, bytes]:
    more = f'; filename="{value["$file"]}"\r\nContent-Type: {value["type"]}'
    if "base64" in value:
        return more, base64.b64decode(value["base64"])
    return more, bytes(value["zeros"]) if "zeros" in value else value["text"].encode()


def handler(row: Mapping[str, Any]) -> Callable[[Request], Iterator[Any]]:
    """The fake of a row, with its fault; clocks stand still."""
    fake: Any = retape.Fake(**{"keys": _KEY} | row.get("fake", {}))
    for name, arguments in row.get("fault", {}).items():
        clock = {"clock": lambda: 0.0} if name == "buckets" else {}
        fake = getattr(faults, name.replace("-", "_"))(fake, **arguments, **clock)
    return fake


def answered(row: Mapping[str, Any]) -> tuple[Head, bytes]:
    """What comes back, after what the row sends before."""
    ask = handler(row)
    for earlier in row.get("before", ()):
        assert next(iter(ask(request(earlier)))).status == 200
    head, *chunks = ask(request(row["request"]))
    assert isinstance(head, Head)
    return head, b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk))


def expected(row: Mapping[str, Any]) -> re.Pattern[str]:
    """The bytes to expect in the layer's layout, as a pattern: what a recording left blank is filled in."""
    whole = {"error": row["error"]} | row.get("beside", {})
    gateway = row["layer"] == "gateway"
    text = json.dumps(whole, indent=4 if gateway else 2, ensure_ascii=False) + "\n" * gateway
    pattern = re.escape(text)
    for blank, filled in row.get("blanks", {}).items():
        assert blank in text
        pattern = pattern.replace(re.escape(blank), r"[\w-]+" if filled is None else re.escape(filled))
    return re.compile(pattern)
