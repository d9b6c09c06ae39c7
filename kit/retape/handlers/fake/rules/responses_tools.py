"""What the tools of a Responses request may hold, which of them may be chosen, and the wanted format."""

from __future__ import annotations

from retape.handlers.fake.rules.chat import EFFORT, JSON_SCHEMA
from retape.handlers.fake.rules.messages import ALLOWED, GRAMMAR, TOOL_NAME
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

_OPEN_SCHEMA = Fields(fields={}, open=True, nullable=True)
_TEXT = Text(nullable=True)
_NAMES = Listing(Text())
_CALLERS = Listing(Choice(("direct", "programmatic")), nullable=True)
_CONTEXT_SIZE = Choice(("low", "medium", "high"))

_VALUE = OneOf(Text(), Decimal(), Flag(), Listing(OneOf(Text(), Decimal())))
_COMPARED = Fields(fields={"key": Text(), "value": _VALUE}, required=("key", "value"))
_FILTERS = Listing(Fields(fields={}, open=True))
_COMPOUND = Fields(fields={"filters": _FILTERS}, required=("filters",))
_FILTER = Tagged(
    by="type",
    variants={
        **dict.fromkeys(("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"), _COMPARED),
        **dict.fromkeys(("and", "or"), _COMPOUND),
    },
    nullable=True,
)

_LOCATION = Fields(
    fields={
        "type": Choice(("approximate",)),
        "city": _TEXT,
        "country": _TEXT,
        "region": _TEXT,
        "timezone": _TEXT,
    },
    nullable=True,
)

_NETWORK = Tagged(
    by="type",
    variants={
        "disabled": Fields(fields={}),
        "allowlist": Fields(
            fields={
                "allowed_domains": Listing(Text(), least=1),
                "domain_secrets": Listing(
                    Fields(
                        fields={"domain": Text(), "name": Text(), "value": Text()},
                        required=("domain", "name", "value"),
                    )
                ),
            },
            required=("allowed_domains",),
        ),
    },
)
_CONTAINER: dict[str, Shape] = {
    "file_ids": Listing(Text(), most=50),
    "memory_limit": Choice(("1g", "4g", "16g", "64g"), nullable=True),
    "network_policy": _NETWORK,
}

_SKILL = Tagged(
    by="type",
    variants={
        "skill_reference": Fields(fields={"skill_id": Text(), "version": Text()}, required=("skill_id",)),
        "inline": Fields(
            fields={
                "description": Text(),
                "name": Text(),
                "source": Tagged(
                    by="type",
                    variants={
                        "base64": Fields(
                            fields={"data": Text(), "media_type": Choice(("application/zip",))},
                            required=("data", "media_type"),
                        )
                    },
                ),
            },
            required=("name", "description", "source"),
        ),
    },
)

_ENVIRONMENTS: dict[str, Shape] = {
    "local": Fields(
        fields={
            "skills": Listing(
                Fields(
                    fields={"description": Text(), "name": Text(), "path": Text()},
                    required=("name", "description", "path"),
                )
            )
        }
    ),
    "container_reference": Fields(fields={"container_id": Text()}, required=("container_id",)),
}

ENVIRONMENT = Tagged(by="type", variants=_ENVIRONMENTS, nullable=True)
"""Of a call that was made; a tool may also ask for a container to be made."""

_TOOL_ENVIRONMENT = Tagged(
    by="type",
    variants={"container_auto": Fields(fields={**_CONTAINER, "skills": Listing(_SKILL)}), **_ENVIRONMENTS},
    nullable=True,
)


_TOLD: dict[str, Shape] = {"read_only": Flag(), "tool_names": _NAMES}
_APPROVAL = Fields(fields={"always": Fields(fields=_TOLD), "never": Fields(fields=_TOLD)})
_CONNECTORS = (
    "connector_dropbox",
    "connector_gmail",
    "connector_googlecalendar",
    "connector_googledrive",
    "connector_microsoftteams",
    "connector_outlookcalendar",
    "connector_outlookemail",
    "connector_sharepoint",
)

_FUNCTION = Fields(
    fields={
        "allowed_callers": _CALLERS,
        "async": Flag(),
        "defer_loading": Flag(),
        "description": _TEXT,
        "name": TOOL_NAME,
        "output_schema": _OPEN_SCHEMA,
        "parameters": _OPEN_SCHEMA,
        "strict": Flag(nullable=True),
    },
    required=("name",),
)
"""The client wants parameters and strict, too; without them a function has no arguments, and is strict if it can."""

_CUSTOM = Fields(
    fields={
        "allowed_callers": _CALLERS,
        "async": Flag(),
        "defer_loading": Flag(),
        "description": Text(),
        "format": Tagged(by="type", variants={"text": Fields(fields={}), "grammar": GRAMMAR}),
        "name": TOOL_NAME,
    },
    required=("name",),
)

_WEB: dict[str, Shape] = {"search_context_size": _CONTEXT_SIZE, "user_location": _LOCATION}
_WEB_SEARCH = Fields(
    fields={
        **_WEB,
        "external_web_access": Flag(),
        "filters": Fields(fields={"allowed_domains": Listing(Text(), most=100, nullable=True)}, nullable=True),
    }
)
_WEB_PREVIEW = Fields(fields={**_WEB, "search_content_types": Listing(Choice(("text", "image")))})

_IMAGE = Fields(
    fields={
        "action": Choice(("generate", "edit", "auto")),
        "background": Choice(("transparent", "opaque", "auto")),
        "complexity": Choice(("low", "medium", "high")),
        "frame_count": Whole(),
        "frame_duration_ms": Whole(),
        "input_fidelity": Choice(("high", "low"), nullable=True),
        "input_image_mask": Fields(fields={"file_id": Text(), "image_url": Text()}),
        "model": Text(),
        "moderation": Choice(("auto", "low")),
        "output_compression": Whole(least=0, most=100),
        "output_format": Choice(("png", "webp", "jpeg", "gif", "svg")),
        "partial_images": Whole(least=0, most=3),
        "quality": Choice(("low", "medium", "high", "auto"), also=("xhigh", "max")),
        "size": Text(),
        "svg": Fields(fields={"model": Text(), "reasoning": Fields(fields={"effort": EFFORT}, nullable=True)}),
    }
)

_MCP = Fields(
    fields={
        "allowed_callers": _CALLERS,
        "allowed_tools": OneOf(Listing(Text()), Fields(fields=_TOLD), nullable=True),
        "authorization": Text(),
        "connector_id": Choice(_CONNECTORS),
        "defer_loading": Flag(),
        "headers": MapOf(item=Text(), nullable=True),
        "require_approval": OneOf(Choice(("always", "never")), _APPROVAL, nullable=True),
        "server_description": Text(),
        "server_label": Text(),
        "server_url": Text(),
        "tunnel_id": Text(),
    },
    required=("server_label",),
)

_VARIANTS: dict[str, Shape] = {
    "apply_patch": Fields(fields={"allowed_callers": _CALLERS}),
    "code_interpreter": Fields(
        fields={
            "allowed_callers": _CALLERS,
            "container": OneOf(Text(), Tagged(by="type", variants={"auto": Fields(fields=_CONTAINER)})),
        },
        required=("container",),
    ),
    "computer": Fields(fields={}),
    "computer_use_preview": Fields(
        fields={
            "display_height": Whole(least=1),
            "display_width": Whole(least=1),
            "environment": Choice(("windows", "mac", "linux", "ubuntu", "browser")),
        },
        required=("display_height", "display_width", "environment"),
    ),
    "custom": _CUSTOM,
    "file_search": Fields(
        fields={
            "filters": _FILTER,
            "max_num_results": Whole(least=1, most=50),
            "ranking_options": Fields(
                fields={
                    "hybrid_search": Fields(
                        fields={"embedding_weight": Decimal(), "text_weight": Decimal()},
                        required=("embedding_weight", "text_weight"),
                    ),
                    "ranker": Choice(("auto", "default-2024-11-15")),
                    "score_threshold": Decimal(least=0, most=1),
                }
            ),
            "vector_store_ids": Listing(Text()),
        },
        required=("vector_store_ids",),
    ),
    "function": _FUNCTION,
    "image_generation": _IMAGE,
    "local_shell": Fields(fields={}),
    "mcp": _MCP,
    "namespace": Fields(
        fields={
            "description": Text(),
            "name": Text(),
            "tools": Listing(Tagged(by="type", variants={"function": _FUNCTION, "custom": _CUSTOM})),
        },
        required=("name", "description", "tools"),
    ),
    "programmatic_tool_calling": Fields(fields={}),
    "shell": Fields(fields={"allowed_callers": _CALLERS, "environment": _TOOL_ENVIRONMENT}),
    "tool_search": Fields(
        fields={"description": _TEXT, "execution": Choice(("server", "client")), "parameters": Anything()}
    ),
    "web_search": _WEB_SEARCH,
    "web_search_2025_08_26": _WEB_SEARCH,
    "web_search_preview": _WEB_PREVIEW,
    "web_search_preview_2025_03_11": _WEB_PREVIEW,
}

TOOLS = Listing(Tagged(by="type", variants=_VARIANTS))
"""Any tool (openai-refusals B35: a chat-shaped one lacks its name)."""

_NAMED = Fields(fields={"name": Text()}, required=("name",))
_HOSTED = (
    "file_search",
    "web_search_preview",
    "web_search_preview_2025_03_11",
    "computer",
    "computer_use",
    "computer_use_preview",
    "code_interpreter",
    "image_generation",
    "apply_patch",
    "shell",
    "programmatic_tool_calling",
    "web_search",
)

TOOL_CHOICE = OneOf(
    Choice(("none", "auto", "required")),
    Tagged(
        by="type",
        variants={
            "function": _NAMED,
            "custom": _NAMED,
            "mcp": Fields(fields={"name": _TEXT, "server_label": Text()}, required=("server_label",)),
            "allowed_tools": Fields(
                fields={
                    "mode": Choice(("auto", "required")),
                    "tools": Listing(ALLOWED),
                },
                required=("mode", "tools"),
            ),
            **dict.fromkeys(_HOSTED, Fields(fields={})),
        },
    ),
    nullable=True,
)

_FORMATS: dict[str, Shape] = {
    "json_schema": Fields(fields=JSON_SCHEMA, required=("name", "schema")),
    "text": Fields(fields={}),
}

TEXT_FORMAT = Tagged(by="type", variants={"json_object": Fields(fields={}), **_FORMATS})

LATER_FORMAT = Tagged(by="type", variants=_FORMATS)
"""What the format may be changed to in the course of a conversation."""
