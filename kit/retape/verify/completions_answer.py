"""An answer of the legacy completions as its rules see it: a completion, or the chunks of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retape.verify.evidence import UNREADABLE, Evidence
from retape.verify.words import at, elements, is_count, is_int, members


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice, or what one chunk says of it.

    Args:
        where: its place.
        index: which choice it is; None when it doesn't say.
        body: the choice.
    """

    where: str
    index: int | None
    body: dict[str, Any]


def bodies(evidence: Evidence) -> tuple[tuple[str, Any], ...]:
    """The completion, or every chunk, each with its place."""
    return evidence.reading(_bodies)


def _bodies(evidence: Evidence) -> tuple[tuple[str, Any], ...]:
    if evidence.form != "stream":
        return () if evidence.json is UNREADABLE else (("", evidence.json),)
    read = (frame for frame in evidence.frames if frame.data is not UNREADABLE)
    return tuple((frame.at(), frame.data) for frame in read if "error" not in members(frame.data))


def choices(evidence: Evidence) -> Iterator[Choice]:
    """Every choice of every chunk."""
    for where, body in bodies(evidence):
        prefix = f"{where}: " * bool(where)
        for number, choice in enumerate(elements(members(body).get("choices"))):
            if isinstance(choice, dict):
                index = choice.get("index")
                yield Choice(at(prefix + "choices", number), index if is_int(index) else None, choice)


def prompts(evidence: Evidence) -> int:
    """How many prompts were asked."""
    asked = evidence.asked.get("prompt")
    if not isinstance(asked, list) or not asked or all(is_int(token) for token in asked):
        return 1
    return len(asked)


def wanted(evidence: Evidence) -> int:
    """How many choices were asked for."""
    each = evidence.asked.get("n")
    return prompts(evidence) * (each if is_count(each) and each else 1)
