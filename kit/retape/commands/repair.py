"""`retape repair`: what is whole in a damaged cassette."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

NAME = "repair"
HELP = "keep what is whole of a damaged cassette; the damaged file stays beside it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a cassette")
    parser.add_argument("--json", action="store_true", help="the outcome for programs")


def run(arguments: argparse.Namespace) -> int:
    """Repair each file."""
    from retape.tape.repair import repair

    done = [(name, repair(Path(name))) for name in arguments.files]
    if arguments.json:
        rows = [
            {"path": name, "kept": r.kept, "lost": r.lost, "backup": str(r.backup) if r.backup else None}
            for name, r in done
        ]
        print(json.dumps(rows, indent=2))
    else:
        for name, repaired in done:
            print(f"{name}: {repaired}")
    return 0
