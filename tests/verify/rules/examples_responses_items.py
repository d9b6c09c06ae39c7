"""Examples for the rules in `retape.verify.rules.responses_items`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import GONE, Example
from verify.rules.responded import (
    SAID,
    WEATHER,
    call,
    completed,
    created,
    done,
    message,
    part,
    plain,
    reasoning,
    response,
    stream,
)

SEARCH = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "x"}}
SQL = {"id": "ctc_1", "type": "custom_tool_call", "call_id": "call_1", "name": "sql", "input": "select 1"}
UNFINISHED = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}


def items(*told: Any, **changes: Any) -> retape.Exchange:
    """An answer with these items."""
    return plain(response(*told, **changes))


def called(**changes: Any) -> retape.Exchange:
    """An answer with a call."""
    return plain(response(call(**changes), tools=[WEATHER]), tools=[WEATHER])


EXAMPLES = (
    Example("responses-message", items(message("Earth")), items(message(part("Earth")))),
    Example("responses-message", stream(created(), *SAID[:-1], done(message(role="user")), completed()), stream()),
    Example("responses-reasoning", items(reasoning(summary=["Why?"]), message()), items(reasoning("Why?"), message())),
    Example("responses-item-type", items("Earth"), items()),
    Example("responses-item-type", items(message(type=None)), items({"id": "x_1", "type": "new_thing"})),
    Example("responses-item-id", items(message(id=GONE)), items(message(id="msg_any"))),
    Example("responses-item-id-unique", items(message(), message()), items(message(), message(id="msg_2"))),
    Example("responses-item-id-prefix", items(message(id="item_1")), items(SEARCH, message())),
    Example("responses-item-status", items(message(status=GONE)), items(reasoning(), message())),
    Example("responses-item-status", items({**SEARCH, "status": "ok"}, message()), items(SEARCH, message())),
    Example(
        "responses-item-status-ended",
        items(message(status="in_progress")),
        items(message(status="in_progress"), status="in_progress", usage=None),
    ),
    Example("responses-message", items(message(role="bot")), items()),
    Example("responses-message", items(message(content="Earth")), items()),
    Example("responses-message", items(message(content=[])), items(message(content=[]), **UNFINISHED)),
    Example("responses-part", items(message(part(None))), items(message(part("")))),
    Example(
        "responses-part", items(message({"type": "refusal"})), items(message({"type": "refusal", "refusal": "No."}))
    ),
    Example("responses-part", items(message(part(type=GONE))), items(message(part(type="new_part")))),
    Example("responses-part-annotations", items(message(part(annotations=GONE))), items()),
    Example("responses-part-annotations", items(message(part(logprobs=None))), items(message(part(logprobs=GONE)))),
    Example("responses-call", called(call_id=None), called()),
    Example("responses-call", called(name=""), called()),
    Example("responses-call", called(arguments={"city": "Paris"}), called()),
    Example("responses-call", items({**SQL, "input": None}), items(SQL)),
    Example(
        "responses-call-id-unique",
        plain(response(call(), call(id="fc_2")), tools=[WEATHER]),
        plain(response(call(), call(id="fc_2", call_id="call_2")), tools=[WEATHER]),
    ),
    Example("responses-call-arguments", called(arguments='{"city": '), called()),
    Example("responses-call-arguments", called(arguments='"Paris"'), called(), also="responses-call-schema"),
    Example("responses-reasoning", items(reasoning(summary=None), message()), items(reasoning(summary=[]), message())),
)
