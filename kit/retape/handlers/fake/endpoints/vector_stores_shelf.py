"""Vector stores as they are kept: a row for each store, with all that is in it.

A file that was just added is in progress in the answer that says so; whoever looks next finds it done.  A file that
is gone, deleted or forgotten, has left all stores (API reference): whoever looks next doesn't find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake import knowledge
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.files import content_of, there
from retape.handlers.fake.endpoints.files import named as file_named
from retape.handlers.fake.refusal import Refused, refused
from retape.handlers.fake.settings import Shelf

STATES = ("in_progress", "completed", "failed", "cancelled")


Row = dict[str, Any]
"""A stored vector store: store, files (id -> `Held`), batches (id -> its batch and its files' ids)."""


@dataclass(slots=True)
class Held:
    """A file of a store.

    Args:
        file: as answers have it.
        chunks: what it was cut into; nothing until it is read, or when it can't be.
    """

    file: dict[str, Any]
    chunks: Sequence[knowledge.Chunk] = ()


def blank(call: Call, store: dict[str, Any]) -> Row:
    """The row of a store with nothing in it.  Its files are no more than there are; of batches the latest are kept."""
    return {"store": store, "files": {}, "batches": Shelf(call.settings.store)}


def held(call: Call, row: Row) -> list[Held]:
    """The files of a store, oldest first."""
    files: dict[str, Held] = row["files"]
    for gone in [file_id for file_id in files if not there(call, file_id)]:
        del files[gone]
    return list(files.values())


def files_of(call: Call, row: Row) -> list[dict[str, Any]]:
    """The files of a store as answers have them, oldest first."""
    return [each.file for each in held(call, row)]


def settled(call: Call, row: Row) -> list[Held]:
    """The files of a store, none of them in progress any more."""
    files = held(call, row)
    for each in files:
        _settle(call, each)
    return files


def counts(files: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many files are in which state."""
    states = [file["status"] for file in files]
    return {state: states.count(state) for state in STATES} | {"total": len(states)}


def status_of(files: Iterable[Mapping[str, Any]]) -> str:
    """The state of a store: it is at work as long as one of its files is."""
    return "in_progress" if any(file["status"] == "in_progress" for file in files) else "completed"


def named(call: Call, *, settle: bool = True) -> Row:
    """The store that the path names.

    Args:
        call: the request.
        settle: whether what was in progress is done now.

    Raises:
        Refused: there is none.
    """
    store_id = call.path["vector_store_id"]
    row = call.table("vector_stores").get(store_id)
    if row is None:
        raise _unknown(store_id)
    if settle:
        settled(call, row)
    return row


def _unknown(store_id: str) -> Refused:
    """Both sentences quoted in several projects that look for them."""
    if not store_id.startswith("vs_"):
        told = f"Invalid 'vector_store_id': '{store_id}'. Expected an ID that begins with 'vs_'."
        return refused(told, param="vector_store_id", code="invalid_value")
    return refused(f"No vector store found with id '{store_id}'.", status=404)


def attach(
    call: Call,
    row: Row,
    file_id: str,
    *,
    attributes: Mapping[str, Any] | None = None,
    strategy: Mapping[str, Any] | None = None,
    param: str = "file_id",
) -> dict[str, Any]:
    """Put a file into a store.

    Args:
        call: the request.
        row: the store's.
        file_id: the file.
        attributes: what a search can filter by.
        strategy: how to cut it into chunks.
        param: where the request names the file.

    Raises:
        Refused: there is no such file.
    """
    if not there(call, file_id):
        raise refused(f"No such File object: {file_id}", status=404, param=param)
    file = {
        "id": file_id,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": call.now,
        "vector_store_id": row["store"]["id"],
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": knowledge.static(strategy),
        "attributes": dict(attributes or {}),
    }
    row["files"][file_id] = Held(file)
    return file


def _settle(call: Call, each: Held) -> None:
    """Read a file that was in progress."""
    file = each.file
    if file["status"] != "in_progress":
        return
    name, data = file_named(call, file["id"])["filename"], content_of(call, file["id"]) or b""
    if not knowledge.readable(name, data):
        file["status"] = "failed"
        file["last_error"] = {"code": "unsupported_file", "message": "The file type is not supported."}
        return
    each.chunks = knowledge.chunks(name, data, file["chunking_strategy"])
    file["status"], file["usage_bytes"] = "completed", len(data)


def file_of(row: Row, file_id: str) -> Held:
    """A file of a store.

    Raises:
        Refused: the file isn't in it (quoted).
    """
    found: Held | None = row["files"].get(file_id)
    if found is None:
        raise refused(f"No file found with id '{file_id}' in vector store '{row['store']['id']}'.", status=404)
    return found
