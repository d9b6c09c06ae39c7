"""The command `retape`.

Exit status: 0 fine, 1 something was found, 2 the command itself is wrong or its input can't be used.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import sys
from collections.abc import Iterator, Sequence

from retape.commands import check, convert, fake, record, repair, replay, scrub, show, verify
from retape.commands.files import complain, flush_output, sentence
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
    with _open_streams():
        return _main(list(sys.argv[1:] if argv is None else argv))


def _main(argv: list[str]) -> int:
    own, command = _divided(argv)
    arguments = _parsed(own, command or [])
    if command is not None and not command:
        complain(f"there is no command after --: retape {own[0]} ... -- COMMAND")
        return 2
    try:
        status: int = arguments.run(arguments)
    except BrokenPipeError:  # `retape show FILE | head`
        _drop_output()
        return 0
    except (RetapeError, OSError) as error:
        complain(sentence(error))
        return _flushed(2, final=True)
    except KeyboardInterrupt:
        return 130
    return _flushed(status, final=bool(command))


@contextlib.contextmanager
def _open_streams() -> Iterator[None]:
    """Something to write to where the caller closed standard output or error (`>&-`), which Python then has not."""
    with contextlib.ExitStack() as stack:
        for name, redirect in (("stdout", contextlib.redirect_stdout), ("stderr", contextlib.redirect_stderr)):
            if getattr(sys, name) is None:
                stack.enter_context(redirect(stack.enter_context(open(os.devnull, "w", encoding="utf-8"))))  # noqa: PTH123 - no Path
        yield


def _flushed(status: int, *, final: bool) -> int:
    """The exit status, once all is written.

    Args:
        status: what the command came to.
        final: whether that counts although what it said can't be written: it is the status of a program that was run,
            or an error's.
    """
    try:
        flush_output()
    except OSError as error:
        _drop_output()
        if final or isinstance(error, BrokenPipeError):
            return status
        complain(sentence(error))
        return 2
    return status


def _drop_output() -> None:
    """Let what can't be written go: Python would try again at its end, and complain."""
    with contextlib.suppress(OSError):  # a test's output is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
