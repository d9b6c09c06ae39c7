"""A run on a terminal and in plain lines: the same words."""

from __future__ import annotations

import io
import re

import pytest

from retape.report.run_lines import SHORT, change_lines, finding_line, run_lines
from retape.report.run_terminal import STYLES, Bar, show_run
from retape.verify.cell import VERDICTS, Cell, Run, Verdict


class Terminal(io.StringIO):
    """What takes a terminal's output."""

    def isatty(self) -> bool:
        return True


def cell(verdict: Verdict, *, model: str = "m", case: str = "", why: str = "") -> Cell:
    told = {"test": "chat", "case": case or verdict, "title": f"test_chat ({case or verdict})", "stream": False}
    return Cell(**told, endpoint="chat", provider="p", model=model, verdict=verdict, why=why, requests=1)  # type: ignore[arg-type]


ALL = Run(cells=tuple(cell(verdict) for verdict in VERDICTS), display={"p": "Peter", "p/m": "Em"})


def drawn(run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    show_run(run, out)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue())


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_has_a_word_and_a_colour_and_stands_in_its_row(verdict: Verdict, monkeypatch) -> None:
    row = rf"(?m)^test_chat \({verdict}\) +{SHORT[verdict]} *$"
    assert re.search(row, "\n".join(run_lines(ALL)))
    assert re.search(row, drawn(ALL, monkeypatch))
    assert STYLES[verdict]


def test_lines_name_providers_as_the_command_does_and_a_terminal_shows_their_names(monkeypatch) -> None:
    lines = "\n".join(run_lines(ALL))
    assert "p m: coverage 88 % (7/8), conformance -, quality - (1 pass, 1 fail, 1 known, 1 unsupported" in lines
    assert "Peter Em: coverage 88 % (7/8)" in drawn(ALL, monkeypatch)


def test_a_model_of_which_nothing_is_recorded_has_a_line_and_no_column(monkeypatch) -> None:
    run = Run(cells=(cell("pass"), cell("unrecorded", model="other")))
    for text in ("\n".join(run_lines(run)), drawn(run, monkeypatch)):
        assert "not recorded: p (other); record it: retape verify --live --provider p" in text
        assert "p/other" not in text


def test_nothing_recorded_at_all_is_no_table(monkeypatch) -> None:
    run = Run(cells=(cell("unrecorded"),))
    assert list(run_lines(run)) == ["not recorded: p (m); record it: retape verify --live --provider p"]


def test_a_finding_is_one_line_whatever_a_server_said() -> None:
    assert finding_line(cell("fail", why="it said\n\x1b[2J  nothing")) == (
        "FAIL p/m test_chat (fail): it said \\x1b[2J nothing"
    )


def test_the_bar_tells_of_findings_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with Bar(out, 2) as bar:
        bar.finished(cell("pass"))
        bar.finished(cell("fail", why="it broke [red]"))
    assert "FAIL p/m test_chat (fail): it broke [red]" in out.getvalue()


def test_changes_are_counted_and_those_that_matter_listed() -> None:
    before = Run(cells=(cell("pass", case="a"), cell("fail", case="b"), cell("pass", case="c")), started="2026-01-02")
    after = Run(
        cells=(cell("fail", case="a", why="w"), cell("pass", case="b"), cell("pass", case="c"), cell("pass", case="d"))
    )
    assert list(change_lines(before, after)) == [
        "since the baseline of 2026-01-02: 1 worse, 1 better, 1 new",
        "  worse p/m test_chat (a): pass → fail: w",
        "  better p/m test_chat (b): fail → pass",
    ]


def test_no_change_is_told() -> None:
    assert list(change_lines(ALL, ALL)) == ["since the baseline: nothing changed"]


@pytest.mark.parametrize(("number", "shown"), [(20, 20), (21, 0)])
def test_many_rows_that_are_skipped_for_one_reason_are_one_line(number: int, shown: int, monkeypatch) -> None:
    skipped = [cell("skipped", case=f"case-{n}", why="the server can't be reached") for n in range(number)]
    run = Run(cells=(cell("error"), *skipped, cell("skipped", case="other", why="another reason")))
    for text in ("\n".join(run_lines(run)), drawn(run, monkeypatch)):
        assert text.count("test_chat (case-") == shown
        assert text.count("test_chat (other)") == 1
        assert ("21 rows not shown: the server can't be reached" in text) == (not shown)
