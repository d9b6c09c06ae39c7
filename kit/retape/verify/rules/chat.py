"""A whole chat completion: its envelope, its choices and their messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.chat_answer import FINISH_REASONS
from retape.verify.evidence import UNREADABLE, Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_int, is_text, members, shown

RULES = Table("chat stored-chat", "plain")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/object"

TIERS = frozenset({"auto", "default", "flex", "scale", "priority", "fast"})
MILLISECONDS = 100_000_000_000
"""No time in seconds is that late before the year 5138."""


def body(evidence: Evidence) -> dict[str, Any] | None:
    """The answer, when it is an object and no error in disguise."""
    value = evidence.json
    return value if isinstance(value, dict) and (not value.get("error") or is_text(value.get("object"))) else None


def choices(evidence: Evidence) -> Iterator[tuple[int, dict[str, Any]]]:
    """The choices that are objects, each with its place."""
    entries = enumerate(elements((body(evidence) or {}).get("choices")))
    return ((n, entry) for n, entry in entries if isinstance(entry, dict))


def messages(evidence: Evidence) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The messages that are objects: the place, the message, its choice."""
    for n, choice in choices(evidence):
        if isinstance(choice.get("message"), dict):
            yield at("choices", n, "message"), choice["message"], choice


@RULES.rule("chat-object", "must", '`object` is "chat.completion".', source=f"{REFERENCE}#chat/object-object")
def _object(evidence: Evidence) -> Iterator[Finding]:
    if evidence.json is not UNREADABLE and not isinstance(evidence.json, dict):
        yield "body", f"is {shown(evidence.json)}, not a chat completion"
    whole = body(evidence)
    if whole is not None and whole.get("object") != "chat.completion":
        yield "object", f'is {shown(whole.get("object", MISSING))}, not "chat.completion"'


@RULES.rule("chat-id", "must", "`id` is a string that says something.", source=f"{REFERENCE}#chat/object-id")
def _id(evidence: Evidence) -> Iterator[Finding]:
    yield from wrong_text(body(evidence), "id")


@RULES.rule(
    "chat-model",
    "must",
    "`model` is a string that says something.",
    source=f"{REFERENCE}#chat/object-model; pydantic/pydantic-ai#2945",
)
def _model(evidence: Evidence) -> Iterator[Finding]:
    yield from wrong_text(body(evidence), "model")


def wrong_text(whole: dict[str, Any] | None, name: str) -> Iterator[Finding]:
    """What is wrong with a member that has to be a string with something in it."""
    if whole is not None and not is_text(whole.get(name)):
        yield name, f"is {shown(whole.get(name, MISSING))}; a string that isn't empty"


@RULES.rule(
    "chat-created",
    "must",
    "`created` is the time in whole seconds since 1970.",
    source=f"{REFERENCE}#chat/object-created; zed-industries/zed#32982, pydantic/pydantic-ai#2247",
)
def _created(evidence: Evidence) -> Iterator[Finding]:
    whole = body(evidence)
    problem = wrong_created(whole.get("created", MISSING)) if whole is not None else ""
    if problem:
        yield "created", problem


def wrong_created(value: Any) -> str:
    """What is wrong with a `created`; "" for nothing."""
    if not is_int(value):
        return f"is {shown(value)}; an integer, the seconds since 1970"
    if value < 0:
        return f"is {value}; the seconds since 1970"
    return f"is {value}: milliseconds; the seconds since 1970" if value >= MILLISECONDS else ""


@RULES.rule(
    "chat-choices",
    "must",
    "`choices` is an array with at least one choice.",
    source=f"{REFERENCE}#chat/object-choices; vercel/ai#20351, pydantic/pydantic-ai#6885",
)
def _choices(evidence: Evidence) -> Iterator[Finding]:
    whole = body(evidence)
    if whole is None:
        return
    value = whole.get("choices", MISSING)
    if not value or not isinstance(value, list):
        yield "choices", f"is {shown(value)}; an array with at least one choice"
    for n, choice in enumerate(elements(value)):
        if not isinstance(choice, dict):
            yield at("choices", n), f"is {shown(choice)}, not an object"


@RULES.rule(
    "chat-choice-index",
    "must",
    "Every choice has an integer index, and each of 0..n-1 is there once.",
    source=f"{REFERENCE}#chat/object-choices",
)
def _choice_index(evidence: Evidence) -> Iterator[Finding]:
    seen: set[int] = set()
    entries = list(choices(evidence))
    for n, choice in entries:
        index = choice.get("index", MISSING)
        if not is_int(index) or not 0 <= index < len(entries):
            yield at("choices", n, "index"), f"is {shown(index)}; an integer below {len(entries)}"
        elif index in seen:
            yield at("choices", n, "index"), f"is {index}, which another choice has too"
        else:
            seen.add(index)


@RULES.rule("chat-message", "must", "Every choice has a message.", source=f"{REFERENCE}#chat/object-choices")
def _message(evidence: Evidence) -> Iterator[Finding]:
    for n, choice in choices(evidence):
        if not isinstance(choice.get("message"), dict):
            yield at("choices", n, "message"), f"is {shown(choice.get('message', MISSING))}, not an object"


@RULES.rule("chat-role", "must", 'The message\'s role is "assistant".', source=f"{REFERENCE}#chat/object-choices")
def _role(evidence: Evidence) -> Iterator[Finding]:
    for where, message, _ in messages(evidence):
        if message.get("role") != "assistant":
            yield at(where, "role"), f'is {shown(message.get("role", MISSING))}, not "assistant"'


@RULES.rule(
    "chat-content",
    "must",
    "The message's content is a string or null.",
    source=f"{REFERENCE}#chat/object-choices; microsoft/agent-framework#6978, simonw/llm-mistral#39",
)
def _content(evidence: Evidence) -> Iterator[Finding]:
    for where, message, _ in messages(evidence):
        if not isinstance(message.get("content"), str | None):
            yield at(where, "content"), f"is {shown(message['content'])}; a string or null"


@RULES.rule(
    "chat-content-key",
    "should",
    "The message has the key `content`, null beside tool calls.",
    source=f"{REFERENCE}#chat/object-choices; vercel/ai#4880",
)
def _content_key(evidence: Evidence) -> Iterator[Finding]:
    for where, message, _ in messages(evidence):
        if "content" not in message:
            yield at(where, "content"), "is missing; null when there is no text"


@RULES.rule(
    "chat-says-something",
    "must",
    "The message has text, a refusal, a tool call or audio, unless it was cut off or stopped.",
    source=f"{REFERENCE}#chat/object-choices; pydantic/pydantic-ai#6885",
)
def _says_something(evidence: Evidence) -> Iterator[Finding]:
    for where, message, choice in messages(evidence):
        said = message.get("content") is not None or any(
            message.get(name) for name in ("refusal", "tool_calls", "function_call", "audio")
        )
        cut = choice.get("finish_reason") in ("length", "content_filter") or evidence.asked.get("stop")
        if not said and not cut:
            yield where, "has neither content nor refusal, tool_calls, function_call or audio"


@RULES.rule(
    "chat-refusal", "should", "The message's refusal is a string or null.", source=f"{REFERENCE}#chat/object-choices"
)
def _refusal(evidence: Evidence) -> Iterator[Finding]:
    for where, message, _ in messages(evidence):
        if not isinstance(message.get("refusal"), str | None):
            yield at(where, "refusal"), f"is {shown(message['refusal'])}; a string or null"


@RULES.rule(
    "chat-finish-reason",
    "must",
    "Every choice has a finish reason, one of the five.",
    source=f"{REFERENCE}#chat/object-choices; pydantic/pydantic-ai#3045, huggingface/text-generation-inference#2344",
)
def _finish_reason(evidence: Evidence) -> Iterator[Finding]:
    for n, choice in choices(evidence):
        value = choice.get("finish_reason", MISSING)
        if value not in FINISH_REASONS:
            yield at("choices", n, "finish_reason"), f"is {shown(value)}; one of {', '.join(FINISH_REASONS)}"


@RULES.rule(
    "chat-no-delta",
    "should",
    "A choice of a whole answer has no delta.",
    source=f"{REFERENCE}#chat/object-choices",
)
def _no_delta(evidence: Evidence) -> Iterator[Finding]:
    for n, choice in choices(evidence):
        if choice.get("delta"):
            yield at("choices", n, "delta"), "is there, in an answer that isn't a stream; message alone"


@RULES.rule(
    "chat-fingerprint",
    "should",
    "`system_fingerprint` is a string or null.",
    source=f"{REFERENCE}#chat/object-system_fingerprint",
)
def _fingerprint(evidence: Evidence) -> Iterator[Finding]:
    value = members(body(evidence)).get("system_fingerprint")
    if not isinstance(value, str | None):
        yield "system_fingerprint", f"is {shown(value)}; a string or null"


@RULES.rule(
    "chat-service-tier",
    "should",
    "`service_tier` is one of those in the reference, or null.",
    source=f"{REFERENCE}#chat/object-service_tier; pydantic/pydantic-ai#4911",
)
def _service_tier(evidence: Evidence) -> Iterator[Finding]:
    problem = wrong_tier(members(body(evidence)).get("service_tier"))
    if problem:
        yield "service_tier", problem


def wrong_tier(value: Any) -> str:
    """What is wrong with a service tier; "" for nothing."""
    known = value is None or (isinstance(value, str) and value in TIERS)
    return "" if known else f"is {shown(value)}; one of {', '.join(sorted(TIERS))}, or null"
