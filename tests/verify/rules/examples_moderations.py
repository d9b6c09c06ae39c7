"""Examples for the rules in `retape.verify.rules.moderations`."""

from __future__ import annotations

import json
from typing import Any

import retape
from verify.rules.answers import GONE, Example, changed, exchange


def result(**changes: Any) -> dict[str, Any]:
    """A result."""
    flags, scores = {"violence": False, "hate": False}, {"violence": 0.01, "hate": 0.5}
    return changed({"flagged": False, "categories": flags, "category_scores": scores}, **changes)


def moderated(*results: Any, asked: Any = "a", **changes: Any) -> retape.Exchange:
    """An answer of results; of one that is right when there are none."""
    whole = {"id": "modr-1", "model": "omni-moderation-latest", "results": list(results) or [result()]}
    return exchange("/moderations", {"input": asked}, json.dumps(changed(whole, **changes)))


FLAGS = {"violence": True, "hate": False}
PARTS = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:"}}]

EXAMPLES = (
    Example("moderations-object", moderated(id=GONE), moderated()),
    Example("moderations-object", moderated(results=None), moderated()),
    Example("moderations-count", moderated(asked=["a", "b"]), moderated(result(), result(), asked=["a", "b"])),
    Example("moderations-count", moderated(result(), result(), asked=PARTS), moderated(asked=PARTS)),
    Example("moderations-result", moderated(result(flagged=0)), moderated()),
    Example("moderations-result", moderated(result(categories={"violence": 0, "hate": None})), moderated()),
    Example("moderations-result", moderated(result(category_scores={"violence": 2, "hate": 0})), moderated()),
    Example("moderations-categories", moderated(result(categories={"hate": False})), moderated()),
    Example("moderations-flagged", moderated(result(flagged=True)), moderated(result(flagged=True, categories=FLAGS))),
)
