"""The JSON cassettes of dd-apm-test-agent: one exchange a file, vcrpy's words with plain strings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retape.tape.formats.imported import Imported, imported


def read_dd_apm(data: Any, path: Path) -> Iterator[Imported]:
    """The one exchange of a recording."""
    request, response = data["request"], data["response"]
    body = response.get("body")
    yield imported(
        {
            "request": {**request, "uri": request["url"], "body": request.get("body") or None},
            "response": {**response, "body": body if isinstance(body, dict) else {"string": body}},
        }
    )
