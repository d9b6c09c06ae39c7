"""Conversations: made, read, changed, deleted, and their items."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.answer import Answer, json_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.responses.history import no_conversation, remember, resolved
from retape.handlers.fake.endpoints.responses.inputs import Item, kept
from retape.handlers.fake.paging import page
from retape.handlers.fake.refusal import refused
from retape.handlers.fake.routes import Route

Row = dict[str, Any]


def create(call: Call) -> Answer:
    """POST /conversations."""
    made: Row = {
        "id": call.mint("conversation"),
        "object": "conversation",
        "created_at": call.now,
        "metadata": call.body.get("metadata") or {},
    }
    row: Row = {"conversation": made, "items": {}}
    call.table("conversations")[made["id"]] = row
    _add(call, row)
    return json_answer(made)


def _add(call: Call, row: Row) -> list[Item]:
    given = kept(call, call.body.get("items"))
    items = [resolved(call, item) if item["type"] == "item_reference" else item for item in given]
    row["items"].update({item["id"]: item for item in items})
    remember(call, items)
    return items


def _row(call: Call) -> Row:
    """The conversation that the path names.

    Raises:
        Refused: there is none.
    """
    name = call.path["conversation_id"]
    row = call.table("conversations").get(name)
    if row is None:
        raise no_conversation(name)
    return row


def retrieve(call: Call) -> Answer:
    """GET /conversations/{conversation_id}."""
    return json_answer(_row(call)["conversation"])


def update(call: Call) -> Answer:
    """POST /conversations/{conversation_id}: new metadata."""
    row = _row(call)
    row["conversation"] = row["conversation"] | {"metadata": call.body.get("metadata") or {}}
    return json_answer(row["conversation"])


def delete(call: Call) -> Answer:
    """DELETE /conversations/{conversation_id}; its items stay where they are named."""
    name = _row(call)["conversation"]["id"]
    del call.table("conversations")[name]
    return json_answer({"id": name, "object": "conversation.deleted", "deleted": True})


def create_items(call: Call) -> Answer:
    """POST /conversations/{conversation_id}/items."""
    items = _add(call, _row(call))
    return json_answer(page(items, {}, limit=len(items), order="asc"))


def list_items(call: Call) -> Answer:
    """GET /conversations/{conversation_id}/items."""
    return json_answer(page(list(_row(call)["items"].values()), call.query))


def _item(call: Call, row: Row) -> Item:
    """The item that the path names.

    Raises:
        Refused: the conversation has none of that id; the sentence is by analogy with openai-refusals B38.
    """
    name = call.path["item_id"]
    found: Item | None = row["items"].get(name)
    if found is None:
        raise refused(f"Item with id '{name}' not found.", status=404)
    return found


def retrieve_item(call: Call) -> Answer:
    """GET /conversations/{conversation_id}/items/{item_id}."""
    return json_answer(_item(call, _row(call)))


def delete_item(call: Call) -> Answer:
    """DELETE /conversations/{conversation_id}/items/{item_id}: gives the conversation."""
    row = _row(call)
    del row["items"][_item(call, row)["id"]]
    return json_answer(row["conversation"])


def _route(operation: str, method: str, path: str, endpoint: Any, body: str = "none") -> Route:
    return Route(
        operation=f"conversations.{operation}",
        method=method,
        template=f"/conversations{path}",
        endpoint=endpoint,
        body=body,
    )


_ONE = "/{conversation_id}"

ROUTES = (
    _route("create", "POST", "", create, "json"),
    _route("retrieve", "GET", _ONE, retrieve),
    _route("update", "POST", _ONE, update, "json"),
    _route("delete", "DELETE", _ONE, delete),
    _route("items.create", "POST", f"{_ONE}/items", create_items, "json"),
    _route("items.list", "GET", f"{_ONE}/items", list_items),
    _route("items.retrieve", "GET", f"{_ONE}/items/{{item_id}}", retrieve_item),
    _route("items.delete", "DELETE", f"{_ONE}/items/{{item_id}}", delete_item),
)
