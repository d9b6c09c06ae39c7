"""Stock vcrpy (pytest-recording writes the same), its old httpx layout, and pydantic-ai's parsed JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retape.tape.formats.imported import PARSED_JSON, Imported, compact, imported


def read_vcrpy(data: Any, path: Path) -> Iterator[Imported]:
    """The exchanges of stock vcrpy's cassette."""
    for interaction in data["interactions"]:
        body = interaction["response"].get("body")
        if isinstance(body, dict) and "base64_string" in body:  # JSON of vcrpy before 1.8
            response = {**interaction["response"], "body": {"string": base64.b64decode(body["base64_string"])}}
            interaction = {**interaction, "response": response}
        yield imported(interaction)


def read_pydantic_ai(data: Any, path: Path) -> Iterator[Imported]:
    """The exchanges of a cassette whose serializer put parsed JSON under `parsed_body`."""
    for interaction in data["interactions"]:
        request, response = dict(interaction["request"]), dict(interaction["response"])
        notes = [f"{side}: {PARSED_JSON}" for side in ("request", "response") if "parsed_body" in interaction[side]]
        if "parsed_body" in request:
            request["body"] = compact(request.pop("parsed_body"))
        if "parsed_body" in response:
            response["body"] = {"string": compact(response.pop("parsed_body"))}
        yield imported({"request": _unsized(request), "response": _unsized(response)}, *notes)


def _unsized(side: dict[str, Any]) -> dict[str, Any]:
    """Without the length of the bytes that are gone."""
    headers = side.get("headers") or {}
    return {**side, "headers": {name: value for name, value in headers.items() if name.lower() != "content-length"}}
