"""Tools as a response repeats them: what the request left out is filled in (recorded 2025 and 2026)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACE = {"type": "approximate", "city": None, "country": "US", "region": None, "timezone": None}
_SEARCH = {"filters": None, "search_context_size": "medium", "user_location": _PLACE}
_PREVIEW = {"search_context_size": "medium", "user_location": _PLACE}

DEFAULTS: dict[str, Mapping[str, Any]] = {
    "function": {"description": None, "parameters": None, "strict": True},
    "custom": {"description": None, "format": {"type": "text"}},
    "web_search": _SEARCH | {"return_token_budget": "default", "search_content_types": ["text"]},
    "web_search_2025_08_26": _SEARCH,
    "web_search_preview": _PREVIEW,
    "web_search_preview_2025_03_11": _PREVIEW,
    "file_search": {
        "filters": None,
        "max_num_results": 20,
        "ranking_options": {"ranker": "auto", "score_threshold": 0.0},
    },
    "code_interpreter": {},
    "image_generation": {
        "background": "auto",
        "moderation": "auto",
        "n": 1,
        "output_compression": 100,
        "output_format": "png",
        "quality": "auto",
        "size": "auto",
    },
    "mcp": {"allowed_tools": None, "headers": None, "require_approval": "always", "server_description": None},
}
"""A tool's type -> what stands where the request says nothing."""

_SECRET = ("authorization", "headers")
_PATH = re.compile(r"(?<=[^:/]/).+")


def repeated(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A tool as the response has it: the type first, then the fields in alphabetical order."""
    kind = tool.get("type", "function")
    fields = {**DEFAULTS.get(kind, {}), **{name: value for name, value in tool.items() if name != "type"}}
    if kind == "mcp":
        fields = _closed(fields)
    return {"type": kind} | {name: fields[name] for name in sorted(fields)}


def _closed(fields: dict[str, Any]) -> dict[str, Any]:
    """A server's settings without what may be secret: its URL's path and the credentials (recorded)."""
    told = {name: value for name, value in fields.items() if name not in _SECRET} | {"headers": None}
    if told.get("server_url"):
        told["server_url"] = _PATH.sub("<redacted>", told["server_url"])
    return told
