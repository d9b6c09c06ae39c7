"""Files: kept in memory, given back byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from retape.handlers.fake.answer import Answer, json_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.paging import page
from retape.handlers.fake.refusal import Refused, refused
from retape.handlers.fake.routes import Route
from retape.tape.multipart import Part

MOST = 10_000
"""Files of one page, and what a page has when nobody says (API reference)."""

BATCH_EXPIRES = 30 * 24 * 3600
"""Seconds that a file for batches lives when nobody says (API reference)."""

KEPT = frozenset({"assistants", "user_data"})
"""Purposes whose files are never given back (quoted in many threads)."""

_HINT = 20


def create(call: Call) -> Answer:
    """POST /files."""
    file, purpose = call.body["file"], str(call.body.get("purpose"))
    name = file.filename if isinstance(file, Part) else "file"
    data = file.data if isinstance(file, Part) else str(file).encode()
    check = _CHECKS.get(purpose)
    if check is not None:
        check(name, data)
    return json_answer(keep(call, name, purpose, data, call.body.get("expires_after")))


def keep(
    call: Call, name: str, purpose: str, data: bytes, expires_after: Mapping[str, Any] | None = None, *place: object
) -> dict[str, Any]:
    """Keep a file.

    Args:
        call: the request that brings it.
        name: its name.
        purpose: what for.
        data: its bytes.
        expires_after: as a request has it: `seconds` after now.
        place: what tells it from other files of the same call.
    """
    seconds = (expires_after or {}).get("seconds") or (BATCH_EXPIRES if purpose == "batch" else None)
    file: dict[str, Any] = {
        "object": "file",
        "id": call.mint("file", *place),
        "purpose": purpose,
        "filename": name,
        "bytes": len(data),
        "created_at": call.now,
        "expires_at": call.now + int(seconds) if seconds else None,
        "status": "processed",
        "status_details": None,
    }
    call.table("files")[file["id"]] = {"file": file, "data": data}
    return file


def there(call: Call, file_id: str) -> bool:
    """Whether there is such a file; one that was there may have been deleted since, or forgotten."""
    return file_id in call.table("files")


def content_of(call: Call, file_id: str) -> bytes | None:
    """The bytes of a file; None when there is no such file."""
    found = call.table("files").get(file_id)
    return None if found is None else found["data"]


def _tuning(_: str, data: bytes) -> None:
    """A file to tune with: a JSON object a line (quoted in many threads)."""
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip() and not isinstance(_parsed(line), dict):
            hint = line[:_HINT].decode("utf-8", "replace")
            raise refused(
                "Expected file to have JSONL format, where every line is a valid JSON dictionary. "
                f'Line {number} is not a dictionary (HINT: line starts with: "{hint}...").'
            )


def _batch(name: str, _: bytes) -> None:
    """A file for batches: its ending (BerriAI/litellm#37527).

    What is in it is a batch's own affair, from the first line on: "This line is not parseable as valid JSON." was seen
    of line 1 (stdapi-ai/stdapi.ai#240), so that the upload had taken it.
    """
    if not name.endswith(".jsonl"):
        raise refused("Invalid file format for Batch API. Must be .jsonl")


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


_CHECKS = {"fine-tune": _tuning, "batch": _batch}


def named(call: Call, file_id: str) -> dict[str, Any]:
    """A file.

    Raises:
        Refused: there is none of this id.
    """
    found = call.table("files").get(file_id)
    if found is None:
        raise unknown(file_id)
    return dict(found["file"])


def unknown(file_id: str) -> Refused:
    """What is said of a file that isn't there (quoted in many threads)."""
    return refused(f"No such File object: {file_id}", status=404, param="id")


def list_files(call: Call) -> Answer:
    """GET /files."""
    wanted = call.query.get("purpose")
    files = [row["file"] for row in call.table("files").values()]
    found = [file for file in files if wanted in (None, file["purpose"])]
    return json_answer(page(found, call.query, limit=MOST, maximum=MOST, number=call.table("files").number))


def retrieve(call: Call) -> Answer:
    """GET /files/{file_id}."""
    return json_answer(named(call, call.path["file_id"]))


def content(call: Call) -> Answer:
    """GET /files/{file_id}/content."""
    file = named(call, call.path["file_id"])
    if file["purpose"] in KEPT:
        raise refused(f"Not allowed to download files of purpose: {file['purpose']}")
    data = content_of(call, file["id"]) or b""
    name = re.sub(r"[^ -!#-\[\]-~]", "_", file["filename"])
    headers = (("content-disposition", f'attachment; filename="{name}"'),)
    return Answer(chunks=(data,), content_type="application/octet-stream", headers=headers)


def delete(call: Call) -> Answer:
    """DELETE /files/{file_id}: vector stores notice at the next look."""
    file_id = named(call, call.path["file_id"])["id"]
    del call.table("files")[file_id]
    return json_answer({"object": "file", "id": file_id, "deleted": True})


def _route(operation: str, method: str, template: str, endpoint: Any, body: str = "none") -> Route:
    return Route(operation=f"files.{operation}", method=method, template=template, endpoint=endpoint, body=body)


ROUTES = (
    _route("create", "POST", "/files", create, "form"),
    _route("list", "GET", "/files", list_files),
    _route("retrieve", "GET", "/files/{file_id}", retrieve),
    _route("content", "GET", "/files/{file_id}/content", content),
    _route("delete", "DELETE", "/files/{file_id}", delete),
)
