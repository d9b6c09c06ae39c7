"""What a cell's exchanges tell of the server: whether it answered, failed, or let the request hang."""

from __future__ import annotations

from collections.abc import Sequence

from retape.tape.exchange import Exchange
from retape.verify.cases.case import Attempt

_NOT_THERE = 501
"""A server's word for what it hasn't got: an answer like any other."""

_OUT_OF_ORDER = 502
"""From this status on a gateway speaks, or a server that can't just now: it says nothing of what was asked."""


def _statuses(exchanges: Sequence[Exchange]) -> list[int]:
    return [exchange.head.status for exchange in exchanges if exchange.head]


def _is_failure(status: int) -> bool:
    return status >= 500 and status != _NOT_THERE


def unanswered(done: Attempt, exchanges: Sequence[Exchange]) -> bool:
    """Whether no answer came at all, and not for a mistake of the case's own."""
    if exchanges:
        return not _statuses(exchanges)
    return any(problem.kind == "error" and problem.message.startswith("no answer") for problem in done.problems)


def timed_out(exchanges: Sequence[Exchange]) -> bool:
    """Whether the server said nothing for too long."""
    return any(exchange.outcome == "timeout" for exchange in exchanges)


def failed(exchanges: Sequence[Exchange]) -> bool:
    """Whether the server says that it failed.

    Gateways answer 500, too, when what is behind them drops a connection (LiteLLM's proxy in front of llama.cpp's
    server, about once in 300 requests): it is worth a second look.
    """
    return any(map(_is_failure, _statuses(exchanges)))


def out_of_order(exchanges: Sequence[Exchange]) -> bool:
    """Whether a failure is one that says nothing of what was asked: 502, 503, 504 and whatever is above."""
    return any(status >= _OUT_OF_ORDER for status in _statuses(exchanges))


def troubled(done: Attempt, exchanges: Sequence[Exchange]) -> bool:
    """Whether something happened that a second try may not see again."""
    broken = any(exchange.outcome not in ("complete", "client-left") for exchange in exchanges)
    return broken or unanswered(done, exchanges) or failed(exchanges)


def answered(exchanges: Sequence[Exchange]) -> bool:
    """Whether the server answered everything, and with something else than a failure of its own."""
    statuses = _statuses(exchanges)
    return bool(exchanges) and len(statuses) == len(exchanges) and not any(map(_is_failure, statuses))


def served(exchanges: Sequence[Exchange]) -> bool:
    """Whether it did something of what it was asked for."""
    return any(status < 300 for status in _statuses(exchanges))
