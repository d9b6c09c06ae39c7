"""`retape show`: a cassette as a conversation."""

from __future__ import annotations

import argparse
import json

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
    from rich.console import Console

    from retape.commands.files import cassettes_at
    from retape.report.show_json import show_json
    from retape.report.summary import summary
    from retape.report.terminal import show
    from retape.tape.cassette import Cassette

    cassettes = [Cassette.load(path) for path in cassettes_at(arguments.files)]
    if arguments.json:
        shown = [show_json(cassette, exchange=arguments.exchange) for cassette in cassettes]
        print(json.dumps(shown if len(shown) > 1 else shown[0], indent=2))
        return 0

    class Terminal(Console):
        def on_broken_pipe(self) -> None:  # rich would exit with 1 for `| head`
            raise BrokenPipeError

    console = Terminal(highlight=False)
    for cassette in cassettes:
        if len(cassettes) > 1:
            console.print(f"{cassette.path}:", markup=False, style="bold", soft_wrap=True)
        if arguments.summary:
            summary(cassette, console, exchange=arguments.exchange)
        else:
            show(cassette, console, exchange=arguments.exchange, full=arguments.full)
    return 0
