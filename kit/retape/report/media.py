"""Images, sounds and files in a few words: "image/png, 12.3 kB".  base64 is never shown."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from retape.report.shapes import as_dict, as_text, joined

_DATA_URL = re.compile(r"data:([\w.+/-]*)(?:;[\w=.+-]+)*;base64,([A-Za-z0-9+/_=-]{64,})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}\Z")
_DEPTH = 24
_UNITS = ("B", "kB", "MB", "GB")

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF....WEBP", "image/webp"),
    (b"RIFF....WAVE", "audio/wav"),
    (b"ID3", "audio/mpeg"),
    (b"\xff[\xe3\xf2\xf3\xfa\xfb]", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"%PDF", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)
"""How a file begins (a pattern) -> its media type."""

SOURCES = ("url", "image_url", "file_url", "file_data", "data", "b64_json", "result", "file_id", "id")
"""Fields that hold a medium or say where it is, the most telling first."""


def size(count: float) -> str:
    """A number of bytes for people, in powers of 1,000: 812 B, 12.3 kB, 4.0 MB."""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit else f"{count:.0f} B"


def media_type(data: bytes) -> str:
    """What the first bytes of a file say that it is; "" when they say nothing."""
    return next((name for magic, name in MAGIC if re.match(magic, data, re.DOTALL)), "")


def encoded(text: str, kind: str = "") -> str:
    """base64 in a few words.

    Args:
        text: the base64.
        kind: its media type, when known; else its first bytes are asked.
    """
    return f"{kind or media_type(_start(text)) or 'base64'}, {size(len(text.rstrip('=')) * 3 // 4)}"


def _start(text: str) -> bytes:
    try:
        return base64.b64decode(text[:24].replace("-", "+").replace("_", "/"))
    except (binascii.Error, ValueError):
        return b""


def cut_base64(text: str) -> str:
    """A text with its long data URLs in a few words, or all of it when it is nothing but base64."""
    if _BASE64.match(text) and _varied(text):
        return f"[{encoded(text)}]"
    return _DATA_URL.sub(lambda found: f"[{encoded(found[2], found[1])}]", text) if ";base64," in text else text


def _varied(text: str) -> bool:
    """Whether this is a file, and not a model that got stuck on a letter."""
    return len(set(text)) >= 20 or bool(media_type(_start(text)))


def medium(part: dict[str, Any], kind: str) -> str:
    """A content part that isn't text, in a few words.

    Args:
        part: {"type": "image_url", "image_url": {"url": ...}}, {"type": "input_file", "file_data": ...} ...
        kind: "image", "audio", "file": what to call it when nothing better is known.
    """
    fields = {**part, **as_dict(part.get(as_text(part.get("type")))), **as_dict(part.get("file"))}
    source = next((fields[name] for name in SOURCES if isinstance(fields.get(name), str) and fields[name]), "")
    inline = any(fields.get(name) == source for name in ("file_data", "data", "b64_json", "result"))
    form = as_text(fields.get("format"))
    if source.startswith("data:"):
        where = _data_url(source)
    elif source and inline:
        where = encoded(source, f"{kind}/{form}" if form else "")
    else:
        where = joined([kind, source], " ")
    return joined([as_text(fields.get("filename")), where, *_details(fields)])


def _data_url(url: str) -> str:
    head, _, data = url.removeprefix("data:").partition(",")
    kind, *options = head.split(";")
    return encoded(data, kind) if "base64" in options else f"{kind or 'text/plain'}, {size(len(data))}"


def _details(fields: dict[str, Any]) -> list[str]:
    return [f"{name} {as_text(fields[name])}" for name in ("detail", "size", "quality") if fields.get(name)]


def abridged(value: Any, depth: int = 0) -> Any:
    """A JSON value without what nobody reads: base64, long rows of numbers, endless nesting."""
    if isinstance(value, str):
        return cut_base64(value)
    if depth > _DEPTH and isinstance(value, dict | list):
        return "..."
    if isinstance(value, dict):
        return {name: abridged(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        numbers = len(value) > 16 and all(isinstance(item, int | float) for item in value)
        return f"[{len(value)} numbers]" if numbers else [abridged(item, depth + 1) for item in value]
    return value
