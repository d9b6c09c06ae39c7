"""An answer of the Responses API as its rules see it: the response objects in it, and the events that tell of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retape.verify.evidence import Evidence, Frame
from retape.verify.words import elements, members

ENDED = ("completed", "incomplete", "failed", "cancelled")
"""Statuses of a response that nothing more happens to."""

STATUSES = (*ENDED, "queued", "in_progress")
"""Every status that a response can have."""

LAST = {f"response.{status}": status for status in ("completed", "incomplete", "failed", "cancelled")}
"""The event that ends a stream -> the status of its response."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A response object, as it was at one moment.

    Args:
        where: the place of it, "" for the whole body.
        event: the type of the event that it came with, "" for a plain answer.
        body: the object.
    """

    where: str
    event: str
    body: dict[str, Any]

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.body.get("status") in ENDED

    @property
    def items(self) -> list[tuple[int, dict[str, Any]]]:
        """Its output's items that are objects, each with its index."""
        return [(n, item) for n, item in enumerate(elements(self.body.get("output"))) if isinstance(item, dict)]


def typed(evidence: Evidence) -> tuple[tuple[Frame, str, dict[str, Any]], ...]:
    """The events that are objects with a type: each with its type and its data."""
    return evidence.reading(_typed)


def _typed(evidence: Evidence) -> tuple[tuple[Frame, str, dict[str, Any]], ...]:
    return tuple(
        (frame, frame.data["type"], frame.data)
        for frame in evidence.frames
        if isinstance(frame.data, dict) and isinstance(frame.data.get("type"), str)
    )


def snapshots(evidence: Evidence) -> tuple[Snapshot, ...]:
    """Every response object in an answer, in order."""
    return evidence.reading(_snapshots)


def _snapshots(evidence: Evidence) -> tuple[Snapshot, ...]:
    return tuple(_streamed(evidence) if evidence.form == "stream" else _plain(evidence))


def _streamed(evidence: Evidence) -> Iterator[Snapshot]:
    for frame, kind, data in typed(evidence):
        if isinstance(data.get("response"), dict):
            yield Snapshot(frame.at("response"), kind, data["response"])


def _plain(evidence: Evidence) -> Iterator[Snapshot]:
    if isinstance(evidence.json, dict):
        yield Snapshot("", "", evidence.json)


def result(evidence: Evidence) -> Snapshot | None:
    """The response object that an answer ends with; None when there is none."""
    found = snapshots(evidence)
    if evidence.form == "stream":
        return next((snapshot for snapshot in reversed(found) if snapshot.event in LAST), None)
    return found[0] if found else None


def resumes_after(evidence: Evidence) -> int | None:
    """The number after which a stream was asked for again; None for one from the start."""
    for pair in evidence.exchange.request.query.split("&"):
        name, _, value = pair.partition("=")
        if name == "starting_after" and value.isdigit():
            return int(value)
    return None


def texts(item: dict[str, Any]) -> str:
    """All the text of a message item."""
    parts = (members(part) for part in elements(item.get("content")))
    return "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
