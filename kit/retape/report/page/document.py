"""The page, put together: one file that asks for nothing from anywhere.

A content security policy with the digests of its own script and style stands at its top, so that a browser runs
nothing else and sends nothing, whatever a recording holds.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from importlib.resources import files

from retape.report.matrix import Absent, Matrix, heading, parted
from retape.report.page.markup import text
from retape.report.page.packing import Packed, packed
from retape.report.page.since import since
from retape.report.page.table import absent, failures, grid, summary, toggles
from retape.verify.cell import Run

SCRIPTS = ("dom", "data", "axis", "talk", "frames", "cell", "align", "compare", "filter", "main")
"""The script's pieces, in order: each knows those before it."""


def page(run: Run, *, before: Run | None = None) -> str:
    """The page as HTML; write it as UTF-8.

    Args:
        run: finished or interrupted.
        before: a baseline; given, the page says what changed since.
    """
    recorded, missing = parted(run)
    matrix = Matrix(recorded)
    news = since(matrix, before, run) if before else ""
    details = _details(packed(matrix))
    return "".join([_head(), _body(matrix, missing, news), *details, f"<script>{_script()}</script></body></html>\n"])


@functools.cache
def _asset(name: str) -> str:
    return files(__package__).joinpath("assets", name).read_text("utf-8")


@functools.cache
def _script() -> str:
    return f'"use strict";(() => {{\n{"".join(_asset(f"{name}.js") for name in SCRIPTS)}}})();'


def _digest(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


@functools.cache
def _head() -> str:
    style = _asset("style.css")
    policy = (
        f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {_digest(_script())}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f'<link rel="icon" href="data:,"><title>Verification report</title><style>{style}</style></head>'
    )


def _body(matrix: Matrix, missing: tuple[Absent, ...], news: str) -> str:
    note = '<p class="notice">Interrupted before its end: this is what was done until then.</p>'
    return (
        '<body><header class="top"><p class="brand" aria-hidden="true"><i></i><i></i>retape</p>'
        f"<h1>Verification report</h1><p>{text(heading(matrix.run))}</p>{note * matrix.run.interrupted}</header>"
        f'<main><section aria-label="Providers">{summary(matrix)}{absent(missing)}{news}</section>'
        '<section class="tools" aria-label="Filter"><input type="search" id="filter" autocomplete="off" '
        'spellcheck="false" placeholder="Filter: test, model, reason" aria-label="Filter the matrix" '
        f'aria-keyshortcuts="/">{toggles(matrix)}<output id="count" aria-live="polite"></output></section>'
        f'<div class="scroll">{grid(matrix)}</div>'
        f'<p id="nothing" hidden>Nothing fits the filter.</p><noscript>{failures(matrix)}</noscript></main>'
        '<dialog id="detail" aria-labelledby="detail-title"></dialog>'
    )


def _details(found: Packed) -> list[str]:
    """The rows' details and the pictures, as text that no browser runs: base64, and JSON of data URLs."""
    rows = [f'<script type="text/plain" id="row-{number}">{row}</script>' for number, row in enumerate(found.rows)]
    return [*rows, f'<script type="application/json" id="pictures">{json.dumps(found.pictures)}</script>']
