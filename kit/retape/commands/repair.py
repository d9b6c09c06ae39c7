"""`retape repair`: what is whole in a damaged cassette."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

NAME = "repair"
HELP = "keep what is whole of a damaged cassette, which stays beside it, and what an interrupted recording left"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a cassette, or a folder of cassettes")
    parser.add_argument("--json", action="store_true", help="the outcome for programs")


def run(arguments: argparse.Namespace) -> int:
    """Repair each file."""
    from retape.commands.files import Failed, cassettes_at, each, exit_status
    from retape.tape.repair import repair

    def work(path: Path) -> dict[str, object]:
        done = repair(path)
        if not arguments.json:
            print(f"{path}: {done}")
        backup = str(done.backup) if done.backup else None
        row = {"path": str(path), "kept": done.kept, "lost": done.lost, "recovered": done.recovered}
        return {**row, "backup": backup}

    done = list(each(cassettes_at(arguments.files, unsaved=True), work))
    if arguments.json:
        print(json.dumps([row.row if isinstance(row, Failed) else row for row in done], indent=2))
    return exit_status(done)
