"""`retape check`: the API's rules over recorded answers."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retape.commands.files import Failed
    from retape.tape.exchange import Exchange
    from retape.verify.rule import Rule
    from retape.verify.violation import Violation

NAME = "check"
HELP = "check recorded answers by the API's rules"


@dataclass(frozen=True, slots=True)
class Checked:
    """A recording and what the rules found in it.

    Args:
        path: the file.
        titles: what was asked and what came, of each exchange.
        found: what the rules found, as far as it was asked for.
    """

    path: Path
    titles: Sequence[str]
    found: Sequence[Violation]

    @property
    def row(self) -> dict[str, object]:
        """The same for programs."""
        rows = [violation.as_dict() for violation in self.found]
        return {"path": str(self.path), "exchanges": len(self.titles), "violations": rows}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = "Exit status: 0 nothing worse than a note, 1 something worse, 2 a file that can't be used."
    parser.add_argument("files", nargs="*", metavar="FILE", help="a recording of any format, or a folder of recordings")
    parser.add_argument(
        "--rule", action="append", default=[], metavar="ID", help='only this rule; "chat-*" for several'
    )
    parser.add_argument(
        "--severity", choices=("must", "should", "note"), default="note", help="show nothing milder than this"
    )
    parser.add_argument("--rules", action="store_true", help="list the rules and where they come from")
    parser.add_argument("--json", action="store_true", help="the findings, or the rules, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Check each file."""
    from retape.commands.files import complain, each, exit_status, interrupted
    from retape.errors import UsageError
    from retape.tape.journal import unsaved
    from retape.verify.checking import recorded
    from retape.verify.rulebook import violations

    chosen = _chosen(arguments.rule, arguments.severity)
    if arguments.rules:
        _list(chosen, as_json=arguments.json)
        return 0
    if not arguments.files:
        raise UsageError("name a recording to check, or list the rules with --rules")
    wanted = {rule.id for rule in chosen}

    def work(path: Path) -> Checked:
        titles: list[str] = []
        found = violations(_titled(recorded(path), titles), file=str(path))
        left = unsaved(path)
        if left:
            complain(interrupted(path, left))
        return Checked(path, titles, [violation for violation in found if violation.rule in wanted])

    printed: Callable[[Checked], None] = _silently if arguments.json else _printer()
    done: list[Checked | Failed] = []
    for result in each(_paths(arguments.files, done), work):
        done.append(result)
        if isinstance(result, Checked):
            printed(result)
    if arguments.json:
        print(json.dumps([result.row for result in done], indent=2))
    else:
        print(_summary(done))
    worse = any(violation.severity != "note" for result in _checked(done) for violation in result.found)
    return exit_status(done, found=worse)


def _titled(exchanges: Iterable[Exchange], titles: list[str]) -> Iterator[Exchange]:
    """The exchanges, none of them kept but for its title."""
    for exchange in exchanges:
        status = exchange.head.status if exchange.head else exchange.outcome
        titles.append(f"{exchange.request.method} {exchange.request.path}  {status}")
        yield exchange


def _checked(done: Iterable[object]) -> Iterator[Checked]:
    return (result for result in done if isinstance(result, Checked))


def _paths(names: Iterable[str], done: list[Checked | Failed]) -> Iterator[Path]:
    """The files that the arguments name; an argument that leads nowhere is said, and hides no other."""
    from retape.commands.files import Failed, cassettes_at, each

    for result in each(map(Path, names), lambda path: cassettes_at([str(path)], unsaved=True)):
        if isinstance(result, Failed):
            done.append(result)
        else:
            yield from result


def _chosen(patterns: Sequence[str], severity: str) -> list[Rule]:
    """The rules that were asked for.

    Raises:
        UsageError: a pattern fits none.
    """
    from difflib import get_close_matches
    from fnmatch import fnmatchcase

    from retape.errors import UsageError
    from retape.verify.rulebook import rules
    from retape.verify.violation import SEVERITIES

    names = [rule.id for rule in rules()]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            near = get_close_matches(pattern, names, n=1)
            hint = f"did you mean {near[0]}?" if near else "list them with: retape check --rules"
            raise UsageError(f"there is no rule {pattern}; {hint}")
    worst = SEVERITIES[: SEVERITIES.index(severity) + 1]
    fits = [name for name in names if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)]
    return [rule for rule in rules() if rule.id in fits and rule.severity in worst]


def _list(rules: Sequence[Rule], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"rule": rule.id, "severity": rule.severity, "what": rule.what, "source": rule.source} for rule in rules
        ]
        print(json.dumps(rows, indent=2))
        return
    width = max((len(rule.id) for rule in rules), default=0)
    for rule in rules:
        print(f"{rule.id:{width}}  {rule.severity:6}  {rule.what}\n{'':{width}}          {rule.source}")


def _silently(result: Checked) -> None:
    """Nothing."""


def _printer() -> Callable[[Checked], None]:
    """What prints one file's findings: grouped on a terminal, elsewhere a line each that names file and place."""
    if not sys.stdout.isatty():
        return _print_lines
    from rich.console import Console

    from retape.report.findings import findings

    class Terminal(Console):
        def on_broken_pipe(self) -> None:  # rich would exit with 1 for `| head`
            raise BrokenPipeError

    console = Terminal(highlight=False)

    def grouped(result: Checked) -> None:
        if result.found:
            findings(str(result.path), result.titles, result.found, console)

    return grouped


def _print_lines(result: Checked) -> None:
    from retape.report.safe import safe_line

    for violation in result.found:
        print(safe_line(str(violation), sys.stdout.encoding or "utf-8"))


def _summary(done: Sequence[Checked | Failed]) -> str:
    from retape.tape.counting import counted
    from retape.verify.violation import SEVERITIES

    read = list(_checked(done))
    by_severity = Counter(violation.severity for result in read for violation in result.found)
    numbers = [f"{by_severity[severity]} {severity}" for severity in SEVERITIES if by_severity[severity]]
    exchanges = counted(sum(len(result.titles) for result in read), "exchange")
    unread = len(done) - len(read)
    rest = f"; {counted(unread, 'file')} not read" if unread else ""
    return f"{counted(len(read), 'file')}, {exchanges}: {', '.join(numbers) or 'nothing found'}{rest}"
