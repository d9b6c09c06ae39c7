"""The usage of a chat answer: numbers that add up, and in a stream the place where they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.chat_answer import answered
from retape.verify.chat_stream import streamed
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.rules.chat import body
from retape.verify.words import MISSING, is_count, members, shown

RULES = Table("chat stored-chat", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/object#chat/object-usage"
STREAMING = "https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options"

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_DETAILS = ("prompt_tokens_details", "completion_tokens_details")


def usages(evidence: Evidence) -> Iterator[tuple[str, dict[str, Any]]]:
    """The usages that are objects, each with its place."""
    return ((where, usage) for where, usage in answered(evidence).usages if isinstance(usage, dict))


def options(evidence: Evidence) -> dict[str, Any]:
    """The request's stream options."""
    return members(evidence.asked.get("stream_options"))


def asked_usage(evidence: Evidence) -> bool:
    """Whether the stream was asked to tell its usage."""
    return options(evidence).get("include_usage") is True


@RULES.rule("chat-usage-missing", "must", "A whole answer has its usage.", source=REFERENCE, forms="plain")
def _missing(evidence: Evidence) -> Iterator[Finding]:
    whole = body(evidence)
    if whole is not None and not isinstance(whole.get("usage"), dict):
        yield "usage", f"is {shown(whole.get('usage', MISSING))}; an object with {', '.join(_COUNTS)}"


@RULES.rule(
    "chat-usage-counts",
    "must",
    "A usage has prompt_tokens, completion_tokens and total_tokens, integers from 0 on.",
    source=f"{REFERENCE}; MiniMax-AI/MiniMax-M2.5#2",
)
def _counts(evidence: Evidence) -> Iterator[Finding]:
    for where, usage in answered(evidence).usages:
        if not isinstance(usage, dict) and evidence.form == "stream":
            yield where, f"is {shown(usage)}; an object or null"
        for name in _COUNTS if isinstance(usage, dict) else ():
            if not is_count(usage.get(name)):
                yield f"{where}.{name}", f"is {shown(usage.get(name, MISSING))}; an integer from 0 on"


@RULES.rule(
    "chat-usage-sum",
    "must",
    "total_tokens is prompt_tokens and completion_tokens together.",
    source=f"{REFERENCE}: total number of tokens used in the request (prompt + completion); vercel/ai#18614",
)
def _sum(evidence: Evidence) -> Iterator[Finding]:
    for where, usage in usages(evidence):
        prompt, completion, total = (usage.get(name) for name in _COUNTS)
        if is_count(prompt) and is_count(completion) and is_count(total) and total != prompt + completion:
            yield f"{where}.total_tokens", f"is {total}; {prompt} + {completion} = {prompt + completion}"


@RULES.rule(
    "chat-usage-parts",
    "should",
    "Cached tokens are a part of the prompt's, reasoning tokens of the completion's.",
    source=f"{REFERENCE}; vercel/ai#12485, vercel/ai#18614",
)
def _parts(evidence: Evidence) -> Iterator[Finding]:
    for where, usage in usages(evidence):
        for whole, part in (("prompt_tokens", "cached_tokens"), ("completion_tokens", "reasoning_tokens")):
            inner, outer = members(usage.get(f"{whole}_details")).get(part), usage.get(whole)
            if is_count(inner) and is_count(outer) and inner > outer:
                yield f"{where}.{whole}_details.{part}", f"is {inner}, more than the {outer} of {whole}"


@RULES.rule(
    "chat-usage-details",
    "should",
    "The details of a usage are objects of integers, not of nulls.",
    source=f"{REFERENCE}; pydantic/pydantic-ai#2669, pydantic/pydantic-ai#4151",
)
def _details(evidence: Evidence) -> Iterator[Finding]:
    for where, usage in usages(evidence):
        for name in _DETAILS:
            details = usage.get(name)
            if not isinstance(details, dict | None):
                yield f"{where}.{name}", f"is {shown(details)}, not an object"
            for key, value in members(details).items():
                if key.endswith("_tokens") and not is_count(value):
                    yield f"{where}.{name}.{key}", f"is {shown(value)}; an integer from 0 on"


@RULES.rule(
    "chat-usage-unasked",
    "should",
    "A stream has no usage that wasn't asked for.",
    source=f"{STREAMING}; MiniMax-AI/MiniMax-M2.5#2",
    forms="stream",
)
def _unasked(evidence: Evidence) -> Iterator[Finding]:
    if not asked_usage(evidence):
        for frame in streamed(evidence).usages:
            if frame.data["choices"] == []:
                yield frame.at("choices"), "is empty, for a usage that wasn't asked for: clients read choices[0]"
            else:
                yield frame.at("usage"), "is there although the request has no stream_options.include_usage"


@RULES.rule(
    "chat-usage-asked",
    "must",
    "A stream that was asked for its usage has it.",
    source=f"{STREAMING}; ollama/ollama#6784",
    forms="stream",
)
def _asked(evidence: Evidence) -> Iterator[Finding]:
    stream = streamed(evidence)
    if asked_usage(evidence) and stream.complete and stream.chunks and not stream.usages:
        yield "usage", "never comes, although stream_options.include_usage is true"


@RULES.rule(
    "chat-usage-once",
    "must",
    "A stream tells its usage once.",
    source=STREAMING,
    forms="stream",
)
def _once(evidence: Evidence) -> Iterator[Finding]:
    if asked_usage(evidence) and not options(evidence).get("continuous_usage_stats"):
        for frame in streamed(evidence).usages[:-1]:
            yield frame.at("usage"), "isn't the last; null before the last chunk"


@RULES.rule(
    "chat-usage-place",
    "must",
    "The usage has a chunk of its own, with no choice, after every finish reason: the last before [DONE].",
    source=f"{STREAMING}; BerriAI/litellm#8450, BerriAI/litellm#38926",
    forms="stream",
)
def _place(evidence: Evidence) -> Iterator[Finding]:
    stream = streamed(evidence)
    if not asked_usage(evidence) or not stream.usages:
        return
    last = stream.usages[-1]
    if last.data.get("choices"):
        yield last.at("choices"), f"is {shown(last.data['choices'])} beside the usage; []"
    if stream.chunks[-1] is not last:
        yield last.at("usage"), f"comes before the last chunk, event {stream.chunks[-1].number}"


@RULES.rule(
    "chat-usage-in-choice",
    "should",
    "The usage is the chunk's, not a choice's.",
    source=f"{STREAMING}; earendil-works/pi#2017",
    forms="stream",
)
def _in_choice(evidence: Evidence) -> Iterator[Finding]:
    for piece in streamed(evidence).pieces:
        if piece.choice.get("usage"):
            yield piece.at("usage"), "is in the choice; beside `choices`"
