"""What built-in tools leave in an output: calls that ran at OpenAI, and calls that are left to the caller to run."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake import media
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.responses.history import Context
from retape.handlers.fake.endpoints.responses.inputs import Item
from retape.handlers.fake.endpoints.vector_stores import find
from retape.handlers.fake.identity import FORMS
from retape.handlers.fake.reply import Reply

CALLERS = frozenset({"computer_call", "shell_call", "local_shell_call", "apply_patch_call", "mcp_approval_request"})
"""Items that the caller has to act on: the answer ends with them, as with a function call."""

SOURCE = ("https://example.com/", "Example Domain")
"""What every web search finds: URL and title."""
_PICTURE = "1024x1024"
_LARGEST = 4096
"""Pixels of a picture's side, whatever was asked for."""

_MOST = 20
"""Results of a search in files (API reference)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a tool.

    Args:
        call: the request.
        query: what the tool is asked.
        settings: the tool, as the request has it.
        place: what tells this use from the others.
        around: what the answer is given to.
    """

    call: Call
    query: str
    settings: Mapping[str, Any]
    place: int
    around: Context

    def item(self, kind: str, *place: object, **fields: Any) -> Item:
        """An item of this use with an id and a type."""
        form = kind if kind in FORMS else "item"
        return {"id": self.call.mint(form, self.place, *place), "type": kind, **fields}


def hosted(call: Call, reply: Reply, around: Context) -> list[Item]:
    """The items of the tools that a reply used, as many as `max_tool_calls` allows.

    Args:
        call: the request.
        reply: `Reply.tools_used` names a tool ("web_search") or an item type ("web_search_call"); its fields replace
            what would be made up.  An item type that isn't known is what its fields say.
        around: what the answer is given to.
    """
    items: list[Item] = []
    for place, (kind, fields) in enumerate(reply.tools_used[: call.body.get("max_tool_calls")]):
        maker = MAKERS.get(kind) or MAKERS.get(kind.removesuffix("_call"))
        if maker is None and "settings" in fields:
            continue  # a tool that leaves nothing behind: a namespace, a search for tools
        maker = maker or _given(kind, status="completed")
        told = {name: value for name, value in fields.items() if name not in ("query", "settings")}
        use = Use(
            call=call,
            query=str(fields.get("query", "")),
            settings=fields.get("settings", {}),
            place=place,
            around=around,
        )
        made = list(maker(use))
        items += [*made[:-1], made[-1] | told] if made else []
    return items


def _web(use: Use) -> Iterator[Item]:
    action = {"type": "search", "queries": [use.query], "query": use.query}
    yield use.item(
        "web_search_call",
        status="completed",
        action=action | {"sources": [{"type": "url", "url": SOURCE[0]}]},
    )


def _files(use: Use) -> Iterator[Item]:
    """What a search in the fake's own vector stores finds; of stores that it doesn't have, a document is made up."""
    stores = use.settings.get("vector_store_ids") or ()
    if any(store in use.call.table("vector_stores") for store in stores):
        results = [_result(found) for found in _found(use, stores)]
    else:
        results = [_result({"file_id": use.call.mint("file", use.place), "content": [{"text": use.query}]})]
    yield use.item("file_search_call", status="completed", queries=[use.query], results=results)


def _found(use: Use, stores: Sequence[str]) -> list[Item]:
    settings = use.settings
    return find(
        use.call,
        stores,
        [use.query],
        filters=settings.get("filters"),
        most=settings.get("max_num_results") or _MOST,
        least=(settings.get("ranking_options") or {}).get("score_threshold") or 0,
    )


def _result(found: Mapping[str, Any]) -> Item:
    return {
        "attributes": found.get("attributes") or {},
        "file_id": found["file_id"],
        "filename": found.get("filename", "document.txt"),
        "score": found.get("score", 0.97),
        "text": "\n".join(part["text"] for part in found["content"]),
    }


def _python(use: Use) -> Iterator[Item]:
    container = use.settings.get("container")
    yield use.item(
        "code_interpreter_call",
        status="completed",
        code=f"print({json.dumps(use.query, ensure_ascii=False)})",
        container_id=container if isinstance(container, str) else use.call.mint("container", use.place),
        outputs=[{"type": "logs", "logs": f"{use.query}\n"}],
    )


def _image(use: Use) -> Iterator[Item]:
    asked = use.settings.get("size")
    size = asked if asked not in (None, "auto") else _PICTURE
    sides = [min(int(side), _LARGEST) for side in size.split("x") if side.isdigit()]
    quality, background, wanted = (use.settings.get(name) for name in ("quality", "background", "output_format"))
    picture = media.FORMATS.get(wanted or "png", media.png)(use.query, *sides[:2])
    yield use.item(
        "image_generation_call",
        status="completed",
        action="generate",
        background=background if background not in (None, "auto") else "opaque",
        output_format=wanted or "png",
        quality=quality if quality not in (None, "auto") else "high",
        result=base64.b64encode(picture).decode(),
        revised_prompt=use.query,
        size=size,
    )


def _server(use: Use) -> Iterator[Item]:
    """A server's tools, and a call of the first, once it is approved where that has to be."""
    names = _tools_of(use.settings)
    label = use.settings.get("server_label", "server")
    listed = {"annotations": {"read_only": True}, "description": f"Asks {label}", "input_schema": _ASKS}
    if not any(item["type"] == "mcp_list_tools" and item["server_label"] == label for item in use.around.items):
        yield use.item("mcp_list_tools", server_label=label, tools=[listed | {"name": name} for name in names])
    told = {"arguments": json.dumps({"query": use.query}, ensure_ascii=False, separators=(",", ":"))}
    answered = next((item for item in use.around.given if item["type"] == "mcp_approval_response"), None)
    if answered is None and _asks(use.settings, names[0]):
        yield use.item("mcp_approval_request", **told, name=names[0], server_label=label)
    elif answered is None or answered["approve"]:
        yield use.item(
            "mcp_call",
            status="completed",
            approval_request_id=answered["approval_request_id"] if answered else None,
            **told,
            error=None,
            name=names[0],
            output=f"{label} was asked: {use.query}",
            server_label=label,
        )


_ASKS = {
    "type": "object",
    "properties": {"query": {"type": "string"}},
    "required": ["query"],
    "additionalProperties": False,
}


def _tools_of(settings: Mapping[str, Any]) -> list[str]:
    allowed = settings.get("allowed_tools")
    names = allowed.get("tool_names") if isinstance(allowed, Mapping) else allowed
    return list(names or ("ask",))


def _asks(settings: Mapping[str, Any], name: str) -> bool:
    """Whether a server's tool needs approval: all of them do unless the request says otherwise."""
    wanted = settings.get("require_approval") or "always"
    if isinstance(wanted, str):
        return wanted == "always"
    return name not in ((wanted.get("never") or {}).get("tool_names") or ())


def _call_id(use: Use) -> dict[str, str]:
    return {"call_id": use.call.mint("call", "hosted", use.place)}


def _computer(use: Use) -> Iterator[Item]:
    screenshot = {"type": "screenshot"}
    acts = {"actions": [screenshot]} if use.settings.get("type") == "computer" else {"action": screenshot}
    yield use.item("computer_call", status="completed", **acts, **_call_id(use), pending_safety_checks=[])


def _shell(use: Use) -> Iterator[Item]:
    action = {"commands": ["ls"], "max_output_length": None, "timeout_ms": None}
    yield use.item("shell_call", status="completed", action=action, **_call_id(use))


def _local_shell(use: Use) -> Iterator[Item]:
    action = {"type": "exec", "command": ["ls"], "env": {}}
    yield use.item("local_shell_call", status="completed", action=action, **_call_id(use))


def _patch(use: Use) -> Iterator[Item]:
    operation = {"type": "create_file", "diff": f"+{use.query}\n", "path": "notes.md"}
    yield use.item("apply_patch_call", status="completed", **_call_id(use), operation=operation)


def _given(kind: str, **blank: Any) -> Callable[[Use], Iterator[Item]]:
    """An item that only a script makes: it is what the script says, with these fields where it says nothing."""

    def make(use: Use) -> Iterator[Item]:
        yield use.item(kind, **blank)

    return make


Maker = Callable[[Use], Iterator[Item]]

_SERVER = {"name": "ask", "server_label": "server"}

MAKERS: dict[str, Maker] = {
    "web_search": _web,
    "web_search_2025_08_26": _web,
    "web_search_preview": _web,
    "web_search_preview_2025_03_11": _web,
    "file_search": _files,
    "code_interpreter": _python,
    "image_generation": _image,
    "mcp": _server,
    "mcp_call": _given(
        "mcp_call", status="completed", approval_request_id=None, arguments="{}", error=None, output=None, **_SERVER
    ),
    "mcp_list_tools": _given("mcp_list_tools", server_label="server", tools=[]),
    "mcp_approval_request": _given("mcp_approval_request", arguments="{}", **_SERVER),
    "computer": _computer,
    "computer_use": _computer,
    "computer_use_preview": _computer,
    "shell": _shell,
    "local_shell": _local_shell,
    "apply_patch": _patch,
}
"""A tool's type, or an item's, and what its use leaves in the output."""
