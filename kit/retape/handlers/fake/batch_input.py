"""The lines of a batch: what is wrong with them, in the words in which OpenAI's validation says it.

Codes and sentences without another source were observed on the API in 2025-08 and noted in the tests of
llamastack/llama-stack (tests/integration/batches).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake import models
from retape.handlers.fake.literals import parsed

MOST = 50_000
"""Requests of one batch (API reference)."""

NEEDED = ("custom_id", "method", "url", "body")

TITLES = {"/v1/chat/completions": "Chat Completions", "/v1/responses": "Responses", "/v1/completions": "Completions"}
"""How the sentences call the endpoints that can stream."""

CONTENT = {"/v1/chat/completions": "messages", "/v1/embeddings": "input"}
"""What a request of an endpoint holds at least, beside its model."""


@dataclass(frozen=True, slots=True)
class Line:
    """One request.

    Args:
        number: the line, from 1.
        value: the line, parsed.
    """

    number: int
    value: dict[str, Any]


def error(code: str, message: str, param: str | None = None, line: int | None = None) -> dict[str, Any]:
    """One of a batch's errors."""
    return {"code": code, "message": message, "param": param, "line": line}


def read(data: bytes, endpoint: str, known: Sequence[str]) -> tuple[list[Line], list[dict[str, Any]]]:
    """The requests of an input file, and all that is wrong with it.

    Args:
        data: the file.
        endpoint: where the batch's requests go.
        known: names of models to know beside OpenAI's.
    """
    lines: list[Line] = []
    errors: list[dict[str, Any]] = []
    for number, raw in enumerate(data.splitlines(), 1):
        if raw.strip():
            value = _parsed(raw)
            if value is None:
                told = "This line is not parseable as valid JSON."
                errors.append(error("invalid_json_line", told, line=number))
            else:
                lines.append(Line(number, value))
    judge = _Judge(endpoint, known)
    for line in lines:
        errors += judge.faults(line)
    errors.sort(key=lambda each: each["line"])
    return lines, errors or list(_counted(lines))


def _counted(lines: Sequence[Line]) -> Iterator[dict[str, Any]]:
    """What is wrong with a file as a whole (codes of the API reference, sentences of the fake's own)."""
    if not lines:
        yield error(
            "empty_file", "The input file is empty. Please ensure that the batch contains at least one request."
        )
    if len(lines) > MOST:
        yield error("too_many_tasks", f"The batch contains too many requests: at most {MOST} are allowed.")


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """A line's object; None when it is none, or when a byte order mark stands before it, as the API has it."""
    try:
        value = parsed(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class _Judge:
    """Judges the lines of one file, one after the other."""

    def __init__(self, endpoint: str, known: Sequence[str]) -> None:
        self._endpoint = endpoint
        self._known = known
        self._ids: set[str] = set()
        self._model: str | None = None

    def faults(self, line: Line) -> Iterator[dict[str, Any]]:
        missing = [name for name in NEEDED if line.value.get(name) is None]
        if missing:
            told = f"Missing required parameter: '{missing[0]}'."
            yield error("missing_required_parameter", told, missing[0], line.number)
            return
        yield from (error(*fault, line.number) for fault in self._wrong(line.value))

    def _wrong(self, value: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        name = value["custom_id"]
        if not isinstance(name, str):
            yield "invalid_type", "Invalid type for 'custom_id': expected a string.", "custom_id"
        elif name in self._ids:
            yield "duplicate_custom_id", DUPLICATE, "custom_id"
        else:
            self._ids.add(name)
        if value["method"] != "POST":
            yield "invalid_method", f"Invalid value: '{value['method']}'. Value must be 'POST'.", "method"
        if value["url"] != self._endpoint:
            yield "invalid_url", "The URL provided for this request does not match the batch endpoint.", "url"
        elif isinstance(value["body"], dict):
            yield from self._wrong_body(value["body"])
        else:
            yield "invalid_type", "Invalid type for 'body': expected an object.", "body"

    def _wrong_body(self, body: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        needs = CONTENT.get(self._endpoint)
        if body.get("stream"):
            title = TITLES.get(self._endpoint, "This endpoint")
            yield "streaming_unsupported", f"{title}: Streaming is not supported in the Batch API.", "body.stream"
        if not body.get("model") and self._endpoint != "/v1/moderations":
            yield "invalid_request", "Model parameter is required.", "body.model"
        elif body.get("model"):
            yield from self._wrong_model(str(body["model"]))
        if needs and needs not in body:
            yield "invalid_request", f"{needs.capitalize()} parameter is required.", f"body.{needs}"

    def _wrong_model(self, name: str) -> Iterator[tuple[str, str, str]]:
        if models.find(name, self._known) is None:
            yield "model_not_found", f"The provided model '{name}' is not supported by the Batch API.", "body.model"
        elif name != (self._model or name):
            yield "mismatched_model", MISMATCH, "body.model"
        self._model = self._model or name


DUPLICATE = (
    "The custom_id for this request is a duplicate of another request. The custom_id parameter must be unique for "
    "each request in a batch."
)
"""From memory of OpenAI's own; the code is that of its reference."""

MISMATCH = (
    "The model provided for this request does not match the rest of the batch. Each batch must contain requests for a "
    "single model."
)
"""The same."""
