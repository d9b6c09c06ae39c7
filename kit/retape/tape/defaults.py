"""What the API takes when a field is absent, by endpoint.

Source: OpenAI's API reference (request schemas, `default`), read 2026-11.  Client releases differ in
whether they send such fields, so absent, null and the default count as the same request.  Left out:
defaults that depend on the model (reasoning effort, embedding dimensions, image sizes).
"""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, dict[str, Any]] = {
    "/chat/completions": {
        "frequency_penalty": 0,
        "logprobs": False,
        "modalities": ["text"],
        "n": 1,
        "parallel_tool_calls": True,
        "presence_penalty": 0,
        "response_format": {"type": "text"},
        "service_tier": "auto",
        "store": False,
        "stream": False,
        "temperature": 1,
        "top_p": 1,
    },
    "/responses": {
        "background": False,
        "parallel_tool_calls": True,
        "service_tier": "auto",
        "store": True,
        "stream": False,
        "temperature": 1,
        "text": {"format": {"type": "text"}},
        "top_p": 1,
        "truncation": "disabled",
    },
    "/completions": {
        "best_of": 1,
        "echo": False,
        "frequency_penalty": 0,
        "max_tokens": 16,
        "n": 1,
        "presence_penalty": 0,
        "stream": False,
        "temperature": 1,
        "top_p": 1,
    },
    "/embeddings": {"encoding_format": "float"},
    "/moderations": {"model": "omni-moderation-latest"},
    "/images/generations": {"n": 1, "output_compression": 100, "partial_images": 0, "stream": False},
    "/images/edits": {"n": 1, "output_compression": 100, "partial_images": 0, "stream": False},
    "/audio/speech": {"response_format": "mp3", "speed": 1, "stream_format": "audio"},
    "/audio/transcriptions": {"response_format": "json", "temperature": 0, "stream": False},
    "/audio/translations": {"response_format": "json", "temperature": 0},
}
"""Path relative to the API's base -> field -> default."""

ITEM_LISTS = ("messages", "input")
"""Fields that hold a list of messages or items, in which a null field counts as absent too."""

# fmt: off
RESOURCES = frozenset({
    "assistants", "audio", "batches", "chat", "chatkit", "completions", "containers", "conversations", "embeddings",
    "engines", "evals", "files", "fine_tuning", "images", "models", "moderations", "organization", "realtime",
    "responses", "skills", "threads", "uploads", "vector_stores", "videos",
})
# fmt: on
"""First segments of the API's paths: what stands before one of them is the base, and no part of a request's key."""
