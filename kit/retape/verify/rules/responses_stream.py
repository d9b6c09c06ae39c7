"""The events of a Responses stream as a sequence: framing, order, numbers, the end."""

from __future__ import annotations

from collections.abc import Iterator

from retape.verify.evidence import DONE, Evidence
from retape.verify.responses_answer import LAST, resumes_after, snapshots, typed
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, is_int, is_number, is_text, members, shown

RULES = Table("responses response", "stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/responses-streaming"

_FIRST = frozenset(("response.created", "response.queued", "error", "response.failed"))
_NUMBERED_SINCE = 1748736000  # 2025-06-01: before that day api.openai.com didn't always number its events


@RULES.rule("responses-event-type", "must", "Every event has a type.", source=REFERENCE)
def _type(evidence: Evidence) -> Iterator[Finding]:
    for frame in evidence.frames:
        if isinstance(frame.data, dict) and not is_text(frame.data.get("type")):
            yield frame.at("type"), f"is {shown(frame.data.get('type', MISSING))}, not an event's type"


def _is_known(kind: str) -> bool:
    return kind.startswith("response.") or kind == "error"


@RULES.rule(
    "responses-event-known",
    "note",
    "Every event's type is one of the API's.",
    source="openai-php/client#734",
)
def _known(evidence: Evidence) -> Iterator[Finding]:
    for frame, kind, _ in typed(evidence):
        if not _is_known(kind):
            yield frame.at("type"), f"is {shown(kind)}, which the API doesn't have"


@RULES.rule(
    "responses-event-line",
    "must",
    "The name on an event's `event:` line is the type in its data.",
    source="recordings of api.openai.com: 26 of 26 streams",
)
def _event_line(evidence: Evidence) -> Iterator[Finding]:
    for frame, kind, _ in typed(evidence):
        if frame.event.event and frame.event.event != kind:
            yield frame.at("event"), f"is {shown(frame.event.event)}, and the data's type {shown(kind)}"


@RULES.rule(
    "responses-event-line-missing",
    "note",
    "Every event has an `event:` line.",
    source="ranxianglei/billion-context#549",
)
def _no_event_line(evidence: Evidence) -> Iterator[Finding]:
    bare = [frame for frame, _, _ in typed(evidence) if not frame.event.event]
    if bare:
        yield bare[0].at(), f"has no event line, as {len(bare)} of {len(evidence.frames)} events haven't"


@RULES.rule(
    "responses-done",
    "note",
    "A Responses stream has no [DONE]: it ends with response.completed, response.incomplete or response.failed.",
    source="recordings of api.openai.com: 26 of 26 streams",
)
def _done(evidence: Evidence) -> Iterator[Finding]:
    for frame in evidence.frames:
        if frame.is_done:
            yield frame.at(), f"is {DONE}, as chat streams have it"


@RULES.rule(
    "responses-stream-created",
    "must",
    "The first event is response.created, or response.queued in the background.",
    source=f"{REFERENCE}/response/created",
)
def _created(evidence: Evidence) -> Iterator[Finding]:
    events = [event for event in typed(evidence) if _is_known(event[1])]
    if resumes_after(evidence) is None and events and events[0][1] not in _FIRST:
        yield events[0][0].at("type"), f"is {shown(events[0][1])}; the first event is response.created"


@RULES.rule(
    "responses-stream-created-once",
    "must",
    "response.created comes once, and response.in_progress before the first item.",
    source=f"{REFERENCE}/response/in_progress",
)
def _created_once(evidence: Evidence) -> Iterator[Finding]:
    seen: set[str] = set()
    for frame, kind, _ in typed(evidence):
        if kind == "response.created" and kind in seen:
            yield frame.at(), "is a second response.created"
        elif kind == "response.in_progress" and "response.output_item.added" in seen:
            yield frame.at(), "is response.in_progress after the first item"
        seen.add(kind)


def _ends(evidence: Evidence) -> list[int]:
    """The places of the events that end a stream; an `error` may come before its response.failed."""
    kinds = [kind for _, kind, _ in typed(evidence)]
    ends = [place for place, kind in enumerate(kinds) if kind in LAST]
    return ends or [place for place, kind in enumerate(kinds) if kind == "error"][:1]


@RULES.rule(
    "responses-stream-terminal",
    "must",
    "A stream ends with response.completed, response.incomplete, response.failed or an error.",
    source=f"{REFERENCE}/response/completed",
)
def _terminal(evidence: Evidence) -> Iterator[Finding]:
    nothing_left = resumes_after(evidence) is not None and not evidence.frames
    if evidence.outcome == "complete" and not _ends(evidence) and not nothing_left:
        last = evidence.frames[-1].at() if evidence.frames else "body"
        yield last, "is the end: nothing says how the response ended"


@RULES.rule(
    "responses-stream-last",
    "must",
    "One event ends a stream, and nothing comes after it.",
    source=f"{REFERENCE}/response/completed",
)
def _last(evidence: Evidence) -> Iterator[Finding]:
    ends = _ends(evidence)
    events = typed(evidence)
    for frame, kind, _ in events[ends[0] + 1 :] if ends else ():
        yield frame.at(), f"is {shown(kind)} after {events[ends[0]][1]}, which ends a stream"


@RULES.rule(
    "responses-stream-open",
    "should",
    "The connection is closed after the last event: clients read until its end.",
    source="vastsa/PI-Desktop#217",
)
def _open(evidence: Evidence) -> Iterator[Finding]:
    ends = _ends(evidence)
    if ends and evidence.outcome == "timeout":
        frame, kind, _ = typed(evidence)[ends[0]]
        yield frame.at(), f"is {kind}, and then the connection stayed open until the client's patience ended"


@RULES.rule(
    "responses-sequence",
    "must",
    "Every event has a sequence_number, an integer.",
    source=f"{REFERENCE}; onyx-dot-app/onyx#13624",
)
def _sequence(evidence: Evidence) -> Iterator[Finding]:
    if _before_numbers(evidence):
        return
    for frame, kind, data in typed(evidence):
        number = data.get("sequence_number", MISSING)
        if not is_int(number) and _is_known(kind):
            yield frame.at("sequence_number"), f"is {shown(number)}, not an integer"


def _before_numbers(evidence: Evidence) -> bool:
    """Whether it was recorded before the API numbered its events."""
    created = next((snapshot.body.get("created_at") for snapshot in snapshots(evidence)), None)
    none = all("sequence_number" not in data for _, _, data in typed(evidence))
    return none and is_number(created) and created < _NUMBERED_SINCE


@RULES.rule(
    "responses-sequence-contiguous",
    "must",
    "Sequence numbers count up by one, from 0, or from the one after which the stream was asked for again.",
    source=f"{REFERENCE}; BerriAI/litellm#28899",
)
def _contiguous(evidence: Evidence) -> Iterator[Finding]:
    after = resumes_after(evidence)
    expected: int | None = 0 if after is None else after + 1
    for frame in evidence.frames:
        number = members(frame.data).get("sequence_number", MISSING)
        if number is MISSING:
            continue
        if is_int(number) and expected is not None and number != expected:
            yield frame.at("sequence_number"), f"is {number}, and {expected} was next"
        expected = number + 1 if is_int(number) else None


@RULES.rule(
    "responses-stream-same-id",
    "must",
    "All events of a stream tell of one response: its id never changes.",
    source=REFERENCE,
)
def _same_id(evidence: Evidence) -> Iterator[Finding]:
    ids = [(snapshot.where, snapshot.body.get("id")) for snapshot in snapshots(evidence)]
    for where, name in ids[1:]:
        if name != ids[0][1]:
            yield f"{where}.id", f"is {shown(name)}, and {shown(ids[0][1])} at first"


@RULES.rule(
    "responses-error-event",
    "should",
    "An error event has its message and its code at its top, beside its type.",
    source=f"{REFERENCE}/error; vercel/ai#10079",
)
def _error_event(evidence: Evidence) -> Iterator[Finding]:
    for frame, kind, data in typed(evidence):
        if kind == "error" and not is_text(data.get("message")):
            nested = is_text(members(data.get("error")).get("message"))
            instead = "; it stands under `error`, where few clients look" * nested
            yield frame.at("message"), f"is {shown(data.get('message', MISSING))}{instead}"
