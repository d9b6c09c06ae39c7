from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from report.recorded import plain, streamed
from report.runs import cell, run, violation
from retape.errors import UsageError
from retape.report.run_json import from_json, to_json
from retape.tape.steps import Abort
from retape.verify.cell import score

FULL = cell(
    "saturn \udc80 <b>",
    "fail",
    why="it said \u2028 \x1b[2J nothing",
    stream=True,
    conforms=False,
    answered=True,
    violations=(violation(), violation(severity="note", file="a.yaml")),
    deviations=("late-role",),
    cassette="cassettes/verify/acme.yaml",
    seconds=1.25,
    prompt_tokens=3,
    completion_tokens=4,
)
RUN = run(
    cell(),
    FULL,
    cell("venus", "unrecorded", exchanges=()),
    live=True,
    started="2026-01-02T03:04:05Z",
    seconds=9.5,
    display={"acme": "Acme & Co"},
    interrupted=True,
    version="1.0",
    client="openai 3.52.0",
)


def test_a_run_comes_back_from_its_file_with_its_recordings() -> None:
    counted = [replace(one, requests=len(one.exchanges)) for one in RUN.cells]
    assert from_json(to_json(RUN, exchanges=True)) == replace(RUN, cells=tuple(counted))


@pytest.mark.parametrize(
    "exchange",
    [
        plain(b"\xff\x00", kind="image/png"),
        plain(b""),
        streamed([b"data: \xe2\x82", b"\xac\n\n"], gaps=[0.1, 0, 0.2]),
        streamed(["x"], abort=Abort("reset", "ReadError", "gone")),
        streamed([], abort=Abort("refused")),
    ],
    ids=["bytes", "empty", "cut inside a character", "reset", "refused"],
)
def test_a_recording_comes_back_to_the_byte(exchange: Any) -> None:
    (read,) = from_json(to_json(run(cell(exchanges=(exchange,))), exchanges=True)).cells
    assert read.exchanges == (exchange,)


def test_recordings_are_left_out_unless_asked_for_and_still_count_as_evidence() -> None:
    read = from_json(to_json(RUN))
    assert [(one.exchanges, one.requests) for one in read.cells] == [((), 1), ((), 1), ((), 0)]
    assert score(read.cells) == score(RUN.cells)


def test_writing_what_was_read_changes_nothing() -> None:
    text = to_json(RUN)
    assert to_json(from_json(text)) == text


def test_each_cell_has_a_line_of_its_own() -> None:
    lines = to_json(RUN).splitlines()
    assert len(lines) == 2 + len(RUN.cells)
    assert json.loads(lines[1].rstrip(","))["case"] == "earth"


def test_fields_of_a_newer_release_are_passed_over() -> None:
    value = json.loads(to_json(RUN))
    value["colour"] = value["cells"][0]["colour"] = "blue"
    assert from_json(json.dumps(value)) == from_json(to_json(RUN))


def broken(path: str, value: Any) -> str:
    """A run's file with another value in one place, or none."""
    data = json.loads(to_json(RUN, exchanges=True))
    *way, last = (int(key) if key.isdigit() else key for key in path.split("."))
    place = data
    for key in way:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "base.json is no JSON: .*retape verify --json > FILE"),
        ("[" * 100_000, "base.json is no JSON"),
        ("[]", 'base.json is no finished run: it has no "retape-run"'),
        ('{"exchanges": []}', "is no finished run"),
        (broken("retape-run", 2), "base.json has schema 2, and this retape reads schema 1"),
        (broken("cells", {}), "base.json: cells is {}, not a list"),
        (broken("cells.1", 7), "base.json: cells 2 is 7, not an object"),
        (broken("cells.1.title", None), "base.json: cells 2 has no title"),
        (broken("cells.0.verdict", "passed"), 'cells 1: verdict is "passed", not one of pass, fail, known'),
        (broken("cells.0.stream", "no"), 'cells 1: stream is "no", not true or false'),
        (broken("cells.0.seconds", True), "cells 1: seconds is true, not a number"),
        (broken("cells.1.violations.0.severity", "bad"), "cells 2: violations 1: severity is .* not one of must"),
        (broken("cells.1.exchanges.0.steps.0.0", "sleep"), "cells 2: exchanges 1 can't be read: KeyError: 'sleep'"),
        (broken("cells.1.exchanges.0.request.url", 1), "cells 2: exchanges 1 can't be read: TypeError: 1 is no text"),
        (broken("display.acme", 1), "base.json: display is .*, not an object of names"),
    ],
)
def test_a_file_that_is_no_run_is_told_where_and_why(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        from_json(text, name="base.json")
