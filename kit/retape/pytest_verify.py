"""The plugin's other door: files of cases are test files, each case a test for each mode and model.

    pytest cases/                                              replays what is recorded of every provider
    pytest cases/ --retape-provider groq --retape-live         asks, and records what is missing

Loaded by every pytest run where retape is installed: nothing is imported before there is a file of cases.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import asyncio
    from contextlib import ExitStack

    from retape.verify.cell import Cell
    from retape.verify.providers.provider import Provider
    from retape.verify.run.asker import Asker
    from retape.verify.run.plan import Spot
    from retape.verify.run.suite import Suite
    from retape.verify.run.trying import Tries

_WORDS = tuple(re.compile(rb"^%s:" % word, re.MULTILINE) for word in (b"test", b"endpoint", b"cases"))
_LARGEST = 1_000_000  # bytes; what is larger is a recording
_desk: pytest.StashKey[Desk] = pytest.StashKey()
_suites: pytest.StashKey[dict[Path | None, Suite]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options."""
    group = parser.getgroup("retape verify", "retape: cases for providers (pytest cases/)")
    several: dict[str, Any] = {"action": "append", "default": [], "metavar": "NAME"}
    group.addoption("--retape-provider", help="only this provider: a name, or a provider's file", **several)
    group.addoption("--retape-model", help="only this model", **several)
    group.addoption("--retape-base-url", default="", metavar="URL", help="another address of the provider")
    group.addoption("--retape-live", action="store_true", help="ask the provider, and record what isn't recorded")
    group.addoption("--retape-rewrite", action="store_true", help="with --retape-live: ask what is recorded, too")
    group.addoption("--retape-verify-dir", default="", metavar="DIR", help="the recordings (cassettes/verify)")


def pytest_configure(config: pytest.Config) -> None:
    """Say what is wrong before anything is collected."""
    live, named = config.getoption("retape_live"), config.getoption("retape_provider")
    if not live and not named:
        return
    from retape.errors import RetapeError
    from retape.verify.providers.finding import key_of

    try:
        folders: list[Path | None] = [path for name in config.args if (path := Path(name) / "providers").is_dir()]
        chosen = [
            provider for folder in folders or [None] for provider in _suite(config, folder and folder.parent).providers
        ]
        if not named and not config.getoption("retape_base_url"):
            raise pytest.UsageError("--retape-live asks, and that can cost: name whom with --retape-provider")
        for provider in chosen if live else ():
            key_of(provider, os.environ)
    except RetapeError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take files of cases."""
    if file_path.suffix in (".yaml", ".yml") and _has_cases(file_path):
        return CaseFile.from_parent(parent, path=file_path)
    return None


def _has_cases(path: Path) -> bool:
    try:
        if path.stat().st_size > _LARGEST:
            return False
        text = path.read_bytes()
    except OSError:
        return False
    return all(word.search(text) for word in _WORDS)


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """A test for each case, mode, provider and model."""
        from retape.errors import RetapeError
        from retape.verify.cases.reading import read_test
        from retape.verify.run.plan import plan

        try:
            found = _suite(self.config, self.path.parent)
            spots = plan(read_test(self.path), found.providers, models=self.config.getoption("retape_model"))
        except RetapeError as error:
            raise self.CollectError(str(error)) from None
        alone = len({(spot.provider.id, spot.model.id) for spot in spots}) == 1
        for spot in spots:
            yield CaseItem.from_parent(self, name=_name(spot, alone=alone), spot=spot, suite=found)


def _name(spot: Spot, *, alone: bool) -> str:
    """The name of a test: "test_chat_streaming_basic[earth]"; of several models with the model in it."""
    if alone:
        return spot.id
    return f"{spot.case.name(spot.stream)}[{spot.provider.id}/{spot.model.id}-{spot.case.case}]"


class CaseFailed(Exception):
    """A case failed, or nothing came of it."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        super().__init__(cell.why)


class CaseItem(pytest.Item):
    """A case in a mode, on a model."""

    def __init__(self, *, spot: Spot, suite: Suite, **rest: Any) -> None:
        super().__init__(**rest)
        self.spot = spot
        self.suite = suite
        self.extra_keyword_matches.update(spot.names)

    def runtest(self) -> None:
        """Replay it, or ask."""
        cell = _desk_of(self.config).cell(self.spot, self.suite)
        if cell.verdict in ("fail", "error"):
            raise CaseFailed(cell)
        if cell.verdict == "known":
            pytest.xfail(f"known ({', '.join(cell.deviations)}): {cell.why}")
        if cell.verdict != "pass":
            pytest.skip(f"{cell.verdict}: {cell.why}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong, and where to see it."""
        if not isinstance(excinfo.value, CaseFailed):
            return super().repr_failure(excinfo, style)
        cell = excinfo.value.cell
        lines = [f"{cell.verdict}: {cell.why}", *(str(found) for found in cell.violations if found.severity != "note")]
        lines += [f"recorded: {cell.cassette} (retape show {cell.cassette})"] if cell.cassette else []
        return "\n".join([*lines, f"again: {cell.rerun}"])

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the case is written."""
        line = self.spot.case.place.rpartition(":")[2]
        return self.path, int(line) - 1 if line.isdigit() else None, self.name


class Desk:
    """What all cases of a session share: an event loop, and whoever is asked, at one pace whichever suite asks.

    Args:
        config: pytest's.
    """

    def __init__(self, config: pytest.Config) -> None:
        import asyncio
        from contextlib import ExitStack

        self._config = config
        self._loop: asyncio.Runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._stack: ExitStack = ExitStack()
        self._reached: dict[object, Asker] = {}
        self._tries: dict[int, Tries] = {}  # by a suite's identity

    def cell(self, spot: Spot, suite: Suite) -> Cell:
        """What is said of a cell.

        Args:
            spot: the cell's place.
            suite: the one that it is of: the fake answers its cases, and its folder may say who a provider is.
        """
        tries = self._tries_of(suite)
        if self._config.getoption("retape_live") and spot.provider.id not in tries.askers:
            tries.askers[spot.provider.id] = self._asker(spot.provider, suite)
        return self._loop.run(tries.cell(spot))

    def _tries_of(self, suite: Suite) -> Tries:
        if id(suite) not in self._tries:
            from retape.verify.run.trying import Tries

            rewrite = self._config.getoption("retape_rewrite")
            self._tries[id(suite)] = Tries(cassettes=suite.cassettes, rewrite=rewrite)
        return self._tries[id(suite)]

    def _asker(self, provider: Provider, suite: Suite) -> Asker:
        """Whom an address and a key lead to, for every suite; the fake that is started is one suite's own."""
        from retape.verify.run.asking import FAKE, within_reach

        base_url = self._config.getoption("retape_base_url")
        address = base_url or (id(suite) if provider.id == FAKE else provider.base_url)
        whom = (address, provider.key, *sorted(provider.headers.items()))
        if whom not in self._reached:
            reach = within_reach(provider, environ=os.environ, base_url=base_url, cases=lambda: suite.cases)
            self._reached[whom] = self._stack.enter_context(reach)
        return self._reached[whom]

    def close(self) -> None:
        """Close the clients, and end the fakes."""
        for tries in self._tries.values():
            self._loop.run(tries.close())
        self._stack.close()
        self._loop.close()


def _desk_of(config: pytest.Config) -> Desk:
    if _desk not in config.stash:
        config.stash[_desk] = Desk(config)
    return config.stash[_desk]


def _suite(config: pytest.Config, folder: Path | None) -> Suite:
    """The cases beside a file, and the providers that are asked for: else those of which there are recordings."""
    known = config.stash.setdefault(_suites, {})
    if folder not in known:
        known[folder] = _read_suite(config, folder)
    return known[folder]


def _read_suite(config: pytest.Config, folder: Path | None) -> Suite:
    from dataclasses import replace

    from retape.verify.run.suite import CASSETTES, suite

    place = config.getoption("retape_verify_dir")
    found = suite(
        names=config.getoption("retape_provider"),
        base_url=config.getoption("retape_base_url"),
        models=config.getoption("retape_model"),
        cases=folder,
        cassettes=Path(place) if place else config.rootpath / CASSETTES,
    )
    if found.chosen:
        return found
    recorded = [provider for provider in found.providers if found.recorded(provider)]
    return replace(found, providers=tuple(recorded or (one for one in found.providers if one.id == "fake")))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close what the cases shared."""
    if _desk in session.config.stash:
        session.config.stash[_desk].close()
