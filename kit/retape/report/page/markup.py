"""HTML from texts that strangers wrote."""

from __future__ import annotations

import html

from retape.report.safe import safe


def text(value: str) -> str:
    """A text for an element or for an attribute in double quotes; control characters are shown as escapes."""
    return html.escape(safe(value).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff"))


def attributes(**values: str | int | bool | None) -> str:
    """Attributes, each with a space before it; None and False leave one out, True gives it no value.

    Args:
        values: by name; a trailing underscore goes ("class_"), other underscores become hyphens.
    """
    return "".join(
        _attribute(name, value) for name, value in values.items() if value is not None and value is not False
    )


def _attribute(name: str, value: str | int | bool) -> str:
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(str(value))}"'
