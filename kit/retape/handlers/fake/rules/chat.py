"""What the body of a chat completion may hold."""

from __future__ import annotations

from retape.handlers.fake.rules.messages import (
    FUNCTION_CALL,
    FUNCTIONS,
    MESSAGES,
    METADATA,
    SCHEMA,
    TEXT,
    TEXT_PART,
    TOOL_CHOICE,
    TOOLS,
)
from retape.handlers.fake.rules.shapes import (
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

EFFORT = Choice(("none", "minimal", "low", "medium", "high", "xhigh", "max"), nullable=True)
VERBOSITY = Choice(("low", "medium", "high"), nullable=True)
SERVICE_TIER = Choice(("auto", "default", "fast", "flex", "priority"), also=("scale",), nullable=True)
"""openai-refusals E24; "scale" is taken, and not named (measured with it)."""

STREAM_OPTIONS: dict[str, Shape] = {"include_obfuscation": Flag()}

_POLICY = Fields(
    fields={"mode": Choice(("score", "block"))},
    required=("mode",),
    nullable=True,
)
MODERATION = Fields(
    fields={
        "model": Text(),
        "policy": Fields(fields={"input": _POLICY, "output": _POLICY}, nullable=True),
    },
    required=("model",),
    nullable=True,
)

COMMON: dict[str, Shape] = {
    "metadata": METADATA,
    "model": Text(),
    "moderation": MODERATION,
    "parallel_tool_calls": Flag(),
    "prompt_cache_key": Text(most=64, nullable=True),
    "prompt_cache_options": Fields(fields={"mode": Choice(("implicit", "explicit")), "ttl": Choice(("30m",))}),
    "prompt_cache_retention": Choice(("in_memory", "24h"), nullable=True),
    "safety_identifier": Text(most=64, nullable=True),
    "service_tier": SERVICE_TIER,
    "store": Flag(nullable=True),
    "stream": Flag(nullable=True),
    "temperature": Decimal(least=0, most=2, nullable=True),
    "top_p": Decimal(least=0, most=1, nullable=True),
    "user": Text(most=64),
}
"""What chat completions and responses share."""

JSON_SCHEMA = {
    "name": Text(least=1, most=64, pattern="^[a-zA-Z0-9_-]+$"),
    "description": Text(),
    "schema": SCHEMA,
    "strict": Flag(nullable=True),
}

_RESPONSE_FORMAT = Tagged(
    by="type",
    variants={
        "json_object": Fields(fields={}),
        "json_schema": Fields(
            fields={"json_schema": Fields(fields=JSON_SCHEMA, required=("name", "schema"))}, required=("json_schema",)
        ),
        "text": Fields(fields={}),
    },
)

_LOCATION = Fields(
    fields={
        "type": Choice(("approximate",)),
        "approximate": Fields(
            fields={"city": Text(), "country": Text(), "region": Text(), "timezone": Text()},
        ),
    },
    required=("type", "approximate"),
    nullable=True,
)

CHAT = Fields(
    fields={
        **COMMON,
        "audio": Fields(
            fields={
                "format": Choice(("wav", "aac", "mp3", "flac", "opus", "pcm16")),
                "voice": OneOf(Text(), Fields(fields={"id": Text()}, required=("id",))),
            },
            required=("voice", "format"),
            nullable=True,
        ),
        "frequency_penalty": Decimal(least=-2, most=2, nullable=True),
        "function_call": FUNCTION_CALL,
        "functions": FUNCTIONS,
        "logit_bias": MapOf(item=Decimal(least=-100, most=100), most=1024, nullable=True),
        "logprobs": Flag(nullable=True),
        "max_completion_tokens": Whole(least=1, nullable=True),
        "max_tokens": Whole(least=1, nullable=True),
        "messages": MESSAGES,
        "modalities": Listing(Choice(("text", "audio")), nullable=True),
        "n": Whole(least=1, most=128, nullable=True),
        "prediction": Tagged(
            by="type",
            variants={
                "content": Fields(
                    fields={"content": OneOf(TEXT, Listing(Tagged(by="type", variants={"text": TEXT_PART})))},
                    required=("content",),
                )
            },
            nullable=True,
        ),
        "presence_penalty": Decimal(least=-2, most=2, nullable=True),
        "reasoning_effort": EFFORT,
        "response_format": _RESPONSE_FORMAT,
        "seed": Whole(least=-(2**63), most=2**63 - 1, nullable=True),
        "stop": OneOf(Text(), Listing(Text(), most=4), nullable=True),
        "stream_options": Fields(fields={**STREAM_OPTIONS, "include_usage": Flag()}, nullable=True),
        "tool_choice": TOOL_CHOICE,
        "tools": TOOLS,
        "top_logprobs": Whole(least=0, nullable=True),
        "verbosity": VERBOSITY,
        "web_search_options": Fields(
            fields={"search_context_size": Choice(("low", "medium", "high")), "user_location": _LOCATION}
        ),
    },
    required=("model", "messages"),
)
"""The body of `chat.completions.create`."""
