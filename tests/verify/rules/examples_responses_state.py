"""Examples for the rules in `retape.verify.rules.responses_state`."""

from __future__ import annotations

import json
from typing import Any

import retape
from verify.rules.answers import GONE, Example, changed, exchange, told
from verify.rules.responded import ID, message, part, plain, response, rest, stream

STORED = plain()
PENDING = plain(response(status="queued", output=[], usage=None, background=True), background=True)
GOING_ON = {"previous_response_id": ID}
UNKNOWN = told(param="previous_response_id", code="previous_response_not_found")
GONE_AGAIN = told(message=f"Response with id '{ID}' not found.")
DELETED = {"id": ID, "object": "response", "deleted": True}
DELETION = rest("DELETE", f"/{ID}", DELETED)
ITEMS = {"object": "list", "data": [{"id": "msg_1"}, {"id": "msg_2"}], "first_id": "msg_1", "last_id": "msg_2"}
COUNTED = {"object": "response.input_tokens", "input_tokens": 9}
COMPACTED = {"id": ID, "object": "response.compaction", "created_at": 1763600000, "output": [{"type": "compaction"}]}
RETRIEVED = rest("GET", f"/{ID}", response())
NOT_FOUND = rest("GET", f"/{ID}", GONE_AGAIN, status=404)


def refused(body: Any, status: int = 404) -> retape.Exchange:
    """A request that goes on from the response, and is refused."""
    return plain(body, http={"status": status}, **GOING_ON)


def listed(**changes: Any) -> retape.Exchange:
    return rest("GET", f"/{ID}/input_items", changed({**ITEMS, "has_more": False}, **changes))


def posted(path: str, body: Any, **changes: Any) -> retape.Exchange:
    return exchange(f"/responses/{path}", {"model": "m", "input": "x"}, json.dumps(changed(body, **changes)))


EXAMPLES = (
    Example("responses-state-id-again", plain(input="And Saturn?"), plain(), before=(STORED,)),
    Example(
        "responses-state-id-again", stream(), plain(response(id="resp_2"), input="Why?"), before=(STORED, RETRIEVED)
    ),
    Example("responses-state-previous", refused(UNKNOWN), refused(told(), 400), before=(STORED,)),
    Example("responses-state-previous", refused(UNKNOWN, 400), refused(told(param="input"), 400), before=(stream(),)),
    Example("responses-state-retrieve", NOT_FOUND, RETRIEVED, before=(STORED,)),
    Example(
        "responses-state-retrieve",
        rest("GET", f"/{ID}/input_items", GONE_AGAIN, status=404),
        listed(),
        before=(RETRIEVED,),
    ),
    Example("responses-state-same", rest("GET", f"/{ID}", response(id="resp_2")), RETRIEVED),
    Example(
        "responses-state-same",
        rest("GET", f"/{ID}", response(message(part("Mars")))),
        rest("GET", f"/{ID}", response(message(part(logprobs=GONE)))),
        before=(STORED,),
    ),
    Example(
        "responses-state-same",
        rest("GET", f"/{ID}", response(message(part("Mars")))),
        rest("GET", f"/{ID}", response(message())),
        before=(PENDING, RETRIEVED),
    ),
    Example("responses-state-deleted", RETRIEVED, NOT_FOUND, before=(STORED, DELETION)),
    Example(
        "responses-state-deleted",
        plain(response(id="resp_2", previous_response_id=ID), **GOING_ON),
        refused(UNKNOWN, 400),
        before=(STORED, DELETION),
    ),
    Example(
        "responses-state-cancel-late",
        rest("POST", f"/{ID}/cancel", response()),
        rest("POST", f"/{ID}/cancel", told(), status=400),
        before=(STORED,),
    ),
    Example("responses-state-deletion", rest("DELETE", f"/{ID}", {**DELETED, "deleted": False}), DELETION),
    Example("responses-state-deletion", rest("DELETE", f"/{ID}", {**DELETED, "id": "resp_2"}), DELETION),
    Example(
        "responses-state-cancelled",
        rest("POST", f"/{ID}/cancel", response(status="in_progress", usage=None)),
        rest("POST", f"/{ID}/cancel", response(status="cancelled", usage=None)),
    ),
    Example("responses-input-items", listed(object="array"), listed()),
    Example("responses-input-items", listed(data=None), listed(data=[], first_id=None, last_id=None)),
    Example("responses-input-items", listed(has_more=GONE), listed(has_more=True)),
    Example("responses-input-items", listed(first_id="msg_2"), listed()),
    Example("responses-input-tokens", posted("input_tokens", COUNTED, input_tokens=0), posted("input_tokens", COUNTED)),
    Example("responses-input-tokens", posted("input_tokens", COUNTED, object=GONE), posted("input_tokens", COUNTED)),
    Example("responses-compact", posted("compact", COMPACTED, object="response"), posted("compact", COMPACTED)),
    Example("responses-compact", posted("compact", COMPACTED, output=[]), posted("compact", COMPACTED)),
)
