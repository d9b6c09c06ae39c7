"""What the bodies of vector stores may hold."""

from __future__ import annotations

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.messages import METADATA
from retape.handlers.fake.rules.relation import Body, Relation
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.rules.shapes import Choice, Decimal, Fields, Flag, Listing, MapOf, OneOf, Tagged, Text, Whole

_EXPIRES_AFTER = Fields(
    fields={"anchor": Choice(("last_active_at",)), "days": Whole(least=1, most=365)},
    required=("anchor", "days"),
    nullable=True,
)

_CHUNKING = Tagged(
    by="type",
    variants={
        "auto": Fields(fields={}),
        "static": Fields(
            fields={
                "static": Fields(
                    fields={
                        "chunk_overlap_tokens": Whole(least=0),
                        "max_chunk_size_tokens": Whole(least=100, most=4096),
                    },
                    required=("max_chunk_size_tokens", "chunk_overlap_tokens"),
                )
            },
            required=("static",),
        ),
    },
)

ATTRIBUTES = MapOf(item=OneOf(Text(most=512), Decimal(), Flag()), most=16, longest=64, nullable=True)
"""Of a file in a store: like metadata, with numbers and flags (API reference)."""

VECTOR_STORE = Fields(
    fields={
        "chunking_strategy": _CHUNKING,
        "description": Text(nullable=True),
        "expires_after": _EXPIRES_AFTER,
        "file_ids": Listing(Text(), most=500),
        "metadata": METADATA,
        "name": Text(nullable=True),
    }
)
"""The body of `vector_stores.create`."""

UPDATE = Fields(fields={"expires_after": _EXPIRES_AFTER, "metadata": METADATA, "name": Text(nullable=True)})
"""The body of `vector_stores.update`."""

_FILE = {"attributes": ATTRIBUTES, "chunking_strategy": _CHUNKING, "file_id": Text()}

FILE = Fields(fields=_FILE, required=("file_id",))
"""The body of `vector_stores.files.create`."""

FILE_UPDATE = Fields(fields={"attributes": ATTRIBUTES}, required=("attributes",))
"""The body of `vector_stores.files.update`."""

FILE_BATCH = Fields(
    fields={
        "attributes": ATTRIBUTES,
        "chunking_strategy": _CHUNKING,
        "file_ids": Listing(Text(), least=1, most=2000),
        "files": Listing(FILE, least=1, most=2000),
    }
)
"""The body of `vector_stores.file_batches.create`."""

_VALUE = OneOf(Text(), Decimal(), Flag(), Listing(OneOf(Text(), Decimal())))
_COMPARISON = Fields(fields={"key": Text(), "value": _VALUE}, required=("key", "value"))
_COMPOUND = Fields(
    fields={"filters": Listing(Fields(fields={"type": Text()}, required=("type",), open=True))}, required=("filters",)
)
_COMPARISONS = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin")

SEARCH = Fields(
    fields={
        "filters": Tagged(
            by="type",
            variants=dict.fromkeys(_COMPARISONS, _COMPARISON) | {"and": _COMPOUND, "or": _COMPOUND},
            nullable=True,
        ),
        "max_num_results": Whole(least=1, most=50),
        "query": OneOf(Text(), Listing(Text(), least=1)),
        "ranking_options": Fields(
            fields={
                "ranker": Choice(("none", "auto", "default-2024-11-15")),
                "score_threshold": Decimal(least=0, most=1),
            }
        ),
        "rewrite_query": Flag(),
    },
    required=("query",),
)
"""The body of `vector_stores.search`."""


def _overlap(body: Body, _: Setting) -> Refusal | None:
    static = body["chunking_strategy"].get("static")
    if not static or static["chunk_overlap_tokens"] <= static["max_chunk_size_tokens"] // 2:
        return None
    told = "chunk_overlap_tokens must be less than or equal to max_chunk_size_tokens / 2."
    return Refusal(message=told, param="chunking_strategy.static.chunk_overlap_tokens", code="invalid_value")


def _one_list(body: Body, _: Setting) -> Refusal | None:
    if "file_ids" in body or "files" in body:
        return None
    told = "Missing required parameter: 'file_ids'."
    return Refusal(message=told, param="file_ids", code="missing_required_parameter")


CHUNKING_RULES = (
    Relation(
        rule="chunk-overlap",
        field="chunking_strategy",
        find=_overlap,
        says="chunks overlap by half at most",
        source="API reference; the sentence is the fake's own",
    ),
)
"""Beside every shape with a chunking strategy."""

FILE_BATCH_RULES = (
    *CHUNKING_RULES,
    Relation(
        rule="missing-parameter",
        field="",
        find=_one_list,
        says="a batch names its files, in one of two ways",
        source="API reference",
    ),
)
"""Beside the shape of `vector_stores.file_batches.create`."""
