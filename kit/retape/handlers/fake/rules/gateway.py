"""What the first layer says, which looks at the model and at nothing else."""

from __future__ import annotations

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.relation import Body, Find, Relation
from retape.handlers.fake.rules.setting import Setting


def _gateway(message: str, *, status: int = 404, code: str | None = "model_not_found") -> Refusal:
    return Refusal(status=status, message=message, code=code, layer="gateway")


def _missing(body: Body, _: Setting) -> Refusal | None:
    if body.get("model", "") in ("", None):
        return _gateway("you must provide a model parameter", status=400, code=None)
    return None


def _malformed(body: Body, setting: Setting) -> Refusal | None:
    name = body["model"]
    if setting.unknown and type(name) is str and setting.model is None and any(map(str.isspace, name)):
        return _gateway("invalid model ID", status=400, code=None)
    return None


def _absent(body: Body, setting: Setting) -> Refusal | None:
    name = body["model"]
    if setting.unknown and type(name) is str and setting.model is None:
        return _gateway(f"The model `{name}` does not exist or you do not have access to it.")
    return None


def _gone(body: Body, setting: Setting) -> Refusal | None:
    if setting.has("shut-down"):
        learn = "learn more here: https://platform.openai.com/docs/deprecations"
        return _gateway(f"The model `{body['model']}` has been deprecated, {learn}")
    return None


def _row(rule: str, find: Find, says: str, source: str, field: str = "model") -> Relation:
    return Relation(rule=rule, field=field, find=find, says=says, source=source, gateway=True)


GATEWAY: tuple[Relation, ...] = (
    _row("missing-model", _missing, "a model has to be named", "openai-refusals B22", field=""),
    _row("invalid-model-id", _malformed, "a model's name has no blanks", "openai-refusals A6"),
    _row("unknown-model", _absent, "the model has to exist", "openai-refusals A65, A68, A69"),
    _row("retired-model", _gone, "the model must not have been shut down", "openai-refusals A66"),
)
"""For chat completions, completions and embeddings."""
