"""What cases/providers/README.md shows is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retape.verify.providers.reading import _PROVIDER, load_provider

README = Path(__file__).resolve().parents[3] / "cases" / "providers" / "README.md"

pytestmark = pytest.mark.skipif(not README.exists(), reason="it stays in the checkout")


def test_the_example_and_its_deviation_are_a_provider(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)
    (tmp_path / "mine.yaml").write_text("".join(blocks))
    found = load_provider(tmp_path / "mine.yaml")
    assert (len(blocks), found.id, len(found.models), len(found.deviations)) == (2, "mine", 2, 1)


def test_every_field_is_told() -> None:
    text = README.read_text()
    assert [name for name in _PROVIDER if f"`{name}`" not in text and f"\n{name}:" not in text] == []
