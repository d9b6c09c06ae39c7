"""Arrays: how many items are made, and how they come to differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from retape.handlers.fake.schema.impossible import Impossible
from retape.handlers.fake.schema.kinds import same
from retape.handlers.fake.schema.making import Making
from retape.handlers.fake.schema.merging import both
from retape.handlers.fake.schema.spot import Spot

Schema = Mapping[str, Any]

_MOST = 2000
"""An array of more items than that is not made."""
_OTHERS = 48
"""How many items are tried until one differs from those before."""
_AGAIN = 12
"""How often the first that is tried comes again until there are no others."""


def arrays(maker: Making, schema: Schema, spot: Spot) -> Iterator[list[Any]]:
    """Arrays for a plain schema: of the likeliest length, then as short as can be, then longer.

    Args:
        maker: makes the items.
        schema: a schema without branches and references.
        spot: where the array is.
    """
    fewest, most = int(schema.get("minItems", 0)), schema.get("maxItems", inf)
    if schema.get("items") is False:
        most = min(most, len(schema.get("prefixItems", ())))
    if fewest > min(most, _MOST):
        return
    for turn, size in enumerate((*_sizes(maker, schema, spot, fewest, most), fewest, fewest + 1, fewest + 2)):
        if size <= most:
            try:
                yield _array(maker, schema, spot._replace(turn=max(turn - 3, 0)), size)
            except Impossible:
                if size == fewest and turn > 1:
                    raise


def _sizes(maker: Making, schema: Schema, spot: Spot, fewest: int, most: float) -> list[int]:
    """The likeliest lengths: all of a tuple, one of what is free to choose, none of a recursion."""
    prefix, items = schema.get("prefixItems", ()), schema.get("items", True)
    needed = len(prefix) + schema.get("minContains", 1) if "contains" in schema else len(prefix)
    ends = spot.shallow or maker.branches.recursive(items, spot)
    likely = max(needed, 0 if ends else 1) if not prefix else needed
    if spot.shallow and "contains" not in schema:
        likely = 0
    return [int(min(max(size, fewest), most)) for size in (likely, needed, fewest)]


def _array(maker: Making, schema: Schema, spot: Spot, size: int) -> list[Any]:
    made: list[Any] = []
    for at in range(size):
        made.append(_item(maker, _asked(schema, at, size), spot.under(at), made if schema.get("uniqueItems") else []))
    return made


def _asked(schema: Schema, at: int, size: int) -> Any:
    """What is asked of an item; of the last ones also what the array must contain."""
    prefix = schema.get("prefixItems", ())
    asked = prefix[at] if at < len(prefix) else schema.get("items", True)
    if "contains" not in schema:
        return asked
    if at >= size - schema.get("minContains", 1):
        return both(asked, schema["contains"])
    return both(asked, {"not": schema["contains"]}) if "maxContains" in schema else asked


def _item(maker: Making, schema: Any, spot: Spot, taken: list[Any]) -> Any:
    first: Any = None
    again = 0
    for turn in range(_OTHERS + len(taken)):
        value = maker.make(schema, spot._replace(turn=spot.turn + turn))
        if not any(same(value, other) for other in taken):
            return value
        first, again = (first, again + same(value, first)) if turn else (value, 0)
        if again > _AGAIN:
            break
    raise Impossible("its items can't all differ", spot.path)
