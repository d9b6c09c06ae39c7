"""Profiles: which rules are off."""

from __future__ import annotations

PROFILES: dict[str, frozenset[str]] = {
    "openai": frozenset(),
    "lenient": frozenset(
        {
            "audio-container",
            "audio-nowhere",
            "audio-without-voice",
            "background-without-store",
            "best-of",
            "chunk-overlap",
            "context-length",
            "dimensions",
            "file-data",
            "file-purpose",
            "function-call-without-functions",
            "image-data",
            "image-file",
            "image-role",
            "image-size",
            "image-url",
            "invalid-model-id",
            "invalid-schema",
            "json-word",
            "logit-bias-keys",
            "lonely-reasoning",
            "max-tokens-limit",
            "metadata-without-store",
            "moved-parameter",
            "orphan-tool-message",
            "orphan-tool-output",
            "parallel-tool-calls-without-tools",
            "pattern",
            "retired-model",
            "stream-options-without-stream",
            "too-long",
            "tool-choice-without-tools",
            "tool-content",
            "token-ids",
            "tools-with-effort",
            "top-logprobs-limit",
            "top-logprobs-without-logprobs",
            "transcription-format",
            "two-pasts",
            "two-token-limits",
            "unanswered-tool-call",
            "unknown-file",
            "unknown-item",
            "unknown-model",
            "unknown-parameter",
            "unlisted-tool-choice",
            "unreachable-url",
            "unsupported-content",
            "unsupported-format",
            "unsupported-parameter",
            "unsupported-value",
            "upload-size",
            "wrong-endpoint",
        }
    ),
}
"""A profile's name -> the rules that are off in it.

"lenient" is what compatible servers have in common: they refuse a body that is no JSON, what is missing, wrong types,
roles and values that don't exist, and numbers out of range.
"""
