"""The official client, speaking to a handler instead of a server; strict about what it is answered."""

from __future__ import annotations

import importlib
from typing import Any

import openai

from libraries import OURS
from retape import Handler

_mount = importlib.import_module(f"retape.mounts.{OURS.__name__}")


def client(handler: Handler, *, strict: bool = True, **options: Any) -> openai.OpenAI:
    """A client whose requests the handler answers; with strict, an answer that its types don't allow raises."""
    http = OURS.Client(transport=_mount.Transport(handler))
    options = {"api_key": "unused", "max_retries": 0} | options
    return openai.OpenAI(http_client=http, _strict_response_validation=strict, **options)


def async_client(handler: Handler, *, strict: bool = True, **options: Any) -> openai.AsyncOpenAI:
    """`client`, asynchronous."""
    http = OURS.AsyncClient(transport=_mount.AsyncTransport(handler))
    options = {"api_key": "unused", "max_retries": 0} | options
    return openai.AsyncOpenAI(http_client=http, _strict_response_validation=strict, **options)
