"""Bodies as text that a person can review, and back to the very bytes.

JSON is indented where one of a few known layouts gives back the exact bytes; CRLF text is kept
with LF; what is no text stays bytes.  What was done goes into notes, a small dictionary that
stands beside the body in the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Stored = str | bytes
Notes = dict[str, str]

_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def _layout(item: str, key: str, *, ascii_only: bool = False, html: bool = False) -> Callable[[Any], str]:
    encode = json.JSONEncoder(separators=(item, key), ensure_ascii=ascii_only).encode

    def dump(value: Any) -> str:
        text = encode(value)
        for character, escape in _HTML.items() if html else ():  # `translate` takes twenty times as long
            text = text.replace(character, escape)
        return text

    return dump


LAYOUTS = {
    "compact": _layout(",", ":"),
    "spaced": _layout(", ", ": "),
    "compact-ascii": _layout(",", ":", ascii_only=True),
    "spaced-ascii": _layout(", ", ": ", ascii_only=True),
    "compact-html": _layout(",", ":", html=True),  # Go's encoding/json
    "spaced-html": _layout(", ", ": ", html=True),
}
"""Name in the file -> the function that writes JSON that way."""


def pretty(value: Any, indent: str = "") -> str:
    """JSON indented by two spaces; a list of plain numbers (an embedding, tokens) stays on one line."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        rows = (f"{inner}{json.dumps(k, ensure_ascii=False)}: {pretty(v, inner)}" for k, v in value.items())
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, str | dict | list) for item in value):
        return "[\n" + ",\n".join(inner + pretty(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def to_text(data: bytes) -> tuple[Stored, Notes]:
    """A body as it is stored, and the notes that `to_bytes` needs.

    Args:
        data: the decoded body.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data, {}
    if data[:1] in (b"{", b"["):
        indented = _indented(text)
        if indented:
            return indented
    unix = text.replace("\r\n", "\n")
    if unix != text and "\r" not in unix and unix.replace("\n", "\r\n") == text:
        return unix, {"newline": "crlf"}
    return text, {}


def _indented(text: str) -> tuple[str, Notes] | None:
    stripped = text.rstrip("\r\n")
    if "\n" in stripped or "\r" in text:
        return None
    try:
        value = json.loads(stripped)
        name = next((name for name, dump in LAYOUTS.items() if dump(value) == stripped), None)
        if name is None:
            return None
        shown = pretty(value)
        shown.encode()
        if LAYOUTS[name](json.loads(shown)) != stripped:
            return None
    except (ValueError, RecursionError):
        return None
    return shown + text[len(stripped) :], {"json": name}


def to_bytes(stored: Stored | None, notes: Mapping[str, str]) -> bytes:
    """The body's very bytes.

    Raises:
        ValueError: the notes don't fit the body: it was edited into something that is no JSON,
            or they name a layout that this release doesn't know.
    """
    if stored is None:
        return b""
    if isinstance(stored, bytes):
        return stored
    if not isinstance(stored, str):
        raise TypeError(f"a body is text or bytes, not {type(stored).__name__}")
    text = _laid_out(stored, notes["json"]) if "json" in notes else stored
    if notes.get("newline") == "crlf":
        text = text.replace("\n", "\r\n")
    return text.encode()


def _laid_out(shown: str, layout: str) -> str:
    if layout not in LAYOUTS:
        raise ValueError(f"unknown JSON layout {layout!r}: written by a newer retape?")
    stripped = shown.rstrip("\n")
    return LAYOUTS[layout](json.loads(stripped)) + shown[len(stripped) :]
