"""Requests that the API refuses: each with a 400 that names the parameter, never with an answer, never with a 5xx."""

from __future__ import annotations

from collections.abc import Iterator

from retape.verify.chat_faults import BODY, Asked, fault, slip
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.rules.errors import error_of
from retape.verify.words import elements, is_text, members

RULES = Table("chat", "plain stream error")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/create"

_BEFORE = frozenset({401, 403, 408, 429})
"""Statuses that a server may give before it has looked at the request."""


@RULES.rule(
    "chat-refused-answered",
    "must",
    "A request that the API refuses isn't answered.",
    source=f"{REFERENCE}; recorded refusals of api.openai.com",
    forms="plain stream",
)
def _answered(evidence: Evidence) -> Iterator[Finding]:
    wrong = fault(evidence)
    if wrong is not None:
        yield "status", f"is {evidence.status}, but the request's {wrong[0]} {wrong[1]}; 400"


@RULES.rule(
    "chat-refused-slip",
    "should",
    "A request with a slip that the API refuses isn't answered either: its author never learns of it.",
    source=f"{REFERENCE}; recorded refusals of api.openai.com",
    forms="plain stream",
)
def _slip(evidence: Evidence) -> Iterator[Finding]:
    wrong = slip(evidence)
    if wrong is not None:
        yield "status", f"is {evidence.status}, but the request's {wrong[0]} {wrong[1]}; 400"


@RULES.rule(
    "chat-refused-status",
    "should",
    "A request that the API refuses is refused with 400: 404 and 5xx blame the model's name or the server.",
    source=f"{REFERENCE}; sgl-project/sglang#28090, diegosouzapw/OmniRoute#6402",
    forms="error",
)
def _status(evidence: Evidence) -> Iterator[Finding]:
    wrong = fault(evidence) or slip(evidence)
    if wrong is None or evidence.status in (400, 422, *_BEFORE):
        return
    if not _unknown_model(evidence):
        yield "status", f"is {evidence.status}, but the request's {wrong[0]} {wrong[1]}; 400"


def _unknown_model(evidence: Evidence) -> bool:
    """Whether the answer speaks of the request's model: a server may look that up first."""
    error, model = error_of(evidence) or {}, evidence.asked.get("model")
    message = error.get("message")
    return evidence.status == 404 and is_text(model) and is_text(message) and model in message


@RULES.rule(
    "chat-refused-part",
    "should",
    "A picture, a file or a sound that the model can't take is refused with 4xx, not with 500.",
    source=f"{REFERENCE}#chat-create-messages; recorded refusals of api.openai.com",
    forms="error",
)
def _part(evidence: Evidence) -> Iterator[Finding]:
    if evidence.status == 500:
        kinds = sorted({kind for kind in _parts(evidence.asked) if kind in ("image_url", "file", "input_audio")})
        if kinds:
            yield "status", f"is 500 for messages with {' and '.join(kinds)}; 400 when the model takes none"


def _parts(asked: Asked) -> Iterator[str]:
    for message in elements(asked.get("messages")):
        for part in elements(members(message).get("content")):
            yield str(members(part).get("type"))


@RULES.rule(
    "chat-refused-422",
    "note",
    "A request that the API refuses is refused with 400, not with 422: clients raise another exception.",
    source="openai/openai-node#1784, sgl-project/sglang#7487",
    forms="error",
)
def _unprocessable(evidence: Evidence) -> Iterator[Finding]:
    if evidence.status == 422:
        wrong = fault(evidence)
        yield "status", "is 422; 400" + (f": the request's {wrong[0]} {wrong[1]}" if wrong else "")


@RULES.rule(
    "chat-refused-param",
    "note",
    "A refusal names the parameter that is wrong.",
    source="OpenAI guide, Error codes; recorded refusals of api.openai.com",
    forms="error",
)
def _param(evidence: Evidence) -> Iterator[Finding]:
    wrong, error = fault(evidence), error_of(evidence)
    if wrong is None or error is None or evidence.status not in (400, 422):
        return
    if wrong[0] != BODY and not error.get("param") and wrong[0] not in str(error.get("message")):
        yield "error", f"names no parameter; the request's {wrong[0]} {wrong[1]}"
