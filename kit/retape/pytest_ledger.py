"""What a run did: counts over all tests and workers, and the cassettes that no test owns."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from retape.pytest_paths import cassette_root, default_name, is_whole, note_shared, owned, owned_root
from retape.pytest_settings import settle

COUNTS = ("replayed", "recorded", "unused", "missed", "left")

_owned = pytest.StashKey[set[str]]()
_roots = pytest.StashKey[set[str]]()
_merged = pytest.StashKey[dict[str, Any]]()
_blind = pytest.StashKey[bool]()
_before = pytest.StashKey[dict[str, Any]]()

_OUR_FIXTURES = ("retape_cassette", "_retape")
_QUIET_HOMES = ("_pytest.", "pytest_asyncio.", "anyio.", "retape.", "pytest_recording.", "xdist.")


def note_owners(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note the cassettes of collected tests and the folders they are in."""
    paths = [path for path in map(owned, items) if path is not None]
    directory = settle(config)["dir"]
    beside = [cassette_root(item, directory) / default_name(item) for item in items if item.get_closest_marker("vcr")]
    config.stash[_owned] = {str(path) for path in [*paths, *beside]}
    config.stash[_roots] = {str(root) for root in map(owned_root, items) if root is not None}
    note_shared(config, paths)


def owners(config: pytest.Config) -> set[str]:
    """The cassettes that collected tests own."""
    return config.stash.setdefault(_owned, set())


def _folders(config: pytest.Config) -> set[str]:
    """The folders that marked tests keep their cassettes in."""
    return config.stash.setdefault(_roots, set())


def has_own_teardown(item: pytest.Item) -> bool:
    """Whether a fixture of the user's runs code after the test, which may ask for recordings still."""
    info = getattr(item, "_fixtureinfo", None)
    definitions = [
        found[-1] for name, found in getattr(info, "name2fixturedefs", {}).items() if name not in _OUR_FIXTURES
    ]
    return any(
        inspect.isgeneratorfunction(definition.func) or inspect.isasyncgenfunction(definition.func)
        for definition in definitions
        if not getattr(definition.func, "__module__", "").startswith(_QUIET_HOMES)
    )


def begin(config: pytest.Config) -> None:
    """Count from here: a run may share its process with another (pytester)."""
    config.stash[_before] = _counts()


def _since(config: pytest.Config) -> dict[str, Any]:
    """What this run did so far, in this process."""
    now, before = _counts(), config.stash.get(_before, {})
    counts: dict[str, Any] = {name: now[name] - before.get(name, 0) for name in COUNTS}
    return counts | {"paths": [path for path in now["paths"] if path not in before.get("paths", ())]}


def _counts() -> dict[str, Any]:
    """This process's counts; nothing is imported for it."""
    tally = sys.modules.get("retape.mounts.tally")
    guard = sys.modules.get("retape.mounts.guard")
    total = getattr(tally, "total", None)
    counts: dict[str, Any] = {name: getattr(total, name, 0) for name in COUNTS[:-1]}
    counts["left"] = len(guard.left_loopback) if guard else 0
    counts["paths"] = sorted(total.paths) if total else []
    return counts


def hand_over(config: pytest.Config, output: dict[str, Any]) -> None:
    """Put a worker's counts where xdist carries them to the controller."""
    output["retape"] = _since(config) | {"owned": sorted(owners(config)), "roots": sorted(_folders(config))}


def merge(config: pytest.Config, output: Mapping[str, Any]) -> None:
    """Add a worker's counts."""
    counts = output.get("retape")
    if not counts:
        return
    merged = config.stash.setdefault(_merged, dict.fromkeys(COUNTS, 0) | {"paths": []})
    for name in COUNTS:
        merged[name] += counts[name]
    merged["paths"] += counts["paths"]
    config.stash.setdefault(_owned, set()).update(counts["owned"])
    _folders(config).update(counts["roots"])


def summary(config: pytest.Config) -> Iterator[str]:
    """The lines at the end of a run; none when no test had to do with a cassette."""
    counts = _since(config)
    merged = config.stash.get(_merged, {})
    total = {name: counts[name] + merged.get(name, 0) for name in COUNTS}
    opened = {*counts["paths"], *merged.get("paths", [])}
    if opened or any(total.values()):
        missed = f", {total['missed']} missed" if total["missed"] else ""
        yield (
            f"retape: {total['replayed']} replayed, {total['recorded']} recorded, {total['unused']} unused{missed}, "
            f"{total['left']} left loopback"
        )
    orphans = _orphans(config, opened) if is_full(config) else []
    if orphans:
        yield f"retape: no test owns {len(orphans)} of the cassettes:"
        yield from (f"  {_relative(path, config.rootpath)}" for path in orphans)


def is_full(config: pytest.Config) -> bool:
    """Whether every test ran that may own a cassette: only then can one without a test be told."""
    chosen = ("keyword", "markexpr", "deselect", "collectonly", "showfixtures", "show_fixtures_per_test", "maxfail")
    if any(getattr(config.option, name, None) for name in chosen):
        return False
    return is_whole(config) and not config.stash.get(_blind, False)


def note_blind(config: pytest.Config) -> None:
    """Something was skipped or could not be collected that may have asked for a cassette."""
    config.stash[_blind] = True


def _orphans(config: pytest.Config, opened: set[str]) -> list[Path]:
    known = owners(config) | opened
    roots = sorted(_folders(config))
    files = {path for root in roots for suffix in ("yaml", "yml", "json") for path in Path(root).rglob(f"*.{suffix}")}
    return sorted(path for path in files if str(path) not in known and not path.name.startswith("."))


def _relative(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path
