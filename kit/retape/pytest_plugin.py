"""The pytest plugin: a cassette for each marked test.

Loaded by every pytest run where retape is installed, so nothing but pytest and this room's own small modules is
imported until a test asks for a cassette.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from retape import pytest_ledger as ledger
from retape.pytest_paths import cassette_path, shared_paths
from retape.pytest_settings import Settings, add_options, marked, settle

if TYPE_CHECKING:
    from retape.mounts.session import Session

DUMMY_KEYS = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY")
"""What the official client reads a key from; set to a dummy while a marked test replays."""

DUMMY_KEY = "retape-replays-this"

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")

RECORDING = ("record", "rewrite", "once", "new_episodes", "all")

_failed = pytest.StashKey[bool]()
_session = pytest.StashKey["Session"]()
_environ = pytest.StashKey[dict[str, str | None]]()
_checked = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; refuse to record in CI without the second flag."""
    config.addinivalue_line(
        "markers",
        "retape(path=None, *, mode, pace, match, unused, missing, ignore, repeat, ...): answer the test's HTTP "
        "requests from a cassette, by default cassettes/<module>/<test>.yaml beside the test module",
    )
    ledger.begin(config)
    settings = settle(config)
    if settings["record_in_ci"]:
        os.environ["RETAPE_RECORD_IN_CI"] = "1"
    elif settings["mode"] in RECORDING and settings.sources["mode"] == "command line" and _in_ci():
        raise pytest.UsageError(
            f"retape: --retape={settings['mode']} records, and CI is set; to record all the same, "
            "add --retape-record-in-ci"
        )


def _in_ci() -> bool:
    return os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no", "off")


def pytest_report_header(config: pytest.Config) -> str:
    """The options in force, once."""
    return f"retape: {settle(config).describe()}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note which cassettes the collected tests own, before any of them is deselected."""
    ledger.note_owners(config, items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """In replay, a dummy key and no proxies, before any fixture makes a client."""
    asked = marked(item)
    if asked is not None and settle(item.config, asked[1], item.nodeid)["mode"] in ("replay", "none"):
        wanted: dict[str, str | None] = dict.fromkeys(DUMMY_KEYS, DUMMY_KEY) | dict.fromkeys(PROXIES)
        item.stash[_environ] = {name: os.environ.get(name) for name in wanted}
        _set_environ(wanted)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Put the environment back, after the last fixture."""
    try:
        yield
    finally:
        _set_environ(item.stash.get(_environ, {}))


def _set_environ(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def _retape(request: pytest.FixtureRequest) -> None:
    """Open the cassette of a marked test."""
    if request.node.get_closest_marker("retape"):
        request.getfixturevalue("retape_cassette")


@pytest.fixture
def retape_cassette(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The test's open cassette: its requests, what was replayed, recorded and missed."""
    from retape.mounts.cassette import CassetteContext

    item: pytest.Item = request.node
    path, options = marked(item) or (None, {})
    settings = settle(item.config, options, item.nodeid)
    context = CassetteContext(lambda: _open(item, path, options, settings))
    session = context.__enter__()
    item.stash[_session] = session
    yield session
    failed = item.stash.get(_failed, False)
    context.end(failed=failed)
    if not failed and not item.stash.get(_checked, False):
        _judge(item, session, settings)


def _open(item: pytest.Item, path: str | None, options: dict[str, Any], settings: Settings) -> Session:
    from retape.mounts.session import Session

    return Session(
        cassette_path(item, path, settings["dir"]),
        mode=settings["mode"],
        pace=settings["pace"],
        match=settings["match"],
        ignore=settings["ignore"],
        repeat=bool(options.get("repeat", False)),
        scrub=settings["scrub"],
        keep_headers=settings["keep_headers"],
        allow_hosts=settings["allow_hosts"],
        owner=item.nodeid,
        remedy=_remedy(item, settings),
    )


def _remedy(item: pytest.Item, settings: Settings) -> str:
    if settings["mode"] in RECORDING:
        return ""  # CI: the session says what to do
    return f'  record it: pytest "{item.nodeid}" --retape=record'


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail the test itself for what it missed or left unused, unless a fixture may still ask for something."""
    yield
    session = item.stash.get(_session, None)
    if session is not None and not ledger.has_own_teardown(item):
        item.stash[_checked] = True
        asked = marked(item)
        _judge(item, session, settle(item.config, asked[1] if asked else None, item.nodeid))


def _judge(item: pytest.Item, session: Session, settings: Settings) -> None:
    """Fail for misses that somebody swallowed, and for recordings that nobody asked for."""
    if session.blocked:
        pytest.fail(f"{session.blocked[0]}", pytrace=False)
    if session.misses and settings["missing"] == "fail":
        more = f"\n({len(session.misses) - 1} more misses)" if len(session.misses) > 1 else ""
        pytest.fail(f"{session.misses[0].report}{more}", pytrace=False)
    policy = "ignore" if session.path in shared_paths(item.config) else settings["unused"]
    if policy == "ignore" or not session.unused:
        return
    from retape.mounts.session import describe_unused

    remedies = f'drop them: pytest "{item.nodeid}" --retape=rewrite\n  keep them: @pytest.mark.retape(unused="ignore")'
    message = f"{describe_unused(session)}\n  {remedies}"
    session.judged = True
    if policy == "fail":
        pytest.fail(message, pytrace=False)
    item.warn(pytest.PytestWarning(message))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure; repeat the misses under it, because what it shows may only be their consequence."""
    report = yield
    if report.failed or report.skipped:
        item.stash[_failed] = True
    session = item.stash.get(_session, None)
    if session is not None and report.failed and report.when == "call":
        shown = str(report.longrepr)
        hidden = [miss.report for miss in session.misses if miss.reason not in shown]
        hidden += [str(error) for error in session.blocked if error.target not in shown]
        if hidden:
            report.sections.append(("retape", "\n".join(hidden)))
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """An xdist worker is done: take over its counts."""
    ledger.merge(node.config, getattr(node, "workeroutput", {}))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its counts to the controller."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None and ("retape.mounts.tally" in sys.modules or ledger.owners(session.config)):
        ledger.hand_over(session.config, output)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The closing line, and cassettes that no test owns."""
    for line in ledger.summary(config):
        terminalreporter.write_line(line)
