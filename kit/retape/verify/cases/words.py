"""The words that cases expect with: the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS: Mapping[str, Any] = {}
"""Word -> its row."""
