"""What the items of a Responses input may hold, by type."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.rules.chat import EFFORT
from retape.handlers.fake.rules.contents import CALL_ID, CALLER, ID, INPUT_CONTENT, MESSAGE, STATUS
from retape.handlers.fake.rules.messages import TEXT
from retape.handlers.fake.rules.responses_tools import ENVIRONMENT, LATER_FORMAT, TOOLS
from retape.handlers.fake.rules.screen import ACTION, SCREENSHOT
from retape.handlers.fake.rules.shapes import (
    Anything,
    Choice,
    Decimal,
    Fields,
    Flag,
    Listing,
    MapOf,
    OneOf,
    Shape,
    Tagged,
    Text,
    Whole,
)

_SEARCHED = Choice(("in_progress", "searching", "completed", "incomplete", "failed"))

_SAFETY = Listing(Fields(fields={"id": Text(), "code": ID, "message": ID}, required=("id",)))
_SAFETY_ACKNOWLEDGED = Listing(_SAFETY.item, nullable=True)


def _item(required: str, **fields: Shape) -> Fields:
    """An item: `required` names what has to be there, in the order in which its absence is reported."""
    return Fields(fields={"id": ID, **fields}, required=tuple(required.split()))


def _texts(kind: str) -> Listing:
    return Listing(Tagged(by="type", variants={kind: Fields(fields={"text": TEXT}, required=("text",))}))


_FOUND = Fields(fields={"pattern": Text(), "url": Text()}, required=("pattern", "url"))

_WEB_ACTION = Tagged(
    by="type",
    variants={
        "search": Fields(
            fields={
                "queries": Listing(Text(), nullable=True),
                "query": ID,
                "sources": Listing(
                    Tagged(by="type", variants={"url": Fields(fields={"url": Text()}, required=("url",))}),
                    nullable=True,
                ),
            }
        ),
        "open_page": Fields(fields={"url": ID}),
        **dict.fromkeys(("find_in_page", "find"), _FOUND),  # "find" to clients before openai 2
    },
)

_IMAGE_ERROR = Fields(
    fields={
        "code": ID,
        "message": Text(),
        "param": ID,
        "type": Text(),
        "moderation_details": Fields(
            fields={
                "categories": Listing(Text()),
                "moderation_stage": Choice(("input", "output", "unknown")),
            },
            nullable=True,
        ),
    },
    required=("message",),
    nullable=True,
)
_SVG_USAGE = Fields(
    fields={
        "input_tokens": Whole(),
        "model": Text(),
        "output_tokens": Whole(),
        "reasoning_tokens": Whole(),
        "total_tokens": Whole(),
    },
    nullable=True,
)

_OUTCOME = Tagged(
    by="type",
    variants={
        "timeout": Fields(fields={}),
        "exit": Fields(fields={"exit_code": Whole()}, required=("exit_code",)),
    },
)

_PATCH = Tagged(
    by="type",
    variants={
        "create_file": Fields(fields={"diff": Text(), "path": Text()}, required=("diff", "path")),
        "delete_file": Fields(fields={"path": Text()}, required=("path",)),
        "update_file": Fields(fields={"diff": Text(), "path": Text()}, required=("diff", "path")),
    },
)

_FAILED = Fields(fields={"code": Whole(), "message": Text()}, required=("code", "message"))
_MCP_ERROR = OneOf(
    Text(),
    Tagged(
        by="type",
        variants={
            "mcp_protocol_error": _FAILED,
            "mcp_tool_execution_error": Fields(fields={"content": Anything()}, required=("content",)),
            "http_error": _FAILED,
        },
    ),
    nullable=True,
)

_VARIANTS: dict[str, Shape] = {
    "additional_tools": _item("role tools", role=Choice(("developer",)), tools=TOOLS),
    "apply_patch_call": _item(
        "call_id operation status",
        call_id=CALL_ID,
        caller=CALLER,
        operation=_PATCH,
        status=Choice(("in_progress", "completed")),
    ),
    "apply_patch_call_output": _item(
        "call_id status", call_id=CALL_ID, caller=CALLER, output=ID, status=Choice(("completed", "failed"))
    ),
    "code_interpreter_call": _item(
        "id container_id",
        code=ID,
        container_id=Text(),
        outputs=Listing(
            Tagged(
                by="type",
                variants={
                    "logs": Fields(fields={"logs": Text()}, required=("logs",)),
                    "image": Fields(fields={"url": Text()}, required=("url",)),
                },
            ),
            nullable=True,
        ),
        status=Choice(("in_progress", "completed", "incomplete", "interpreting", "failed")),
    ),
    "compaction": _item("encrypted_content", encrypted_content=Text()),
    "compaction_trigger": _item(""),
    "computer_call": _item(
        "id call_id",
        action=ACTION,
        actions=Listing(ACTION, nullable=True),
        call_id=CALL_ID,
        pending_safety_checks=_SAFETY,
        status=STATUS,
    ),
    "computer_call_output": _item(
        "call_id output",
        acknowledged_safety_checks=_SAFETY_ACKNOWLEDGED,
        call_id=CALL_ID,
        output=SCREENSHOT,
        status=STATUS,
    ),
    "configuration_update": _item(
        "",
        reasoning=Fields(fields={"effort": EFFORT}, nullable=True),
        text=Fields(fields={"format": LATER_FORMAT}, required=("format",), nullable=True),
    ),
    "custom_tool_call": _item(
        "call_id name input",
        **{"async": Flag()},
        call_id=CALL_ID,
        caller=CALLER,
        input=Text(),
        name=Text(),
        namespace=ID,
        status=STATUS,
    ),
    "custom_tool_call_output": _item(
        "call_id output", call_id=CALL_ID, caller=CALLER, output=INPUT_CONTENT, status=STATUS
    ),
    "file_search_call": _item(
        "id queries",
        queries=Listing(Text()),
        results=Listing(
            Fields(
                fields={
                    "attributes": MapOf(item=OneOf(Text(), Decimal(), Flag()), nullable=True),
                    "file_id": Text(),
                    "filename": Text(),
                    "score": Decimal(),
                    "text": Text(),
                }
            ),
            nullable=True,
        ),
        status=_SEARCHED,
    ),
    "function_call": _item(
        "call_id name arguments",
        **{"async": Flag()},
        arguments=Text(),
        call_id=CALL_ID,
        caller=CALLER,
        name=Text(),
        namespace=ID,
        status=STATUS,
    ),
    "function_call_output": _item(
        "call_id output",
        call_id=CALL_ID,
        caller=CALLER,
        name=ID,
        namespace=ID,
        output=INPUT_CONTENT,
        status=STATUS,
    ),
    "image_generation_call": _item(
        "id",
        action=Choice(("generate", "edit", "auto"), nullable=True),
        background=Choice(("transparent", "opaque", "auto"), nullable=True),
        error=_IMAGE_ERROR,
        output_format=Choice(("png", "webp", "jpeg", "gif", "svg"), nullable=True),
        quality=Choice(("low", "medium", "high", "xhigh", "max", "auto"), nullable=True),
        result=ID,
        revised_prompt=ID,
        size=ID,
        status=Choice(("in_progress", "completed", "generating", "failed"), nullable=True),
        svg_usage=_SVG_USAGE,
    ),
    "item_reference": _item("id"),
    "local_shell_call": _item(
        "id call_id action",
        action=Tagged(
            by="type",
            variants={
                "exec": Fields(
                    fields={
                        "command": Listing(Text()),
                        "env": MapOf(item=Text()),
                        "timeout_ms": Whole(nullable=True),
                        "user": ID,
                        "working_directory": ID,
                    },
                    required=("command",),
                )
            },
        ),
        call_id=CALL_ID,
        status=STATUS,
    ),
    "local_shell_call_output": _item("id output", output=Text(), status=STATUS),
    "mcp_approval_request": _item("id server_label name arguments", arguments=Text(), name=Text(), server_label=Text()),
    "mcp_approval_response": _item(
        "approval_request_id approve", approval_request_id=Text(), approve=Flag(), reason=ID
    ),
    "mcp_call": _item(
        "id server_label name arguments",
        approval_request_id=ID,
        arguments=Text(),
        error=_MCP_ERROR,
        name=Text(),
        output=ID,
        server_label=Text(),
        status=Choice(("in_progress", "completed", "incomplete", "calling", "failed")),
    ),
    "mcp_list_tools": _item(
        "id server_label tools",
        error=ID,
        server_label=Text(),
        tools=Listing(
            Fields(
                fields={"annotations": Anything(), "description": ID, "input_schema": Anything(), "name": Text()},
                required=("name", "input_schema"),
            )
        ),
    ),
    "message": MESSAGE,
    "program": _item("id call_id code fingerprint", call_id=CALL_ID, code=Text(), fingerprint=Text()),
    "program_output": _item(
        "id call_id result status", call_id=CALL_ID, result=Text(), status=Choice(("completed", "incomplete"))
    ),
    "reasoning": _item(
        "id summary",
        content=Listing(_texts("reasoning_text").item, nullable=True),
        encrypted_content=ID,
        status=STATUS,
        summary=_texts("summary_text"),
    ),
    "shell_call": _item(
        "call_id action",
        action=Fields(
            fields={
                "commands": Listing(Text()),
                "max_output_length": Whole(nullable=True),
                "timeout_ms": Whole(nullable=True),
            },
            required=("commands",),
        ),
        call_id=CALL_ID,
        caller=CALLER,
        environment=ENVIRONMENT,
        status=STATUS,
    ),
    "shell_call_output": _item(
        "call_id output",
        call_id=CALL_ID,
        caller=CALLER,
        max_output_length=Whole(nullable=True),
        output=Listing(
            Fields(
                fields={"outcome": _OUTCOME, "stderr": Text(), "stdout": Text()},
                required=("outcome", "stdout", "stderr"),
            )
        ),
        status=STATUS,
    ),
    "tool_search_call": _item(
        "arguments",
        arguments=Anything(),
        call_id=ID,
        execution=Choice(("server", "client")),
        status=STATUS,
    ),
    "tool_search_output": _item(
        "tools", call_id=ID, execution=Choice(("server", "client")), status=STATUS, tools=TOOLS
    ),
    "web_search_call": _item("id", action=_WEB_ACTION, status=_SEARCHED),
}


def _untyped(item: dict[str, Any]) -> str | None:
    """What an item without a type is: a message when it has a role, else a reference when it has nothing but an id."""
    if "role" in item or "content" in item:
        return "message"
    return "item_reference" if item.keys() <= {"id", "type"} and "id" in item else None


ITEM = Tagged(by="type", variants=_VARIANTS, absent=_untyped, blames_holder=True)
"""Any item of an input.  Null ids and states are taken: they are what dumping an answer gives."""
