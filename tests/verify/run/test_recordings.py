"""The committed recordings: whole, clean, and judged as they were."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from retape.verify.run.suite import suite
from verify.run.small import cells

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "cassettes" / "verify"
RECORDED = ("fake", "litellm", "llamacpp", "portkey")

MACHINE = re.compile(
    rb"/(?:tmp|work|root|home|Users)/|\bsk-[A-Za-z0-9]{8}|(?:127\.0\.0\.1|localhost):(?!4000|8000|8080|8787)\d"
)
"""What tells of the machine that recorded, or a key; the ports are those that the providers' files name."""

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recordings stay in the checkout")


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def files() -> Iterator[Path]:
    return FOLDER.rglob("*.yaml")


def test_each_recording_is_of_a_cell_that_there_is() -> None:
    spots = suite(names=RECORDED, cassettes=FOLDER).plan()
    assert {*files()} <= {spot.cassette(FOLDER) for spot in spots}


def test_no_recording_tells_of_the_machine_that_made_it_or_holds_a_key() -> None:
    told = {str(path): found[0] for path in files() if (found := MACHINE.search(path.read_bytes()))}
    assert told == {}


def test_the_fake_passes_every_case_in_every_mode_and_no_rule_has_anything_against_it() -> None:
    """When a case was changed: retape verify --live --provider fake records what is missing."""
    finished = cells(suite(names=["fake"], cassettes=FOLDER))
    assert [f"{cell.verdict}: {cell.title}: {cell.why}" for cell in finished.run.cells if cell.verdict != "pass"] == []
    assert [str(found) for cell in finished.run.cells for found in cell.violations if found.severity != "note"] == []


@pytest.mark.parametrize("name", RECORDED[1:])
def test_a_real_server_is_recorded_and_replays_to_a_verdict(name: str) -> None:
    finished = cells(suite(names=[name], cassettes=FOLDER), keyword="chat-basic or chat-tool-calling or models")
    found = Counter(cell.verdict for cell in finished.run.cells)
    assert found["error"] == found["unrecorded"] == 0
    assert found["pass"]
    assert found["fail"]  # it speaks gibberish
