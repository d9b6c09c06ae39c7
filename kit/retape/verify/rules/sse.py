"""The framing of event streams: what the WHATWG's grammar throws away, and the dialects that trip clients up.

api.openai.com ends its lines in LF, puts one `data` line and one blank line to an event, and sends no comment, no id
and no retry.  Whatever else the grammar allows is a note: a client that breaks on it is wrong, and there are many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import shown

RULES = Table("chat completions responses response", "stream")

GRAMMAR = "WHATWG HTML, 9.2.6 Interpreting an event stream"

_RECORDS = re.compile(rb"(?:data|event|id|retry)(?=:|\Z)|:")
_BOM = b"\xef\xbb\xbf"


def odd_lines(evidence: Evidence) -> list[tuple[int, bytes]]:
    """The lines that aren't blank and don't begin with `data: `, each with its number: most streams have none."""
    return evidence.reading(_odd_lines)


def _odd_lines(evidence: Evidence) -> list[tuple[int, bytes]]:
    if _is_plain(evidence):
        return []
    lines = evidence.body.removeprefix(_BOM).splitlines()
    return [(n, line) for n, line in enumerate(lines, 1) if line and line[:6] != b"data: "]


def _is_plain(evidence: Evidence) -> bool:
    """Whether every event is a line that begins with `data: `, and a blank line; told without taking lines apart."""
    if b"\r" in evidence.body:
        return False
    for event in evidence.events:
        raw = event.raw
        if raw[:6] != b"data: " or raw.find(b"\n") != len(raw) - 2:
            return False
    return True


@RULES.rule(
    "sse-data-json",
    "must",
    "Every event's data is JSON, or [DONE].",
    source="OpenAI API reference, Streaming; mnfst/llm-gateway#2053",
)
def _json(evidence: Evidence) -> Iterator[Finding]:
    for frame in evidence.frames:
        if frame.problem and frame.event.data and frame.event.data.strip():
            yield frame.at("data"), f"{shown(frame.event.data)} is no JSON: {frame.problem}"


@RULES.rule(
    "sse-data-object",
    "must",
    "Every event's data is a JSON object, or [DONE].",
    source="OpenAI API reference, Streaming; caozhiyuan/copilot-api#88",
)
def _object(evidence: Evidence) -> Iterator[Finding]:
    for frame in evidence.frames:
        if not isinstance(frame.data, dict) and not frame.problem and not frame.is_done:
            yield frame.at("data"), f"is {shown(frame.data)}, not an object"


@RULES.rule(
    "sse-data-empty",
    "must",
    "No event has empty data; a heartbeat is a comment.",
    source="netease-lcap/wave-agent#1326, caozhiyuan/copilot-api#88",
)
def _empty(evidence: Evidence) -> Iterator[Finding]:
    for frame in evidence.frames:
        if not frame.event.data or frame.event.data.isspace():
            yield frame.at("data"), "is empty, and clients parse it as JSON; a heartbeat is a comment (a line like `:`)"


@RULES.rule(
    "sse-last-blank-line",
    "must",
    "The last event ends in a blank line; without it the event is thrown away.",
    source=f"{GRAMMAR}: an incomplete event at the end is discarded",
)
def _last_blank_line(evidence: Evidence) -> Iterator[Finding]:
    last = evidence.events[-1] if evidence.events else None
    if last is not None and not last.complete and last.data is not None and evidence.outcome == "complete":
        yield "the end of the body", f"data {shown(last.data)} has no blank line after it, so clients never see it"


@RULES.rule(
    "sse-unknown-line",
    "must",
    "Every line is a field of the grammar, a comment, or blank.",
    source=f"{GRAMMAR}: other lines are ignored; decolua/9router#3492",
)
def _unknown_line(evidence: Evidence) -> Iterator[Finding]:
    for number, line in odd_lines(evidence):
        if not _RECORDS.match(line):
            yield f"line {number}", f"{shown(line.decode('utf-8', 'replace'))} is no field of an event stream"


@RULES.rule(
    "sse-comment",
    "note",
    "There are no comments; legal, but hand-written clients and old openai-go break on them.",
    source="openai/openai-go#227, openai/openai-go#651, Lambdua/openai4j#90",
)
def _comment(evidence: Evidence) -> Iterator[Finding]:
    found = [event.comments[0] for event in evidence.events if event.comments]
    if found:
        where = f"{len(found)} of {len(evidence.events)} blocks"
        yield where, f"comments, the first {shown(found[0])}; api.openai.com sends none"


@RULES.rule(
    "sse-newlines",
    "note",
    "Lines end in LF; CR LF, a lone CR and a mixture are legal, and split by some clients in the wrong place.",
    source="openai/openai-node#2309, hey-api/hey-api#3054, EdamAme-x/pentect#1438",
)
def _newlines(evidence: Evidence) -> Iterator[Finding]:
    body = evidence.body
    if b"\r" not in body:
        return
    both = body.count(b"\r\n")
    counts = {"CR LF": both, "CR": body.count(b"\r") - both, "LF": body.count(b"\n") - both}
    kinds = [name for name, count in counts.items() if count]
    yield "line ends", f"lines end in {' and in '.join(kinds)}; api.openai.com ends them in LF"


@RULES.rule(
    "sse-no-space",
    "note",
    "A space follows the colon after `data`; legal without, and some clients cut six characters off.",
    source="openai/openai-python#498, lidge-jun/opencodex#1170",
)
def _no_space(evidence: Evidence) -> Iterator[Finding]:
    found = [n for n, line in odd_lines(evidence) if line.startswith(b"data:") and line != b"data:"]
    if found:
        yield f"line {found[0]}", "has no space after `data:`; api.openai.com writes `data: `"


@RULES.rule(
    "sse-data-lines",
    "note",
    "An event has one `data` line; several are legal, and some clients read the first alone.",
    source="SamSaffron/term-llm#454",
)
def _data_lines(evidence: Evidence) -> Iterator[Finding]:
    for frame in evidence.frames:
        if "\n" in (frame.event.data or ""):
            yield frame.at("data"), f"is spread over {len((frame.event.data or '').splitlines())} lines"


@RULES.rule(
    "sse-id",
    "note",
    "Events have no id and no retry: after an id some clients make an event of every blank line.",
    source="openai/openai-python#2722, theopenco/llmgateway#2334",
)
def _id(evidence: Evidence) -> Iterator[Finding]:
    found = [event for event in evidence.events if event.id is not None or event.retry is not None]
    if found:
        name = "id" if found[0].id is not None else "retry"
        yield (
            f"{len(found)} of {len(evidence.events)} events",
            f"with `{name}`; api.openai.com sends neither id nor retry",
        )


@RULES.rule(
    "sse-bom",
    "note",
    "The body begins without a byte order mark; it is legal, and many clients take it for a part of the first field.",
    source="WHATWG HTML, 9.2.5 Parsing an event stream",
)
def _bom(evidence: Evidence) -> Iterator[Finding]:
    if evidence.body.startswith(_BOM):
        yield "the start of the body", "begins with a byte order mark"


@RULES.rule(
    "sse-event-without-data",
    "should",
    "A named event has data; without it the grammar drops the event.",
    source=f"{GRAMMAR}: an event with an empty data buffer isn't dispatched",
)
def _without_data(evidence: Evidence) -> Iterator[Finding]:
    for event in evidence.events:
        if event.event and event.data is None and event.complete:
            yield "events", f"event {shown(event.event)} has no data, so clients never see it"
