r"""Recorded text made harmless for a terminal.

A recording holds what a stranger's server sent, and may hold escape sequences that clear the screen,
rename the window or forge lines, and bidirectional controls that show a text in another order than it
has.  All of them are shown as escapes ("\x1b") instead.  What a language needs (joiners within a word or
an emoji, combining marks) stays.
"""

from __future__ import annotations

import re

_HARMFUL = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1 (0x9b begins an escape sequence too)
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"  # bidirectional and invisible controls
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # line separators, BOM, interlinear marks
    "\U000e0000-\U000e007f"  # tags: text that nobody sees
    "\ud800-\udfff"  # lone surrogates: no encoding takes them
    "]"
)


def safe(text: str, encoding: str = "utf-8") -> str:
    """A text that a terminal shows and doesn't obey.  CRLF becomes LF; line feeds and tabs stay.

    Args:
        text: anything.
        encoding: the terminal's; what it can't hold is escaped too.
    """
    shown = _HARMFUL.sub(lambda found: escape(found[0]), text.replace("\r\n", "\n"))
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def safe_line(text: str, encoding: str = "utf-8") -> str:
    """A text made harmless, in one line: every run of white space is one space."""
    return " ".join(safe(text, encoding).split())


def escape(character: str) -> str:
    r"""A character as Python would write it: "\x1b", "\u202e", "\U000e0041"."""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
