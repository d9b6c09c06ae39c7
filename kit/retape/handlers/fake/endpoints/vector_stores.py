"""Vector stores: their life, and what is found in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from retape.handlers.fake import knowledge
from retape.handlers.fake.answer import Answer, json_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.files import named as file_named
from retape.handlers.fake.endpoints.vector_stores_shelf import (
    Held,
    Row,
    attach,
    blank,
    counts,
    files_of,
    named,
    settled,
    status_of,
)
from retape.handlers.fake.paging import page
from retape.handlers.fake.routes import Route

DAY = 24 * 3600
RESULTS = 10
"""What a search gives at most when the request doesn't say (API reference)."""


def create(call: Call) -> Answer:
    """POST /vector_stores."""
    body = call.body
    store: dict[str, Any] = {
        "id": call.mint("vector_store"),
        "object": "vector_store",
        "created_at": call.now,
        "name": body.get("name") or "",  # null in OpenAI's answers of 2024; today's client wants a text
        "description": body.get("description"),
        "usage_bytes": 0,
        "file_counts": counts(()),
        "status": "completed",
        "expires_after": None,
        "expires_at": None,
        "last_active_at": call.now,
        "metadata": body.get("metadata") or {},
    }
    _expire(store, body.get("expires_after"))
    row = blank(call, store)
    for file_id in body.get("file_ids") or ():
        attach(call, row, file_id, strategy=body.get("chunking_strategy"), param="file_ids")
    call.table("vector_stores")[store["id"]] = row
    return json_answer(_shown(call, row))


def _expire(store: dict[str, Any], expires_after: Mapping[str, Any] | None) -> None:
    store["expires_after"] = dict(expires_after) if expires_after else None
    store["expires_at"] = store["last_active_at"] + expires_after["days"] * DAY if expires_after else None


def _shown(call: Call, row: Row) -> dict[str, Any]:
    """A store with what its files come to."""
    store: dict[str, Any] = row["store"]
    files = files_of(call, row)
    store["file_counts"] = counts(files)
    store["usage_bytes"] = sum(file["usage_bytes"] for file in files)
    store["status"] = status_of(files)
    return store


def retrieve(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}."""
    return json_answer(_shown(call, named(call)))


def update(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}: only what is named changes."""
    row, body = named(call), call.body
    store = row["store"]
    if "name" in body:
        store["name"] = body["name"] or ""
    if "metadata" in body:
        store["metadata"] = body["metadata"] or {}
    if "expires_after" in body:
        _expire(store, body["expires_after"])
    return json_answer(_shown(call, row))


def list_stores(call: Call) -> Answer:
    """GET /vector_stores."""
    stores = [_shown(call, row) for row in call.table("vector_stores").values()]
    return json_answer(page(stores, call.query, number=call.table("vector_stores").number))


def delete(call: Call) -> Answer:
    """DELETE /vector_stores/{vector_store_id}: its files stay."""
    store_id = named(call)["store"]["id"]
    del call.table("vector_stores")[store_id]
    return json_answer({"id": store_id, "object": "vector_store.deleted", "deleted": True})


def search(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}/search."""
    store_id, body = named(call)["store"]["id"], call.body
    query = body["query"]
    queries = [query] if isinstance(query, str) else list(query)
    found = find(
        call,
        [store_id],
        queries,
        filters=body.get("filters"),
        most=body.get("max_num_results") or RESULTS,
        least=(body.get("ranking_options") or {}).get("score_threshold") or 0,
    )
    return json_answer(
        {
            "object": "vector_store.search_results.page",
            "search_query": queries,
            "data": found,
            "has_more": False,
            "next_page": None,
        }
    )


def find(
    call: Call,
    stores: Iterable[str],
    queries: Sequence[str],
    *,
    filters: Mapping[str, Any] | None = None,
    most: int = RESULTS,
    least: float = 0,
) -> list[dict[str, Any]]:
    """The chunks that answer some queries best, as results of a search.

    Args:
        call: the request that asks.
        stores: ids; those that don't exist hold nothing.
        queries: one of them has to be answered.
        filters: what the files' attributes have to be.
        most: how many results at most.
        least: the lowest score.
    """
    found = [
        _result(call, each, chunk, knowledge.score(queries, chunk))
        for store_id in stores
        for each in _held(call, store_id)
        if each.file["status"] == "completed" and knowledge.passes(filters, each.file["attributes"])
        for chunk in each.chunks
    ]
    found.sort(key=lambda each: each["score"], reverse=True)
    return [each for each in found if each["score"] >= least][:most]


def _held(call: Call, store_id: str) -> list[Held]:
    row = call.table("vector_stores").get(store_id)
    return [] if row is None else settled(call, row)


def _result(call: Call, each: Held, chunk: knowledge.Chunk, score: float) -> dict[str, Any]:
    return {
        "file_id": each.file["id"],
        "filename": file_named(call, each.file["id"])["filename"],
        "score": score,
        "attributes": each.file["attributes"],
        "content": [{"type": "text", "text": chunk.text}],
    }


def _route(operation: str, method: str, template: str, endpoint: Any, body: str = "none") -> Route:
    return Route(operation=f"vector_stores.{operation}", method=method, template=template, endpoint=endpoint, body=body)


_ONE = "/vector_stores/{vector_store_id}"

ROUTES = (
    _route("create", "POST", "/vector_stores", create, "json"),
    _route("list", "GET", "/vector_stores", list_stores),
    _route("retrieve", "GET", _ONE, retrieve),
    _route("update", "POST", _ONE, update, "json"),
    _route("delete", "DELETE", _ONE, delete),
    _route("search", "POST", f"{_ONE}/search", search, "json"),
)
