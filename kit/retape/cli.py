"""The command `retape`.

Exit status: 0 fine, 1 something was found, 2 the command itself is wrong or its input can't be used.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence

from retape.commands import check, convert, fake, record, repair, replay, scrub, show, verify
from retape.commands.files import complain, sentence
from retape.errors import RetapeError
from retape.version import __version__

COMMANDS = (record, replay, fake, verify, check, show, scrub, convert, repair)
"""Every command, in the order of the help."""

RUNNERS = (record.NAME, replay.NAME, fake.NAME)
"""Commands that run another one, which stands after "--"."""


def parser() -> argparse.ArgumentParser:
    """The parser with every command's arguments."""
    top = argparse.ArgumentParser(
        prog="retape",
        description="Record an OpenAI client once, replay it anywhere; fake what can't be recorded.",
        epilog="`retape COMMAND --help` explains one. Exit status: 0 fine, 1 something was found, 2 the command itself "
        "is wrong; record, replay and fake hand on that of the program they run.",
    )
    top.add_argument("--version", action="version", version=f"retape {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; what goes wrong is one sentence on standard error.

    Args:
        argv: the arguments; those of the process when None.
    """
    own, command = _divided(list(sys.argv[1:] if argv is None else argv))
    arguments = _parsed(own, command or [])
    if command is not None and not command:
        complain(f"there is no command after --: retape {own[0]} ... -- COMMAND")
        return 2
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # `retape show FILE | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (RetapeError, OSError) as error:
        complain(sentence(error))
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def _parsed(own: list[str], command: list[str]) -> argparse.Namespace:
    """The arguments; a command that stands there without "--" is told where it belongs."""
    top = parser()
    arguments, rest = top.parse_known_args(own, argparse.Namespace(run_command=command))
    if rest:
        lost = arguments.command in RUNNERS and not rest[0].startswith("-")
        hint = f'; a program to run stands after "--": retape {arguments.command} -- {shlex.join(rest)}' * lost
        top.error(f"unrecognized arguments: {' '.join(rest)}{hint}")
    return arguments


def _divided(argv: list[str]) -> tuple[list[str], list[str] | None]:
    """A runner's own arguments, and the command that it shall run; None without any "--"."""
    if argv[:1] and argv[0] in RUNNERS and "--" in argv:
        end = argv.index("--")
        return argv[:end], argv[end + 1 :]
    return argv, None
