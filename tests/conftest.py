"""What every test needs: a clean environment, and a real server on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from wire import WireServer

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the caller's CI flag, options, proxies or secrets."""
    for name in list(os.environ):
        if (
            name.startswith("RETAPE_")
            or name.endswith(("_KEY", "_TOKEN", "_SECRET"))
            or name.lower().endswith("_proxy")
        ):
            monkeypatch.delenv(name)
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def server() -> Iterator[WireServer]:
    """A server that says what a test tells it to, byte by byte."""
    with WireServer() as running:
        yield running
