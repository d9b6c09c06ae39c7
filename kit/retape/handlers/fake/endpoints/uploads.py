"""Uploads: a file in parts."""

from __future__ import annotations

import hashlib
from typing import Any

from retape.handlers.fake.answer import Answer, json_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.files import keep
from retape.handlers.fake.refusal import refused
from retape.handlers.fake.routes import Route
from retape.tape.multipart import Part

LIFE = 3600
"""Seconds until an upload that nobody completes expires (API reference)."""


Row = dict[str, Any]
"""A stored upload: upload, parts (id -> bytes), expires_after (of the file, as the request has it)."""


def create(call: Call) -> Answer:
    """POST /uploads."""
    body = call.body
    upload = {
        "id": call.mint("upload"),
        "object": "upload",
        "bytes": body["bytes"],
        "created_at": call.now,
        "filename": body["filename"],
        "purpose": body["purpose"],
        "status": "pending",
        "expires_at": call.now + LIFE,
        "file": None,
    }
    row: Row = {"upload": upload, "parts": {}, "expires_after": body.get("expires_after")}
    call.table("uploads")[upload["id"]] = row
    return json_answer(upload)


def _pending(call: Call) -> Row:
    """The upload that the path names, while it can be changed.

    Raises:
        Refused: there is none, or it ended.  The sentences are the fake's own, after that for files.
    """
    upload_id = call.path["upload_id"]
    row = call.table("uploads").get(upload_id)
    if row is None:
        raise refused(f"No such Upload object: {upload_id}", status=404, param="upload_id")
    status = row["upload"]["status"]
    if status != "pending":
        raise refused(f"Upload '{upload_id}' is already {status}.", param="upload_id")
    return row


def create_part(call: Call) -> Answer:
    """POST /uploads/{upload_id}/parts."""
    row = _pending(call)
    data = call.body.get("data")
    part_id = call.mint("part")
    row["parts"][part_id] = data.data if isinstance(data, Part) else str(data).encode()
    told = {"id": part_id, "object": "upload.part", "created_at": call.now, "upload_id": row["upload"]["id"]}
    return json_answer(told)


def complete(call: Call) -> Answer:
    """POST /uploads/{upload_id}/complete: the parts in the order of the request become a file."""
    row = _pending(call)
    upload, data = row["upload"], _joined(call, row)
    upload["file"] = keep(call, upload["filename"], upload["purpose"], data, row["expires_after"])
    return json_answer(_ended(row, "completed"))


def _ended(row: Row, status: str) -> dict[str, Any]:
    """An upload that is over: its parts are of no use any more."""
    row["parts"].clear()
    row["upload"]["status"] = status
    return dict(row["upload"])


def _joined(call: Call, row: Row) -> bytes:
    """The bytes of the upload.

    Raises:
        Refused: a part isn't there, or the whole isn't what was announced.
    """
    parts, announced = row["parts"], row["upload"]["bytes"]
    wanted = call.body.get("part_ids") or []
    for index, part_id in enumerate(wanted):
        if part_id not in parts:
            raise refused(f"No such UploadPart object: {part_id}", param=f"part_ids[{index}]")
    data = b"".join(parts[part_id] for part_id in wanted)
    if len(data) != announced:
        told = f"Upload expected {announced} bytes, but its parts have {len(data)} bytes."
        raise refused(told, param="part_ids")
    checksum = call.body.get("md5")
    if checksum and checksum.lower() != hashlib.md5(data, usedforsecurity=False).hexdigest():
        raise refused("The md5 checksum does not match the uploaded bytes.", param="md5")
    return data


def cancel(call: Call) -> Answer:
    """POST /uploads/{upload_id}/cancel."""
    return json_answer(_ended(_pending(call), "cancelled"))


def _route(operation: str, template: str, endpoint: Any, body: str = "none") -> Route:
    return Route(operation=f"uploads.{operation}", method="POST", template=template, endpoint=endpoint, body=body)


ROUTES = (
    _route("create", "/uploads", create, "json"),
    _route("parts.create", "/uploads/{upload_id}/parts", create_part, "form"),
    _route("complete", "/uploads/{upload_id}/complete", complete, "json"),
    _route("cancel", "/uploads/{upload_id}/cancel", cancel),
)
