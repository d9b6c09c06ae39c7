"""A run's details, compressed row by row: the browser unpacks a row when one of its cells is opened.

A row's cells ask the same thing and are compared with each other, so they compress well together.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retape.report.matrix import Matrix, Row
from retape.report.page.detail import detail
from retape.report.page.pictures import Album

BUDGET = 4_000_000
"""Characters of all rows together, beside pictures and the table itself."""

LIMITS = (64_000, 16_000, 4_000, 1_000)
"""Characters of one body or stream: the first that keeps the page within its budget, or the last."""


_SHRINKS = 4
"""How many times smaller a recording becomes at least: streams of 14 kB, each with its own ids, become 6 times so."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What a page carries.

    Args:
        rows: for each row base64 of zlib of JSON: {"cells": {column: cell}}.
        pictures: data URLs.
    """

    rows: tuple[str, ...]
    pictures: tuple[str, ...]


def packed(matrix: Matrix) -> Packed:
    """The details of a run's cells.

    Args:
        matrix: the run's.
    """
    for limit in _promising(matrix):
        album = Album()
        rows = tuple(_row(matrix, row, album, limit) for row in matrix.rows)
        if sum(map(len, rows)) <= BUDGET:
            break
    return Packed(rows, tuple(album.urls))


def _promising(matrix: Matrix) -> Iterator[int]:
    """The limits worth trying: reading a large run takes seconds, so what can't fit isn't tried."""
    sizes = [len(exchange.wire) for cell in matrix.run.cells for exchange in cell.exchanges]
    for limit in LIMITS:
        if limit == LIMITS[-1] or sum(min(size, limit) for size in sizes) <= BUDGET * _SHRINKS:
            yield limit


def _row(matrix: Matrix, row: Row, album: Album, limit: int) -> str:
    cells: dict[int, Any] = {}
    for number, column in enumerate(matrix.columns):
        cell = matrix.cell(row, column)
        if cell:
            labels = {"provider_label": column.provider_label, "label": column.label}
            cells[number] = detail(cell, album=album, limit=limit) | labels
    text = json.dumps({"cells": cells}, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()
