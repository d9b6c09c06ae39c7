"""What the tests of the plugin share: a module that asks, and a way to run it."""

from __future__ import annotations

from collections.abc import Callable

import openai
import pytest
import vcr

import retape.mounts.cassette
import retape.mounts.vcr
from libraries import INSTALLED
from wire import WireServer

LOADED = (openai, vcr, retape.mounts.vcr, retape.mounts.cassette)
"""Imported here, so that the runs inside this process find them loaded, and don't load them a second time."""
for library in INSTALLED:
    library.Client().close()  # loads the library's transport

ASK = """
import openai, os, pytest

def ask(text="Hi"):
    with openai.OpenAI(base_url=os.environ.get("BASE", "http://127.0.0.1:1/v1"), max_retries=0) as client:
        messages = [{"role": "user", "content": text}]
        return client.chat.completions.create(model="m", messages=messages).choices[0].message.content
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, server: WireServer) -> Run:
    """Write a test module and run it: run(source, *arguments)."""
    monkeypatch.setenv("BASE", server.url)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")

    def go(source: str | None, *arguments: str) -> pytest.RunResult:
        if source is not None:
            pytester.makepyfile(test_it=ASK + source)
        return pytester.runpytest_inprocess(
            "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-W", "default", *arguments
        )

    return go


@pytest.fixture
def record(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Write a test module and record it, with a key in the environment."""

    def go(source: str, *arguments: str) -> pytest.RunResult:
        with monkeypatch.context() as patched:
            patched.setenv("OPENAI_API_KEY", "sk-live-1234567890abcdef")
            result = run(source, "--retape=record", *arguments)
        assert result.ret == 0, result.stdout.str()
        return result

    return go


ONE = """
@pytest.mark.retape
def test_one():
    assert ask() == "Hi"
"""


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in the environment, as for recording."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-live-1234567890abcdef")
