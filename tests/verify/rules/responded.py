"""Small answers of the Responses API: right unless told otherwise."""

from __future__ import annotations

import json
from typing import Any

import retape
from verify.rules.answers import GONE, changed, exchange

ID, MESSAGE_ID, CALL_ID = "resp_1", "msg_1", "fc_1"
TEXT, ARGUMENTS = "Earth", '{"city": "Paris"}'
USED = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 2,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 11,
}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": True}
TIME = {"type": "function", "name": "get_time", "parameters": {"type": "object", "properties": {}}}

Event = dict[str, Any]


def part(text: Any = TEXT, **changes: Any) -> dict[str, Any]:
    """A part of a message."""
    return changed({"type": "output_text", "text": text, "annotations": [], "logprobs": []}, **changes)


def message(*parts: Any, **changes: Any) -> dict[str, Any]:
    """A message; of one part unless told otherwise."""
    whole = {"id": MESSAGE_ID, "type": "message", "status": "completed", "role": "assistant"}
    return changed({**whole, "content": list(parts) or [part()]}, **changes)


def call(**changes: Any) -> dict[str, Any]:
    """A function call."""
    whole = {"id": CALL_ID, "type": "function_call", "status": "completed", "call_id": "call_1"}
    return changed({**whole, "name": "get_weather", "arguments": ARGUMENTS}, **changes)


def reasoning(*summaries: str, **changes: Any) -> dict[str, Any]:
    """A reasoning item."""
    summary = [{"type": "summary_text", "text": text} for text in summaries]
    return changed({"id": "rs_1", "type": "reasoning", "summary": summary}, **changes)


def response(*items: Any, **changes: Any) -> dict[str, Any]:
    """A completed response; of one message unless told otherwise."""
    whole = {
        "id": ID,
        "object": "response",
        "created_at": 1763600000,
        "status": "completed",
        **dict.fromkeys(("error", "incomplete_details", "instructions", "max_output_tokens", "user")),
        "model": "gpt-4o-mini-2024-07-18",
        "output": list(items) or [message()],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": USED,
        "metadata": {},
    }
    return changed(whole, **changes)


def request(**asked: Any) -> dict[str, Any]:
    """A request for a response."""
    return changed({"model": "gpt-4o-mini", "input": "Which planet do humans live on?"}, **asked)


def plain(body: Any = None, *, http: Any = None, **asked: Any) -> retape.Exchange:
    """A whole answer; the response is a right one when none is given."""
    return exchange("/responses", request(**asked), json.dumps(response() if body is None else body), **(http or {}))


def rest(method: str, path: str, body: Any, **http: Any) -> retape.Exchange:
    """An answer about a stored response."""
    return exchange(f"/responses{path}", None, json.dumps(body), method=method, **http)


# Streams


def begun(**changes: Any) -> dict[str, Any]:
    """The response as it is when a stream begins."""
    return response(**{"status": "in_progress", "output": [], "usage": None, **changes})


def created(**changes: Any) -> Event:
    return {"type": "response.created", "response": begun(**changes)}


def completed(*items: Any, **changes: Any) -> Event:
    return {"type": "response.completed", "response": response(*items, **changes)}


def ended(status: str, **changes: Any) -> Event:
    """response.failed, response.incomplete ..."""
    return {"type": f"response.{status}", "response": response(**{"status": status, **changes})}


def added(item: dict[str, Any], index: Any = 0, **changes: Any) -> Event:
    """An item that begins: without what is still to come."""
    empty = {"content": [], "arguments": "", "summary": [], "status": "in_progress"}
    begins = changed(item, **{name: value for name, value in empty.items() if name in item} | changes)
    return changed({"type": "response.output_item.added", "output_index": index, "item": begins})


def done(item: dict[str, Any], index: Any = 0) -> Event:
    return changed({"type": "response.output_item.done", "output_index": index, "item": item})


def of_message(kind: str, **changes: Any) -> Event:
    """An event about the first part of the message."""
    place = {"item_id": MESSAGE_ID, "output_index": 0, "content_index": 0}
    return changed({"type": f"response.{kind}", **place}, **changes)


def opens(**changes: Any) -> Event:
    return of_message("content_part.added", **{"part": part(""), **changes})


def closes(text: Any = TEXT, **changes: Any) -> Event:
    return of_message("content_part.done", **{"part": part(text), **changes})


def delta(text: Any, **changes: Any) -> Event:
    return of_message("output_text.delta", delta=text, **changes)


def whole(text: Any = TEXT, **changes: Any) -> Event:
    return of_message("output_text.done", text=text, **changes)


def of_call(kind: str, **changes: Any) -> Event:
    """An event about a call's arguments."""
    place = {"item_id": CALL_ID, "output_index": 0}
    return changed({"type": f"response.function_call_arguments.{kind}", **place}, **changes)


SAID = [added(message()), opens(), delta("Ear"), delta("th"), whole(), closes(), done(message())]
"""A message, said."""

CALLED = [added(call()), of_call("delta", delta=ARGUMENTS), of_call("done", arguments=ARGUMENTS), done(call())]
"""A call, made."""


def stream(*events: Any, named: bool = True, http: Any = None, path: str = "", **asked: Any) -> retape.Exchange:
    """A stream of these events, numbered unless they say otherwise; a right one when there are none.

    Args:
        events: objects, each named by its type or by its `named`, or plain data.
        named: whether they have `event:` lines.
        http: status, kind, headers, outcome of `exchange`.
        path: what is asked for again, "/resp_1?stream=true&starting_after=8".
        asked: the request's parameters.
    """
    told = list(events) or [created(), *SAID, completed()]
    first = 0 if not path else int(path.rpartition("=")[2]) + 1
    blocks = []
    for number, event in enumerate(told, first):
        if isinstance(event, dict):
            name = event.get("named", event.get("type")) if named else None
            event = json.dumps(changed({"sequence_number": number} | event, named=GONE))
            blocks.append(f"event: {name}\n" if name else "")
        blocks.append(f"data: {event}\n\n")
    sent = None if path else request(stream=True, **asked)
    given = {"kind": "text/event-stream", "method": "GET" if path else "POST", **(http or {})}
    return exchange(f"/responses{path}", sent, "".join(blocks), **given)


def without(events: list[Event], *places: int) -> list[Event]:
    """The events but for some."""
    return [event for place, event in enumerate(events) if place not in places]
