"""A run as JUnit's XML, the form that CI servers draw: a suite for each model, a test case for each cell."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from retape.report.matrix import Column, Matrix, parted
from retape.report.safe import safe
from retape.verify.cell import Cell, Run, Verdict

_NO_XML = re.compile("[\ufffe\uffff]")  # beside what `safe` takes care of: XML 1.0, production 2 (Char)
_TITLE = re.compile(r"(\S+) \((.+)\)\Z", re.DOTALL)


def junit(run: Run) -> str:
    """The XML.

    pass                                            a test case
    fail                                            a failure, of type "protocol" or "quality"
    error                                           an error
    known, unsupported, inconclusive, skipped,
    unrecorded                                      skipped, the message begins with the verdict

    Providers that nobody has recorded are left out: thousands of skipped cases hide the few that ran.

    Args:
        run: finished or interrupted.
    """
    recorded, _ = parted(run)
    root = ElementTree.Element("testsuites", _told("retape verify", recorded.cells, run.seconds))
    root.extend(_suite(recorded, column) for column in Matrix(recorded).columns)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(run: Run, column: Column) -> ElementTree.Element:
    cells = tuple(cell for cell in run.cells if (cell.provider, cell.model) == (column.provider, column.model))
    seconds = sum(cell.seconds for cell in cells)
    suite = ElementTree.Element("testsuite", _told(f"{column.provider}/{column.model}", cells, seconds))
    if run.started:
        suite.set("timestamp", _clean(run.started))
    suite.extend(map(_case, cells))
    return suite


def _told(name: str, cells: tuple[Cell, ...], seconds: float) -> dict[str, str]:
    kinds = [ELEMENTS.get(cell.verdict) for cell in cells]
    return {
        "name": _clean(name),
        "tests": str(len(cells)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{seconds:.3f}",
    }


ELEMENTS: dict[Verdict, str] = {
    "fail": "failure",
    "error": "error",
    **dict.fromkeys(("known", "unsupported", "inconclusive", "skipped", "unrecorded"), "skipped"),
}
"""Verdict -> the element that tells it; a pass has none."""


def case_id(cell: Cell) -> str:
    """A cell as pytest would name it: "test_chat_streaming_basic[gpt-4o-mini-earth]"."""
    named = _TITLE.match(cell.title)
    test, case = (named[1], named[2]) if named else (cell.title, cell.case)
    return f"{test}[{cell.model}-{case}]"


def _case(cell: Cell) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=_clean(f"{cell.provider}.{cell.test}"),
        name=_clean(case_id(cell)),
        time=f"{cell.seconds:.3f}",
    )
    kind = ELEMENTS.get(cell.verdict)
    if kind:
        told = ElementTree.SubElement(case, kind, message=_clean(_message(cell, kind)))
        if kind != "skipped":
            told.set("type", _type(cell))
            told.text = _clean(_details(cell))
    if cell.violations and (kind is None or kind == "skipped"):
        ElementTree.SubElement(case, "system-out").text = _clean(_details(cell))
    return case


def _message(cell: Cell, kind: str) -> str:
    named = [cell.verdict] if kind == "skipped" or not cell.why else []
    return ": ".join([*named, *([cell.why] if cell.why else [])])


def _type(cell: Cell) -> str:
    if cell.verdict == "error":
        return "error"
    return "quality" if cell.conforms is not False and cell.answered is False else "protocol"


def _details(cell: Cell) -> str:
    lines = [cell.why, *map(str, cell.violations)]
    lines += [f"explained by: {', '.join(cell.deviations)}"] if cell.deviations else []
    lines += [f"cassette: {cell.cassette}"] if cell.cassette else []
    lines += [f"again: {cell.rerun}"] if cell.rerun else []
    return "\n".join(filter(None, lines))


def _clean(text: str) -> str:
    """A text that XML can hold: what it can't is shown as an escape."""
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", safe(text))
