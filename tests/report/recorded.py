"""Small exchanges, made up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from retape.report.conversation import conversation
from retape.report.view import View
from retape.tape.cassette import Cassette
from retape.tape.exchange import Exchange
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head, Step, Wait

BASE = "https://api.example.com/v1"
QUESTION = {"model": "m-1", "messages": [{"role": "user", "content": "Which planet?"}]}


def request(path: str = "/chat/completions", body: Any = None, *, kind: str = "application/json") -> Request:
    """A request; a body that isn't bytes is sent as JSON, None as nothing."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Request("POST", BASE + path, (("content-type", kind),), data)


def plain(
    answer: Any, *, sent: Any = None, path: str = "/chat/completions", status: int = 200, kind: str = "application/json"
) -> Exchange:
    """An exchange with one answer in one chunk, without times."""
    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    head = Head(status, (("content-type", kind),), "OK" if status == 200 else "")
    return Exchange(request=request(path, sent), steps=(head, Chunk(data)))


def event(data: Any) -> bytes:
    """An SSE event; what is no string is sent as JSON, with its type as the event's name when it has one."""
    if isinstance(data, str):
        return f"data: {data}\n\n".encode()
    name = f"event: {data['type']}\n" if isinstance(data, dict) and "type" in data else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()


def streamed(
    events: Iterable[Any],
    *,
    sent: Any = None,
    path: str = "/chat/completions",
    gaps: Sequence[float] = (),
    abort: Abort | None = None,
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/event-stream"),),
) -> Exchange:
    """A streamed exchange, a chunk for each event (bytes are taken as they are).

    Args:
        events: what came.
        sent: the request's body.
        path: relative to the base.
        gaps: seconds before the head and each chunk; none for a recording without times.
        abort: how it broke.
        headers: the answer's.
    """
    waits = [Wait(gap) for gap in gaps]
    steps: list[Step] = [Head(200, headers, "OK")]
    steps += [Chunk(item if isinstance(item, bytes) else event(item)) for item in events]
    timed: list[Step] = []
    for index, step in enumerate(steps):
        timed += [*waits[index : index + 1], step]
    return Exchange(request=request(path, sent), steps=(*timed, *([abort] if abort else [])))


def delta(text: str, index: int = 0, **more: Any) -> dict[str, Any]:
    """A chat chunk with a piece of text."""
    return {"choices": [{"index": index, "delta": {"content": text, **more}}]}


def asked_parts(body: Any, path: str = "/chat/completions", kind: str = "application/json") -> list[tuple[str, ...]]:
    """What a request says, as (role, kind, text) rows."""
    view = conversation(Exchange(request=request(path, body, kind=kind), steps=()))
    return [(turn.role, part.kind, part.text) for turn in view.asked.turns for part in turn.parts]


def answer_parts(exchange: Exchange) -> list[tuple[str, ...]]:
    """What an answer says, as (role, kind, text) rows; the name stands before a call's arguments."""
    return [
        (turn.role, part.kind, f"{part.name} {part.text}" if part.kind == "tool-call" else part.text)
        for turn in conversation(exchange).answered.turns
        for part in turn.parts
    ]


def view(answer: Any, **how: Any) -> View:
    """The view of a plain exchange."""
    return conversation(plain(answer, **how))


def cassette(*exchanges: Exchange) -> Cassette:
    """A cassette that is in no file."""
    made = Cassette("planets.yaml")
    for exchange in exchanges:
        made.append(exchange)
    return made
