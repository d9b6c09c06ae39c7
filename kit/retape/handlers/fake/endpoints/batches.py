"""Batches: a file of requests, run against the fake itself.

Time stands still here, so that a batch moves on each time someone looks: validating, in progress, finalizing,
completed; or validating, failed; or cancelling, cancelled.  Its requests are sent on the way to finalizing; when its
input file is gone by then, it fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from retape.handlers.fake import batch_input
from retape.handlers.fake.answer import Answer, compact, json_answer
from retape.handlers.fake.batch_input import Line
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.files import content_of, keep
from retape.handlers.fake.paging import page
from retape.handlers.fake.refusal import refused
from retape.handlers.fake.routes import Route
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head

DAY = 24 * 3600
_OK = 300

_NEVER = (
    "in_progress_at", "expires_at", "finalizing_at", "completed_at", "failed_at", "expired_at", "cancelling_at",
    "cancelled_at",
)  # fmt: skip


Row = dict[str, Any]
"""A stored batch: batch, expires_after (of the files that it writes, as the request has it)."""


def create(call: Call) -> Answer:
    """POST /batches: nothing is looked at yet, not even whether there is such a file."""
    body = call.body
    batch = {
        "id": call.mint("batch"),
        "object": "batch",
        "endpoint": body["endpoint"],
        "model": None,
        "errors": None,
        "input_file_id": body["input_file_id"],
        "completion_window": body["completion_window"],
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": call.now,
        **dict.fromkeys(_NEVER),
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "usage": None,
        "metadata": body.get("metadata"),
    }
    batch["expires_at"] = call.now + DAY
    row: Row = {"batch": batch, "expires_after": body.get("output_expires_after")}
    call.table("batches")[batch["id"]] = row
    return json_answer(batch)


def _named(call: Call) -> Row:
    """The batch that the path names.

    Raises:
        Refused: there is none.
    """
    batch_id = call.path["batch_id"]
    row = call.table("batches").get(batch_id)
    if row is None:
        raise refused(f"No batch found with id '{batch_id}'.", status=404)
    return row


def retrieve(call: Call) -> Answer:
    """GET /batches/{batch_id}: it moves on by one step."""
    row = _named(call)
    move = _MOVES.get(row["batch"]["status"])
    if move is not None:
        move(call, row)
    return json_answer(row["batch"])


def list_batches(call: Call) -> Answer:
    """GET /batches: nothing moves."""
    return json_answer(page([row["batch"] for row in call.table("batches").values()], call.query))


_ENDED = frozenset({"completed", "failed", "expired"})


def cancel(call: Call) -> Answer:
    """POST /batches/{batch_id}/cancel: what was cancelled may be cancelled again (observed 2025-08)."""
    batch = _named(call)["batch"]
    if batch["status"] in _ENDED:
        raise refused(f"Cannot cancel a batch with status '{batch['status']}'.", status=409)
    if not batch["status"].startswith("cancel"):
        _enter(call, batch, "cancelling")
    return json_answer(batch)


def _enter(call: Call, batch: dict[str, Any], status: str) -> None:
    batch["status"] = status
    batch[f"{status}_at"] = call.now


def _fail(call: Call, batch: dict[str, Any], errors: list[dict[str, Any]]) -> None:
    batch["errors"] = {"object": "list", "data": errors}
    _enter(call, batch, "failed")


def _validate(call: Call, row: Row) -> None:
    batch = row["batch"]
    lines, errors = _read(call, batch)
    if errors:
        _fail(call, batch, errors)
        return
    batch["model"] = next((line.value["body"].get("model") for line in lines), None)
    batch["request_counts"] = {"total": len(lines), "completed": 0, "failed": 0}
    _enter(call, batch, "in_progress")


def _read(call: Call, batch: Mapping[str, Any]) -> tuple[list[Line], list[dict[str, Any]]]:
    file_id = batch["input_file_id"]
    data = content_of(call, file_id)
    if data is None:
        organization = call.settings.organization
        told = f"Cannot find file {file_id}, or organization {organization} does not have access to it."
        return [], [batch_input.error("invalid_request", told, "file_id")]
    return batch_input.read(data, batch["endpoint"], call.settings.models)


def _run(call: Call, row: Row) -> None:
    """Send the requests, and keep what was answered: the good answers in one file, the others in another."""
    batch = row["batch"]
    lines, errors = _read(call, batch)
    if errors:  # the file was fine when it was validated, and is gone
        _fail(call, batch, errors)
        return
    answers = [_answer(call, batch, line) for line in lines]
    good = [answer for answer in answers if _is_good(answer)]
    bad = [answer for answer in answers if not _is_good(answer)]
    batch["output_file_id"] = _written(call, row, "output", good)
    batch["error_file_id"] = _written(call, row, "error", bad)
    batch["request_counts"] = {"total": len(lines), "completed": len(good), "failed": len(bad)}
    batch["usage"] = _usage(answer["response"]["body"].get("usage") for answer in good)
    _enter(call, batch, "finalizing")


def _is_good(answer: Mapping[str, Any]) -> bool:
    return bool(answer["response"]) and answer["response"]["status_code"] < _OK


def _answer(call: Call, batch: Mapping[str, Any], line: Line) -> dict[str, Any]:
    """A line of the output: the answer as it would have come by itself."""
    told: dict[str, Any] = {
        "id": call.mint("batch_request", batch["id"], line.number),
        "custom_id": line.value["custom_id"],
    }
    head, data, aborted = _asked(call, line)
    if head is None or aborted:
        broken = {"code": "request_failed", "message": "The request could not be completed."}
        return told | {"response": None, "error": broken}
    response = {
        "status_code": head.status,
        "request_id": head.header("x-request-id") or call.mint("request", batch["id"], line.number),
        "body": _body(data),
    }
    return told | {"response": response, "error": None}


def _asked(call: Call, line: Line) -> tuple[Head | None, bytes, bool]:
    """What the fake answers to a line, whatever time it takes."""
    scheme, host, *_ = urlsplit(call.request.url)
    own = [(name, value) for name, value in call.request.headers if name.lower() in ("authorization", "api-key")]
    request = Request(
        method=line.value["method"],
        url=urlunsplit((scheme, host, line.value["url"], "", "")),
        headers=(*own, ("content-type", "application/json")),
        body=compact(line.value["body"]).encode("utf-8", "surrogatepass"),
    )
    head, data, aborted = None, bytearray(), False
    for step in call.again(request):
        if isinstance(step, Head):
            head = step
        elif isinstance(step, Chunk):
            data += step.data
        elif isinstance(step, Abort):
            aborted = True
    return head, bytes(data), aborted


def _body(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")


def _written(call: Call, row: Row, what: str, answers: list[dict[str, Any]]) -> str | None:
    if not answers:
        return None
    data = b"".join(compact(answer).encode("utf-8", "backslashreplace") + b"\n" for answer in answers)
    batch_id = row["batch"]["id"]
    file = keep(call, f"{batch_id}_{what}.jsonl", "batch_output", data, row["expires_after"], batch_id, what)
    return str(file["id"])


def _usage(usages: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    """The tokens of all answers, by the names of responses."""
    told = [usage for usage in usages if isinstance(usage, Mapping)]

    def total(*names: str, detail: str = "") -> int:
        counts = [next((usage[name] for name in names if usage.get(name) is not None), 0) for usage in told]
        return sum(count.get(detail) or 0 if isinstance(count, Mapping) else count for count in counts)

    return {
        "input_tokens": total("input_tokens", "prompt_tokens"),
        "input_tokens_details": {
            "cached_tokens": total("input_tokens_details", "prompt_tokens_details", detail="cached_tokens")
        },
        "output_tokens": total("output_tokens", "completion_tokens"),
        "output_tokens_details": {
            "reasoning_tokens": total("output_tokens_details", "completion_tokens_details", detail="reasoning_tokens")
        },
        "total_tokens": total("total_tokens"),
    }


_MOVES: dict[str, Callable[[Call, Row], None]] = {
    "validating": _validate,
    "in_progress": _run,
    "finalizing": lambda call, row: _enter(call, row["batch"], "completed"),
    "cancelling": lambda call, row: _enter(call, row["batch"], "cancelled"),
}
"""A batch's status -> what happens when someone looks."""


def _route(operation: str, method: str, template: str, endpoint: Any, body: str = "none") -> Route:
    return Route(operation=f"batches.{operation}", method=method, template=template, endpoint=endpoint, body=body)


ROUTES = (
    _route("create", "POST", "/batches", create, "json"),
    _route("list", "GET", "/batches", list_batches),
    _route("retrieve", "GET", "/batches/{batch_id}", retrieve),
    _route("cancel", "POST", "/batches/{batch_id}/cancel", cancel),
)
