"""The `x-ratelimit-*` headers, and durations as OpenAI prints them."""

from __future__ import annotations

import math

from retape.tape.steps import Headers

MINUTE = 60.0


def duration(seconds: float) -> str:
    """A duration as the headers and sentences have it: "1ms", "120ms", "12.441s", "6m0s", "1m9.696s"."""
    milliseconds = math.ceil(seconds * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    whole, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(whole, 60)
    spent = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if whole else "") + spent


def rate_headers(*, requests: int, tokens: int, requests_left: float, tokens_left: float) -> Headers:
    """The six headers; they add up: what is missing to a limit comes back at the limit a minute.

    Args:
        requests: requests a minute.
        tokens: tokens a minute.
        requests_left: what is left of the requests.
        tokens_left: what is left of the tokens.
    """
    return (
        ("x-ratelimit-limit-requests", str(requests)),
        ("x-ratelimit-limit-tokens", str(tokens)),
        ("x-ratelimit-remaining-requests", str(max(0, int(requests_left)))),
        ("x-ratelimit-remaining-tokens", str(max(0, int(tokens_left)))),
        ("x-ratelimit-reset-requests", duration((requests - requests_left) * MINUTE / requests)),
        ("x-ratelimit-reset-tokens", duration((tokens - tokens_left) * MINUTE / tokens)),
    )
