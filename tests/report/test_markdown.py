from __future__ import annotations

from dataclasses import replace

import pytest

from report.runs import cell, run, violation
from retape.report.github import step_summary
from retape.report.markdown import code, escaped, markdown
from retape.report.matrix import MEANINGS, SYMBOLS, Matrix, heading, parted
from retape.verify.cell import VERDICTS, Cell

TWO = run(
    cell("earth", conforms=True, answered=True),
    cell("earth", "fail", stream=True, conforms=False, why="no finish reason", violations=(violation(),)),
    cell("earth", "known", model="m-2", conforms=False, deviations=("late-role",)),
    cell("earth", "unrecorded", provider="other", exchanges=()),
    cell("earth", "inconclusive", stream=True, provider="other", exchanges=()),
    started="2026-01-02T03:04:05Z",
    seconds=1.5,
    display={"acme": "Acme", "acme/m-2": "Two"},
    version="1.0",
    client="openai 3.52.0",
)


def lines(text: str, start: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(start)]


@pytest.mark.parametrize("table", [SYMBOLS, MEANINGS])
def test_every_verdict_has_a_sign_and_a_meaning(table: dict[str, str]) -> None:
    assert set(table) == set(VERDICTS)
    assert len(set(table.values())) == len(VERDICTS)


def test_rows_are_cases_in_a_mode_and_columns_are_models() -> None:
    matrix = Matrix(TWO)
    assert [row.key for row in matrix.rows] == [("chat-basic", "earth", "plain"), ("chat-basic", "earth", "stream")]
    assert [(column.provider_label, column.label) for column in matrix.columns] == [
        ("Acme", "m-1"),
        ("Acme", "Two"),
        ("other", "m-1"),
    ]
    assert [bool(matrix.cell(matrix.rows[1], column)) for column in matrix.columns] == [True, False, True]


def test_a_providers_models_stand_together_whatever_the_order_of_the_cells() -> None:
    mixed = run(cell(), cell(provider="other"), cell(model="m-2"))
    assert [(c.provider, c.model) for c in Matrix(mixed).columns] == [
        ("acme", "m-1"),
        ("acme", "m-2"),
        ("other", "m-1"),
    ]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (TWO, "5 cells replayed from recordings of 2026-01-02 in 1.5 s (retape 1.0, openai 3.52.0)"),
        (replace(TWO, live=True, version=""), "5 cells asked live on 2026-01-02 in 1.5 s (openai 3.52.0)"),
        (run(cell()), "1 cell replayed from recordings in 0.0 s"),
    ],
)
def test_the_heading_says_when_and_how(made: object, told: str) -> None:
    assert heading(made) == told  # type: ignore[arg-type]


def test_each_provider_has_three_numbers_and_the_verdicts_are_counted() -> None:
    assert lines(markdown(TWO), "| ")[:4] == [
        "| Provider | Coverage | Conformance | Model quality | ✅ | ❌ | 🟡 | ❔ | ⚪ |",
        "| Acme | 100 % (3/3) | 33 % (1/3) | 100 % (1/1) | 1 | 1 | 1 |  |  |",
        "| other | 0 % (0/2) | - | - |  |  |  | 1 | 1 |",
        "| All | 60 % (3/5) | 33 % (1/3) | 100 % (1/1) | 1 | 1 | 1 | 1 | 1 |",
    ]


def test_a_provider_has_a_table_of_tests_by_model() -> None:
    assert lines(markdown(TWO), "| ")[4:7] == [
        "| Test | m-1 | Two |",
        "| test_chat_non_streaming_basic (earth) | ✅ | 🟡 |",
        "| test_chat_streaming_basic (earth) | ❌ |   |",
    ]


def test_the_legend_explains_what_occurs_and_no_more() -> None:
    told = [line.split()[2] for line in lines(markdown(TWO), "- ") if line[2] in "✅❌🟡🚫❔⏭💥⚪" and "**" not in line]
    assert told == ["pass:", "fail:", "known:", "inconclusive:", "unrecorded:"]


def test_a_failure_says_why_and_how_to_run_it_again() -> None:
    text = markdown(TWO)
    start = text.index("### Failures of Acme")
    assert text[start:].splitlines()[2:5] == [
        "- ❌ **test_chat_streaming_basic (earth)** on `m-1`: no finish reason",
        "  - must `chat-same-id` (event 3: id): is 'b', and was 'a'",
        "  - again: `retape verify --provider acme -k earth`",
    ]


def test_a_known_deviation_is_listed_apart_with_its_name() -> None:
    text = markdown(TWO)
    assert "  - explained by `late-role`\n" in text[text.index("### Known deviations of Acme") :]


def test_a_shown_name_is_explained() -> None:
    assert "- Two: `m-2`\n" in markdown(TWO)


def test_many_findings_of_a_cell_are_counted_and_notes_left_out() -> None:
    many = (*(violation(f"rule-{n}") for n in range(6)), violation("hint", "note"))
    text = markdown(run(cell(verdict="fail", violations=many)))
    assert "  - and 2 more\n" in text
    assert "hint" not in text


def test_an_interrupted_run_says_so() -> None:
    assert "**Interrupted before its end**" in markdown(replace(TWO, interrupted=True))


def test_what_changed_since_a_baseline_is_told() -> None:
    before = run(cell(), cell(stream=True), cell("mars"), started="2025-12-31T00:00:00Z")
    text = markdown(TWO, before=before)
    assert "## Since the baseline of 2025-12-31\n\n1 worse, 3 new, 1 gone.\n" in text
    assert "- test_chat_streaming_basic (earth) on acme `m-1`: pass → fail: no finish reason\n" in text


def test_nothing_changed_is_told_too() -> None:
    assert "Nothing changed.\n" in markdown(TWO, before=TWO)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("<script>&", "&lt;script&gt;&amp;"),
        ("[x](http://y) ![z]", r"\[x\](http://y) !\[z\]"),
        ("`a` *b* ~c~ $d$", r"\`a\` \*b\* \~c\~ \$d\$"),
        ("test_chat_basic _it_", r"test_chat_basic \_it\_"),
        ("one\r\n# two\u2028", r"one \# two\\u2028"),
        ("\x1b[2J", r"\\x1b\[2J"),
        ("x" * 600, "x" * 500 + " ..."),
    ],
)
def test_a_strangers_text_is_no_markup(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [("a", "`a`"), ("a`b", "``a`b``"), ("`a``", "``` `a`` ```"), ("a\nb", "`a b`"), ("", "")]
)
def test_code_stays_code_whatever_is_in_it(text: str, shown: str) -> None:
    assert code(text) == shown


UNSEEN = (
    cell("a", "unrecorded", provider="far", exchanges=()),
    cell("b", "skipped", provider="far", model="m-9", exchanges=()),
)


@pytest.mark.parametrize(
    ("cells", "kept", "absent"),
    [
        ((cell(), *UNSEEN), 1, ["far"]),
        ((cell(), cell("b", "unrecorded", exchanges=())), 2, []),
        ((cell(), cell(provider="choosy", verdict="skipped", exchanges=())), 2, []),
        (UNSEEN, 2, []),
        ((cell(provider="dead", verdict="error", exchanges=()), *UNSEEN), 1, ["far"]),
        ((), 0, []),
    ],
    ids=["folded", "partly recorded", "skipped alone", "nothing recorded", "an outage is evidence", "empty"],
)
def test_a_provider_that_nobody_recorded_is_set_apart(cells: tuple[Cell, ...], kept: int, absent: list[str]) -> None:
    recorded, missing = parted(run(*cells))
    assert (len(recorded.cells), [one.label for one in missing]) == (kept, absent)


def test_the_report_names_what_nobody_recorded_and_the_command_that_does() -> None:
    text = markdown(run(cell(), *UNSEEN))
    assert text.endswith("- far (m-1, m-9): `retape verify --live --provider far`\n")
    assert "## far" not in text


MANY = run(*(cell(f"case-{n}", "fail", why="wrong " * 40) for n in range(200)))


@pytest.mark.parametrize("limit", [3_000, 10_000, 20_000, 60_000])
def test_a_step_summary_keeps_to_its_limit_and_says_what_is_missing(limit: int) -> None:
    text = step_summary(MANY, limit=limit)
    failures, rows = text.count("- ❌ **"), text.count("| test_chat")
    assert len(text.encode()) <= limit
    assert f"{200 - failures} of 200 failures left out here" in text
    assert (f"{200 - rows} of 200 rows left out here" in text) == (rows < 200)


def test_a_step_summary_uses_the_room_that_it_has() -> None:
    assert len(step_summary(MANY, limit=40_000).encode()) > 39_000


def test_a_short_step_summary_is_the_whole_report() -> None:
    assert step_summary(TWO) == markdown(TWO)


def test_a_step_summary_never_grows_over_a_mebibyte() -> None:
    huge = run(*(cell(f"case-{n}", "fail", why="é" * 500) for n in range(2_000)))
    assert 900_000 < len(step_summary(huge).encode()) <= 1_000_000
