"""`retape show`: a cassette as a conversation."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retape.tape.cassette import Cassette

NAME = "show"
HELP = "show a cassette as conversations: messages, tool calls, merged text, the stream's timeline"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a cassette, or a folder of cassettes")
    parser.add_argument("--exchange", type=int, metavar="N", help="only the Nth exchange, from 1")
    parser.add_argument("--full", action="store_true", help="cut nothing")
    parser.add_argument("--summary", action="store_true", help="a line for each exchange")
    parser.add_argument("--json", action="store_true", help="the same for programs")


def run(arguments: argparse.Namespace) -> int:
    """Show each cassette."""
    from retape.commands.files import Failed, cassettes_at, each, exit_status
    from retape.report.show_json import show_json

    paths = cassettes_at(arguments.files, unsaved=True)
    if not arguments.json:
        return exit_status(list(each(paths, _printer(arguments, titles=len(paths) > 1))))
    done = list(each(paths, lambda path: show_json(_opened(path), exchange=arguments.exchange)))
    rows = [shown.row if isinstance(shown, Failed) else shown for shown in done]
    print(json.dumps(rows if len(rows) > 1 else rows[0], indent=2))
    return exit_status(done)


def _opened(path: Path) -> Cassette:
    """A cassette, with what an interrupted recording left beside it, which is said."""
    from retape.commands.files import complain, interrupted
    from retape.tape.cassette import Cassette
    from retape.tape.journal import opened

    found = opened(path)
    if found.unsaved:
        complain(interrupted(path, found.unsaved))
    return Cassette(path, found.entries)


def _printer(arguments: argparse.Namespace, *, titles: bool) -> Callable[[Path], None]:
    """What prints one cassette."""
    from rich.console import Console

    from retape.report.summary import summary
    from retape.report.terminal import show

    class Terminal(Console):
        def on_broken_pipe(self) -> None:  # rich would exit with 1 for `| head`
            raise BrokenPipeError

    console = Terminal(highlight=False)

    def printed(path: Path) -> None:
        cassette = _opened(path)
        if titles:
            console.print(f"{path}:", markup=False, style="bold", soft_wrap=True)
        if arguments.summary:
            summary(cassette, console, exchange=arguments.exchange)
        else:
            show(cassette, console, exchange=arguments.exchange, full=arguments.full)

    return printed
