"""The files of vector stores as they are kept: a row for each store and file.

A file that was just added is in progress in the answer that says so; whoever looks next finds it done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from retape.handlers.fake import knowledge
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.files import content_of
from retape.handlers.fake.refusal import Refused, refused

STATES = ("in_progress", "completed", "failed", "cancelled")


def shelf(call: Call) -> dict[str, dict[str, Any]]:
    """All files of all stores, by "store/file"."""
    return call.table("vector_stores.files")


def rows(call: Call, store_id: str) -> list[dict[str, Any]]:
    """The files of a store, oldest first."""
    return [row for row in shelf(call).values() if row["vector_store_id"] == store_id]


def settled(call: Call, store_id: str) -> list[dict[str, Any]]:
    """The files of a store, none of them in progress any more."""
    files = rows(call, store_id)
    for row in files:
        _settle(call, row)
    return files


def chunks_of(call: Call, row: Mapping[str, Any]) -> Sequence[knowledge.Chunk]:
    """What a file of a store was cut into; nothing when it couldn't be read."""
    kept = call.table("vector_stores.chunks").get(f"{row['vector_store_id']}/{row['id']}")
    return kept["chunks"] if kept else ()


def counts(files: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many files are in which state."""
    states = [file["status"] for file in files]
    return {state: states.count(state) for state in STATES} | {"total": len(states)}


def status_of(files: Iterable[Mapping[str, Any]]) -> str:
    """The state of a store: it is at work as long as one of its files is."""
    return "in_progress" if any(file["status"] == "in_progress" for file in files) else "completed"


def named(call: Call, *, settle: bool = True) -> dict[str, Any]:
    """The store that the path names.

    Args:
        call: the request.
        settle: whether what was in progress is done now.

    Raises:
        Refused: there is none.
    """
    store_id = call.path["vector_store_id"]
    store = call.table("vector_stores").get(store_id)
    if store is None:
        raise _unknown(store_id)
    if settle:
        settled(call, store_id)
    return store


def _unknown(store_id: str) -> Refused:
    """Both sentences quoted in several projects that look for them."""
    if not store_id.startswith("vs_"):
        told = f"Invalid 'vector_store_id': '{store_id}'. Expected an ID that begins with 'vs_'."
        return refused(told, param="vector_store_id", code="invalid_value")
    return refused(f"No vector store found with id '{store_id}'.", status=404)


def attach(
    call: Call,
    store_id: str,
    file_id: str,
    *,
    attributes: Mapping[str, Any] | None = None,
    strategy: Mapping[str, Any] | None = None,
    param: str = "file_id",
) -> dict[str, Any]:
    """Put a file into a store.

    Args:
        call: the request.
        store_id: the store.
        file_id: the file.
        attributes: what a search can filter by.
        strategy: how to cut it into chunks.
        param: where the request names the file.

    Raises:
        Refused: there is no such file.
    """
    if file_id not in call.table("files"):
        raise refused(f"No such File object: {file_id}", status=404, param=param)
    row = {
        "id": file_id,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": call.now,
        "vector_store_id": store_id,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": knowledge.static(strategy),
        "attributes": dict(attributes or {}),
    }
    shelf(call)[f"{store_id}/{file_id}"] = row
    return row


def _settle(call: Call, row: dict[str, Any]) -> None:
    """Read a file that was in progress."""
    if row["status"] != "in_progress":
        return
    file_id = row["id"]
    name, data = call.table("files")[file_id]["filename"], content_of(call, file_id) or b""
    if not knowledge.readable(name, data):
        row["status"] = "failed"
        row["last_error"] = {"code": "unsupported_file", "message": "The file type is not supported."}
        return
    made = knowledge.chunks(name, data, row["chunking_strategy"])
    call.table("vector_stores.chunks")[f"{row['vector_store_id']}/{file_id}"] = {"chunks": made}
    row["status"], row["usage_bytes"] = "completed", len(data)


def file_of(call: Call) -> dict[str, Any]:
    """The file of a store that the path names.

    Raises:
        Refused: there is no such store, or the file isn't in it (quoted).
    """
    store_id = named(call)["id"]
    file_id = call.path["file_id"]
    row = shelf(call).get(f"{store_id}/{file_id}")
    if row is None:
        raise refused(f"No file found with id '{file_id}' in vector store '{store_id}'.", status=404)
    return row
