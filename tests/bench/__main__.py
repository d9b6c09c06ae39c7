"""Run sections of the benchmark and print their tables."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from bench.tables import Table

SECTIONS = ("start", "recording", "pace", "cost", "fake", "opening", "server", "proxy", "check", "page")
LIBRARIES = ("retape", "openai", "httpx2", "vcrpy", "pytest")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=SECTIONS, metavar="NAME", help=", ".join(SECTIONS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file too")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: seconds, and rougher figures")
    options = parser.parse_args(arguments)
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)  # type: ignore[union-attr]
    print(f"# retape bench\n\n{_surroundings()}\n")
    tables: dict[str, Table] = {}
    for name in options.only or SECTIONS:
        tables[name] = importlib.import_module(f"bench.{name}").measure(quick=options.quick)
        print(f"{tables[name]}\n")
    if options.json:
        options.json.write_text(json.dumps({name: _plain(table) for name, table in tables.items()}, indent=2) + "\n")


def _surroundings() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"Python {platform.python_version()}, {libraries}; {os.cpu_count()} cores{load}"


def _plain(table: Table) -> dict[str, object]:
    return {**asdict(table), "rows": [{**asdict(row), "verdict": row.verdict} for row in table.rows]}


if __name__ == "__main__":
    main()
