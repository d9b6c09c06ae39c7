"""The official client, made for a provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    Client = AsyncOpenAI


def make_client(
    base_url: str, api_key: str, *, timeout: float = 60.0, headers: Mapping[str, str] | None = None
) -> AsyncOpenAI:
    """A client that asks once and doesn't try again.

    Args:
        base_url: with its version, "https://api.openai.com/v1".
        api_key: the provider's key.
        timeout: seconds until the first byte, and between any two.
        headers: further header fields of every request.
    """
    from openai import AsyncOpenAI

    return AsyncOpenAI(
        base_url=base_url, api_key=api_key, timeout=timeout, max_retries=0, default_headers=dict(headers or {})
    )
