"""Embeddings: texts or tokens in, vectors out, as numbers or as base64 of the same float32."""

from __future__ import annotations

import base64
from typing import Any

from retape.handlers.fake import models
from retape.handlers.fake.answer import Answer, compact
from retape.handlers.fake.call import Call
from retape.handlers.fake.routes import Route
from retape.handlers.fake.rules.embeddings import inputs
from retape.handlers.fake.tokens import count
from retape.handlers.fake.vectors import FULL, numbers, vector
from retape.tape.steps import Headers

DIMENSIONS = 1536
"""Of a model that isn't known; what most have."""


def create(call: Call) -> Answer:
    """POST /embeddings."""
    body = call.body
    told, model = inputs(body["input"]), str(body.get("model"))
    size = dimensions(model, body.get("dimensions"))
    told_size = sum(count(item) if isinstance(item, str) else len(item) for item in told)
    rows = [_row(index, _packed(item, size, model), body) for index, item in enumerate(told)]
    data = _LAYOUT.format(",\n".join(rows), compact(model), told_size)
    return Answer(chunks=(data.encode("utf-8", "backslashreplace"),), headers=answered_by(model))


def answered_by(model: str) -> Headers:
    """The header that names the model, which embeddings and legacy completions alone have (recorded to 2025-09)."""
    return (("openai-model", model),) if model.isascii() and model.isprintable() else ()


def dimensions(model: str, wanted: int | None = None) -> int:
    """How long a model's vectors are.

    Args:
        model: its name.
        wanted: as asked for; None for the model's own.
    """
    known = models.find(model)
    own = known.max_output if known is not None and known.kind == "embedding" else DIMENSIONS
    return max(1, min(wanted or own, FULL))


def _packed(item: Any, size: int, model: str) -> bytes:
    return vector(item if isinstance(item, str) else tuple(item), size, model)


def _row(index: int, packed: bytes, body: dict[str, Any]) -> str:
    if body.get("encoding_format") == "base64":
        value = f'"{base64.b64encode(packed).decode()}"'
    else:
        value = f"[\n        {_BETWEEN.join(map(repr, numbers(packed)))}\n      ]"
    return f'    {{\n      "object": "embedding",\n      "index": {index},\n      "embedding": {value}\n    }}'


_BETWEEN = ",\n        "
_LAYOUT = """{{
  "object": "list",
  "data": [
{0}
  ],
  "model": {1},
  "usage": {{
    "prompt_tokens": {2},
    "total_tokens": {2}
  }}
}}"""
"""Written by hand: a JSON encoder takes three times as long for thousands of numbers."""

ROUTES = (
    Route(
        operation="embeddings.create",
        method="POST",
        template="/embeddings",
        endpoint=create,
        body="json",
        limited=True,
    ),
)
