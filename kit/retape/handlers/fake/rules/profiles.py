"""Profiles: which rules are off."""

from __future__ import annotations

UNCHECKED: dict[str, tuple[str, str]] = {}
"""Rules that the fake asks elsewhere, by id: what they say, and their source."""

PROFILES: dict[str, frozenset[str]] = {"openai": frozenset(), "lenient": frozenset()}
