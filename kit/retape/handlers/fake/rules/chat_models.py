"""Which models answer chat completions at all."""

from __future__ import annotations

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.relation import Body, Relation
from retape.handlers.fake.rules.setting import Setting

_NO_CHAT = (
    "This is not a chat model and thus not supported in the v1/chat/completions endpoint. "
    "Did you mean to use v1/completions?"
)
_RESPONSES = "This model is only supported in v1/responses and not in v1/chat/completions."
_EMBEDS = "You are not allowed to sample from this model"


def _wrong(_: Body, setting: Setting) -> Refusal | None:
    model = setting.model
    if model is None:
        return None
    if model.kind == "embedding":
        return Refusal(status=403, message=_EMBEDS, layer="gateway")
    if not model.talks:
        return Refusal(status=404, message=_NO_CHAT, param="model")
    return Refusal(status=404, message=_RESPONSES, param="model") if "responses-only" in model.traits else None


ROWS: tuple[Relation, ...] = (
    Relation(
        rule="wrong-endpoint",
        field="model",
        find=_wrong,
        says="the model has to be one that the endpoint serves",
        source="openai-refusals A62, A64; the responses-only sentence quoted in issues",
        gateway=True,
    ),
)
"""After the gateway's own."""
