"""Where a test's cassette is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from retape.pytest_settings import marked, settle

_UNSAFE = str.maketrans(dict.fromkeys("<>?%*:|\"'/\\", "-"))
_LONGEST = 200  # characters of a file's name; file systems take 255 bytes

_shared = pytest.StashKey[frozenset[Path]]()


def cassette_root(item: pytest.Item, directory: str) -> Path:
    """The folder that cassettes are in: the option's, or `cassettes` beside the test module."""
    return item.config.rootpath / directory if directory else item.path.parent / "cassettes"


def default_name(item: pytest.Item, directory: str = "") -> str:
    """<module>/<test>.yaml, or <module>/<Class>.<test>.yaml, the names that pytest-recording gives.

    A name that had to be changed or cut to be a file's gets a few characters more, so that no two tests share one.
    In a common folder the test module's own folder comes first.

    Args:
        item: the test.
        directory: the option `dir`.
    """
    full = ".".join([*_classes(item), item.name])
    name = full.translate(_UNSAFE)
    if name != full or len(name.encode()) > _LONGEST:
        digest = hashlib.sha256(full.encode()).hexdigest()[:8]
        name = f"{name.encode()[: _LONGEST - 20].decode('utf-8', 'ignore')}-{digest}"
    root, module = item.config.rootpath, item.path.parent
    folder = f"{module.relative_to(root).as_posix()}/" if directory and module.is_relative_to(root) else ""
    return f"{folder.removeprefix('./')}{item.path.stem}/{name}.yaml"


def _classes(item: pytest.Item) -> list[str]:
    return [node.name for node in item.listchain() if isinstance(node, pytest.Class)]


def cassette_path(item: pytest.Item, named: str | None, directory: str) -> Path:
    """The test's cassette.

    Args:
        item: the test.
        named: the path that its marker names, relative to the cassettes' folder.
        directory: the option `dir`.
    """
    return cassette_root(item, directory) / (named or default_name(item, directory))


def owned(item: pytest.Item) -> Path | None:
    """The cassette that a collected test owns; None for a test without a marker."""
    asked = marked(item)
    if asked is None:
        return None
    return cassette_path(item, asked[0], settle(item.config, asked[1], item.nodeid)["dir"])


def owned_root(item: pytest.Item) -> Path | None:
    """The folder that a collected test's cassette is in; None for a test without a marker."""
    asked = marked(item)
    if asked is None:
        return None
    return cassette_root(item, settle(item.config, asked[1], item.nodeid)["dir"])


def note_shared(config: pytest.Config, paths: list[Path]) -> None:
    """Remember which cassettes several tests use: what one leaves unused, another asks for."""
    seen: set[Path] = set()
    config.stash[_shared] = frozenset(path for path in paths if path in seen or seen.add(path))  # type: ignore[func-returns-value]


def may_be_shared(item: pytest.Item, named: str | None) -> bool:
    """Whether other tests may use the test's cassette: some that were collected do, or it was named and not every
    test of the suite was collected.
    """
    return owned(item) in item.config.stash.get(_shared, frozenset()) or (
        named is not None and not is_whole(item.config)
    )


def is_whole(config: pytest.Config) -> bool:
    """Whether every test was collected: nothing was named on the command line, or the root was."""
    if any(getattr(config.option, name, None) for name in ("lf", "ignore", "ignore_glob")):
        return False
    if config.args_source != pytest.Config.ArgsSource.ARGS:
        return (
            config.args_source == pytest.Config.ArgsSource.TESTPATHS or config.invocation_params.dir == config.rootpath
        )
    given = {(config.invocation_params.dir / argument).resolve() for argument in config.args}
    return config.rootpath.resolve() in given
