"""cases/README.md says what there is, and its example runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from retape.verify.cases.actions import ACTIONS, ENDPOINTS
from retape.verify.cases.capabilities import CAPABILITIES
from retape.verify.cases.reading import shipped
from retape.verify.cases.scripted import cases_fake
from retape.verify.cases.words import WORDS
from verify.cases.trying import tried, written

TEXT = (shipped() / "README.md").read_text("utf-8")
JUDGES = {"model": "quality", "protocol": "protocol"}


def rows(title: str) -> list[list[str]]:
    """The cells of the table with this first column."""
    table = TEXT[TEXT.index(f"| {title} |") :].partition("\n\n")[0]
    return [[cell.strip().strip("`") for cell in line.strip("| ").split(" | ")] for line in table.splitlines()[2:]]


@pytest.mark.parametrize(
    ("title", "names"),
    [("`does` | what happens", ACTIONS), ("`needs` | the provider ...", CAPABILITIES), ("word | takes", WORDS)],
)
def test_a_table_names_all_there_is(title: str, names: Iterable[str]) -> None:
    assert [row[0] for row in rows(title)] == list(names)


def test_the_capabilities_are_those_of_the_code() -> None:
    assert {row[0]: row[1] for row in rows("`needs` | the provider ...")} == CAPABILITIES


def test_the_words_judge_what_the_code_judges() -> None:
    table = {row[0]: JUDGES[row[2]] for row in rows("word | takes")}
    assert table == {name: word.judges for name, word in WORDS.items()}


def test_the_endpoints_are_named() -> None:
    assert f"# {', '.join(ENDPOINTS)}\n" in TEXT


def test_the_example_passes_on_the_fake(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    cases = written(example, tmp_path)
    assert [case.title(True) for case in cases] == [
        "test_chat_streaming_weather (oslo)",
        "test_chat_streaming_weather (help)",
    ]
    found = [tried(case, cases_fake(cases), stream=stream) for case in cases for stream in case.modes]
    assert [attempt.problems for attempt in found] == [()] * 4
