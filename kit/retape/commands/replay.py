"""`retape replay`: recordings on a socket."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retape.commands import serving
from retape.commands.voice import Voice, say
from retape.errors import UsageError
from retape.tape.counting import counted

if TYPE_CHECKING:
    from retape.commands.watching import Watch
    from retape.handlers.replay import Replay
    from retape.tape.matching import Difference
    from retape.tape.request import Request

NAME = "replay"
HELP = "answer from recordings, offline: any client, any language; edits are picked up"

_LISTED = 10
"""Of more recordings that were not asked for, or differed, the rest is only counted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a cassette, or a folder of cassettes")
    parser.add_argument(
        "--pace", default="instant", help="instant (default), recorded, or a number: 4 is four times as fast"
    )
    parser.add_argument(
        "--match",
        default="exact",
        help="exact (default): by method, path and body; loose: by method and path, in recorded order",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="PATH",
        help="what a match leaves out: a JSON path as metadata.run_id, or a pattern between slashes as /run-[0-9]+/; "
        "may come several times",
    )
    parser.add_argument(
        "--scrub", action="append", default=[], metavar="NAME", help="a name that was scrubbed when it was recorded"
    )
    parser.add_argument(
        "--repeat",
        action=argparse.BooleanOptionalAction,
        help="give the last of equal recordings again when all are used (default: without a command, which may be "
        "run again and again against the same server)",
    )
    serving.add_arguments(
        parser, files="FILE...", strict="exit status 1 also for recordings not asked for and faults that never struck"
    )


def run(arguments: argparse.Namespace) -> int:
    """Replay; a request that nothing answers is a finding."""
    from retape.commands.files import cassettes_at
    from retape.commands.reloading import Reloading
    from retape.handlers.replay import replay

    made = replay(
        *cassettes_at(arguments.files, unsaved=True),
        pace=arguments.pace,
        match=arguments.match,
        ignore=[ignored(text) for text in arguments.ignore],
        repeat=not arguments.run_command if arguments.repeat is None else arguments.repeat,
        scrub=arguments.scrub,
    )
    made.remedies = _remedies(arguments)
    if not arguments.quiet:
        for line in _interrupted(made):
            say(NAME, line)
    voice = Voice(NAME, as_json=arguments.json)
    reloading = Reloading(made, arguments.files, say=voice.say)
    handler = serving.faulted(reloading, arguments.fault)
    recordings = counted(len(made.index.entries), "recording")
    return serving.serve(
        arguments, handler, voice, title=recordings, close=lambda watch: _close(made, watch, arguments.strict)
    )


def _interrupted(made: Replay) -> Iterator[str]:
    """Which cassettes an interrupted recording has yet to be taken into."""
    from retape.commands.files import interrupted
    from retape.tape.journal import unsaved

    for path in made.paths:
        left = unsaved(path, ignore=made.index.ignore)
        if left:
            yield interrupted(path, left)


def ignored(text: str) -> str | re.Pattern[str]:
    """What `--ignore` names: a JSON path, or the pattern that stands between slashes.

    Raises:
        UsageError: the pattern is none.
    """
    if not (len(text) > 2 and text.startswith("/") and text.endswith("/")):
        return text
    try:
        return re.compile(text[1:-1])
    except re.error as error:
        raise UsageError(f"--ignore {text}: no regular expression: {error}") from None


def _remedies(arguments: argparse.Namespace) -> tuple[str, str]:
    """The commands that record what is missing, and that record anew."""
    from retape.mounts.session import remedies

    first = Path(arguments.files[0])
    cassette = str(first / "new.yaml" if first.is_dir() else first)
    command = ["--", *arguments.run_command] if arguments.run_command else []
    record = f"retape record --upstream URL --cassette {shlex.quote(cassette)}"
    again = [f"{record}{more} {shlex.join(command)}".strip() for more in ("", " --rewrite")]
    beside, anew = remedies(*again)
    one = len(arguments.files) == 1 and not first.is_dir()
    return beside, anew if one else beside


def _close(made: Replay, watch: Watch, strict: bool) -> serving.Closing:
    unused = [made.index.entries[number].request for number in made.index.unused]
    counts = {"replayed": made.replayed, "missed": watch.missed, "unused": len(unused)}
    return serving.Closing(
        counts=counts,
        findings=[_unused(unused)] if strict and unused else [],
        remarks=[_loosely(made.loosely, made.loosely.total)] if made.loosely else [],
    )


def _unused(requests: Sequence[Request]) -> str:
    rows = [f"  {request.method} {request.path}" for request in requests]
    return "\n".join(["recordings that nobody asked for:", *_listed(rows, len(rows))])


def _loosely(found: Sequence[tuple[Request, list[Difference]]], total: int) -> str:
    rows = [f"  {request.method} {request.path}: {'; '.join(map(str, those[:3]))}" for request, those in found]
    return "\n".join(["replayed for a request that differs from the recording's:", *_listed(rows, total)])


def _listed(rows: list[str], total: int) -> list[str]:
    return rows if total <= _LISTED else [*rows[:_LISTED], f"  ... and {total - _LISTED} more"]
