"""Whether what a model said is what was wanted, as far as people would agree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from retape.verify.cases.answers import ToolCall


def says(text: str, wanted: str) -> bool:
    """Whether a text has some words in it: whatever their case, and not inside of others.

    Args:
        text: what was said.
        wanted: "no" isn't in "know"; "1,000" is the same as "1000".
    """
    text, wanted = _plain(text), _plain(wanted)
    if not wanted.isascii():
        return wanted in text
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is not None


_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def _plain(text: str) -> str:
    return _THOUSANDS.sub("", " ".join(text.casefold().split()))


def arguments_of(call: ToolCall) -> Any:
    """A call's arguments.

    Raises:
        ValueError: they are no JSON, or no object.
    """
    found = json.loads(call.arguments)
    if not isinstance(found, Mapping):
        raise ValueError("it is JSON of another kind")
    return found


def equal(wanted: Any, found: Any) -> bool:
    """Whether an argument is as wanted: `{one_of: [...]}` and `{contains: text}` say how, all else has to be equal.

    Args:
        wanted: as the case has it.
        found: as the model gave it; 1 and 1.0 are equal, 1 and true aren't.
    """
    if isinstance(wanted, Mapping) and len(wanted) == 1:
        word, inner = next(iter(wanted.items()))
        if word == "one_of":
            return any(equal(one, found) for one in inner)
        if word == "contains":
            return isinstance(found, str) and inner.casefold() in found.casefold()
    if isinstance(wanted, Mapping):
        return (
            isinstance(found, Mapping)
            and wanted.keys() == found.keys()
            and all(equal(value, found[name]) for name, value in wanted.items())
        )
    if isinstance(wanted, list):
        return isinstance(found, list) and len(wanted) == len(found) and all(map(equal, wanted, found))
    return isinstance(wanted, bool) == isinstance(found, bool) and bool(wanted == found)


def unmatched(
    wanted: Iterable[tuple[str, Any]], calls: Iterable[ToolCall]
) -> tuple[list[tuple[str, Any]], list[ToolCall]]:
    """The wanted calls that weren't made, and the made ones that weren't wanted; their order doesn't matter.

    Raises:
        ValueError: a call's arguments are no JSON.
    """
    missing, left = [], list(calls)
    for name, arguments in wanted:
        made = next((call for call in left if call.name == name and _fits(arguments, call)), None)
        if made is None:
            missing.append((name, arguments))
        else:
            left.remove(made)
    return missing, left


def _fits(arguments: Any, call: ToolCall) -> bool:
    return arguments is None or equal(arguments, arguments_of(call))


def mangled(text: str, wanted: str) -> bool:
    """Whether a text was damaged on its way: replacement characters, or UTF-8 read as Latin-1."""
    if "\ufffd" in text:
        return True
    return any(_misread(one) in text for one in wanted if ord(one) > 127)


def _misread(character: str) -> str:
    return character.encode().decode("latin-1")


def cosine(some: Iterable[float], others: Iterable[float]) -> float:
    """How near two vectors are, 1 for the same direction."""
    some, others = list(some), list(others)
    length = (sum(a * a for a in some) * sum(b * b for b in others)) ** 0.5
    return sum(a * b for a, b in zip(some, others, strict=True)) / length if length else 0.0


def shown(calls: Iterable[ToolCall]) -> str:
    """Some calls, for a sentence."""
    return ", ".join(f"{call.name}({call.arguments[:100]})" for call in calls) or "nothing"
