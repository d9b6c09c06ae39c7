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


def default_name(item: pytest.Item) -> str:
    """<module>/<test>.yaml, or <module>/<Class>.<test>.yaml: the names that pytest-recording gives."""
    cls = getattr(item, "cls", None)
    name = (f"{cls.__name__}.{item.name}" if cls else item.name).translate(_UNSAFE)
    if len(name.encode()) > _LONGEST:
        name = name.encode()[: _LONGEST - 20].decode("utf-8", "ignore") + hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{item.path.stem}/{name}.yaml"


def cassette_path(item: pytest.Item, named: str | None, directory: str) -> Path:
    """The test's cassette.

    Args:
        item: the test.
        named: the path that its marker names, relative to the cassettes' folder.
        directory: the option `dir`.
    """
    return cassette_root(item, directory) / (named or default_name(item))


def owned(item: pytest.Item) -> Path | None:
    """The cassette that a collected test owns; None for a test without a marker."""
    root, asked = owned_root(item), marked(item)
    return root / (asked[0] or default_name(item)) if root and asked else None


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


def shared_paths(config: pytest.Config) -> frozenset[Path]:
    """The cassettes that several tests use."""
    return config.stash.get(_shared, frozenset())
