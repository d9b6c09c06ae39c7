"""Examples for the rules in `retape.verify.rules.embeddings`."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import retape
from verify.rules.answers import GONE, Example, changed, exchange, told

NAN, TOKENS = float("nan"), [1, 2, 3]


def vector(values: Any = (0.5, -0.25), index: Any = 0, **changes: Any) -> dict[str, Any]:
    """One vector."""
    told = list(values) if isinstance(values, tuple) else values
    return changed({"object": "embedding", "index": index, "embedding": told}, **changes)


def packed(*values: float) -> str:
    """Float32s in base64."""
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def embedded(
    *vectors: Any, asked: Any = "a", packing: Any = GONE, dimensions: Any = GONE, **changes: Any
) -> retape.Exchange:
    """An answer of vectors; of one that is right when there are none."""
    used = {"prompt_tokens": 2, "total_tokens": 2}
    whole = {"object": "list", "data": list(vectors) or [vector()], "model": "text-embedding-3-small", "usage": used}
    sent = changed({"model": "m", "input": asked}, encoding_format=packing, dimensions=dimensions)
    return exchange("/embeddings", sent, json.dumps(changed(whole, **changes)))


def refused(asked: Any, status: int = 400) -> retape.Exchange:
    """An input that is refused."""
    return exchange("/embeddings", {"model": "m", "input": asked}, json.dumps(told()), status=status)


TWO = (vector(), vector((0.125, 1.0), 1))

EXAMPLES = (
    Example("embeddings-list", embedded(object="embeddings"), embedded()),
    Example("embeddings-list", embedded(data=None), embedded()),
    Example("embeddings-object", embedded(vector(object="vector")), embedded()),
    Example("embeddings-object", embedded([0.5]), embedded()),
    Example("embeddings-index", embedded(vector(index=GONE)), embedded()),
    Example(
        "embeddings-index",
        embedded(vector(), vector(), asked=["a", "b"]),
        embedded(*TWO, asked=["a", "b"]),
        also="embeddings-order",
    ),
    Example("embeddings-index", embedded(vector(index=1)), embedded(), also="embeddings-order"),
    Example("embeddings-order", embedded(*TWO[::-1], asked=["a", "b"]), embedded(*TWO, asked=["a", "b"])),
    Example("embeddings-count", embedded(asked=["a", "b"]), embedded(asked=["a"])),
    Example("embeddings-count", embedded(asked=[TOKENS, TOKENS]), embedded(asked=TOKENS)),
    Example("embeddings-format", embedded(packing="base64"), embedded(vector(packed(0.5, -0.25)), packing="base64")),
    Example("embeddings-format", embedded(vector(packed(0.5))), embedded(packing="float")),
    Example(
        "embeddings-format", embedded(vector("AAA="), packing="base64"), embedded(vector(packed(1)), packing="base64")
    ),
    Example(
        "embeddings-format", embedded(vector("?"), packing="base64"), embedded(vector(packed(1)), packing="base64")
    ),
    Example("embeddings-finite", embedded(vector((None, None))), embedded()),
    Example("embeddings-finite", embedded(vector(())), embedded()),
    Example("embeddings-finite", embedded(vector(packed(NAN)), packing="base64"), embedded()),
    Example(
        "embeddings-length",
        embedded(vector(), vector((1.0,), 1), asked=["a", "b"]),
        embedded(*TWO, asked=["a", "b"]),
    ),
    Example("embeddings-length", embedded(dimensions=3), embedded(dimensions=2)),
    Example("embeddings-model", embedded(model=GONE), embedded(model="m")),
    Example("embeddings-usage", embedded(usage=GONE), embedded()),
    Example("embeddings-usage", embedded(usage={"prompt_tokens": 2.5, "total_tokens": 2}), embedded()),
    Example("embeddings-usage", embedded(usage={"prompt_tokens": 2, "total_tokens": 3}), embedded()),
    Example("embeddings-tokens", refused(TOKENS), refused([1, 200_000])),
    Example("embeddings-tokens", refused([TOKENS], 422), refused([TOKENS * 3000])),
    Example("embeddings-refused", refused([], 500), refused([])),
    Example("embeddings-refused", refused({"text": "a"}, 500), refused("a", 500)),
)
