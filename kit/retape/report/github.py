"""A run as the summary of a step on GitHub, which takes no more than 1 MiB and shows nothing of a longer one."""

from __future__ import annotations

from retape.report.markdown import sections
from retape.report.sections import fitted
from retape.verify.cell import Run

LIMIT = 1_000_000
"""Bytes: GitHub refuses a step's summary of more than 1 MiB (its documentation on workflow commands)."""


def step_summary(run: Run, *, before: Run | None = None, limit: int = LIMIT) -> str:
    """The report in Markdown; too long, it is cut between rows and says how many are missing where.

    The providers' numbers come first, then what changed, the tables, and the failures one by one.

    Args:
        run: finished or interrupted.
        before: a baseline; given, the report says what changed since.
        limit: the most bytes.
    """
    return fitted(sections(run, before=before), limit)
