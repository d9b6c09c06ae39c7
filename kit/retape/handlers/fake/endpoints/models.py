"""Models: the list, one of them, and the end of a fine-tuned one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.handlers.fake import models
from retape.handlers.fake.answer import Answer, json_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.models import Model
from retape.handlers.fake.refusal import Refused, refused
from retape.handlers.fake.routes import Route

ANNOUNCED = 1_686_935_002
"""The `created` of a model of which nothing is known: the one in OpenAI's reference."""


def list_models(call: Call) -> Answer:
    """GET /models: what can be asked, and the names that the fake was given."""
    return json_answer({"object": "list", "data": [_model(model) for model in _all(call)]})


def _all(call: Call) -> Iterator[Model]:
    gone = call.table("models.deleted")
    for model in models.MODELS.values():
        if "shut-down" not in model.traits:
            yield model
    for name in call.settings.models:
        own = models.find(name, call.settings.models)
        if own is not None and name not in models.MODELS and name not in gone:
            yield own


def _model(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "created": model.created or ANNOUNCED,
        "owned_by": model.owned_by,
    }


def _named(call: Call) -> Model:
    """The model that the path names.

    Raises:
        Refused: there is none, or none any more.
    """
    name = call.path["model"]
    model = models.find(name, call.settings.models)
    if model is None or "shut-down" in model.traits or name in call.table("models.deleted"):
        raise _unknown(name)
    return model


def _unknown(name: str) -> Refused:
    """Recorded on 2025-03-14: alexrudall/ruby-openai, models_delete."""
    return refused(f"The model '{name}' does not exist", status=404, param="model", code="model_not_found")


def retrieve(call: Call) -> Answer:
    """GET /models/{model}."""
    return json_answer(_model(_named(call)))


def delete(call: Call) -> Answer:
    """DELETE /models/{model}: a fine-tuned one of one's own.

    Nobody may delete OpenAI's; the sentence is the one that missing permissions get.
    """
    model = _named(call)
    if not model.id.startswith("ft:"):
        raise refused("You have insufficient permissions for this operation.", status=403)
    call.table("models.deleted")[model.id] = {"id": model.id}
    return json_answer({"object": "model", "id": model.id, "deleted": True})


ROUTES = (
    Route(operation="models.list", method="GET", template="/models", endpoint=list_models),
    Route(operation="models.retrieve", method="GET", template="/models/{model}", endpoint=retrieve),
    Route(operation="models.delete", method="DELETE", template="/models/{model}", endpoint=delete),
)
