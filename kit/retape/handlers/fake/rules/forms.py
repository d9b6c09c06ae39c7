"""Forms: what multipart bodies hold, whose numbers and flags come as text.

A form is first turned into the values that its shape speaks of (`typed`), so that one table serves both ways of sending
a request; what doesn't read as a number stays text, and is refused as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake.literals import number, whole_number
from retape.handlers.fake.rules.shapes import Decimal, Fields, Fit, Flag, Listing, OneOf, Shape, Tagged, Whole
from retape.tape.multipart import Part


@dataclass(frozen=True, eq=False, kw_only=True)
class Attachment(Shape):
    """A file in a form; empty ones are files, too."""

    kinds = frozenset({"file"})
    noun = "file"

    def _fit(self) -> Fit:
        return lambda value: isinstance(value, Part)


_FLAGS = {"true": True, "false": False}


def _flag(text: str) -> Any:
    return _FLAGS.get(text.lower(), text)


_READERS: tuple[tuple[type[Shape], Callable[[str], Any]], ...] = (
    (Whole, whole_number),
    (Decimal, number),
    (Flag, _flag),
)


def typed(shape: Shape, value: Any) -> Any:
    """A form's value as the one that its shape speaks of.

    Args:
        shape: what it may be.
        value: a text, a file, or lists and objects of them.
    """
    if isinstance(value, Mapping):
        fields = _fields(shape, value)
        return {name: typed(fields[name], item) if name in fields else item for name, item in value.items()}
    if isinstance(shape, OneOf) and isinstance(value, list):
        return next((typed(each, value) for each in shape.shapes if isinstance(each, Listing)), value)
    if isinstance(shape, Listing):
        return [typed(shape.item, item) for item in (value if isinstance(value, list) else [value])]
    return _read(shape, value) if isinstance(value, str) else value


def _fields(shape: Shape, value: Mapping[str, Any]) -> Mapping[str, Shape]:
    """The fields that an object of this shape may have."""
    if isinstance(shape, Tagged):
        variant = shape.variants.get(str(value.get(shape.by)))
        return _fields(variant, value) if variant else {}
    if isinstance(shape, OneOf):
        return next((fields for each in shape.shapes if (fields := _fields(each, value))), {})
    return shape.fields if isinstance(shape, Fields) else {}


def _read(shape: Shape, text: str) -> Any:
    for kind, read in _READERS:
        if isinstance(shape, kind):
            return read(text)
    return text
