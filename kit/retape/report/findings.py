"""What the rules found in a recording, for a person at a terminal: exchange by exchange, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from retape.report.safe import safe_line
from retape.verify.violation import SEVERITIES, Severity, Violation

STYLES: dict[Severity, str] = {"must": "bold red", "should": "yellow", "note": "cyan"}
_MARGIN = 2 + max(map(len, SEVERITIES)) + 2
"""Columns before a finding's text."""


def findings(file: str, titles: Sequence[str], found: Iterable[Violation], console: Console) -> None:
    """Print the findings of one file.

    Args:
        file: its name.
        titles: what was asked and what came, of each exchange in it.
        found: what the rules found, in the order of the exchanges.
        console: where to.
    """
    console.print(Text(safe_line(file, console.encoding), "bold"), soft_wrap=True)
    for number, those in groupby(found, lambda violation: violation.exchange):
        cells = (f"exchange {number}", titles[number - 1])
        line = "  ".join(safe_line(cell, console.encoding) for cell in cells)
        console.print(Text(line, "dim"), soft_wrap=True)
        for rule, places in groupby(sorted(those, key=_rank), lambda violation: violation.rule):
            _rule(rule, list(places), console)
    console.print()


def _rank(violation: Violation) -> int:
    return SEVERITIES.index(violation.severity)


def _rule(rule: str, places: Sequence[Violation], console: Console) -> None:
    """The places that break one rule, and what the rule is."""
    encoding, severity = console.encoding, places[0].severity
    label = Text(f"  {severity}".ljust(_MARGIN), STYLES[severity])
    for violation in places:
        said = Text.assemble((safe_line(violation.where, encoding), "bold"), ": ")
        said.append(safe_line(violation.message, encoding))
        for line in said.wrap(console, max(console.width - _MARGIN, 20)):
            line.rstrip()
            console.print(Text.assemble(label, line), soft_wrap=True)
            label = Text(" " * _MARGIN)
    about = " ".join((rule, safe_line(f"({places[0].source})", encoding)))
    console.print(Text(" " * _MARGIN + about, "dim"), soft_wrap=True)
