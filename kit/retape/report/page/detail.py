"""All that the page shows of a cell, as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from retape.report.conversation import body_of, conversation
from retape.report.media import abridged, size
from retape.report.page.pictures import Album, pictures
from retape.report.shapes import parsed
from retape.report.timeline import Timeline, timeline_of
from retape.report.view import Part, Turn, View
from retape.tape.bodies import pretty
from retape.tape.exchange import Exchange
from retape.tape.sse import decode_sse
from retape.verify.cell import Cell
from retape.verify.violation import Violation

Fields = dict[str, Any]

_TOLD = (
    "title",
    "provider",
    "model",
    "verdict",
    "why",
    "conforms",
    "answered",
    "deviations",
    "cassette",
    "seconds",
    "prompt_tokens",
    "completion_tokens",
    "rerun",
)


def detail(cell: Cell, *, album: Album, limit: int) -> Fields:
    """A cell; a field that isn't there is empty.

    Args:
        cell: the cell.
        album: where its pictures go.
        limit: characters of one body, or of all frames of one stream; the rest is counted.
    """
    return _filled(
        **{name: getattr(cell, name) for name in _TOLD},
        violations=[_violation(violation) for violation in cell.violations],
        exchanges=[_exchange(exchange, album, limit) for exchange in cell.exchanges],
    )


def _filled(**fields: Any) -> Fields:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value or value is False or value == 0.0 != value}


def _violation(violation: Violation) -> Fields:
    names = ("rule", "severity", "where", "message", "source", "exchange")
    return _filled(**{name: getattr(violation, name) for name in names})


def _exchange(exchange: Exchange, album: Album, limit: int) -> Fields:
    view, line, body = conversation(exchange), timeline_of(exchange), body_of(exchange) or b""
    shown = pictures(exchange, body)
    frames, left_out = _frames(body, limit) if view.streamed else ([], "")
    answer, cut = ("", "") if view.streamed else _body(body, limit)
    request, request_cut = _body(exchange.request.body, limit)
    return _filled(
        **_about(view),
        asked=_turns(view.asked.turns, shown, album, limit),
        tools=view.asked.tools,
        parameters=view.asked.parameters,
        answered=_turns(view.answered.turns, shown, album, limit),
        finish=view.answered.finish,
        usage=view.answered.usage,
        problems=view.problems,
        line=_line(line),
        frames=frames,
        frames_cut=left_out,
        body=answer,
        body_cut=cut,
        request=request,
        request_cut=request_cut,
        sent_headers=exchange.request.headers,
        headers=exchange.head.headers if exchange.head else (),
    )


def _about(view: View) -> Fields:
    names = ("method", "base", "path", "status", "reason", "outcome", "error", "streamed", "recorded_at")
    return {name: getattr(view, name) for name in names} | {"sent": size(view.sent), "received": size(view.received)}


def _turns(turns: Iterable[Turn], shown: dict[str, list[str]], album: Album, limit: int) -> list[Fields]:
    return [
        _filled(
            role=turn.role,
            name=turn.name,
            choice="" if turn.choice is None else str(turn.choice),
            finish=turn.finish,
            parts=[_part(part, shown, album, limit) for part in turn.parts],
        )
        for turn in turns
    ]


def _part(part: Part, shown: dict[str, list[str]], album: Album, limit: int) -> Fields:
    picture = _picture(part, shown, album) if part.kind == "media" else None
    number = {} if picture is None else {"picture": picture}
    return _filled(kind=part.kind, text=_cut(part.text, limit), name=part.name, ref=part.ref) | number


def _picture(part: Part, shown: dict[str, list[str]], album: Album) -> int | None:
    """The number of the picture that a part is about: the first of its words that wasn't shown yet."""
    label = next((label for label in shown if label in part.text and shown[label]), None)
    return None if label is None else album.number(shown[label].pop(0))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}\n... and {len(text) - limit:,} more characters"


def _body(data: bytes, limit: int) -> tuple[str, str]:
    """A body as text, indented where it is JSON, and what was left out of it."""
    value = parsed(data)
    shown = pretty(abridged(value)) if isinstance(value, dict | list) else data[: limit * 4].decode("utf-8", "replace")
    return shown[:limit], f"{size(len(shown) - limit)} more are left out here" if len(shown) > limit else ""


def _frames(body: bytes, limit: int) -> tuple[list[str], str]:
    """A stream's events as they came, and what was left out of them."""
    events = decode_sse(body)
    kept: list[str] = []
    for event in events:
        raw = event.raw.decode("utf-8", "replace")
        limit -= len(raw)
        if limit < 0:
            break
        kept.append(raw)
    rest = len(events) - len(kept)
    return kept, f"{rest} more event{'s' * (rest != 1)} left out here" if rest else ""


def _line(line: Timeline) -> Fields:
    timed = line.total is not None
    return {
        "first_byte": _ms(line.first_byte),
        "first_text": _ms(line.first_text),
        "total": _ms(line.total),
        "median_gap": _ms(line.median_gap),
        "largest_gap": _ms(line.largest_gap),
        "largest_gap_after": line.largest_gap_after,
        "events": line.events,
        "chunks": [[_ms(one.at) if timed else None, one.size, one.events, int(one.text)] for one in line.arrivals],
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
