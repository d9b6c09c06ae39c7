"""multipart/form-data, taken apart (RFC 7578)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)"?', re.IGNORECASE)
_NAME = re.compile(r'\bname="([^"]*)"')
_FILENAME = re.compile(r'filename="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a form.

    Args:
        name: the field's name.
        filename: the file's name, "" for a plain field.
        content_type: the part's own type, "" when none is given.
        data: the bytes.
    """

    name: str
    filename: str
    content_type: str
    data: bytes

    @property
    def summary(self) -> str:
        """The part in one string: a short text as it is, anything else by its digest."""
        try:
            text = self.data.decode()
        except UnicodeDecodeError:
            text = ""
        if (self.data and not text) or len(text) > 10_000:
            text = f"{len(self.data)} bytes, sha256 {hashlib.sha256(self.data).hexdigest()}"
        return " ".join(filter(None, [self.filename, self.content_type, text]))


def parse_multipart(body: bytes, content_type: str) -> list[Part] | None:
    """The parts of a form, in order; None when it is no form or doesn't hold together.

    Args:
        body: the whole body.
        content_type: the request's Content-Type with its boundary.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        return None
    delimiter = b"--" + found[1].encode()
    pieces = body.split(delimiter)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        return None
    parts = []
    for piece in pieces[1:-1]:
        head, blank, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not blank:
            return None
        text = head.decode("utf-8", "replace")
        name, filename = _NAME.search(text), _FILENAME.search(text)
        kind = re.search(r"^content-type:\s*(.+?)\s*$", text, re.IGNORECASE | re.MULTILINE)
        parts.append(
            Part(
                name=name[1] if name else "",
                filename=filename[1] if filename else "",
                content_type=kind[1] if kind else "",
                data=data.removesuffix(b"\r\n"),
            )
        )
    return parts
