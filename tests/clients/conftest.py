"""What the tests of clients that nobody here wrote have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import retape

Scenario = Callable[[str], Any]
"""What a client does at a base URL; gives what it made of the answers."""


@pytest.fixture
def twice(tmp_path: Path) -> Callable[[retape.Handler, Scenario], Any]:
    """Runs a scenario against a handler, and again against a recording of that, which must come to the same."""

    def run(handler: retape.Handler, scenario: Scenario) -> Any:
        cassette = retape.Cassette(tmp_path / "recorded.yaml")
        with retape.serve(recorded(handler, cassette)) as server:
            first = scenario(server.base_url)
            assert server.failures == []
        cassette.save()
        replay = retape.replay(cassette.path)
        with retape.serve(replay) as server:
            assert scenario(server.base_url) == first
            assert server.failures == []
        assert replay.index.unused == []
        return first

    return run


def recorded(handler: retape.Handler, cassette: retape.Cassette) -> retape.Handler:
    """The handler; what it answers goes into the cassette."""

    def answer(request: retape.Request) -> Iterator[retape.Step]:
        steps = tuple(handler(request))
        kind = tuple((name, value) for name, value in request.headers if name == "content-type")
        kept = retape.Request(request.method, request.url, kind, request.body)
        cassette.append(retape.Exchange(request=kept, steps=steps, recorded_at="2026-01-01T00:00:00Z"))
        yield from steps

    return answer
