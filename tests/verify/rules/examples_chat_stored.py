"""Examples for the rules in `retape.verify.rules.chat_stored`."""

from __future__ import annotations

import json
from typing import Any

import retape
from verify.rules.answers import GONE, Example, changed, chat, choice, completion, exchange, message

PLACE = "/chat/completions/chatcmpl-1"
ROW = {"id": "chatcmpl-1-0", "role": "user", "content": "Hello"}
PAGE = {"object": "list", "data": [ROW], "first_id": "chatcmpl-1-0", "last_id": "chatcmpl-1-0", "has_more": False}
GONE_NOW = {"object": "chat.completion.deleted", "id": "chatcmpl-1", "deleted": True}


def got(body: Any, path: str = PLACE, method: str = "GET") -> retape.Exchange:
    """The answer to a request about what is stored."""
    return exchange(path, None, json.dumps(body), method=method)


def listed(**changes: Any) -> retape.Exchange:
    """A page of stored messages."""
    return got(changed(PAGE, **changes), f"{PLACE}/messages")


def deletion(**changes: Any) -> retape.Exchange:
    """The answer to a deletion."""
    return got(changed(GONE_NOW, **changes), method="DELETE")


NOWHERE = exchange(
    PLACE,
    None,
    json.dumps({"error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}}),
    status=404,
    method="GET",
)
MARS = completion(choice(message("Mars")))

EXAMPLES = (
    Example("chat-stored-list", listed(object="page"), listed()),
    Example("chat-stored-list", listed(data={}), listed()),
    Example("chat-stored-list", listed(data=[{}], first_id=None, last_id=None), listed()),
    Example("chat-stored-page", listed(first_id="chatcmpl-9"), listed(data=[], first_id=None, last_id=None)),
    Example("chat-stored-page", listed(has_more=GONE), listed()),
    Example("chat-stored-id", got(completion(id="chatcmpl-9")), got(completion())),
    Example("chat-stored-deleted", deletion(deleted=False), deletion()),
    Example("chat-stored-deleted", deletion(object="chat.completion"), deletion()),
    Example("chat-stored-same", got(MARS), got(completion()), before=(chat(store=True),)),
    Example("chat-stored-gone", got(completion()), NOWHERE, before=(deletion(),)),
)
