"""The response object of the Responses API: what it must hold, in an answer of its own and inside events."""

from __future__ import annotations

from collections.abc import Iterator

from retape.verify.evidence import UNREADABLE, Evidence
from retape.verify.responses_answer import LAST, STATUSES, Snapshot, result, snapshots
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, is_int, is_number, is_text, members, shown

RULES = Table("responses response response-cancel", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/responses/object"

_MILLISECONDS = 1e11  # as seconds the year 5138

_REASONS = ("max_output_tokens", "content_filter", "max_messages", "steered")

_EVENT_STATUSES = {
    "response.created": ("queued", "in_progress"),
    "response.queued": ("queued", "in_progress"),
    "response.in_progress": ("queued", "in_progress"),
    **{event: (status,) for event, status in LAST.items()},
}
"""What a response may be in an event that tells of one."""

_REQUIRED = (
    *("error", "incomplete_details", "instructions", "metadata", "output", "parallel_tool_calls", "temperature"),
    *("text", "tool_choice", "tools", "top_p"),
)
"""Keys that api.openai.com has sent with every response since 2025-03, null where it has nothing to say."""


@RULES.rule(
    "responses-object",
    "must",
    'The answer is an object, and its `object` is "response".',
    source=f"{REFERENCE}#responses/object-object",
)
def _object(evidence: Evidence) -> Iterator[Finding]:
    if evidence.form == "plain" and evidence.json is not UNREADABLE and not isinstance(evidence.json, dict):
        yield "body", f"is {shown(evidence.json)}, not a response object"
    for snapshot in snapshots(evidence):
        value = snapshot.body.get("object", MISSING)
        if value != "response":
            yield at(snapshot.where, "object"), f'is {shown(value)}, not "response"'


@RULES.rule("responses-id", "must", "A response has an id.", source=f"{REFERENCE}#responses/object-id")
def _id(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        value = snapshot.body.get("id", MISSING)
        if not is_text(value):
            yield at(snapshot.where, "id"), f"is {shown(value)}, so no later request can name the response"


@RULES.rule(
    "responses-id-prefix",
    "should",
    'The id of a response begins with "resp_".',
    source=f"{REFERENCE}#responses/object-id",
)
def _id_prefix(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        value = snapshot.body.get("id")
        if is_text(value) and not value.startswith("resp_"):
            yield at(snapshot.where, "id"), f'is {shown(value)}; ids of responses begin with "resp_"'
            return


@RULES.rule(
    "responses-created-at",
    "must",
    "`created_at` is the time in seconds since 1970.",
    source=f"{REFERENCE}#responses/object-created_at",
)
def _created_at(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        value = snapshot.body.get("created_at", MISSING)
        if not is_number(value):
            yield at(snapshot.where, "created_at"), f"is {shown(value)}, not seconds since 1970"
        elif value > _MILLISECONDS:
            yield at(snapshot.where, "created_at"), f"is {shown(value)}: that looks like milliseconds, not seconds"


@RULES.rule(
    "responses-created-at-integer",
    "should",
    "`created_at` is an integer: typed clients outside Python read no other number there.",
    source=f"{REFERENCE}#responses/object-created_at",
)
def _created_at_integer(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        value = snapshot.body.get("created_at")
        if is_number(value) and not is_int(value):
            yield at(snapshot.where, "created_at"), f"is {shown(value)}, not an integer"


@RULES.rule(
    "responses-completed-at",
    "should",
    "`completed_at`, where it is sent, is a time from `created_at` on once the response is completed, and null before.",
    source=f"{REFERENCE}#responses/object-completed_at",
)
def _completed_at(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        value, created = snapshot.body.get("completed_at", MISSING), snapshot.body.get("created_at")
        where, status = at(snapshot.where, "completed_at"), snapshot.body.get("status")
        if value is MISSING:
            continue
        if status == "completed" and not is_number(value):
            yield where, f"is {shown(value)} although the response is completed"
        elif is_number(value) and is_number(created) and value < int(created):
            yield where, f"is {shown(value)}, before created_at, {shown(created)}"
        elif value is not None and status in ("queued", "in_progress"):
            yield where, f"is {shown(value)} although the response is {status}"


@RULES.rule(
    "responses-status",
    "must",
    "`status` is one of the six that the API knows.",
    source=f"{REFERENCE}#responses/object-status",
)
def _status(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        value = snapshot.body.get("status", MISSING)
        if value not in STATUSES:
            yield at(snapshot.where, "status"), f"is {shown(value)}, not one of {', '.join(STATUSES)}"


@RULES.rule(
    "responses-status-reason",
    "must",
    "A completed response has neither error nor incomplete_details; a failed one has the error, "
    "an incomplete one the reason.",
    source=f"{REFERENCE}#responses/object-error",
)
def _status_reason(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        body, where = snapshot.body, snapshot.where
        status, error, details = (body.get(key) for key in ("status", "error", "incomplete_details"))
        if status == "completed" and error is not None:
            yield at(where, "error"), f"is {shown(error)} although the response is completed"
        if status == "completed" and details is not None:
            yield at(where, "incomplete_details"), f"is {shown(details)} although the response is completed"
        if status == "failed" and not is_text(members(error).get("message")):
            yield at(where, "error"), f"is {shown(error)}: a failed response says why, in error.message"
        if status == "incomplete" and not is_text(members(details).get("reason")):
            yield at(where, "incomplete_details"), f"is {shown(details)}: an incomplete response gives the reason"


@RULES.rule(
    "responses-error-code",
    "should",
    "The error of a failed response has a code beside its message.",
    source="openai-python: types/responses/response_error.py",
)
def _error_code(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        error = snapshot.body.get("error")
        if isinstance(error, dict) and not is_text(error.get("code")):
            yield at(snapshot.where, "error", "code"), f"is {shown(error.get('code', MISSING))}, not a code"


@RULES.rule(
    "responses-incomplete-reason",
    "note",
    "The reason of an incomplete response is one that the API knows: max_output_tokens, content_filter ...",
    source="openai-python: types/responses/response.py, IncompleteDetails",
)
def _incomplete_reason(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        reason = members(snapshot.body.get("incomplete_details")).get("reason")
        if is_text(reason) and reason not in _REASONS:
            where = at(snapshot.where, "incomplete_details", "reason")
            yield where, f"is {shown(reason)}; the API knows {', '.join(_REASONS)}"


@RULES.rule("responses-model", "must", "A response names its model.", source=f"{REFERENCE}#responses/object-model")
def _model(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        value = snapshot.body.get("model", MISSING)
        if not is_text(value):
            yield at(snapshot.where, "model"), f"is {shown(value)}, not a model's name"


@RULES.rule(
    "responses-keys",
    "should",
    "A response has every key that clients read without asking first, null where there is nothing to say.",
    source="openai-python: types/responses/response.py; ollama/ollama#13736",
)
def _keys(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        missing = [key for key in _REQUIRED if key not in snapshot.body]
        if missing:
            yield at(snapshot.where), f"lacks {', '.join(missing)}"


@RULES.rule(
    "responses-output",
    "must",
    "`output` is an array, and that of a completed response has something in it.",
    source=f"{REFERENCE}#responses/object-output",
)
def _output(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        value = snapshot.body.get("output", MISSING)
        if not isinstance(value, list):
            yield at(snapshot.where, "output"), f"is {shown(value)}, not an array"
        elif not value and snapshot.body.get("status") == "completed":
            yield at(snapshot.where, "output"), "is empty although the response is completed"


@RULES.rule(
    "responses-output-early",
    "should",
    "A response that has only just been created has an empty output.",
    source="https://platform.openai.com/docs/api-reference/responses-streaming/response/created",
)
def _output_early(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        if snapshot.event in ("response.created", "response.queued") and snapshot.body.get("output"):
            yield at(snapshot.where, "output"), "has items before any was announced"


@RULES.rule(
    "responses-event-status",
    "must",
    "The response in response.completed is completed, that in response.failed failed, and so on.",
    source="https://platform.openai.com/docs/api-reference/responses-streaming/response/completed",
)
def _event_status(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        status = snapshot.body.get("status")
        expected = _EVENT_STATUSES.get(snapshot.event, STATUSES)
        if status in STATUSES and status not in expected:
            yield at(snapshot.where, "status"), f"is {shown(status)} in {snapshot.event}"


@RULES.rule(
    "responses-background",
    "should",
    "A response in the background is answered at once, queued or in progress.",
    source="https://platform.openai.com/docs/guides/background",
)
def _background(evidence: Evidence) -> Iterator[Finding]:
    done: Snapshot | None = result(evidence) if evidence.form == "plain" else None
    if done and evidence.asked.get("background") is True and done.body.get("status") == "completed":
        yield "status", "is completed already: the client was made to wait for what it asked to have in the background"
