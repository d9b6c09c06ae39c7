"""Which of the API's endpoints an exchange is about: a table of paths below the API's base."""

from __future__ import annotations

import functools
import re

from retape.tape.canonical import relative

ENDPOINTS: tuple[tuple[str, str, str], ...] = (
    ("chat", "POST", r"/chat/completions"),
    ("stored-chats", "GET", r"/chat/completions"),
    ("stored-chat", "GET|POST", r"/chat/completions/[^/]+"),
    ("stored-chat-deleted", "DELETE", r"/chat/completions/[^/]+"),
    ("stored-messages", "GET", r"/chat/completions/[^/]+/messages"),
    ("completions", "POST", r"/completions"),
    ("responses", "POST", r"/responses"),
    ("input-tokens", "POST", r"/responses/input_tokens"),
    ("compact", "POST", r"/responses/compact"),
    ("response", "GET", r"/responses/[^/]+"),
    ("response-deleted", "DELETE", r"/responses/[^/]+"),
    ("response-cancel", "POST", r"/responses/[^/]+/cancel"),
    ("input-items", "GET", r"/responses/[^/]+/input_items"),
    ("embeddings", "POST", r"/embeddings"),
    ("models", "GET", r"/models"),
    ("model", "GET", r"/models/.+"),
    ("moderations", "POST", r"/moderations"),
    ("images", "POST", r"/images/(?:generations|edits|variations)"),
    ("speech", "POST", r"/audio/speech"),
    ("transcriptions", "POST", r"/audio/(?:transcriptions|translations)"),
)
"""(endpoint, methods, path): the first row that fits."""

_ROWS = tuple((name, re.compile(rf"(?:{methods}) {path}/?\Z")) for name, methods, path in ENDPOINTS)


@functools.lru_cache(maxsize=4096)
def endpoint_of(method: str, url: str) -> str:
    """The endpoint's name; "" for any other.

    Args:
        method: "POST".
        url: the absolute URL; the API's base may be anything.
    """
    asked = f"{method} {relative(url)[0].partition('?')[0]}"
    return next((name for name, pattern in _ROWS if pattern.match(asked)), "")
