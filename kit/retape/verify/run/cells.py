"""A cell, made of a place in the matrix and of what came of it."""

from __future__ import annotations

from typing import Any

from retape.verify.cases.case import Attempt
from retape.verify.cell import Cell
from retape.verify.checking import check
from retape.verify.run.plan import Spot
from retape.verify.run.taping import Taped
from retape.verify.run.verdict import judge


def judged(spot: Spot, done: Attempt, taped: Taped, *, cassette: str) -> Cell:
    """The cell of an attempt.

    Args:
        spot: its place.
        done: what came of the case.
        taped: what was sent and what came.
        cassette: the file that holds it; "" for none.
    """
    found = check(taped.exchanges)
    known = spot.provider.known(spot.case, spot.model.id, stream=spot.stream)
    said = judge(done, found, known, turns=len(spot.case.turns))
    return empty(
        spot,
        verdict=said.verdict,
        why=said.why,
        conforms=said.conforms,
        answered=said.answered,
        violations=tuple(found),
        deviations=said.deviations,
        exchanges=taped.exchanges,
        cassette=cassette,
        seconds=taped.seconds,
        prompt_tokens=done.prompt_tokens,
        completion_tokens=done.completion_tokens,
    )


def empty(spot: Spot, **told: Any) -> Cell:
    """A cell at a place.

    Args:
        spot: the place.
        told: the cell's other fields.
    """
    case = spot.case
    return Cell(
        test=case.test,
        case=case.case,
        title=case.title(spot.stream),
        stream=spot.stream,
        endpoint=case.endpoint,
        provider=spot.provider.id,
        model=spot.model.id,
        rerun=spot.command(),
        **told,
    )
