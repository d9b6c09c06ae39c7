"""`retape scrub`: secrets out of recordings that exist already."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retape.tape.cleaning import Cleaned

NAME = "scrub"
HELP = "take secrets out of recordings, or with --check only say where some are"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a recording, or a folder of recordings")
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 when a secret is found")
    parser.add_argument("--name", action="append", default=[], help="a header field, key or parameter that is secret")
    parser.add_argument("--pattern", action="append", default=[], help="a regular expression for a secret")
    parser.add_argument("--keep-header", action="append", default=[], help="a header field to keep beside the usual")
    parser.add_argument("--json", action="store_true", help="the findings for programs")


def run(arguments: argparse.Namespace) -> int:
    """Scrub or check each file."""
    from retape.commands.files import cassettes_at, each, exit_status
    from retape.errors import UsageError
    from retape.tape import cleaning
    from retape.tape.scrub import Scrubber

    try:
        patterns = [re.compile(pattern) for pattern in arguments.pattern]
    except re.error as err:
        raise UsageError(f"--pattern {err.pattern!r} is no regular expression: {err}") from err
    scrubber = Scrubber.of([*arguments.name, *patterns])

    def work(path: Path) -> Cleaned:
        if arguments.check:
            return cleaning.check(path, scrubber)
        return cleaning.scrub(path, scrubber, keep_headers=arguments.keep_header)

    done = list(each(cassettes_at(arguments.files), work))
    read = [cleaned for cleaned in done if isinstance(cleaned, cleaning.Cleaned)]
    if arguments.json:
        rows = [_row(cleaned) if isinstance(cleaned, cleaning.Cleaned) else cleaned.row for cleaned in done]
        print(json.dumps(rows, indent=2))
    else:
        _print(read, check=arguments.check, unread=len(done) - len(read))
    return exit_status(done, found=arguments.check and any(cleaned.findings for cleaned in read))


def _row(cleaned: Cleaned) -> dict[str, object]:
    found = [{"exchange": n, "place": finding.place, "rule": finding.rule} for n, finding in cleaned.findings]
    return {"path": str(cleaned.path), "exchanges": cleaned.exchanges, "changed": cleaned.changed, "findings": found}


def _print(done: list[Cleaned], *, check: bool, unread: int) -> None:
    from retape.tape.counting import counted

    for cleaned in done:
        for number, finding in cleaned.findings:
            print(f"{cleaned.path}: exchange {number}: {finding.place}: {finding.rule}")
    secrets = sum(len(cleaned.findings) for cleaned in done)
    files = sum(bool(cleaned.findings) for cleaned in done)
    what = "found" if check else "taken out"
    where = f", in {counted(files, 'file')}" if files else ""
    rest = f"; {counted(unread, 'file')} not read" if unread else ""
    print(f"{counted(len(done), 'file')}: {counted(secrets, 'secret')} {what}{where}{rest}")
