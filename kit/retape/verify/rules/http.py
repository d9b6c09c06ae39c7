"""HTTP itself: types, framing, encodings, for every endpoint that answers in JSON or in events."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from retape.tape import encodings
from retape.tape.sse import is_terminal
from retape.verify.evidence import UNREADABLE, Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import is_text, shown

JSON_ENDPOINTS = (
    "chat stored-chats stored-chat stored-chat-deleted stored-messages completions responses input-tokens compact "
    "response response-deleted response-cancel input-items embeddings models model moderations"
)
"""Those whose answers are JSON or, where asked for, events."""

RULES = Table(JSON_ENDPOINTS, "plain stream error")

_STREAMS = ("chat", "completions", "responses", "response")
_CAUSES = {"early-end": "the connection was closed", "reset": "the connection was reset"}
_DIGIT = re.compile(r"\d")
_DURATION = re.compile(r"(?=.)(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+(?:\.\d+)?s)?(?:\d+(?:\.\d+)?(?:ms|us|µs|ns))?\Z")


def _kept_headers(evidence: Evidence) -> bool:
    """Whether the recording has header fields at all: some tools keep none."""
    return bool(evidence.exchange.head and evidence.exchange.head.headers)


@RULES.rule(
    "http-type-json",
    "must",
    "A whole answer's type is application/json.",
    source="OpenAI API reference; the type of every recorded answer of api.openai.com",
    forms="plain",
)
def _type_json(evidence: Evidence) -> Iterator[Finding]:
    kind = evidence.exchange.content_type
    if kind and kind != "application/json":
        yield "header content-type", f"is {shown(kind)}, not application/json"


@RULES.rule(
    "http-type-events",
    "must",
    "A stream's type is text/event-stream.",
    source="WHATWG HTML, 9.2.5; ollama/ollama#8991, openclaw/openclaw#97474",
    forms="stream",
)
def _type_events(evidence: Evidence) -> Iterator[Finding]:
    kind = evidence.exchange.content_type
    if kind and kind != "text/event-stream":
        yield "header content-type", f"is {shown(kind)} although the body is events; text/event-stream"


@RULES.rule(
    "http-type-missing",
    "should",
    "An answer has a content type.",
    source="RFC 9110, 8.3",
)
def _type_missing(evidence: Evidence) -> Iterator[Finding]:
    if evidence.body and _kept_headers(evidence) and not evidence.exchange.content_type:
        yield "header content-type", "is missing; application/json, or text/event-stream for a stream"


@RULES.rule(
    "http-stream-unasked",
    "must",
    "Nothing is streamed that wasn't asked to be.",
    source="OpenAI API reference, stream: false by default; decolua/9router#3492",
    forms="stream",
)
def _stream_unasked(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.asked_stream:
        yield "header content-type", "is text/event-stream, but the request asks for no stream; application/json"


@RULES.rule(
    "http-stream-asked",
    "must",
    "A stream that was asked for is a stream.",
    source="OpenAI API reference, stream",
    forms="plain",
)
def _stream_asked(evidence: Evidence) -> Iterator[Finding]:
    if evidence.asked_stream and evidence.endpoint in _STREAMS and evidence.body:
        yield "body", "is no stream of events, but the request asks for one"


@RULES.rule(
    "http-json",
    "must",
    "A whole answer's body is one JSON value.",
    source="RFC 8259; Blaizzy/mlx-vlm#1604",
    forms="plain",
)
def _json(evidence: Evidence) -> Iterator[Finding]:
    if evidence.json is not UNREADABLE or evidence.outcome != "complete":
        return
    if not evidence.body.strip():
        yield "body", f"is empty, with status {evidence.status}; a JSON object"
    else:
        yield "body", f"is no JSON: {evidence.json_problem}"


@RULES.rule(
    "http-json-duplicate-key",
    "should",
    "No object in the answer has a key twice: clients differ in which one they take.",
    source="RFC 8259, 4",
    forms="plain",
)
def _duplicate_key(evidence: Evidence) -> Iterator[Finding]:
    if isinstance(evidence.json, dict):
        for name in twice(evidence.body.decode("utf-8", "replace")):
            yield "body", f"an object has the key {shown(name)} twice"


def twice(text: str) -> list[str]:
    """The keys that stand twice in one object of a JSON text, which must be readable."""
    found: list[str] = []

    def keys(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            names = [name for name, _ in pairs]
            found.extend(dict.fromkeys(name for name in names if names.count(name) > 1))

    json.loads(text, object_pairs_hook=keys)
    return found


@RULES.rule(
    "http-utf8",
    "must",
    "The body is UTF-8.",
    source="RFC 8259, 8.1; WHATWG HTML, 9.2.5",
)
def _utf8(evidence: Evidence) -> Iterator[Finding]:
    body = evidence.body
    try:
        body.decode()
    except UnicodeDecodeError as error:
        cut = evidence.outcome != "complete" and error.start >= len(body) - 3
        if not cut:
            yield f"byte {error.start}", f"0x{body[error.start]:02x} is no UTF-8 there: {error.reason}"


@RULES.rule(
    "http-encoding",
    "must",
    "The body is encoded as Content-Encoding says.",
    source="RFC 9110, 8.4",
)
def _encoding(evidence: Evidence) -> Iterator[Finding]:
    encoding = evidence.exchange.encoding
    if encoding and evidence.exchange.wire and evidence.outcome == "complete":
        try:
            encodings.decode(evidence.exchange.wire, encoding)
        except ValueError as error:
            yield "header content-encoding", f"is {shown(encoding)}, but the body can't be decoded: {error}"


@RULES.rule(
    "http-whole-body",
    "must",
    "The answer comes to its end: all the bytes that were announced, and no broken connection.",
    source="RFC 9112, 8; epam/ai-dial-adapter-openai#192, BerriAI/litellm#7108",
)
def _whole_body(evidence: Evidence) -> Iterator[Finding]:
    came, announced = len(evidence.exchange.wire), evidence.header("content-length") or ""
    if evidence.outcome in _CAUSES and not any(map(is_terminal, evidence.events)):
        told = f" of {announced} announced" if announced else ""
        yield "the end of the body", f"{_CAUSES[evidence.outcome]} after {came} bytes{told}, before the answer's end"
    elif evidence.outcome == "complete" and announced.isdecimal() and 0 < came < int(announced):
        yield "header content-length", f"announces {announced} bytes, but {came} came"


@RULES.rule(
    "http-silent",
    "should",
    "A server that has begun an answer goes on with it.",
    source="waybarrios/vllm-mlx#101, diegosouzapw/OmniRoute#6777",
)
def _silent(evidence: Evidence) -> Iterator[Finding]:
    if evidence.outcome == "timeout" and not any(map(is_terminal, evidence.events)):
        came = len(evidence.exchange.wire)
        yield "the end of the body", f"nothing more came after {came} bytes for as long as the client waited"


@RULES.rule(
    "http-error-as-success",
    "must",
    "An error has a status of 400 or more.",
    source="OpenAI API reference, Error codes; vercel/ai#11671",
    forms="plain",
)
def _error_as_success(evidence: Evidence) -> Iterator[Finding]:
    body = evidence.json
    if isinstance(body, dict) and body.get("error") and not is_text(body.get("object")):
        yield "error", f"is {shown(body['error'])} with status {evidence.status}; 4xx or 5xx"


@RULES.rule(
    "http-ratelimit-reset",
    "note",
    "x-ratelimit-reset-requests and -tokens are durations like 6m0s and 76ms.",
    source="OpenAI guide, Rate limits in headers; crmne/ruby_llm#850",
)
def _ratelimit_reset(evidence: Evidence) -> Iterator[Finding]:
    for name in ("x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"):
        value = evidence.header(name)
        if value is not None and _DIGIT.search(value) and not _DURATION.match(value.strip()):  # else it is scrubbed
            yield f"header {name}", f"is {shown(value)}; a duration like 1s, 6m0s or 76ms"
