"""`retape fake --cases`, run as a user runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from retape.cli import main

ASK = """
import openai
said = openai.OpenAI().chat.completions.create(
    model="gpt-4o", messages=[{"role": "user", "content": "Which planet do humans live on?"}]
)
print(said.choices[0].message.content)
"""
OWN = """
test: own
endpoint: chat
cases:
  planet:
    ask: {messages: [{role: user, content: "Which planet do humans live on?"}]}
    answer: {reply: "It is said to be Earth."}
"""


def test_the_shipped_cases_are_answered(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fake", "--cases", "--", sys.executable, "-c", ASK]) == 0
    assert capfd.readouterr().out == "Humans live on Earth.\n"


def test_a_users_own_folder_is_answered(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    assert main(["fake", "--cases", str(tmp_path), "--", sys.executable, "-c", ASK]) == 0
    assert capfd.readouterr().out == "It is said to be Earth.\n"


def test_a_mistake_in_a_case_is_told_before_anything_is_served(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yaml").write_text(OWN.replace("answer", "anser"))
    assert main(["fake", "--cases", str(tmp_path), "--check"]) == 2
    assert "own.yaml:7:5: no word 'anser' in a case: did you mean 'answer'?" in capfd.readouterr().err
