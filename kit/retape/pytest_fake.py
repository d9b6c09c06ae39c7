"""The fixtures that give a test a fake OpenAI, and their marker.

A plugin of its own, which the plugin names, and as light: nothing but pytest is imported until a test asks.
"""

from __future__ import annotations

import contextlib
import inspect
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from retape.errors import RetapeError
from retape.pytest_server import failed, lent, passed

if TYPE_CHECKING:
    from retape import Fake

pytest_plugins = ("retape.pytest_server",)

FIXTURES = ("retape_fake", "retape_fake_inprocess")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "retape_fake(*, seed, profile, ...): the arguments of the test's retape.Fake; without one of the fixtures "
        "retape_fake and retape_fake_inprocess the test gets the first",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A marked test gets the fake whether it names the fixture or not."""
    for item in items:
        names: list[str] | None = getattr(item, "fixturenames", None)
        if names is not None and item.get_closest_marker("retape_fake") and not {*FIXTURES} & {*names}:
            names.append(FIXTURES[0])


@pytest.fixture
def retape_fake(request: pytest.FixtureRequest) -> Iterator[Fake]:
    """A fresh fake on a socket of this machine, for any client in any language.

    OPENAI_BASE_URL and AZURE_OPENAI_ENDPOINT name it, and the keys are dummies.  `@pytest.mark.retape_fake(...)` has
    its arguments.  When the test has passed, what was scripted must have been asked for.
    """
    item: pytest.Item = request.node
    fake = _fake(item)
    with lent(item, "retape_fake", fake) as server:
        yield fake
        _judge(item, fake, server.failures)


@pytest.fixture
def retape_fake_inprocess(request: pytest.FixtureRequest) -> Iterator[Fake]:
    """A fresh fake that answers every httpx and httpx2 client of this process, without a socket.

    The keys are dummies and OPENAI_BASE_URL is unset, so that clients ask their default address.  The rest is as for
    `retape_fake`.
    """
    from retape.mounts.mount import mount

    item: pytest.Item = request.node
    fake = _fake(item)
    with mount(fake, environment=True):
        yield fake
    _judge(item, fake)


def _judge(item: pytest.Item, fake: Fake, failures: Sequence[BaseException] = ()) -> None:
    """Fail for what a passed test left unasked, and for what a client was only told as an error 500.

    Args:
        item: the test.
        fake: its fake.
        failures: the exceptions that the server turned into answers.
    """
    if not item.stash.get(passed, False):
        return
    failed(failures)
    with _told():
        fake.check()


def _fake(item: pytest.Item) -> Fake:
    """The fake that the test's markers describe."""
    from retape import Fake

    with _told(before=f"{item.nodeid}: @pytest.mark.retape_fake: "):
        return Fake(**_options(item, sorted(inspect.signature(Fake).parameters)))


@contextlib.contextmanager
def _told(*, before: str = "") -> Iterator[None]:
    """Fail with the error's sentence alone: where it was raised says nothing to who wrote the test."""
    try:
        yield
    except (RetapeError, AssertionError) as error:
        raise pytest.fail.Exception(f"{before}{error}", pytrace=False) from None


def _options(item: pytest.Item, known: list[str]) -> dict[str, Any]:
    """What the markers of a test, its class and its module say, the nearest first.

    Args:
        item: the test.
        known: the names of a fake's arguments.
    """
    options: dict[str, Any] = {}
    for mark in item.iter_markers("retape_fake"):
        wrong = sorted(mark.kwargs.keys() - {*known})
        if wrong or mark.args:
            what = f"has no argument {wrong[0]!r}" if wrong else f"takes no positional argument ({mark.args[0]!r})"
            pytest.fail(f"{item.nodeid}: @pytest.mark.retape_fake {what}; it takes {', '.join(known)}", pytrace=False)
        options = {**mark.kwargs, **options}
    if isinstance(options.get("script"), str | os.PathLike):
        options["script"] = item.path.parent / options["script"]  # a file beside the test, wherever pytest started
    return options
