"""Error answers: `{"error": {"message", "type", "param", "code"}}` and the header fields that tell a client to wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from retape.verify.endpoints import ENDPOINTS
from retape.verify.evidence import UNREADABLE, Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, is_text, members, shown

RULES = Table(" ".join(name for name, _, _ in ENDPOINTS), "error")

GUIDE = "OpenAI guide, Error codes"

_KEYS = ("message", "type", "param", "code")
_WAITS = ("retry-after", "retry-after-ms")
_PATIENCE = 60.0  # seconds; the official clients take no longer wait from a server
_DECODERS = re.compile(
    r"invalid character .+ looking for beginning of value|Expecting value: line \d+|Unexpected token .+ in JSON"
    r"|Unexpected end of JSON input|unexpected end of JSON input|Expecting property name enclosed"
)
"""What JSON decoders say (Go's, Python's, V8's): of an upstream's answer, when a server says it to a client."""


def error_of(evidence: Evidence) -> dict[str, Any] | None:
    """The error object; None when there is none."""
    error = members(evidence.json).get("error")
    return error if isinstance(error, dict) else None


@RULES.rule(
    "error-json",
    "must",
    "An error's body is a JSON object, whatever the status.",
    source=f"{GUIDE}; letta-ai/letta-code#1179, cyberchitta/openai_ex#126",
)
def _json(evidence: Evidence) -> Iterator[Finding]:
    body = evidence.json
    if body is UNREADABLE:
        start = evidence.body[:60].decode("utf-8", "replace")
        yield "body", f"{shown(start)} with status {evidence.status} is no JSON: {evidence.json_problem}"
    elif not isinstance(body, dict):
        yield "body", f"is {shown(body)}, not an object with `error`"


@RULES.rule(
    "error-object",
    "must",
    "An error's body has an object `error`.",
    source=f"{GUIDE}; vllm-project/vllm#12886, openai/openai-node#1784",
)
def _object(evidence: Evidence) -> Iterator[Finding]:
    body = evidence.json
    if isinstance(body, dict) and not isinstance(body.get("error"), dict):
        yield "error", f"is {shown(body.get('error', MISSING))}, not an object; the body's keys: {', '.join(body)}"


@RULES.rule(
    "error-message",
    "must",
    "`error.message` is a string that says something.",
    source=f"{GUIDE}; ayunis-core/ayunis-core#705",
)
def _message(evidence: Evidence) -> Iterator[Finding]:
    error = error_of(evidence)
    if error is not None and not is_text(error.get("message")):
        yield "error.message", f"is {shown(error.get('message', MISSING))}, not a string"


@RULES.rule(
    "error-code",
    "must",
    "`error.code` is a string or null, never the status.",
    source=f"{GUIDE}; foundation-model-stack/fms-guardrails-orchestrator#511, nodetool-ai/nodetool#5755",
)
def _code(evidence: Evidence) -> Iterator[Finding]:
    yield from _optional_string(evidence, "code")


@RULES.rule("error-type", "should", "`error.type` is a string.", source=GUIDE)
def _type(evidence: Evidence) -> Iterator[Finding]:
    yield from _optional_string(evidence, "type")


@RULES.rule("error-param", "should", "`error.param` is a string or null.", source=GUIDE)
def _param(evidence: Evidence) -> Iterator[Finding]:
    yield from _optional_string(evidence, "param")


def _optional_string(evidence: Evidence, name: str) -> Iterator[Finding]:
    value = (error_of(evidence) or {}).get(name)
    if value is not None and not isinstance(value, str):
        yield f"error.{name}", f"is {shown(value)}; a string or null"


@RULES.rule(
    "error-keys",
    "note",
    "`error` has message, type, param and code; api.openai.com sends null for what it has no value for.",
    source=f"{GUIDE}; recorded errors of api.openai.com",
)
def _keys(evidence: Evidence) -> Iterator[Finding]:
    error = error_of(evidence)
    lacking = [name for name in _KEYS if error is not None and name not in error]
    if lacking:
        yield "error", f"has no {', '.join(lacking)}; null where there is nothing to say"


@RULES.rule(
    "error-content-type",
    "note",
    "An error's type is application/json; api.openai.com's edge has sent text/plain, and JSON in it all the same.",
    source=f"{GUIDE}; a 401 of api.openai.com recorded in 2026-02",
)
def _content_type(evidence: Evidence) -> Iterator[Finding]:
    kind = evidence.exchange.content_type
    if kind and kind != "application/json" and error_of(evidence) is not None:
        yield "header content-type", f"is {shown(kind)}, not application/json"


@RULES.rule(
    "error-told-by-decoder",
    "should",
    "`error.message` tells of the request or the server, not of JSON that the server couldn't read from its upstream.",
    source="ollama/ollama#14828",
)
def _told_by_decoder(evidence: Evidence) -> Iterator[Finding]:
    message = (error_of(evidence) or {}).get("message")
    if evidence.status is not None and evidence.status >= 500 and is_text(message) and _DECODERS.search(message):
        yield "error.message", f"{shown(message)} is a JSON decoder's: the upstream's own status and words are lost"


@RULES.rule(
    "error-unknown-model",
    "should",
    "An unknown model is a 404, or a 400: no client retries those.",
    source=f"{GUIDE}; recorded errors of api.openai.com",
)
def _unknown_model(evidence: Evidence) -> Iterator[Finding]:
    error = error_of(evidence) or {}
    if error.get("code") == "model_not_found" and evidence.status not in (400, 403, 404):
        yield "status", f'is {evidence.status} with the code "model_not_found"; 404'


@RULES.rule(
    "error-429-when",
    "should",
    "A 429 says when to come back: retry-after, retry-after-ms or x-ratelimit-reset-*.",
    source="RFC 6585, 4; OpenAI guide, Rate limits in headers; dirge-code/dirge#719, BerriAI/litellm#4695",
)
def _when(evidence: Evidence) -> Iterator[Finding]:
    head = evidence.exchange.head
    if evidence.status != 429 or head is None or (error_of(evidence) or {}).get("code") == "insufficient_quota":
        return
    names = [name.lower() for name, _ in head.headers]
    if names and not any(name in _WAITS or name.startswith("x-ratelimit-") for name in names):
        yield "headers", "have none of retry-after, retry-after-ms and x-ratelimit-reset-*"


@RULES.rule(
    "error-retry-after",
    "should",
    "retry-after is a number of seconds or a date, retry-after-ms a number of milliseconds; neither is negative.",
    source="RFC 9110, 10.2.3; the official clients' retry loop",
)
def _retry_after(evidence: Evidence) -> Iterator[Finding]:
    for name in _WAITS:
        value = evidence.header(name)
        if value is not None and not (_is_wait(value) or (name == "retry-after" and _is_date(value))):
            yield f"header {name}", f"is {shown(value)}, which no client can wait for"


@RULES.rule(
    "error-retry-after-long",
    "note",
    "retry-after is at most a minute: the official clients ignore a longer wait and retry at once.",
    source="openai/openai-python#3555, dirge-code/dirge#719",
)
def _retry_after_long(evidence: Evidence) -> Iterator[Finding]:
    for name, unit in zip(_WAITS, (1.0, 0.001), strict=True):
        value = evidence.header(name)
        if value is not None and _is_wait(value) and float(value) * unit > _PATIENCE:
            yield f"header {name}", f"is {shown(value)}: {float(value) * unit:.0f} s, more than a client waits"


def _is_wait(value: str) -> bool:
    return re.fullmatch(r"\s*\d+(?:\.\d+)?\s*", value) is not None


def _is_date(value: str) -> bool:
    try:
        parsedate_to_datetime(value)
    except ValueError:
        return False
    return True


@RULES.rule(
    "error-as-events",
    "must",
    "An error comes as JSON, for requests that ask for a stream too.",
    source="OpenAI API reference, Streaming; sgl-project/sglang#7487",
)
def _as_events(evidence: Evidence) -> Iterator[Finding]:
    if evidence.exchange.is_stream:
        yield "header content-type", f"is text/event-stream with status {evidence.status}; application/json"
