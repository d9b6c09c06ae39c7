"""The files of a vector store, one by one and in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from retape.handlers.fake.answer import Answer, json_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.vector_stores_shelf import (
    Held,
    Row,
    attach,
    counts,
    file_of,
    files_of,
    named,
)
from retape.handlers.fake.paging import page
from retape.handlers.fake.refusal import refused
from retape.handlers.fake.routes import Route


def create(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}/files."""
    body = call.body
    file = attach(
        call,
        named(call),
        body["file_id"],
        attributes=body.get("attributes"),
        strategy=body.get("chunking_strategy"),
    )
    return json_answer(file)


def list_files(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/files."""
    return json_answer(_page(call, files_of(call, named(call))))


def _page(call: Call, files: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    wanted = call.query.get("filter")
    return page([file for file in files if wanted in (None, file["status"])], call.query)


def _file(call: Call) -> Held:
    return file_of(named(call), call.path["file_id"])


def retrieve(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/files/{file_id}."""
    return json_answer(_file(call).file)


def update(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}/files/{file_id}: new attributes."""
    file = _file(call).file
    file["attributes"] = dict(call.body.get("attributes") or {})
    return json_answer(file)


def delete(call: Call) -> Answer:
    """DELETE /vector_stores/{vector_store_id}/files/{file_id}: the file itself stays."""
    row = named(call)
    file_id = file_of(row, call.path["file_id"]).file["id"]
    del row["files"][file_id]
    return json_answer({"id": file_id, "object": "vector_store.file.deleted", "deleted": True})


def content(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/files/{file_id}/content: the file's text, chunk by chunk."""
    chunks = _file(call).chunks
    return json_answer(
        {
            "object": "vector_store.file_content.page",
            "data": [{"type": "text", "text": chunk.text} for chunk in chunks],
            "has_more": False,
            "next_page": None,
        }
    )


def create_batch(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}/file_batches."""
    row, body = named(call), call.body
    wanted = body.get("files") or [{"file_id": file_id} for file_id in body.get("file_ids") or ()]
    shared = {name: body.get(name) for name in ("attributes", "chunking_strategy")}
    for index, each in enumerate(wanted):
        told = shared | each
        attach(
            call,
            row,
            told["file_id"],
            attributes=told["attributes"],
            strategy=told["chunking_strategy"],
            param=f"files[{index}].file_id" if body.get("files") else "file_ids",
        )
    batch_id = call.mint("vector_store_batch")
    batch: dict[str, Any] = {
        "id": batch_id,
        "object": "vector_store.files_batch",  # the API has come to say "file_batch", which openai 2 doesn't take
        "created_at": call.now,
        "status": "in_progress",
        "vector_store_id": row["store"]["id"],
        "file_counts": {},
    }
    row["batches"][batch_id] = {"batch": batch, "ids": [each["file_id"] for each in wanted]}
    return json_answer(_shown(batch, _files(call, row, batch_id)))


def _files(call: Call, row: Row, batch_id: str) -> list[dict[str, Any]]:
    """The files of a batch that are still in the store."""
    wanted = row["batches"][batch_id]["ids"]
    return [file for file in files_of(call, row) if file["id"] in wanted]


def _shown(batch: dict[str, Any], files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    batch["file_counts"] = counts(files)
    if batch["status"] == "in_progress" and not any(file["status"] == "in_progress" for file in files):
        batch["status"] = "completed"
    return batch


def _batch(call: Call, *, settle: bool = True) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The batch that the path names, and its files.

    Raises:
        Refused: there is no such store or batch; the batch's sentence is the fake's own, after that for stores.
    """
    row, batch_id = named(call, settle=settle), call.path["batch_id"]
    found = row["batches"].get(batch_id)
    if found is None:
        store_id = row["store"]["id"]
        raise refused(f"No file batch found with id '{batch_id}' in vector store '{store_id}'.", status=404)
    return found["batch"], _files(call, row, batch_id)


def retrieve_batch(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/file_batches/{batch_id}."""
    return json_answer(_shown(*_batch(call)))


def cancel_batch(call: Call) -> Answer:
    """POST /vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel: what is done stays done."""
    batch, files = _batch(call, settle=False)
    for file in files:
        if file["status"] == "in_progress":
            file["status"] = batch["status"] = "cancelled"
    return json_answer(_shown(batch, files))


def list_batch(call: Call) -> Answer:
    """GET /vector_stores/{vector_store_id}/file_batches/{batch_id}/files."""
    return json_answer(_page(call, _batch(call)[1]))


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
