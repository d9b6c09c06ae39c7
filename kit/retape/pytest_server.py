"""One server a worker, lent to one test after the other, and the fixture that replays on it.

The server keeps its address for the whole run, so a client that a fixture of a wider scope made stays right.  It is
there, and the environment names it, before the first fixture of a test that wants it makes a client.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from retape import pytest_ledger as ledger
from retape.errors import CassetteMiss, MissingExtra, RetapeError
from retape.pytest_paths import cassette_path
from retape.pytest_settings import Settings, settle

if TYPE_CHECKING:
    from retape.handlers import Handler
    from retape.handlers.replay import Replay
    from retape.mounts.environment import Environment
    from retape.mounts.server import Server

ON_SOCKETS = ("retape_fake", "retape_server")
"""The fixtures that want the server."""

SETTLES = 0.1
"""Seconds in which a server hears that a client has left, and its answer ends."""

_MARKER_TAKES = ("ignore", "match", "missing", "pace", "repeat", "scrub", "unused")

_TAKEN = (
    "{0} is on a socket, and a test marked with retape sends what goes to sockets to its cassette: "
    "use retape_fake_inprocess, which answers before the cassette does"
)
_TWICE = "retape_fake and retape_server are one server, and OPENAI_BASE_URL has one value: take one, and retape.serve()"

_server: pytest.StashKey[Server] = pytest.StashKey()
_environ: pytest.StashKey[Environment] = pytest.StashKey()
passed = pytest.StashKey[bool]()


class HalfRead(pytest.PytestWarning):
    """A test's client left answers before their ends, or never read them.

    One that was neither closed nor read, and that fits into the socket's buffers, looks read.
    """


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "retape_server(*cassettes, pace, match, ignore, repeat, scrub, unused, missing): what the test's retape_server "
        "replays, by default the cassette that bears the test's name",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A marked test gets the server whether it names the fixture or not, and owns its cassettes."""
    for item in items:
        names: list[str] | None = getattr(item, "fixturenames", None)
        if names is None:
            continue
        if item.get_closest_marker("retape_server") and "retape_server" not in names:
            names.append("retape_server")
        if "retape_server" in names:
            with contextlib.suppress(pytest.fail.Exception, pytest.UsageError):  # told when the test runs
                ledger.owners(config).update(str(path.absolute()) for path in _files(_cassettes(item, _asked(item)[0])))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture makes a client: the server runs, and the environment names it."""
    item.stash[passed] = False
    if {*ON_SOCKETS} & {*getattr(item, "fixturenames", ())} and not item.get_closest_marker("retape"):
        with contextlib.suppress(MissingExtra):  # the fixture says so
            lend(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Note that the test passed: only then is there anything to say about what it left."""
    item.stash[passed] = False
    yield
    item.stash[passed] = True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """After the last fixture: put the environment back; nobody answers until the next test."""
    try:
        yield
    finally:
        if _environ in item.stash:
            item.stash[_environ].__exit__()
            del item.stash[_environ]
            item.config.stash[_server].reset(_nobody)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The worker is done, and so is its server."""
    server = config.stash.get(_server, None)
    if server is not None:
        server.__exit__(None, None, None)


def lend(item: pytest.Item) -> Server:
    """The worker's server, started when it is first wanted; the environment names it until the test's end.

    Raises:
        MissingExtra: uvicorn isn't installed.
    """
    from retape.mounts.environment import Environment, served
    from retape.mounts.server import serve

    stash = item.config.stash
    if _server not in stash:
        stash[_server] = serve(_nobody).__enter__()
    server = stash[_server]
    if _environ not in item.stash:
        item.stash[_environ] = environment = Environment(served(server.url, server.base_url))
        environment.__enter__()
    return server


def _nobody(request: Any) -> Any:
    reason = f"no test has this server now: {request.method} {request.path}"
    raise CassetteMiss(reason, reason)


@contextlib.contextmanager
def lent(item: pytest.Item, fixture: str, handler: Handler) -> Iterator[Server]:
    """The server with a handler for a test; afterwards what it shows of the test's client is told.

    Args:
        item: the test.
        fixture: the one that asks, for messages.
        handler: what answers.
    """
    if item.get_closest_marker("retape"):
        pytest.fail(f"{item.nodeid}: {_TAKEN.format(fixture)}", pytrace=False)
    if {*ON_SOCKETS} <= {*getattr(item, "fixturenames", ())}:
        pytest.fail(f"{item.nodeid}: {_TWICE}", pytrace=False)
    try:
        server = lend(item)
    except MissingExtra as error:
        other = "; or use the fixture retape_fake_inprocess, which needs no socket" * (fixture == "retape_fake")
        pytest.fail(f"{error}{other}", pytrace=False)
    server.reset(handler)
    yield server
    _settle(lambda: not server.answering)
    half = [*server.left, *server.answering]
    if item.stash.get(passed, False) and half:
        from retape.tape.counting import counted

        number = counted(len(half) + server.left.more, "answer")
        item.warn(HalfRead(f"{item.nodeid} left {number} half-read: {', '.join(dict.fromkeys(half))}"))


def _settle(done: Callable[[], bool]) -> None:
    until = time.monotonic() + SETTLES
    while not done() and time.monotonic() < until:
        time.sleep(0.001)


def failed(failures: Sequence[BaseException]) -> None:
    """Fail for what a client was only told as an error: the first at length, the others counted."""
    if failures:
        others = getattr(failures, "total", len(failures)) - 1
        more = f"\n({others} more)" if others else ""
        pytest.fail(f"{failures[0]}{more}", pytrace=False)


@pytest.fixture
def retape_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of this machine that replays the test's cassettes, for any client in any language.

    OPENAI_BASE_URL and AZURE_OPENAI_ENDPOINT name it, and the keys are dummies.  It replays what
    `@pytest.mark.retape_server("planet.yaml", ...)` names, and without one the cassette that bears the test's name.
    `retape_server.handler = ...` puts any other handler in its place.  When the test has passed, requests that nothing
    answered and recordings that nobody asked for fail it.
    """
    item: pytest.Item = request.node
    named, options = _asked(item)
    settings = settle(item.config, options, item.nodeid)
    try:
        replay = _replay(item, named, settings, repeat=bool(options.get("repeat", False)))
    except (RetapeError, FileNotFoundError) as error:
        pytest.fail(f"{item.nodeid}: {error}", pytrace=False)
    handler: Handler = replay or _without_cassette(item)
    with lent(item, "retape_server", handler) as server:
        yield server
        if replay:
            _count(replay, judged=item.stash.get(passed, False) and settings["unused"] != "ignore")
        if item.stash.get(passed, False):
            _judge(item, server, replay if server.handler is replay else None, settings)


def _count(replay: Replay, *, judged: bool) -> None:
    """For the line at the run's end; what nobody asked for counts where that is judged."""
    from retape.mounts import tally

    for place, path in enumerate(replay.paths):
        counted = {
            "replayed": replay.replayed,
            "unused": len(replay.index.unused) * judged,
            "missed": replay.misses.total,
        }
        tally.total.add(path, recorded=0, **(dict.fromkeys(counted, 0) if place else counted))


def _judge(item: pytest.Item, server: Server, replay: Replay | None, settings: Settings) -> None:
    allowed = settings["missing"] == "ignore"
    failed([e for e in server.failures if not isinstance(e, CassetteMiss)] if allowed else server.failures)
    unused = replay.index.unused if replay else []
    if replay is None or not unused or settings["unused"] == "ignore":
        return
    first = replay.index.entries[unused[0]].request
    message = (
        f"{item.nodeid}: {len(unused)} of {len(replay.index.entries)} recordings were not asked for, the first "
        f'{first.method} {first.path}; is it expected? @pytest.mark.retape_server(unused="ignore")'
    )
    if settings["unused"] == "fail":
        pytest.fail(message, pytrace=False)
    item.warn(pytest.PytestWarning(message))


def _asked(item: pytest.Item) -> tuple[tuple[str, ...], dict[str, Any]]:
    """What the markers say, the nearest first: cassettes and options."""
    named: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    for mark in item.iter_markers("retape_server"):
        wrong = sorted(mark.kwargs.keys() - {*_MARKER_TAKES})
        if wrong:
            pytest.fail(
                f"{item.nodeid}: @pytest.mark.retape_server has no argument {wrong[0]!r}; it takes the paths of "
                f"cassettes, {', '.join(_MARKER_TAKES)}",
                pytrace=False,
            )
        named = named or tuple(map(str, mark.args))
        options = {**mark.kwargs, **options}
    return named, options


def _cassettes(item: pytest.Item, named: Sequence[str]) -> list[Path]:
    """The cassettes and folders that a test replays; none when it names none and has none of its own.

    A path that is named starts at the cassettes' folder, as `@pytest.mark.retape`'s, or at the test's own.
    """
    from retape.tape.journal import is_there

    directory = settle(item.config)["dir"]
    if not named:
        own = cassette_path(item, None, directory)
        return [own] if is_there(own) else []
    return [_found(name, cassette_path(item, name, directory), item.path.parent / name) for name in named]


def _found(name: str, *places: Path) -> Path:
    from retape.tape.journal import is_there

    there = next((place for place in places if is_there(place)), None)
    if there is None:
        pytest.fail(f"there is no cassette {name}: neither {' nor '.join(map(str, places))}", pytrace=False)
    return there


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    if paths:
        from retape.handlers.replay import find_cassettes

        for path in paths:
            yield from find_cassettes(path)


def _replay(item: pytest.Item, named: Sequence[str], settings: Settings, *, repeat: bool) -> Replay | None:
    paths = _cassettes(item, named)
    if not paths:
        return None
    from retape.handlers.replay import replay

    options = {name: settings[name] for name in ("pace", "match", "ignore", "scrub")}
    return replay(*paths, repeat=repeat, **options)


def _without_cassette(item: pytest.Item) -> Handler:
    own = cassette_path(item, None, settle(item.config)["dir"])

    def nothing(request: Any) -> Any:
        reason = f"no recording answers {request.method} {request.path}"
        report = (
            f"{reason}: there is no cassette {own}; name one, @pytest.mark.retape_server(path), record one, "
            "retape record, or set retape_server.handler"
        )
        raise CassetteMiss(reason, report, brief=report)  # a client that raises it hides what the fixture would say

    return nothing
