"""The files of a vector store, one by one and in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from retape.handlers.fake.answer import Answer, json_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.vector_stores_shelf import attach, chunks_of, counts, file_of, named, rows, shelf
from retape.handlers.fake.paging import page
from retape.handlers.fake.refusal import refused
from retape.handlers.fake.routes import Route


def create(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}/files."""
    body, store = call.body, named(call)
    row = attach(
        call,
        store["id"],
        body["file_id"],
        attributes=body.get("attributes"),
        strategy=body.get("chunking_strategy"),
    )
    return json_answer(row)


def list_files(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/files."""
    return json_answer(_page(call, rows(call, named(call)["id"])))


def _page(call: Call, files: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    wanted = call.query.get("filter")
    return page([file for file in files if wanted in (None, file["status"])], call.query)


def retrieve(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/files/{file_id}."""
    return json_answer(file_of(call))


def update(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}/files/{file_id}: new attributes."""
    row = file_of(call)
    row["attributes"] = dict(call.body.get("attributes") or {})
    return json_answer(row)


def delete(call: Call) -> Answer:
    """DELETE /vector_stores/{vector_store_id}/files/{file_id}: the file itself stays."""
    row = file_of(call)
    del shelf(call)[f"{row['vector_store_id']}/{row['id']}"]
    return json_answer({"id": row["id"], "object": "vector_store.file.deleted", "deleted": True})


def content(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/files/{file_id}/content: the file's text, chunk by chunk."""
    row = file_of(call)
    return json_answer(
        {
            "object": "vector_store.file_content.page",
            "data": [{"type": "text", "text": chunk.text} for chunk in chunks_of(call, row)],
            "has_more": False,
            "next_page": None,
        }
    )


def create_batch(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}/file_batches."""
    store_id, body = named(call)["id"], call.body
    wanted = body.get("files") or [{"file_id": file_id} for file_id in body.get("file_ids") or ()]
    shared = {name: body.get(name) for name in ("attributes", "chunking_strategy")}
    for index, each in enumerate(wanted):
        told = shared | each
        attach(
            call,
            store_id,
            told["file_id"],
            attributes=told["attributes"],
            strategy=told["chunking_strategy"],
            param=f"files[{index}].file_id" if body.get("files") else "file_ids",
        )
    batch_id = call.mint("vector_store_batch")
    batch = {
        "id": batch_id,
        "object": "vector_store.files_batch",  # the API has come to say "file_batch", which openai 2 doesn't take
        "created_at": call.now,
        "status": "in_progress",
        "vector_store_id": store_id,
        "file_counts": {},
    }
    call.table("vector_stores.batches")[batch_id] = batch
    call.table("vector_stores.batches.files")[batch_id] = {"ids": [each["file_id"] for each in wanted]}
    return json_answer(_shown(call, batch))


def _files(call: Call, batch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files of a batch that are still in the store."""
    wanted = call.table("vector_stores.batches.files")[batch["id"]]["ids"]
    return [row for row in rows(call, batch["vector_store_id"]) if row["id"] in wanted]


def _shown(call: Call, batch: dict[str, Any]) -> dict[str, Any]:
    files = _files(call, batch)
    batch["file_counts"] = counts(files)
    if batch["status"] == "in_progress" and not any(file["status"] == "in_progress" for file in files):
        batch["status"] = "completed"
    return batch


def _batch(call: Call, *, settle: bool = True) -> dict[str, Any]:
    """The batch that the path names.

    Raises:
        Refused: there is no such store or batch; the batch's sentence is the fake's own, after that for stores.
    """
    store_id = named(call, settle=settle)["id"]
    batch_id = call.path["batch_id"]
    batch = call.table("vector_stores.batches").get(batch_id)
    if batch is None or batch["vector_store_id"] != store_id:
        raise refused(f"No file batch found with id '{batch_id}' in vector store '{store_id}'.", status=404)
    return batch


def retrieve_batch(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/file_batches/{batch_id}."""
    return json_answer(_shown(call, _batch(call)))


def cancel_batch(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel: what is done stays done."""
    batch = _batch(call, settle=False)
    for row in _files(call, batch):
        if row["status"] == "in_progress":
            row["status"] = batch["status"] = "cancelled"
    return json_answer(_shown(call, batch))


def list_batch(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/file_batches/{batch_id}/files."""
    return json_answer(_page(call, _files(call, _batch(call))))


def _route(operation: str, method: str, template: str, endpoint: Any, body: str = "none") -> Route:
    return Route(
        operation=f"vector_stores.{operation}",
        method=method,
        template=f"/vector_stores/{{vector_store_id}}/{template}",
        endpoint=endpoint,
        body=body,
    )


ROUTES = (
    _route("files.create", "POST", "files", create, "json"),
    _route("files.list", "GET", "files", list_files),
    _route("files.retrieve", "GET", "files/{file_id}", retrieve),
    _route("files.update", "POST", "files/{file_id}", update, "json"),
    _route("files.delete", "DELETE", "files/{file_id}", delete),
    _route("files.content", "GET", "files/{file_id}/content", content),
    _route("file_batches.create", "POST", "file_batches", create_batch, "json"),
    _route("file_batches.retrieve", "GET", "file_batches/{batch_id}", retrieve_batch),
    _route("file_batches.cancel", "POST", "file_batches/{batch_id}/cancel", cancel_batch),
    _route("file_batches.list_files", "GET", "file_batches/{batch_id}/files", list_batch),
)
