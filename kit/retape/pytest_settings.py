"""The plugin's options: one table, and the order in which their sources count."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

SOURCES = ("command line", "environment", "marker", "ini", "default")
"""Where a value may come from; the first that has one wins."""


def _words(value: Any) -> tuple[Any, ...]:
    items = [value] if isinstance(value, str | re.Pattern) else list(value)
    pieces = [
        piece for item in items for piece in (item.replace("\n", ",").split(",") if isinstance(item, str) else [item])
    ]
    return tuple(piece.strip() if isinstance(piece, str) else piece for piece in pieces if piece)


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"use one of {', '.join(allowed)}")
        return str(value)

    return parse


def _yes(value: Any) -> bool:
    return str(value).strip().lower() not in ("", "0", "false", "no", "off", "none")


def _pace(value: Any) -> Any:
    if value in ("instant", "recorded"):
        return value
    try:
        factor = float(value)
    except (TypeError, ValueError):
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise ValueError("use instant, recorded or a positive number (4 is four times as fast)")
    return factor


MODES = ("replay", "record", "rewrite", "live", "none", "once", "new_episodes", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option, in all its forms.

    Args:
        name: its name in the marker; `retape_<name>` in the ini file, `RETAPE_<NAME>` in the environment.
        flag: on the command line.
        default: its value when nobody says anything.
        parse: makes a value of what somebody wrote.
        help: what it does.
        metavar: what the help calls its value; None for a switch.
        marker: whether a test may set it for itself.
    """

    name: str
    flag: str
    default: Any
    parse: Callable[[Any], Any]
    help: str
    metavar: str | None = None
    marker: bool = True


OPTIONS = (
    Option(
        name="mode",
        flag="--retape",
        default="replay",
        parse=_one_of(*MODES),
        metavar="MODE",
        help="replay (default), record (what is missing), rewrite (everything anew), live (no cassettes); "
        "VCR's none, once, new_episodes and all are understood",
    ),
    Option(
        name="pace",
        flag="--retape-pace",
        default="instant",
        parse=_pace,
        metavar="PACE",
        help="instant (default), recorded, or a number: so many times faster than recorded",
    ),
    Option(
        name="match",
        flag="--retape-match",
        default="exact",
        parse=_one_of("exact", "loose"),
        metavar="HOW",
        help="exact (default), or loose: by method and path, in recorded order",
    ),
    Option(
        name="unused",
        flag="--retape-unused",
        default="fail",
        parse=_one_of("fail", "warn", "ignore"),
        metavar="WHAT",
        help="recordings that a test doesn't ask for: fail (default), warn, ignore",
    ),
    Option(
        name="missing",
        flag="--retape-missing",
        default="fail",
        parse=_one_of("fail", "ignore"),
        metavar="WHAT",
        help="a request that no recording answers, when the test passes all the same: fail (default), ignore",
    ),
    Option(
        name="dir",
        flag="--retape-dir",
        default="",
        parse=str,
        metavar="DIR",
        help="the cassettes' folder, relative to the root; by default `cassettes` beside each test module",
    ),
    Option(
        name="ignore",
        flag="--retape-ignore",
        default=(),
        parse=_words,
        metavar="PATHS",
        help="JSON paths of the request that a match leaves out, separated by commas",
    ),
    Option(
        name="scrub",
        flag="--retape-scrub",
        default=(),
        parse=_words,
        metavar="NAMES",
        help="more names of header fields, keys and parameters that are secret, separated by commas",
    ),
    Option(
        name="keep_headers",
        flag="--retape-keep-headers",
        default=(),
        parse=_words,
        metavar="NAMES",
        help="header fields to keep beside the usual ones, separated by commas",
    ),
    Option(
        name="allow_hosts",
        flag="--retape-allow-hosts",
        default=(),
        parse=_words,
        metavar="HOSTS",
        help="hosts that may be reached in replay mode, separated by commas",
    ),
    Option(
        name="record_in_ci",
        flag="--retape-record-in-ci",
        default=False,
        parse=_yes,
        help="record although CI is set",
        marker=False,
    ),
)
"""Every option of the plugin."""

MARKER_ONLY = ("repeat",)
"""What only the marker takes."""


def add_options(parser: pytest.Parser) -> None:
    """Register every option with pytest."""
    group = parser.getgroup("retape", "retape: record HTTP once, replay it offline")
    for option in OPTIONS:
        how: dict[str, Any] = {"metavar": option.metavar} if option.metavar else {"action": "store_true"}
        group.addoption(option.flag, dest=f"retape_{option.name}", default=None, help=option.help, **how)
        kind: Any = "linelist" if option.parse is _words else "string"
        parser.addini(f"retape_{option.name}", f"{option.help} ({option.flag})", type=kind, default=None)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force and where each came from.

    Args:
        values: option name -> value.
        sources: option name -> one of `SOURCES`.
    """

    values: Mapping[str, Any]
    sources: Mapping[str, str]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def describe(self) -> str:
        """The mode, and every option that isn't at its default, with where it was set."""
        shown = [f"{name} {self._shown(name)}" for name in self.values if name == "mode" or self._is_set(name)]
        return ", ".join(shown)

    def _is_set(self, name: str) -> bool:
        return self.sources[name] != "default"

    def _shown(self, name: str) -> str:
        value = self.values[name]
        text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        return f"{text} ({self.sources[name]})" if self._is_set(name) else text


def settle(config: pytest.Config, marked: Mapping[str, Any] | None = None, owner: str = "") -> Settings:
    """Find each option's value.

    Args:
        config: pytest's.
        marked: what the test's marker says.
        owner: the test, for messages.

    Raises:
        pytest.UsageError: a value can't be used; the message says which and where it came from.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for option in OPTIONS:
        found = {
            "command line": config.getoption(f"retape_{option.name}"),
            "environment": os.environ.get(f"RETAPE_{option.name.upper()}"),
            "marker": (marked or {}).get(option.name),
            "ini": config.getini(f"retape_{option.name}"),
        }
        source = next((name for name in SOURCES if found.get(name) not in (None, "", [])), "default")
        raw = found.get(source, option.default)
        try:
            values[option.name] = option.default if source == "default" else option.parse(raw)
        except (ValueError, TypeError) as err:
            where = f"{owner}: @pytest.mark.retape" if source == "marker" else source
            raise pytest.UsageError(f"retape: {option.name}={raw!r} ({where}): {err}") from None
        sources[option.name] = source
    return Settings(values, sources)


def marked(item: pytest.Item) -> tuple[str | None, dict[str, Any]] | None:
    """What a test's markers say: the cassette's path and the options; None when it has none.

    Raises:
        pytest.UsageError: a marker has an argument that there isn't.
    """
    marks = list(item.iter_markers("retape"))
    if not marks:
        return None
    path: str | None = None
    options: dict[str, Any] = {}
    known = {option.name for option in OPTIONS if option.marker}.union(MARKER_ONLY)
    for mark in reversed(marks):
        wrong = sorted(mark.kwargs.keys() - known - {"path"})
        if wrong or len(mark.args) > 1:
            what = f"no argument {wrong[0]!r}" if wrong else "one positional argument, the cassette's path"
            raise pytest.UsageError(
                f"{item.nodeid}: @pytest.mark.retape takes {what}; it takes path, {', '.join(sorted(known))}"
                if not wrong
                else f"{item.nodeid}: @pytest.mark.retape has {what}; it takes path, {', '.join(sorted(known))}"
            )
        path = mark.kwargs.get("path", mark.args[0] if mark.args else path)
        if path is not None and not isinstance(path, str | os.PathLike):
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.retape takes a path first, not {path!r}")
        options |= {name: value for name, value in mark.kwargs.items() if name != "path"}
    return path, options
