"""What the body of a batch may hold."""

from __future__ import annotations

from retape.handlers.fake.rules.files import EXPIRES_AFTER
from retape.handlers.fake.rules.messages import METADATA
from retape.handlers.fake.rules.shapes import Choice, Fields, Text

ENDPOINTS = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/responses",
    "/v1/moderations",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/videos",
)
"""Where a batch's requests may go (the client's types)."""

BATCH = Fields(
    fields={
        "completion_window": Choice(("24h",)),
        "endpoint": Choice(ENDPOINTS),
        "input_file_id": Text(),
        "metadata": METADATA,
        "output_expires_after": EXPIRES_AFTER,
    },
    required=("input_file_id", "endpoint", "completion_window"),
)
"""The body of `batches.create`."""
