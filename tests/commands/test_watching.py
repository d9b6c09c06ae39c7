"""What passes a server: what is counted, and what is shown of it, line by line."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from rich.console import Console

import retape
from retape.commands.watching import KEPT, Watch
from retape.report.traffic import Columns, Passed, format_for

HEAD = retape.Head(200)
ASKED = {"model": "gpt-4o", "messages": [], "stream": True}


def request(body: dict[str, Any] | bytes = b"", path: str = "/v1/chat/completions") -> retape.Request:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return retape.Request("POST", f"http://127.0.0.1:1{path}", (("content-type", "application/json"),), data)


def steps(*given: retape.Step) -> retape.Handler:
    return lambda _: iter(given)


def failing(error: BaseException) -> retape.Handler:
    def fail(_: retape.Request) -> Iterator[retape.Step]:
        raise error
        yield HEAD

    return fail


def passed(handler: retape.Handler, body: dict[str, Any] | bytes = b"") -> tuple[Watch, list[Passed]]:
    """What is counted and shown when a handler answers, whatever it raises."""
    shown: list[Passed] = []
    watch = Watch(shown.append)
    with contextlib.suppress(retape.CassetteMiss, ZeroDivisionError):
        list(watch.watched(handler)(request(body)))
    return watch, shown


COUNTS = ("served", "refused", "broken", "left", "missed", "failed")


@pytest.mark.parametrize(
    "handler, counts, outcome",
    [
        (steps(HEAD, retape.Chunk(b"x")), (1, 0, 0, 0, 0, 0), "complete"),
        (steps(retape.Head(429)), (1, 1, 0, 0, 0, 0), "complete"),
        (steps(HEAD, retape.Abort("reset")), (1, 0, 1, 0, 0, 0), "reset"),
        (steps(retape.Abort("refused")), (1, 0, 1, 0, 0, 0), "refused"),
        (steps(HEAD, retape.Abort("client-left")), (1, 0, 0, 1, 0, 0), "client-left"),
        (failing(retape.CassetteMiss("no", "no at all")), (1, 0, 0, 0, 1, 0), "complete"),
        (failing(ZeroDivisionError("oh")), (1, 0, 0, 0, 0, 1), "complete"),
    ],
    ids=["complete", "refusal", "reset", "refused", "recorded as left", "missed", "failed"],
)
def test_every_end_is_counted_once(handler: retape.Handler, counts: tuple[int, ...], outcome: str) -> None:
    watch, shown = passed(handler)
    assert tuple(getattr(watch, name) for name in COUNTS) == counts
    assert shown[-1].outcome == outcome
    assert [row.outcome for row in shown].count(outcome) == 1


def test_a_client_that_leaves_is_counted() -> None:
    watch = Watch()
    answer = watch.watched(steps(HEAD, retape.Chunk(b"x")))(request())
    next(answer)
    answer.close()  # type: ignore[attr-defined]
    assert watch.left == 1


def test_what_the_handler_raises_goes_on() -> None:
    with pytest.raises(ZeroDivisionError, match="oh"):
        list(Watch().watched(failing(ZeroDivisionError("oh")))(request()))


def test_equal_reports_are_kept_once_and_not_for_ever() -> None:
    watch = Watch()
    for number in range(KEPT + 5):
        for _ in range(2):
            watch.count("missed", f"report {number}")
    assert watch.missed == 2 * (KEPT + 5)
    assert watch.reports == [f"report {number}" for number in range(KEPT)]


@pytest.mark.parametrize(
    "body, model, stream",
    [
        (ASKED, "gpt-4o", True),
        ({"model": "gpt-4o"}, "gpt-4o", False),
        ({"model": 4}, "", False),
        (b"", "", False),
        (b"[1]", "", False),
        (b"\xff{", "", False),
    ],
)
def test_model_and_stream_are_read_from_the_body(body: Any, model: str, stream: bool) -> None:
    _, shown = passed(steps(HEAD), body)
    assert {(row.model, row.stream) for row in shown} == {(model, stream)}


def test_when_nobody_can_read_any_more_nothing_is_shown_and_everything_answered() -> None:
    def gone(_: Passed) -> None:
        raise BrokenPipeError

    watch = Watch(gone)
    for _ in range(2):
        assert list(watch.watched(steps(HEAD))(request())) == [HEAD]
    assert watch.served == 2
    assert not watch.shows


def row(**fields: Any) -> Passed:
    at = datetime(2026, 1, 2, 3, 4, 5)
    return Passed(**{"at": at, "method": "POST", "path": "/v1/x", "model": "m", "status": 200} | fields)


def plain(*rows: Passed) -> str:
    return "".join(map(format_for(io.StringIO(), as_json=False), rows))


def columns(*rows: Passed) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, width=40, color_system=None)
    return re.sub(r"\x1b\[[0-9;]*m", "", "".join(map(Columns(console), rows)))


@pytest.mark.parametrize(
    "fields, line",
    [
        ({}, "03:04:05 200 POST /v1/x m"),
        ({"stream": True}, "03:04:05 200 POST /v1/x m stream"),
        ({"outcome": "reset"}, "03:04:05 200 POST /v1/x m reset"),
        ({"outcome": "client-left"}, "03:04:05 200 POST /v1/x m the client left"),
        ({"outcome": "stopped"}, "03:04:05 200 POST /v1/x m cut off, because retape was stopped"),
        ({"status": None, "outcome": "refused"}, "03:04:05 - POST /v1/x m refused"),
        ({"model": "a\nb\x1b[2J", "path": "/\u202e"}, r"03:04:05 200 POST /\u202e a b\x1b[2J"),
        ({"report": "no\n  why\x07"}, "03:04:05 200 POST /v1/x m\nno\n  why\\x07"),
    ],
)
def test_a_request_is_a_plain_line_that_no_sender_can_forge(fields: dict[str, Any], line: str) -> None:
    assert plain(row(**fields)) == f"{line}\n"


@pytest.mark.parametrize("show", [plain, columns], ids=["plain", "columns"])
def test_an_answer_that_ends_well_is_shown_as_it_begins_and_not_again(show: Callable[..., str]) -> None:
    assert show(row(), row(outcome="complete")) == show(row())


def test_columns_stand_under_a_heading_however_narrow_the_terminal_is() -> None:
    lines = columns(
        row(seconds=0.012), row(status=404, model="a" * 50, report="why"), row(outcome="reset")
    ).splitlines()
    assert lines == [
        "time      status      ms  request                       model",
        "03:04:05  200         12  POST /v1/x                    m",
        "03:04:05  404          0  POST /v1/x                    " + "a" * 50,
        "why",
        "03:04:05  200          0  POST /v1/x                    m  reset",
    ]


def test_an_old_console_of_windows_gets_no_escape_sequences() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, legacy_windows=True)
    shown = Columns(console)(row())
    assert shown.splitlines()[1] == "03:04:05  200          0  POST /v1/x                    m"


def test_for_programs_a_request_is_one_object_when_it_has_ended() -> None:
    shown = format_for(io.StringIO(), as_json=True)
    assert shown(row(stream=True)) == ""
    told = json.loads(shown(row(stream=True, seconds=0.0123, outcome="reset")))
    assert datetime.fromisoformat(told.pop("at")).tzinfo is not None
    assert told == {
        "event": "request",
        "method": "POST",
        "path": "/v1/x",
        "model": "m",
        "stream": True,
        "status": 200,
        "outcome": "reset",
        "ms": 12.3,
        "remark": None,
    }
