"""What a chat message may hold, by role.

Names and values are held against the installed client's types by a test; what the client doesn't have and OpenAI takes
all the same says why.
"""

from __future__ import annotations

from retape.handlers.fake.rules.shapes import (
    Anything,
    Choice,
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

LONGEST_TEXT = 10_485_760
"""Code points of one text (OpenAI's sentence of 2025; until then 1,048,576: i-dot-ai/redbox#1094)."""

TOOL_NAME = Text(least=1, most=64, pattern="^[a-zA-Z0-9_-]+$")
"""openai-refusals B14, B15."""

SCHEMA = Fields(fields={}, open=True)
"""A JSON Schema: any object here, since `schema.strict` judges what is in it."""

METADATA = MapOf(item=Text(most=512), most=16, longest=64, nullable=True)
"""The bounds were measured with openai-refusals E1 to E32."""

BREAKPOINT = Fields(fields={"mode": Choice(("explicit",)), "ttl": Choice(("30m", "12h"))}, required=("mode",))

TEXT = Text()
"""Without its greatest length: bodies of ten megabytes are rare, and a rule of their own looks at them."""
_CALL_ID = Text(most=40)
_SPEAKER = Text(pattern=r"^[^\s<|\\/>]+$")

TEXT_PART = Fields(fields={"text": TEXT, "prompt_cache_breakpoint": BREAKPOINT}, required=("text",))

_IMAGE = Fields(
    fields={"url": Text(), "detail": Choice(("low", "auto", "high"), also=("original",))}, required=("url",)
)
_SOUND = Fields(fields={"data": Text(), "format": Choice(("wav", "mp3"))}, required=("data", "format"))
_FILE = Fields(fields={"file_data": Text(), "file_id": Text(), "filename": Text()})


def _part(name: str, shape: Shape) -> Fields:
    return Fields(fields={name: shape, "prompt_cache_breakpoint": BREAKPOINT}, required=(name,))


PARTS = Tagged(
    by="type",
    variants={
        "text": TEXT_PART,
        "image_url": _part("image_url", _IMAGE),
        "input_audio": _part("input_audio", _SOUND),
        "refusal": Fields(fields={"refusal": TEXT}, required=("refusal",)),
        "audio": Fields(fields={"audio": Fields(fields={"id": Text()}, required=("id",))}, required=("audio",)),
        "file": _part("file", _FILE),
    },
)
"""One list for every role, as OpenAI's sentence has it; which part may go with which role is a rule of its own."""

CONTENT = OneOf(TEXT, Listing(PARTS, least=1))
_NO_CONTENT = OneOf(TEXT, Listing(PARTS, least=1), nullable=True)

_FUNCTION = Fields(
    fields={"name": TOOL_NAME, "arguments": Text(), "parsed_arguments": Anything()},  # recorded as `parsed` is
    required=("name", "arguments"),
)
_CUSTOM = Fields(fields={"name": TOOL_NAME, "input": Text()}, required=("name", "input"))

_REPLAYED: dict[str, Shape] = {"id": _CALL_ID, "index": Whole()}
"""`index` is a streamed call's: replaying it is taken (recorded with gpt-4o, in llama-stack's tests)."""

TOOL_CALLS = Listing(
    Tagged(
        by="type",
        variants={
            "function": Fields(fields={**_REPLAYED, "function": _FUNCTION}, required=("id", "function")),
            "custom": Fields(fields={**_REPLAYED, "custom": _CUSTOM}, required=("id", "custom")),
        },
    ),
    least=1,
)

_SPOKEN: dict[str, Shape] = {"content": _NO_CONTENT, "name": _SPEAKER}
"""That there is content after all is a rule of its own, which comes last (`turns`)."""

MESSAGES = Listing(
    Tagged(
        by="role",
        variants={
            "system": Fields(fields=_SPOKEN),
            "assistant": Fields(
                fields={
                    "content": _NO_CONTENT,
                    "name": _SPEAKER,
                    "refusal": Text(nullable=True),
                    "tool_calls": TOOL_CALLS,
                    "function_call": Fields(
                        fields={"name": TOOL_NAME, "arguments": Text()}, required=("name", "arguments"), nullable=True
                    ),
                    "audio": Fields(fields={"id": Text()}, required=("id",), nullable=True),
                    "annotations": Listing(Anything(), nullable=True),
                    "parsed": Anything(),  # recorded with gpt-4o, in magentic's tests
                }
            ),
            "user": Fields(fields=_SPOKEN),
            "function": Fields(fields={"content": _NO_CONTENT, "name": TOOL_NAME}, required=("name",)),
            "tool": Fields(fields={**_SPOKEN, "tool_call_id": _CALL_ID}, required=("tool_call_id",)),
            "developer": Fields(fields={**_SPOKEN, "content": CONTENT}, required=("content",)),
        },
    ),
    least=1,
)
"""In the order of OpenAI's sentence (openai-refusals E21).  Of contents, a developer's alone has to be there here; the
others' are missed later, in other words (E37, E38)."""

_DEFINITION = Fields(
    fields={
        "name": TOOL_NAME,
        "description": Text(most=1024),
        "parameters": SCHEMA,
        "strict": Flag(nullable=True),
    },
    required=("name",),
)
"""openai-refusals B14, B17."""

GRAMMAR = Fields(fields={"definition": Text(), "syntax": Choice(("lark", "regex"))}, required=("definition", "syntax"))

_CUSTOM_TOOL = Fields(
    fields={
        "name": TOOL_NAME,
        "description": Text(),
        "format": Tagged(
            by="type",
            variants={
                "text": Fields(fields={}),
                "grammar": Fields(fields={"grammar": GRAMMAR}, required=("grammar",)),
            },
        ),
    },
    required=("name",),
)

TOOLS = Listing(
    Tagged(
        by="type",
        variants={
            "function": Fields(fields={"function": _DEFINITION}, required=("function",)),
            "custom": Fields(fields={"custom": _CUSTOM_TOOL}, required=("custom",)),
        },
    ),
    least=1,
    most=128,
)
"""openai-refusals B16."""

_NAMED = Fields(fields={"name": TOOL_NAME}, required=("name",))

_CALLED = Fields(fields={"name": Text()}, open=True)

ALLOWED = Fields(
    fields={"custom": _CALLED, "function": _CALLED, "name": Text(), "server_label": Text(), "type": Text()}, open=True
)
"""A tool that a choice allows, of chat completions or of responses: what it is named by; the rest isn't looked at."""

TOOL_CHOICE = OneOf(
    Choice(("none", "auto", "required")),
    Tagged(
        by="type",
        variants={
            "function": Fields(fields={"function": _NAMED}, required=("function",)),
            "custom": Fields(fields={"custom": _NAMED}, required=("custom",)),
            "allowed_tools": Fields(
                fields={
                    "allowed_tools": Fields(
                        fields={
                            "mode": Choice(("auto", "required")),
                            "tools": Listing(ALLOWED),
                        },
                        required=("mode", "tools"),
                    )
                },
                required=("allowed_tools",),
            ),
        },
        fallback="function",
    ),
)

FUNCTIONS = Listing(
    Fields(
        fields={"name": TOOL_NAME, "description": Text(most=1024), "parameters": SCHEMA},
        required=("name",),
    ),
    least=1,
    most=128,
)

FUNCTION_CALL = OneOf(Choice(("none", "auto")), _NAMED)
