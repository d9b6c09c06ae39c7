"""An input's items as they are kept: with an id, a type, a state, and content in parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from retape.handlers.fake.call import Call
from retape.handlers.fake.identity import FORMS

Item = dict[str, Any]

_UNSTATED = frozenset({"mcp_call"})
_UNKEPT = frozenset({"compaction_trigger"})
"""What is asked for in an input, and no item of it: the client's types have no such item in a list."""

_ASSUMED: dict[str, Item] = {
    "tool_search_call": {"call_id": None, "execution": "client"},
    "tool_search_output": {"execution": "client"},
}
"""An item's type -> what answers have of it and requests may leave out."""


def kept(call: Call, given: Any, *place: object) -> list[Item]:
    """The items of an input.

    Args:
        call: whose ids the items without one get.
        given: a text, a list of items, or None.
        place: what tells this list from others of the same call.
    """
    if given is None:
        return []
    items: Iterable[Mapping[str, Any]] = [{"role": "user", "content": given}] if isinstance(given, str) else given
    return [
        _kept(call, item, *place, index)
        for index, item in enumerate(items)
        if isinstance(item, Mapping) and item.get("type") not in _UNKEPT
    ]


def _kept(call: Call, item: Mapping[str, Any], *place: object) -> Item:
    kind = item.get("type") or ("message" if "role" in item else "item_reference")
    made: Item = {"id": item.get("id") or call.mint(kind if kind in FORMS else "item", "input", *place), "type": kind}
    if kind == "message":
        return made | _message(item)
    if kind.endswith(("_call", "_output")) and kind not in _UNSTATED:
        made["status"] = item.get("status") or "completed"
    return (
        made
        | _ASSUMED.get(kind, {})
        | {name: value for name, value in item.items() if name not in ("id", "type", "status")}
    )


def _message(item: Mapping[str, Any]) -> Item:
    role = item.get("role", "user")
    phase = {"phase": item["phase"]} if item.get("phase") else {}
    return {
        "status": item.get("status") or "completed",
        "content": _parts(item.get("content"), role),
        **phase,
        "role": role,
    }


def _parts(content: Any, role: str) -> list[Item]:
    if isinstance(content, str):
        return [_part({"type": "output_text" if role == "assistant" else "input_text", "text": content})]
    parts = content if isinstance(content, list) else []
    return [_part(part) for part in parts if isinstance(part, Mapping)]


_FILLED: dict[str, Mapping[str, Any]] = {
    "output_text": {"annotations": [], "logprobs": []},
    "input_image": {"detail": "auto", "file_id": None, "image_url": None},
}


def _part(part: Mapping[str, Any]) -> Item:
    kind = part.get("type", "input_text")
    fields = {**_FILLED.get(kind, {}), **{name: value for name, value in part.items() if name != "type"}}
    return {"type": kind} | fields
