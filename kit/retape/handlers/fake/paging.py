"""Lists in pages, as all of OpenAI's list endpoints give them: `limit`, `order`, `after`, `before`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
) -> dict[str, Any]:
    """One page.

    A row that isn't there, or is gone, has nothing after it and nothing before: to begin again at the first page would
    keep a client that reads page after page busy for ever.  What OpenAI says of such a row isn't known.

    Args:
        rows: everything, oldest first; each has an `id`.
        query: the request's query: limit, order, after, before.
        limit: how many when the query doesn't say.
        maximum: how many at most.
        order: "asc" or "desc" when the query doesn't say.

    Raises:
        Refused: a limit out of bounds, or an order that isn't one.
    """
    wanted = query.get("order", order)
    if wanted not in ORDERS:
        raise refused(
            f"Invalid value: '{wanted}'. Supported values are: 'asc' and 'desc'.", param="order", code="invalid_value"
        )
    ordered = list(rows) if wanted == "asc" else list(reversed(rows))
    ids = [row["id"] for row in ordered]
    if query.get("after"):
        ordered = ordered[ids.index(query["after"]) + 1 :] if query["after"] in ids else []
    elif query.get("before"):
        ordered = ordered[: ids.index(query["before"])] if query["before"] in ids else []
    size = _limit(query.get("limit"), limit, maximum)
    shown = ordered[:size]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": len(ordered) > size,
    }


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
