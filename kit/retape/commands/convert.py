"""`retape convert`: another tool's recording as a cassette, or a cassette as another tool's."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retape.tape.formats import Converted, Row

NAME = "convert"
HELP = "convert recordings of other tools, and cassettes to stock vcrpy's"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from retape.tape.formats import FORMATS, TARGETS

    labels = [known.label for known in FORMATS]
    parser.epilog = f"Reads recordings of {', '.join(labels)}; the format is seen from the content."
    parser.add_argument("source", metavar="IN", help="a recording, or a folder of recordings")
    parser.add_argument("target", metavar="OUT", help="the cassette to write, *.yaml or *.json; for a folder a folder")
    parser.add_argument("--to", choices=tuple(TARGETS), help="retape (default) or vcrpy, without retape's additions")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    parser.add_argument("--keep-header", action="append", default=[], help="a header field to keep beside the usual")
    parser.add_argument("--json", action="store_true", help="the report for programs")


def run(arguments: argparse.Namespace) -> int:
    """Convert, and say of each exchange what could not be carried over exactly."""
    from retape.tape.formats import convert
    from retape.tape.scrub import Scrubber

    report = convert(
        Path(arguments.source),
        Path(arguments.target),
        to=arguments.to,
        scrubber=Scrubber.of(),
        keep_headers=arguments.keep_header,
        force=arguments.force,
    )
    if arguments.json:
        print(json.dumps([_file(file) for file in report.files], indent=2))
    else:
        _print(report.files)
    return 0


def _file(file: Converted) -> dict[str, object]:
    return {
        "source": str(file.source),
        "target": str(file.target) if file.target else None,
        "format": file.format,
        "written": file.written,
        "headers_left_out": list(file.headers_left_out),
        "scrubbed": file.scrubbed,
        "exchanges": [
            {"exchange": row.index, "method": row.method, "path": row.path, "notes": list(row.notes)}
            for row in file.rows
        ],
    }


def _print(files: Sequence[Converted]) -> None:
    from retape.tape.counting import counted

    for file in files:
        exchanges = f"{file.written} of {counted(len(file.rows), 'exchange')}"
        print(f"{file.source} ({file.format}) -> {file.target or 'nothing'}: {exchanges}")
        for line in _notes(file.rows):
            print(f"  {line}")
        if file.scrubbed:
            print(f"  secrets taken out: {file.scrubbed}")
    left_out = sorted({name for file in files for name in file.headers_left_out})
    if left_out:
        print(f"header fields left out: {', '.join(left_out)}")


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    """Each note once, with the exchanges that it is about."""
    from retape.tape.counting import spans

    about: dict[str, list[Row]] = {}
    for row in rows:
        for note in dict.fromkeys(row.notes):
            about.setdefault(note, []).append(row)
    for note, those in about.items():
        if len(those) == 1:
            yield f"{those[0].index} {those[0].method} {those[0].path}: {note}"
        elif len(those) == len(rows):
            yield f"all {len(rows)} exchanges: {note}"
        else:
            yield f"exchanges {spans([row.index for row in those])}: {note}"
