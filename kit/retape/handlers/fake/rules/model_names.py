"""Which kinds of model an endpoint takes, and in which words it refuses the others.

Each endpoint has words of its own. That a model doesn't exist, the gateway says on chat completions, completions and
embeddings, and `response_relations` on responses; which kinds chat completions take is in `chat_models`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from retape.handlers.fake.models_table import Kind
from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.relation import Body, Relation
from retape.handlers.fake.rules.setting import Setting

TALKS: tuple[Kind, ...] = ("chat", "reasoning", "audio")
"""Kinds that answer messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """An endpoint's words about models; {model} stands for the name.

    Args:
        takes: the kinds that it takes.
        absent: for a name that is no model's; None where the gateway says it.
        wrong: for a kind that it doesn't take and that has no words of its own.
        wrongs: kinds with words of their own.
        but: a trait that is refused all the same; "" for none.
        source: rows of openai-refusals, or what else is known.
    """

    takes: tuple[Kind, ...]
    absent: Refusal | None = None
    wrong: Refusal
    wrongs: dict[Kind, Refusal] = field(default_factory=dict)
    but: str = ""
    source: str


_NO_SAMPLING = Refusal(status=403, message="You are not allowed to sample from this model", layer="gateway")
_NO_EMBEDDING = Refusal(
    status=403, message="You are not allowed to generate embeddings from this model", layer="gateway"
)
_ONLY_CHAT = Refusal(
    status=404,
    message="This is a chat model and not supported in the v1/completions endpoint. Did you mean to use "
    "v1/chat/completions?",
    param="model",
)
_NO_RESPONSES = Refusal(message="The requested model '{model}' is not supported with the Responses API.", param="model")
_NO_IMAGES = Refusal(
    message="The model '{model}' does not exist.",
    type="image_generation_user_error",
    param="model",
    code="invalid_value",
)
_NO_ACCESS = Refusal(
    status=404, message="The model `{model}` does not exist or you do not have access to it.", code="model_not_found"
)


def _dall_e_2(model: str = "{model}") -> Refusal:
    return Refusal(message=f"Invalid value: '{model}'. Value must be 'dall-e-2'.", param="model", code="invalid_value")


_RESPONSES = Names(
    takes=("chat", "reasoning"),
    wrong=_NO_RESPONSES,
    but="chat-only",
    source="quoted of gpt-audio, gpt-image-1 and gpt-4o-mini-search-preview, in public test suites",
)
_IMAGES = Names(takes=("image",), absent=_NO_IMAGES, wrong=_NO_IMAGES, source="openai-refusals A45")

NAMES: dict[str, Names] = {
    "responses.create": _RESPONSES,
    "responses.input_tokens.count": _RESPONSES,
    "responses.compact": _RESPONSES,
    "completions.create": Names(
        takes=("completion",),
        wrong=_NO_SAMPLING,
        wrongs=dict.fromkeys(TALKS, _ONLY_CHAT),
        source="openai-refusals A62, A67",
    ),
    "embeddings.create": Names(takes=("embedding",), wrong=_NO_EMBEDDING, source="openai-refusals A63"),
    "images.generate": _IMAGES,
    "images.edit": _IMAGES,
    "images.create_variation": Names(
        takes=("image",), absent=_NO_IMAGES, wrong=_dall_e_2(), source="quoted in many threads"
    ),
    "audio.speech.create": Names(
        takes=("speech",), absent=_NO_ACCESS, wrong=_NO_ACCESS, source="by analogy with openai-refusals A65"
    ),
    "audio.transcriptions.create": Names(
        takes=("transcription",), absent=_NO_ACCESS, wrong=_NO_ACCESS, source="by analogy with openai-refusals A65"
    ),
    "audio.translations.create": Names(
        takes=("transcription",), absent=_NO_ACCESS, wrong=_NO_ACCESS, source="by analogy with openai-refusals A65"
    ),
    "moderations.create": Names(
        takes=("moderation",), absent=_NO_ACCESS, wrong=_NO_ACCESS, source="by analogy with openai-refusals A65"
    ),
}
"""Operation -> its words."""


def named(refusal: Refusal, model: object) -> Refusal:
    """A refusal with the model's name filled in."""
    return replace(refusal, message=refusal.message.replace("{model}", str(model)))


def _judge(names: Names, body: Body, setting: Setting) -> Refusal | None:
    name, model = body["model"], setting.model
    if type(name) is not str:
        return None
    if model is None:
        return named(names.absent, name) if names.absent and setting.unknown else None
    if model.kind not in (*names.takes, "any") or names.but in model.traits:
        return named(names.wrongs.get(model.kind, names.wrong), name)
    return None


def _row(rule: str, names: Names, says: str, *, asks: bool) -> Relation:
    def find(body: Body, setting: Setting) -> Refusal | None:
        return _judge(names, body, setting) if (setting.model is None) is asks else None

    return Relation(rule=rule, field="model", find=find, says=says, source=names.source, gateway=True)


def _rows(names: Names) -> Iterable[Relation]:
    if names.absent:
        yield _row("unknown-model", names, "the model has to exist", asks=True)
    yield _row("wrong-endpoint", names, "the model has to be of a kind that the endpoint takes", asks=False)


MODEL_NAMES: dict[str, tuple[Relation, ...]] = {operation: tuple(_rows(names)) for operation, names in NAMES.items()}
"""Operation -> its rules about the model's name; they are asked before all others."""

_MUST = Refusal(message="you must provide a model parameter")


def _missing(body: Body, _: Setting) -> Refusal | None:
    return _MUST if body.get("model", "") in ("", None) else None


NEEDS_MODEL = Relation(
    rule="missing-model",
    field="",
    find=_missing,
    says="a model has to be named",
    source="openai-refusals B22, by analogy: quoted for forms that don't hold together",
    gateway=True,
)
"""For the endpoints behind no gateway whose forms want a model."""
