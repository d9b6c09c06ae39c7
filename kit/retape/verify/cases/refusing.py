"""What a refusal means that a case didn't ask for."""

from __future__ import annotations

from collections.abc import Collection

from retape.verify.cases.case import Case, Kind, Problem
from retape.verify.cases.client import Refusal

_MISSING = frozenset({404, 405, 501})
"""How a server says that it hasn't got something, with whatever body."""

_KINDS: dict[int, tuple[Kind, str]] = {
    401: ("error", "the key was refused"),
    402: ("error", "the account has no credit"),
    403: ("error", "the key may not do this"),
    408: ("error", "the server gave up waiting"),
    429: ("error", "the rate limit was hit"),
    500: ("protocol", "the server failed"),
}
"""Status -> what it means, whatever was asked."""


def refusal_problem(case: Case, refusal: Refusal, *, turn: int, begun: bool) -> Problem:
    """The problem that a refusal is.

    Args:
        case: the case; what it needs, a provider may refuse.
        refusal: the refusal.
        turn: the turn's number.
        begun: whether an earlier turn with the same arguments was answered: then it can be done, and is refused
            wrongly.
    """
    kind, why = _meaning(case, refusal, begun=begun)
    return Problem(kind=kind, turn=turn, message=f"{why}: {refusal}")


def _meaning(case: Case, refusal: Refusal, *, begun: bool) -> tuple[Kind, str]:
    if refusal.status in _KINDS:
        return _KINDS[refusal.status]
    if refusal.status > 501:
        return "error", "the server is out of order"
    if case.needs and refusal.status in _MISSING:
        return "unsupported", f"{_needs(case)} isn't there"
    if case.needs and refusal.clean and not begun:
        return "unsupported", f"{_needs(case)} was refused"
    return "protocol", "a valid request was refused"


def without_endpoint(case: Case, refusal: Refusal, wanted: Collection[int]) -> bool:
    """Whether a refusal that was wanted came for another reason: there is nothing that could refuse.

    Args:
        case: the case.
        refusal: the refusal.
        wanted: the statuses that it had to have.
    """
    return bool(case.needs) and refusal.status in _MISSING and refusal.status not in wanted


def _needs(case: Case) -> str:
    return " and ".join(sorted(case.needs))
