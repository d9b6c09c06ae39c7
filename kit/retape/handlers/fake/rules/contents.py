"""What the parts of a Responses message may hold, and what surrounds them: annotations, log probabilities, callers."""

from __future__ import annotations

from dataclasses import replace

from retape.handlers.fake.rules.messages import BREAKPOINT, TEXT
from retape.handlers.fake.rules.shapes import (
    Choice,
    Decimal,
    Fields,
    Listing,
    OneOf,
    Shape,
    Tagged,
    Text,
    Whole,
)

ID = Text(nullable=True)
CALL_ID = Text(least=1, most=64)
STATUS = Choice(("in_progress", "completed", "incomplete"), nullable=True)

DETAIL = Choice(("low", "high", "auto"), also=("original",), nullable=True)

_BREAK = replace(BREAKPOINT, nullable=True)

_PARTS: dict[str, Shape] = {
    "input_text": Fields(fields={"text": TEXT, "prompt_cache_breakpoint": _BREAK}, required=("text",)),
    "input_image": Fields(
        fields={"detail": DETAIL, "file_id": ID, "image_url": ID, "prompt_cache_breakpoint": _BREAK},
    ),
    "input_file": Fields(
        fields={
            "detail": Choice(("auto", "low", "high")),
            "file_data": ID,
            "file_id": ID,
            "file_url": ID,
            "filename": ID,
            "prompt_cache_breakpoint": _BREAK,
        },
    ),
}

_NAMED = (
    "input_text",
    "input_image",
    "output_text",
    "refusal",
    "input_file",
    "computer_screenshot",
    "summary_text",
)
"""What OpenAI's sentence about an unknown part names, whatever the place takes."""

_SOUND = Fields(
    fields={
        "input_audio": Fields(fields={"data": Text(), "format": Choice(("mp3", "wav"))}, required=("data", "format"))
    },
    required=("input_audio",),
)
"""Clients before openai 2 had it."""


def _parts(variants: dict[str, Shape]) -> Listing:
    return Listing(Tagged(by="type", variants=variants, named=_NAMED, blames_holder=True))


INPUT_PARTS = _parts(_PARTS)
INPUT_CONTENT = OneOf(TEXT, INPUT_PARTS)

_TOP = {"token": Text(), "bytes": Listing(Whole(), nullable=True), "logprob": Decimal()}
_LOGPROB = Fields(
    fields={**_TOP, "top_logprobs": Listing(Fields(fields=_TOP, required=("token", "logprob")))},
    required=("token", "logprob"),
)

_AT = {"start_index": Whole(), "end_index": Whole()}

_ANNOTATION = Tagged(
    by="type",
    variants={
        "file_citation": Fields(
            fields={"file_id": Text(), "filename": Text(), "index": Whole()}, required=("file_id", "index")
        ),
        "url_citation": Fields(
            fields={**_AT, "title": Text(), "url": Text()}, required=("start_index", "end_index", "title", "url")
        ),
        "container_file_citation": Fields(
            fields={**_AT, "container_id": Text(), "file_id": Text(), "filename": Text()},
            required=("container_id", "start_index", "end_index", "file_id"),
        ),
        "file_path": Fields(fields={"file_id": Text(), "index": Whole()}, required=("file_id", "index")),
    },
)

_OUTPUT_PARTS = Listing(
    Tagged(
        by="type",
        variants={
            "output_text": Fields(
                fields={
                    "text": TEXT,
                    "annotations": Listing(_ANNOTATION),
                    "logprobs": Listing(_LOGPROB, nullable=True),
                },
                required=("text",),
            ),
            "refusal": Fields(fields={"refusal": TEXT}, required=("refusal",)),
        },
        blames_holder=True,
    )
)
"""openai-refusals B34.  The client wants annotations, too; a replay without them is taken."""

_PHASE = Choice(("commentary", "final_answer"), nullable=True)


_SPOKEN = OneOf(TEXT, _parts({**_PARTS, "input_audio": _SOUND}))


def _message(content: Shape) -> Fields:
    return Fields(
        fields={"content": content, "id": ID, "phase": _PHASE, "status": STATUS},
        required=("content",),
    )


MESSAGE = Tagged(
    by="role",
    variants={
        "assistant": _message(OneOf(TEXT, _OUTPUT_PARTS)),
        "system": _message(_SPOKEN),
        "developer": _message(_SPOKEN),
        "user": _message(_SPOKEN),
    },
    blames_holder=True,
)
"""A message with or without its type, the model's own ones included (openai-refusals B33)."""

CALLER = Tagged(
    by="type",
    variants={
        "direct": Fields(fields={}),
        "program": Fields(fields={"caller_id": Text()}, required=("caller_id",)),
    },
    nullable=True,
)
