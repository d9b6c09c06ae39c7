"""What a model can't see, hear, say or give, on chat completions and on responses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.parts import contents
from retape.handlers.fake.rules.relation import Body, Find, Relation, value_error
from retape.handlers.fake.rules.setting import Setting

_GUIDE = " Learn more about supported models at the Structured Outputs guide: " + (
    "https://platform.openai.com/docs/guides/structured-outputs"
)
_NO_PICTURES = "Invalid content type. image_url is only supported by certain models."


def _speaks(setting: Setting) -> bool:
    return setting.model is not None and setting.model.kind == "audio"


def _hears(setting: Setting) -> bool:
    return setting.model is None or setting.model.kind in ("audio", "any")


def _chat_parts(body: Body) -> Iterable[tuple[int, int, dict[str, Any]]]:
    """The parts of the messages, with the indices of message and part."""
    for index, message in enumerate(body.get("messages", ())):
        content = message.get("content")
        for at, part in enumerate(content if type(content) is list else ()):
            yield index, at, part


def _images(body: Body, setting: Setting) -> Refusal | None:
    if not setting.has("no-images"):
        return None
    for index, at, part in _chat_parts(body):
        if part["type"] == "image_url" and _speaks(setting):
            text = "This model does not support image_url content."
            return value_error(text, f"messages[{index}].content", "invalid_value")
        if part["type"] == "image_url":
            return value_error(_NO_PICTURES, f"messages.[{index}].content.[{at}].type")
    return None


def _sounds(body: Body, setting: Setting) -> Refusal | None:
    if _hears(setting):
        return None
    for index, _, part in _chat_parts(body):
        if part["type"] == "input_audio":
            text = f"Invalid 'messages[{index}]'. Content blocks are expected to be either text or image_url type."
            return value_error(text, f"messages[{index}]", "invalid_value")
    return None


def _silence(body: Body, setting: Setting) -> Refusal | None:
    if not _speaks(setting) or "audio" in (body.get("modalities") or ()):
        return None
    if any(part["type"] == "input_audio" for _, _, part in _chat_parts(body)) or _spoke(body):
        return None
    text = "This model requires that either input content or output modality contain audio."
    return value_error(text, "model", "invalid_value")


def _spoke(body: Body) -> bool:
    """Whether an earlier answer is named by its sound: nobody has told whether that counts, so it does."""
    return any(message.get("audio") for message in body.get("messages", ()))


def _streamed_sound(body: Body, _: Setting) -> Refusal | None:
    wanted = (body["audio"] or {}).get("format")
    if not body.get("stream") or wanted in ("pcm16", None):
        return None
    text = f"Unsupported value: 'audio.format' does not support '{wanted}' when stream=true. " + (
        "Supported values are: 'pcm16'."
    )
    return value_error(text, "audio.format", "unsupported_value")


def _chat_format(kind: str, trait: str, after: str = "") -> Find:
    text = f"Invalid parameter: 'response_format' of type '{kind}' is not supported with this model.{after}"

    def find(body: Body, setting: Setting) -> Refusal | None:
        wanted = body["response_format"].get("type") == kind
        return value_error(text, "response_format" if not after else None) if wanted and setting.has(trait) else None

    return find


def _text_format(kind: str, trait: str, which: str) -> Find:
    text = f"Invalid parameter: 'text.format' of type '{kind}' is not supported with {which}."

    def find(body: Body, setting: Setting) -> Refusal | None:
        wanted = ((body["text"] or {}).get("format") or {}).get("type") == kind
        if not wanted or not setting.has(trait):
            return None
        return value_error(text.format(model=body.get("model")), "text.format")

    return find


def _input_images(body: Body, setting: Setting) -> Refusal | None:
    items = body["input"]
    if not setting.has("no-images") or type(items) is not list:
        return None
    seen = (part for _, part in contents(items, "input", ("content", "output")))
    return value_error(_NO_PICTURES, "input") if any(part.get("type") == "input_image" for part in seen) else None


_GIVES_NOT = "a format of the answer that the model can't give"
_SEES_NOT = "images to a model that can't see"

CHAT: tuple[Relation, ...] = (
    Relation(
        rule="unsupported-content",
        field="messages",
        find=_images,
        only="parts",
        says=_SEES_NOT,
        source="openai-refusals A15, B74",
    ),
    Relation(
        rule="unsupported-content",
        field="messages",
        find=_sounds,
        only="parts",
        says="sounds to a model that can't hear",
        source="openai-refusals B72",
    ),
    Relation(
        rule="unsupported-format",
        field="response_format",
        find=_chat_format("json_object", "no-json-object"),
        says=_GIVES_NOT,
        source="openai-refusals A2",
    ),
    Relation(
        rule="unsupported-format",
        field="response_format",
        find=_chat_format("json_schema", "no-json-schema", _GUIDE),
        says=_GIVES_NOT,
        source="openai-refusals A3",
    ),
    Relation(
        rule="streamed-audio-format",
        field="audio",
        reads=("stream",),
        find=_streamed_sound,
        says="sound is streamed as bare samples alone",
        source="openai-refusals B79",
    ),
    Relation(
        rule="audio-nowhere",
        field="",
        reads=("messages", "modalities"),
        find=_silence,
        says="a model that speaks wants sound in the messages or in the answer",
        source="openai-refusals B71; last, since what else is wrong with such a request is said instead (A13)",
    ),
)
"""On chat completions."""

RESPONSES: tuple[Relation, ...] = (
    Relation(
        rule="unsupported-content",
        field="input",
        find=_input_images,
        only="parts",
        says=_SEES_NOT,
        source="model pages; the sentence is that of chat, openai-refusals B74",
    ),
    Relation(
        rule="unsupported-format",
        field="text",
        reads=("model",),
        find=_text_format("json_object", "no-json-object", "this model"),
        says=_GIVES_NOT,
        source="by analogy with openai-refusals A2, B73",
    ),
    Relation(
        rule="unsupported-format",
        field="text",
        reads=("model",),
        find=_text_format("json_schema", "no-json-schema", "model version `{model}`"),
        says=_GIVES_NOT,
        source="openai-refusals B73",
    ),
)
"""On responses, and on counting their input."""
