"""A chat stream's chunks: what each must hold, and what must not change from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.chat_answer import FINISH_REASONS
from retape.verify.chat_stream import CHUNK, streamed
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.rules.chat import MILLISECONDS, wrong_created, wrong_tier
from retape.verify.words import MISSING, is_int, is_text, shown

RULES = Table("chat", "stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/streaming"


@RULES.rule(
    "chat-stream-object",
    "must",
    f'Every event is a chunk: its `object` is "{CHUNK}".',
    source=f"{REFERENCE}#chat/streaming-object; huggingface/text-generation-inference#2089, anomalyco/opencode#38106",
)
def _object(evidence: Evidence) -> Iterator[Finding]:
    stream = streamed(evidence)
    for frame in sorted(stream.strangers, key=lambda one: one.number):
        named = f" under the name {shown(frame.event.event)}" if frame.event.event else ""
        yield frame.at("data"), f"is {shown(frame.data)}{named}; neither a chunk nor an error"
    for frame in stream.chunks:
        if frame.data.get("object") != CHUNK:
            yield frame.at("object"), f'is {shown(frame.data.get("object", MISSING))}, not "{CHUNK}"'


@RULES.rule(
    "chat-stream-event-name",
    "note",
    "Chunks have no event name; api.openai.com gives them none.",
    source=f"{REFERENCE}; recorded streams of api.openai.com",
)
def _event_name(evidence: Evidence) -> Iterator[Finding]:
    named = [frame for frame in streamed(evidence).chunks if frame.event.event]
    if named:
        yield named[0].at("event"), f"is {shown(named[0].event.event)}; no name, in this and every chunk"


@RULES.rule("chat-stream-id", "must", "Every chunk has an id.", source=f"{REFERENCE}#chat/streaming-id")
def _id(evidence: Evidence) -> Iterator[Finding]:
    yield from _no_text(evidence, "id")


@RULES.rule(
    "chat-stream-model",
    "must",
    "Every chunk names the model.",
    source=f"{REFERENCE}#chat/streaming-model; pydantic/pydantic-ai#2945, ggml-org/llama.cpp#14268",
)
def _model(evidence: Evidence) -> Iterator[Finding]:
    yield from _no_text(evidence, "model")


def _no_text(evidence: Evidence, name: str) -> Iterator[Finding]:
    for frame in streamed(evidence).chunks:
        value = frame.data.get(name)
        if type(value) is not str or not value:
            yield frame.at(name), f"is {shown(frame.data.get(name, MISSING))}; a string that isn't empty"


@RULES.rule(
    "chat-stream-created",
    "must",
    "Every chunk's `created` is the time in whole seconds since 1970.",
    source=f"{REFERENCE}#chat/streaming-created; zed-industries/zed#32982",
)
def _created(evidence: Evidence) -> Iterator[Finding]:
    for frame in streamed(evidence).chunks:
        value = frame.data.get("created", MISSING)
        if type(value) is not int or not 0 <= value < MILLISECONDS:
            yield frame.at("created"), wrong_created(value)


@RULES.rule(
    "chat-stream-same-id",
    "must",
    "All chunks of a stream have the same id.",
    source=f"{REFERENCE}#chat/streaming-id; microsoft/foundry-local#221, BerriAI/litellm#32607",
)
def _same_id(evidence: Evidence) -> Iterator[Finding]:
    yield from _changes(evidence, "id", is_text)


@RULES.rule(
    "chat-stream-same-created",
    "must",
    "All chunks of a stream have the same `created`.",
    source=f"{REFERENCE}#chat/streaming-created: each chunk has the same timestamp; ollama/ollama#17485",
)
def _same_created(evidence: Evidence) -> Iterator[Finding]:
    yield from _changes(evidence, "created", is_int)


@RULES.rule(
    "chat-stream-same-model",
    "should",
    "All chunks of a stream name the same model.",
    source=f"{REFERENCE}#chat/streaming-model",
)
def _same_model(evidence: Evidence) -> Iterator[Finding]:
    yield from _changes(evidence, "model", is_text)


def _changes(evidence: Evidence, name: str, holds: Any) -> Iterator[Finding]:
    """The chunks in which a member isn't what it was in the first that has it."""
    first: Any = MISSING
    for frame in streamed(evidence).chunks:
        value = frame.data.get(name)
        if first is MISSING:
            first = value if holds(value) else MISSING
        elif value != first and holds(value):
            yield frame.at(name), f"is {shown(value)}, but was {shown(first)} before"


@RULES.rule(
    "chat-stream-service-tier",
    "should",
    "`service_tier` is one of those in the reference, or null.",
    source=f"{REFERENCE}#chat/streaming-service_tier; pydantic/pydantic-ai#4911",
)
def _service_tier(evidence: Evidence) -> Iterator[Finding]:
    for frame in streamed(evidence).chunks:
        value = frame.data.get("service_tier")
        if value is not None and (problem := wrong_tier(value)):
            yield frame.at("service_tier"), problem


@RULES.rule(
    "chat-stream-choices",
    "must",
    "Every chunk has an array of choices.",
    source=f"{REFERENCE}#chat/streaming-choices",
)
def _choices(evidence: Evidence) -> Iterator[Finding]:
    for frame in streamed(evidence).chunks:
        value = frame.data.get("choices", MISSING)
        if type(value) is not list:
            yield frame.at("choices"), f"is {shown(value)}; an array"
            continue
        for choice in value:
            if type(choice) is not dict:
                yield frame.at("choices"), f"has {shown(choice)}; objects"


@RULES.rule(
    "chat-stream-choices-empty",
    "must",
    "Only the usage's chunk has no choice.",
    source=f"{REFERENCE}#chat/streaming-choices: empty for the last chunk with include_usage",
)
def _choices_empty(evidence: Evidence) -> Iterator[Finding]:
    for frame in streamed(evidence).chunks:
        if frame.data.get("choices") == [] and frame.data.get("usage") is None:
            yield frame.at("choices"), "is empty, in a chunk that has no usage"


@RULES.rule(
    "chat-stream-prompt-filter",
    "note",
    "No chunk comes before the answer for the prompt's content filter; Azure sends one with no choices.",
    source="https://learn.microsoft.com/azure/ai-services/openai/concepts/content-streaming",
)
def _prompt_filter(evidence: Evidence) -> Iterator[Finding]:
    for frame in streamed(evidence).filters:
        yield frame.at("choices"), "is [] beside prompt_filter_results: clients that read choices[0] break"


@RULES.rule(
    "chat-stream-index",
    "must",
    "Every choice in a chunk has an integer index, which no other choice of the chunk has.",
    source=f"{REFERENCE}#chat/streaming-choices",
)
def _index(evidence: Evidence) -> Iterator[Finding]:
    seen: set[int] = set()
    for piece in streamed(evidence).pieces:
        index = piece.choice.get("index", MISSING)
        if not piece.place:
            seen.clear()
        if type(index) is not int or index < 0:
            yield piece.at("index"), f"is {shown(index)}; an integer from 0 on"
        elif index in seen:
            yield piece.at("index"), f"is {index}, which another choice of this chunk has too"
        else:
            seen.add(index)


@RULES.rule(
    "chat-stream-delta", "must", "Every choice in a chunk has a delta.", source=f"{REFERENCE}#chat/streaming-choices"
)
def _delta(evidence: Evidence) -> Iterator[Finding]:
    for piece in streamed(evidence).pieces:
        if type(piece.choice.get("delta")) is not dict:
            yield piece.at("delta"), f"is {shown(piece.choice.get('delta', MISSING))}, not an object"


@RULES.rule(
    "chat-stream-message",
    "should",
    "A choice in a chunk has a delta alone, no message: clients that know both take the text twice.",
    source=f"{REFERENCE}#chat/streaming-choices; microsoft/foundry-local#221",
)
def _message(evidence: Evidence) -> Iterator[Finding]:
    for piece in streamed(evidence).pieces:
        if "message" in piece.choice:
            yield piece.at("message"), "is there, in a chunk; delta alone"


@RULES.rule(
    "chat-stream-role",
    "must",
    'A delta\'s role, where there is one, is "assistant".',
    source=f"{REFERENCE}#chat/streaming-choices; lemonade-sdk/lemonade#350, MiniMax-AI/MiniMax-M2.5#2",
)
def _role(evidence: Evidence) -> Iterator[Finding]:
    for piece in streamed(evidence).pieces:
        role = piece.delta.get("role", "assistant")
        if role != "assistant":
            yield piece.at("delta", "role"), f'is {shown(role)}; "assistant", or no role at all'


@RULES.rule(
    "chat-stream-content",
    "must",
    "A delta's content is a string or null.",
    source=f"{REFERENCE}#chat/streaming-choices; microsoft/agent-framework#6978, meilisearch/meilisearch#6327",
)
def _content(evidence: Evidence) -> Iterator[Finding]:
    for piece in streamed(evidence).pieces:
        value = piece.delta.get("content")
        if value is not None and type(value) is not str:
            yield piece.at("delta", "content"), f"is {shown(value)}; a string or null"


@RULES.rule(
    "chat-stream-refusal",
    "should",
    "A delta's refusal is a string or null.",
    source=f"{REFERENCE}#chat/streaming-choices",
)
def _refusal(evidence: Evidence) -> Iterator[Finding]:
    for piece in streamed(evidence).pieces:
        value = piece.delta.get("refusal")
        if value is not None and type(value) is not str:
            yield piece.at("delta", "refusal"), f"is {shown(value)}; a string or null"


@RULES.rule(
    "chat-stream-finish-reason",
    "must",
    "A finish reason is null until the end, and then one of the five.",
    source=f"{REFERENCE}#chat/streaming-choices; huggingface/text-generation-inference#2344, dstackai/dstack#2229",
)
def _finish_reason(evidence: Evidence) -> Iterator[Finding]:
    for piece in streamed(evidence).pieces:
        value = piece.choice.get("finish_reason")
        if value is not None and value not in FINISH_REASONS:
            yield piece.at("finish_reason"), f"is {shown(value)}; null, or one of {', '.join(FINISH_REASONS)}"
