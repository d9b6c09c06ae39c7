"""Where the Responses API's endpoints stand."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.endpoints.responses import counting, stored
from retape.handlers.fake.endpoints.responses.create import create
from retape.handlers.fake.routes import Route


def _route(operation: str, method: str, path: str, endpoint: Any, body: str = "none") -> Route:
    return Route(
        operation=f"responses.{operation}",
        method=method,
        template=f"/responses{path}",
        endpoint=endpoint,
        body=body,
        limited=operation == "create",
    )


ROUTES = (
    _route("create", "POST", "", create, "json"),
    _route("input_tokens.count", "POST", "/input_tokens", counting.input_tokens, "json"),
    _route("compact", "POST", "/compact", counting.compact, "json"),
    _route("retrieve", "GET", "/{response_id}", stored.retrieve),
    _route("delete", "DELETE", "/{response_id}", stored.delete),
    _route("cancel", "POST", "/{response_id}/cancel", stored.cancel),
    _route("input_items.list", "GET", "/{response_id}/input_items", stored.input_items),
)
