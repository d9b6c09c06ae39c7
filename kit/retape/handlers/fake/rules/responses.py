"""What the bodies of responses may hold."""

from __future__ import annotations

from dataclasses import replace

from retape.handlers.fake.rules.chat import COMMON, EFFORT, SERVICE_TIER, STREAM_OPTIONS, VERBOSITY
from retape.handlers.fake.rules.contents import INPUT_PARTS
from retape.handlers.fake.rules.items import ITEM
from retape.handlers.fake.rules.messages import TEXT
from retape.handlers.fake.rules.responses_tools import TEXT_FORMAT, TOOL_CHOICE, TOOLS
from retape.handlers.fake.rules.shapes import (
    Choice,
    Fields,
    Flag,
    Listing,
    MapOf,
    OneOf,
    Shape,
    Text,
    Whole,
)

INCLUDE = Listing(
    Choice(
        (
            "file_search_call.results",
            "web_search_call.results",
            "web_search_call.action.sources",
            "message.input_image.image_url",
            "computer_call_output.output.image_url",
            "code_interpreter_call.outputs",
            "reasoning.encrypted_content",
            "message.output_text.logprobs",
        )
    ),
    nullable=True,
)

INPUT = OneOf(TEXT, Listing(ITEM), nullable=True)

_PROMPT_VARIABLE = OneOf(Text(), INPUT_PARTS.item)

_SHARED: dict[str, Shape] = {
    "conversation": OneOf(Text(), Fields(fields={"id": Text()}, required=("id",)), nullable=True),
    "input": INPUT,
    "instructions": Text(nullable=True),
    "model": COMMON["model"],
    "parallel_tool_calls": Flag(nullable=True),
    "previous_response_id": Text(nullable=True),
    "reasoning": Fields(
        fields={
            "context": Choice(("auto", "current_turn", "all_turns"), nullable=True),
            "effort": EFFORT,
            "generate_summary": Choice(("auto", "concise", "detailed"), nullable=True),
            "mode": OneOf(Choice(("standard", "pro")), Text()),
            "summary": Choice(("auto", "concise", "detailed"), nullable=True),
        },
        nullable=True,
    ),
    "text": Fields(fields={"format": TEXT_FORMAT, "verbosity": VERBOSITY}, nullable=True),
    "tool_choice": TOOL_CHOICE,
    "tools": TOOLS,
    "truncation": Choice(("auto", "disabled"), nullable=True),
}
"""What creating an answer and counting its input share."""

RESPONSE = Fields(
    fields={
        **COMMON,
        **_SHARED,
        "access_programs": Fields(fields={"cyber": Choice(("standard", "daybreak_blue", "daybreak_red"))}),
        "background": Flag(nullable=True),
        "background_options": Fields(
            fields={"completion_window": Choice(("soonest", "2h", "8h")), "continuation_id": Text()}
        ),
        "context_management": Listing(
            Fields(fields={"type": Text(), "compact_threshold": Whole(nullable=True)}, required=("type",)),
            least=1,
            nullable=True,
        ),
        "image": Fields(fields={"context_compression": Choice(("auto", "enabled", "disabled"))}),
        "include": INCLUDE,
        "max_output_tokens": Whole(least=16, nullable=True),
        "max_tool_calls": Whole(least=1, nullable=True),
        "prompt_cache_options": Fields(
            fields={
                "comparison_response_id": Text(nullable=True),
                "mode": Choice(("implicit", "explicit")),
                "prewarm": Flag(),
                "ttl": Choice(("30m", "12h")),
            }
        ),
        "service_tier": replace(SERVICE_TIER, also=("scale", "ultrafast")),
        "prompt": Fields(
            fields={
                "id": Text(),
                "variables": MapOf(item=_PROMPT_VARIABLE, nullable=True),
                "version": Text(nullable=True),
            },
            required=("id",),
            nullable=True,
        ),
        "stream_options": Fields(fields=STREAM_OPTIONS, nullable=True),
        "top_logprobs": Whole(least=0, most=20, nullable=True),
    },
)
"""The body of `responses.create`."""

INPUT_TOKENS = Fields(
    fields={**_SHARED, "personality": Text(), "model": Text(nullable=True)},
)
"""The body of `responses.input_tokens.count`."""

COMPACT = Fields(
    fields={
        **{
            name: RESPONSE.fields[name]
            for name in ("image", "input", "instructions", "model", "previous_response_id", "prompt_cache_key")
        },
        "prompt_cache_options": COMMON["prompt_cache_options"],
        "prompt_cache_retention": COMMON["prompt_cache_retention"],
        "service_tier": replace(SERVICE_TIER, also=()),
    },
    required=("model",),
)
"""The body of `responses.compact`."""

RETRIEVE = Fields(
    fields={
        "include": INCLUDE,
        "include_obfuscation": Flag(),
        "starting_after": Whole(least=0),
        "stream": Flag(),
    }
)
"""The query of `responses.retrieve`, its values parsed."""
