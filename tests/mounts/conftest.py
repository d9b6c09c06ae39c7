"""What the tests of the server share."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest


@pytest.fixture(params=["h11", "httptools"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the parsers that uvicorn knows, in turn, as the one that servers of the test use."""
    pytest.importorskip("uvicorn", reason="serving needs retape[server]")
    if not importlib.util.find_spec(request.param):
        pytest.skip(f"{request.param} is not installed")
    from retape.mounts import wire

    chosen: Any = wire.protocol_class(request.param)
    monkeypatch.setattr(wire, "protocol_class", lambda: chosen)
    return str(request.param)
