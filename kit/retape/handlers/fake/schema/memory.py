"""What was found out about a schema, kept: a conversation sends the same schemas with every request.

A schema is known by its `repr`, the cheapest text that tells any two JSON values apart: the order of keys, 1 and 1.0.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, TypeVar

T = TypeVar("T")

_MOST = 1024
_known: dict[tuple[bytes, Callable[..., Any], tuple[Any, ...]], Any] = {}


def remembered(find: Callable[..., T], schema: Any, *more: Any) -> T:
    """What a function of a schema gives, worked out once.

    Args:
        find: a function without side effects whose result nobody changes.
        schema: any JSON value.
        more: what the result depends on beside the schema; hashable.
    """
    try:
        text = repr(schema)
    except (RecursionError, ValueError):  # nested too deeply, or a number of too many digits
        return find(schema, *more)
    key = blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest(), find, more
    found: Any = _known.get(key, _known)
    if found is _known:
        found = find(schema, *more)
        if len(_known) >= _MOST:
            _known.clear()
        _known[key] = found
    kept: T = found
    return kept
