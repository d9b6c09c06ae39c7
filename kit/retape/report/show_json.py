"""What `retape show --json` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from retape.report.conversation import conversation
from retape.report.summary import chosen
from retape.report.timeline import Timeline, timeline_of
from retape.report.view import Answered, Asked, Turn, View
from retape.tape.cassette import Cassette
from retape.tape.exchange import Exchange


def show_json(cassette: Cassette, *, exchange: int | None = None) -> dict[str, Any]:
    """A cassette as data; print it with `json.dumps` as it is (ASCII), and no recorded text can act on a terminal.

    Every key is always there.  Times are seconds, to the microsecond; sizes are bytes; texts are whole.

        path                  the file
        exchanges             a list of
          number              from 1
          method, base, path  "POST", "https://api.openai.com/v1", "/chat/completions"
          model               "" when unknown
          status, reason      the code, null when none came, and its phrase
          outcome, error      how it ended, and the client library's exception ("" for none)
          streamed            whether the answer is an event stream
          seconds             from the request to the end, null when no times were recorded
          recorded_at         ISO 8601, "" when unknown
          sent, received      bytes of the bodies, as they were on the wire
          request             turns, model, stream, tools (names), parameters (name -> one line)
          answer              turns, model, finish (reasons), usage (path -> number)
          problems            what couldn't be read, in words
          timeline            first_byte, first_text, total, median_gap, largest_gap (seconds or null),
                              largest_gap_after (a chunk's number or null), chunks, events, size,
                              arrivals: a list of {at (null without times), size, events, text}
        turns                 a list of {role, name, choice (null for the only one), finish, parts};
                              a part is {kind, text, name, ref}, see `retape.report.view.Kind`

    Args:
        cassette: of any origin.
        exchange: the number of the only one wanted, from 1; None for all.

    Raises:
        UsageError: there is no exchange of that number.
    """
    found = chosen(cassette, exchange)
    return {"path": str(cassette.path), "exchanges": [{"number": number} | _exchange(kept) for number, kept in found]}


_PLAIN = (
    "method",
    "base",
    "path",
    "model",
    "status",
    "reason",
    "outcome",
    "error",
    "streamed",
    "seconds",
    "recorded_at",
    "sent",
    "received",
)


def _exchange(exchange: Exchange) -> dict[str, Any]:
    view: View = conversation(exchange)
    return {name: getattr(view, name) for name in _PLAIN} | {
        "seconds": _rounded(view.seconds),
        "request": _asked(view.asked),
        "answer": _answered(view.answered),
        "problems": list(view.problems),
        "timeline": _timeline(timeline_of(exchange)),
    }


def _asked(asked: Asked) -> dict[str, Any]:
    return {
        "turns": _turns(asked.turns),
        "model": asked.model,
        "stream": asked.stream,
        "tools": list(asked.tools),
        "parameters": dict(asked.parameters),
    }


def _answered(answered: Answered) -> dict[str, Any]:
    return {
        "turns": _turns(answered.turns),
        "model": answered.model,
        "finish": list(answered.finish),
        "usage": dict(answered.usage),
    }


def _turns(turns: tuple[Turn, ...]) -> list[dict[str, Any]]:
    return [asdict(turn) | {"parts": [asdict(part) for part in turn.parts]} for turn in turns]


def _timeline(line: Timeline) -> dict[str, Any]:
    timed = line.total is not None
    return {
        "first_byte": _rounded(line.first_byte),
        "first_text": _rounded(line.first_text),
        "total": _rounded(line.total),
        "median_gap": _rounded(line.median_gap),
        "largest_gap": _rounded(line.largest_gap),
        "largest_gap_after": line.largest_gap_after,
        "chunks": len(line.arrivals),
        "events": line.events,
        "size": line.size,
        "arrivals": [asdict(arrival) | {"at": _rounded(arrival.at) if timed else None} for arrival in line.arrivals],
    }


def _rounded(seconds: float | None) -> float | None:
    """Without what adding times up leaves behind; a cassette has them to 0.1 ms."""
    return None if seconds is None else round(seconds, 6)
