"""The pytest plugin: a cassette for each marked test.

Loaded by every pytest run where retape is installed, so nothing but pytest and this room's own small modules is
imported until a test asks for a cassette.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from retape import pytest_ledger as ledger
from retape.errors import RetapeError
from retape.pytest_paths import cassette_path, may_be_shared
from retape.pytest_settings import Settings, add_options, marked, settle

if TYPE_CHECKING:
    from retape.mounts.environment import Environment
    from retape.mounts.session import Session
    from retape.mounts.watch import Watch

pytest_plugins = ("retape.pytest_fake", "retape.pytest_verify")

DUMMY_KEY = "retape-replays-this"

RECORD_IN_CI = "RETAPE_RECORD_IN_CI"

RECORDING = ("record", "rewrite", "once", "new_episodes", "all")

_passed = pytest.StashKey[bool]()
_session: pytest.StashKey[Session | None] = pytest.StashKey()
_environ: pytest.StashKey[Environment | None] = pytest.StashKey()
_checked = pytest.StashKey[bool]()
_sessions: pytest.StashKey[list[Session]] = pytest.StashKey()
_watch: pytest.StashKey[Watch] = pytest.StashKey()


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
        config.add_cleanup(partial(_put_back, os.environ.get(RECORD_IN_CI)))
        os.environ[RECORD_IN_CI] = "1"
    elif settings["mode"] in RECORDING and settings.sources["mode"] == "command line" and _in_ci():
        raise pytest.UsageError(
            f"retape: --retape={settings['mode']} records, and CI is set; to record all the same, "
            "add --retape-record-in-ci"
        )


def _put_back(value: str | None) -> None:
    if value is None:
        os.environ.pop(RECORD_IN_CI, None)
    else:
        os.environ[RECORD_IN_CI] = value


def _in_ci() -> bool:
    return os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no", "off")


def pytest_report_header(config: pytest.Config) -> str:
    """The options in force, once."""
    settings = settle(config)
    ci = settings["mode"] in RECORDING and _replays(settings)
    return f"retape: {settings.describe()}{', but CI is set: replay' if ci else ''}"


def _replays(settings: Settings) -> bool:
    """Whether a test with these settings replays: it was told to, or CI is set and recording there isn't allowed."""
    if settings["mode"] in RECORDING:
        return _in_ci() and not settings["record_in_ci"]
    return settings["mode"] in ("replay", "none")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note which cassettes the collected tests own, before any of them is deselected."""
    ledger.note_owners(config, items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """In replay, a dummy key, no proxies and no way out, before any fixture makes a client."""
    item.stash[_passed] = item.stash[_checked] = False  # a rerun starts afresh
    item.stash[_session] = item.stash[_environ] = None
    asked = marked(item)
    if asked is None:
        return
    settings = settle(item.config, asked[1], item.nodeid)
    if _replays(settings):
        from retape.mounts.environment import Environment, offline
        from retape.mounts.watch import Watch

        item.stash[_watch] = Watch(item.nodeid, settings["allow_hosts"]).__enter__()
        item.stash[_environ] = environment = Environment(offline(DUMMY_KEY))
        environment.__enter__()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """After the last fixture: put the environment back, judge what is left to judge, save."""
    torn_down = False
    try:
        yield
        torn_down = True
    finally:
        watch = item.stash.get(_watch, None)
        if watch is not None:
            watch.__exit__()
        environment = item.stash.get(_environ, None)
        if environment is not None:
            environment.__exit__()
        session = item.stash.get(_session, None)
        if session is not None:
            _conclude(item, session, passed=torn_down and item.stash.get(_passed, False))


def _conclude(item: pytest.Item, session: Session, *, passed: bool) -> None:
    try:
        if passed and not item.stash.get(_checked, False):
            _judge(item, session)
    finally:
        item.stash[_session] = None
        item.config.stash[_sessions].remove(session)
        session.close(failed=not passed)


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
    try:
        session = context.__enter__()
    except RetapeError as error:
        pytest.fail(str(error), pytrace=False)
    item.stash[_session] = session
    item.config.stash.setdefault(_sessions, []).append(session)
    yield session
    context.leave()  # it is closed when the test's last fixture has succeeded, too


def _open(item: pytest.Item, path: str | None, options: dict[str, Any], settings: Settings) -> Session:
    from retape.mounts.session import Session, remedies

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
        remedies=remedies(_command(item, "record"), _command(item, "rewrite")),
        shared=may_be_shared(item, path),
        test=item.nodeid if path else "",
    )


def _command(item: pytest.Item, mode: str) -> str:
    """The command that runs the test in a mode, as it has to be typed in the directory that pytest was started in."""
    here = os.path.relpath(item.path, item.config.invocation_params.dir)
    name = item.nodeid.partition("::")[2]
    return f'pytest "{here}{"::" * bool(name)}{name}" --retape={mode}'


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail the test itself for what it missed or left unused, unless a fixture may still ask for something."""
    yield
    session = item.stash.get(_session, None)
    if session is not None and not ledger.has_own_teardown(item):
        item.stash[_checked] = True
        _judge(item, session)
    item.stash[_passed] = True


def _judge(item: pytest.Item, session: Session) -> None:
    """Fail for misses that somebody swallowed, and for recordings that nobody asked for."""
    asked = marked(item)
    settings = settle(item.config, asked[1] if asked else None, item.nodeid)
    if session.blocked:
        pytest.fail(f"{session.blocked[0]}", pytrace=False)
    if session.misses and settings["missing"] == "fail":
        more = f"\n({session.misses.total - 1} more misses)" if len(session.misses) > 1 else ""
        expected = '\n  is it expected? @pytest.mark.retape(missing="ignore")'
        pytest.fail(f"{session.misses[0].report}{more}{expected}", pytrace=False)
    policy = settings["unused"]
    if policy == "ignore" or not session.unused:
        return
    from retape.mounts.session import describe_unused

    remedies = f'drop them: {_command(item, "rewrite")}\n  keep them: @pytest.mark.retape(unused="ignore")'
    message = f"{describe_unused(session)}\n  {remedies}"
    session.judged = True
    if policy == "fail":
        pytest.fail(message, pytrace=False)
    item.warn(pytest.PytestWarning(message))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Repeat the misses under a failure, because what it shows may only be their consequence."""
    report = yield
    if report.skipped and hasattr(report, "wasxfail"):
        item.stash[_passed] = item.stash[_checked] = True  # as expected; but nobody can expect what it asks for
    if report.skipped and not item.get_closest_marker("retape"):
        ledger.note_blind(item.config)
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
    """After an interrupt, close what no teardown closed; a worker hands its counts to the controller."""
    for left in session.config.stash.get(_sessions, []):
        left.close(failed=True)
    output = getattr(session.config, "workeroutput", None)
    if output is not None and ("retape.mounts.tally" in sys.modules or ledger.owners(session.config)):
        ledger.hand_over(session.config, output)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The closing line, and cassettes that no test owns."""
    if any(isinstance(report, pytest.CollectReport) for report in terminalreporter.stats.get("error", ())):
        ledger.note_blind(config)
    for line in ledger.summary(config):
        terminalreporter.write_line(line)
