"""Lists in pages, as all of OpenAI's list endpoints give them: `limit`, `order`, `after`, `before`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from retape.handlers.fake.literals import whole_number
from retape.handlers.fake.refusal import refused

ORDERS = ("asc", "desc")


def page(
    rows: Sequence[Mapping[str, Any]],
    query: Mapping[str, str],
    *,
    limit: int = 20,
    maximum: int = 100,
    order: str = "desc",
    number: Callable[[str], int | None] = lambda name: None,
) -> dict[str, Any]:
    """One page.

    A page begins where a row was that is gone, so that a client may delete what it reads page after page.  A row that
    never was has nothing after it and nothing before: to begin again at the first page would keep such a client busy
    for ever.  What OpenAI says of such a row isn't known.

    Args:
        rows: everything, oldest first; each has an `id`.
        query: the request's query: limit, order, after, before.
        limit: how many when the query doesn't say.
        maximum: how many at most.
        order: "asc" or "desc" when the query doesn't say.
        number: where a row stands, those that are gone included: less for an older one.  None for one that isn't known.

    Raises:
        Refused: a limit out of bounds, or an order that isn't one.
    """
    wanted = query.get("order", order)
    if wanted not in ORDERS:
        raise refused(
            f"Invalid value: '{wanted}'. Supported values are: 'asc' and 'desc'.", param="order", code="invalid_value"
        )
    ordered = list(rows) if wanted == "asc" else list(reversed(rows))
    if name := query.get("after"):
        ordered = ordered[_upto(ordered, name, wanted, number)[1] :]
    elif name := query.get("before"):
        ordered = ordered[: _upto(ordered, name, wanted, number)[0]]
    size = _limit(query.get("limit"), limit, maximum)
    shown = ordered[:size]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": len(ordered) > size,
    }


def _upto(
    rows: Sequence[Mapping[str, Any]], name: str, order: str, number: Callable[[str], int | None]
) -> tuple[int, int]:
    """How many rows come before one, and how many with it."""
    ids = [row["id"] for row in rows]
    if name in ids:
        return ids.index(name), ids.index(name) + 1
    place = number(name)
    if place is None:
        return 0, len(ids)
    older = sum((number(other) or 0) < place for other in ids)
    before = older if order == "asc" else len(ids) - older
    return before, before


def _limit(given: str | None, default: int, maximum: int) -> int:
    if given is None:
        return default
    size = whole_number(given)
    if isinstance(size, str):
        raise refused(
            "Invalid type for 'limit': expected an integer, but got a string instead.",
            param="limit",
            code="invalid_type",
        )
    for wrong, word, sign, code in (
        (size < 1, "below minimum", ">= 1", "integer_below_min_value"),
        (size > maximum, "above maximum", f"<= {maximum}", "integer_above_max_value"),
    ):
        if wrong:
            raise refused(
                f"Invalid 'limit': integer {word} value. Expected a value {sign}, but got {size} instead.",
                param="limit",
                code=code,
            )
    return size
