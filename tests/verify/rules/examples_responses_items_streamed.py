"""Examples for the rules in `retape.verify.rules.responses_items_streamed`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import GONE, Example
from verify.rules.responded import (
    ARGUMENTS,
    CALLED,
    SAID,
    WEATHER,
    added,
    call,
    closes,
    completed,
    created,
    delta,
    done,
    message,
    of_call,
    of_message,
    opens,
    part,
    reasoning,
    stream,
    whole,
    without,
)

OTHER = message(id="msg_2")
AFTER = [{**event, "output_index": 1} for event in CALLED]
REFUSAL = message({"type": "refusal", "refusal": "No."})


def told(*events: Any, end: Any = None, **asked: Any) -> retape.Exchange:
    """A stream of one message, or of what else is completed."""
    return stream(created(), *events, completed(*(end or [])), **asked)


def made(*events: Any, end: Any = None) -> retape.Exchange:
    """A stream of one call."""
    return told(*events, end=[end or call()], tools=[WEATHER])


def thought(*events: Any, summaries: Any = ("Why?",)) -> retape.Exchange:
    """A stream of one summary, and no message."""
    item = reasoning(*summaries)
    return told(added(item), *events, done(item), end=[item])


def of_summary(kind: str, **changes: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "item_id": "rs_1", "output_index": 0, "summary_index": 0, **changes}


SUMMED = [
    of_summary("reasoning_summary_part.added", part={"type": "summary_text", "text": ""}),
    of_summary("reasoning_summary_text.delta", delta="Why?"),
    of_summary("reasoning_summary_text.done", text="Why?"),
    of_summary("reasoning_summary_part.done", part={"type": "summary_text", "text": "Why?"}),
]
REFUSED = [
    added(REFUSAL),
    opens(part={"type": "refusal", "refusal": ""}),
    of_message("refusal.delta", delta="No."),
    of_message("refusal.done", refusal="No."),
    closes(part={"type": "refusal", "refusal": "No."}),
    done(REFUSAL),
]
NOTE = of_message("output_text.annotation.added", annotation_index=0, annotation={})
SEARCH = {"id": "ws_1", "type": "web_search_call", "status": "completed"}
SEARCHED = [
    added(SEARCH),
    {"type": "response.web_search_call.searching", "item_id": "ws_1", "output_index": 0},
    done(SEARCH),
]

EXAMPLES = (
    Example("responses-stream-begun", made(added(call(), name=GONE), *CALLED[1:]), made(*CALLED)),
    Example(
        "responses-stream-begun",
        made(added(call(), call_id="x"), *CALLED[1:]),
        made(*CALLED),
    ),
    Example(
        "responses-stream-begun",
        made(added(call(), arguments=ARGUMENTS), *CALLED[1:]),
        made(added(call(), arguments=ARGUMENTS), CALLED[-1]),
    ),
    Example("responses-stream-begun", made(added(call(), arguments=None), *CALLED[1:]), made(*CALLED)),
    Example("responses-stream-begun", told(added(message(), content=[part()]), *SAID[1:]), told(*SAID)),
    Example("responses-stream-begun", told(added(message(), content=GONE), *SAID[1:]), told(*SAID)),
    Example(
        "responses-stream-announced",
        told(*SAID[:-1], done(message(part(), part("!"))), end=[message(part(), part("!"))]),
        told(*SAID),
    ),
    Example("responses-stream-output", told(*SAID, end=[message(part(), part("!"))]), told(*SAID)),
    Example(
        "responses-stream-index",
        told(*SAID, *CALLED, end=[message(), call()], tools=[WEATHER]),
        told(*SAID, *AFTER, end=[message(), call()], tools=[WEATHER]),
    ),
    Example(
        "responses-stream-index",
        told(added(message(), 1), *SAID[1:]),
        told(*SAID),
        also="responses-stream-announced responses-stream-pairing",
    ),
    Example(
        "responses-stream-index",
        told(SAID[0], opens(content_index=GONE), *SAID[2:]),
        told(*SAID),
        also="responses-stream-announced",
    ),
    Example("responses-stream-index", told(*SAID[:2], delta("Earth", output_index=None), *SAID[2:]), told(*SAID)),
    Example("responses-stream-item-id", told(*SAID[:6], done(OTHER), end=[OTHER]), told(*SAID)),
    Example("responses-stream-item-id", told(*SAID, end=[OTHER]), told(*SAID, end=[message()])),
    Example("responses-stream-item-id", told(*SAID[:2], delta("Earth", item_id="msg_2"), *SAID[4:]), told(*SAID)),
    Example(
        "responses-stream-item-id",
        told(SEARCHED[0], {**SEARCHED[1], "item_id": "ws_2"}, SEARCHED[2], end=[SEARCH]),
        told(*SEARCHED, end=[SEARCH]),
    ),
    Example("responses-stream-announced", told(*without(SAID, 1)), told(*SAID)),
    Example("responses-stream-announced", told(*without(SAID, 0)), told(*SAID), also="responses-stream-output"),
    Example("responses-stream-announced", thought(*SUMMED[1:]), thought(*SUMMED)),
    Example(
        "responses-stream-announced", told(*REFUSED[:1], *REFUSED[2:], end=[REFUSAL]), told(*REFUSED, end=[REFUSAL])
    ),
    Example("responses-stream-pairing", told(*without(SAID, 5)), told(*SAID)),
    Example("responses-stream-pairing", told(*without(SAID, 4)), told(*SAID)),
    Example("responses-stream-pairing", made(*without(CALLED, 2)), made(*CALLED)),
    Example("responses-stream-pairing", told(*SAID[:6]), told(*SAID)),
    Example("responses-stream-pairing", told(*SAID, delta("")), told(*SAID[:5], NOTE, *SAID[5:])),
    Example("responses-stream-pairing", told(*SAID[:5], delta(""), *SAID[5:]), told(*SAID[:4], delta(""), *SAID[4:])),
    Example("responses-stream-pairing", told(*SAID[:6], closes(), SAID[6]), told(*SAID)),
    Example(
        "responses-stream-item-status",
        told(added(message(), status="completed"), *SAID[1:]),
        told(*SAID),
    ),
    Example("responses-stream-item-status", told(added(message(), status=GONE), *SAID[1:]), thought(*SUMMED)),
    Example(
        "responses-stream-item-status",
        told(*SAID[:6], done(message(status="in_progress"))),
        told(*SAID[:6], done(message(status="completed"))),
    ),
    Example("responses-stream-joined", told(*without(SAID, 3)), told(*SAID)),
    Example("responses-stream-joined", told(*SAID[:5], closes("earth"), SAID[6]), told(*SAID)),
    Example("responses-stream-joined", told(*SAID[:6], done(message(part("Mars")))), told(*SAID)),
    Example("responses-stream-joined", told(*SAID, end=[message(part("Mars"))]), told(*SAID)),
    Example("responses-stream-joined", told(*SAID[:2], delta(None), *SAID[2:]), told(*SAID[:2], delta(""), *SAID[2:])),
    Example("responses-stream-joined", told(*SAID[:4], whole(None), *SAID[5:]), told(*SAID)),
    Example("responses-stream-joined", made(*CALLED[:3], done(call(arguments="{}"))), made(*CALLED)),
    Example("responses-stream-joined", made(CALLED[0], of_call("delta", delta="{"), *CALLED[2:]), made(*CALLED)),
    Example("responses-stream-joined", thought(*SUMMED, summaries=()), thought(*SUMMED)),
    Example("responses-stream-no-delta", made(*without(CALLED, 1)), made(*CALLED)),
    Example("responses-stream-no-delta", told(*without(SAID, 2, 3)), told(*SAID)),
    Example("responses-stream-output", told(*SAID, *AFTER, tools=[WEATHER]), told(*SAID)),
    Example(
        "responses-stream-output",
        made(*CALLED, end=call(call_id="call_2")),
        made(CALLED[0], of_call("delta", delta=ARGUMENTS), *CALLED[2:]),
    ),
    Example(
        "responses-stream-output",
        stream(created(), *SAID, completed(output=[])),
        told(*SAID),
        also="responses-output",
    ),
)
