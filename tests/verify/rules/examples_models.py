"""Examples for the rules in `retape.verify.rules.models`."""

from __future__ import annotations

import json
from typing import Any

import retape
from verify.rules.answers import GONE, Example, changed, exchange, told


def model(**changes: Any) -> dict[str, Any]:
    """A model."""
    return changed({"id": "org/m-1", "object": "model", "created": 1763600000, "owned_by": "org"}, **changes)


def listed(*models: Any, raw: Any = None) -> retape.Exchange:
    """The list of models; of one that is right when there are none."""
    body = {"object": "list", "data": list(models) or [model()]} if raw is None else raw
    return exchange("/models", None, json.dumps(body), method="GET")


def retrieved(body: Any, status: int = 200) -> retape.Exchange:
    """One model."""
    return exchange("/models/org%2Fm-1", None, json.dumps(body), method="GET", status=status)


EXAMPLES = (
    Example("models-list", listed(raw=[model()]), listed()),
    Example("models-list", listed(raw={"models": ["m-1"]}), listed()),
    Example("models-some", listed(raw={"object": "list", "data": []}), listed()),
    Example("models-object", listed("m-1"), listed()),
    Example("models-object", listed(model(object="llm")), listed()),
    Example("models-object", retrieved(model(id="")), retrieved(model())),
    Example("models-created", listed(model(created="2025")), listed()),
    Example("models-created", retrieved(model(created=1763600000123)), retrieved(model())),
    Example("models-owner", listed(model(owned_by=GONE)), listed(model(owned_by="system"))),
    Example("models-unique", listed(model(), model()), listed(model(), model(id="m-2"))),
    Example("models-same", retrieved(model(id="m-1")), retrieved(model())),
    Example(
        "models-same",
        exchange("/models/models/m-1", None, json.dumps(model(id="m-1")), method="GET"),
        exchange("/models/models/m-1", None, json.dumps(model(id="models/m-1")), method="GET"),
    ),
    Example("models-retrieve", retrieved(told(), 404), retrieved(told(), 401), before=(listed(),)),
)
