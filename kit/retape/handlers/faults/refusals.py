"""The errors that are worded for the request: the key it sent, the model it asked for, the tokens it counts for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from retape.handlers.fake import refusal as fake_refusal
from retape.handlers.fake.refusal import Refusal
from retape.handlers.faults.allowance import TOKENS_PER_MINUTE, Allowance, Kind, short_of, tokens_of
from retape.handlers.faults.asked import Asked

CONTEXT = 128_000
"""The context window that `context-length` names."""

_KEYS = "You can find your API key at https://platform.openai.com/account/api-keys."


def same(status: int, message: str, **fields: Any) -> Callable[[Asked], Refusal]:
    """An error that is the same for every request."""
    refusal = Refusal(status=status, message=message, **fields)
    return lambda asked: refusal


def wrong_key(asked: Asked) -> Refusal:
    """The key is wrong; it is echoed, masked."""
    message = f"Incorrect API key provided: {asked.key}. {_KEYS}"
    return Refusal(status=401, message=message, code="invalid_api_key", layer=asked.layer)


def no_key(asked: Asked) -> Refusal:
    """No key was sent."""
    message = (
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
        "(i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the "
        "API from your browser and are prompted for a username and password. You can obtain an API key from "
        "https://platform.openai.com/account/api-keys."
    )
    return Refusal(status=401, message=message, layer=asked.layer)


def no_model(asked: Asked) -> Refusal:
    """No such model; Responses says so with another status and other words."""
    if asked.request.path.endswith("/responses"):
        message = f"The requested model '{asked.model}' does not exist."
        return Refusal(status=400, message=message, param="model", code="model_not_found")
    message = f"The model `{asked.model}` does not exist or you do not have access to it."
    return Refusal(status=404, message=message, code="model_not_found", layer=asked.layer)


def no_access(asked: Asked) -> Refusal:
    """The project may not use the model."""
    message = f"Project `proj_retape` does not have access to model `{asked.model}`"
    return Refusal(status=403, message=message, code="model_not_found", layer="gateway")


def no_path(asked: Asked) -> Refusal:
    """No such path."""
    return Refusal(status=404, message=f"Invalid URL ({asked.request.method} {asked.request.path})")


def server_error(asked: Asked) -> Refusal:
    """The server had an error; its sentence has the request's id."""
    return fake_refusal.server_error(asked.request_id)


def context(asked: Asked) -> Refusal:
    """The input is longer than the context window."""
    if asked.request.path.endswith("/responses"):
        message = "Your input exceeds the context window of this model. Please adjust your input and try again."
        return Refusal(message=message, param="input", code="context_length_exceeded")
    message = (
        f"This model's maximum context length is {CONTEXT} tokens. However, your messages resulted in "
        f"{CONTEXT + tokens_of(asked.body)} tokens. Please reduce the length of the messages."
    )
    return Refusal(message=message, param="messages", code="context_length_exceeded")


def _limited(kind: Kind) -> tuple[Callable[[Asked], Refusal], Callable[[Asked], float]]:
    def short(asked: Asked) -> tuple[Allowance, int]:
        return short_of(kind, 1 if kind == "requests" else tokens_of(asked.body), asked.wait)

    def make(asked: Asked) -> Refusal:
        allowance, wanted = short(asked)
        return limited(asked, allowance, allowance.reached(asked.model, wanted), others(asked, kind))

    def wait(asked: Asked) -> float:
        allowance, wanted = short(asked)
        return round(allowance.wait(wanted), 6)

    return make, wait


def others(asked: Asked, kind: Kind) -> tuple[Allowance, ...]:
    """The limits that weren't reached, with this request counted."""
    return tuple(
        allowance
        for allowance in (
            Allowance(kind="requests", limit=10_000, used=1),
            Allowance(kind="tokens", limit=max(2_000_000, tokens_of(asked.body)), used=tokens_of(asked.body)),
        )
        if allowance.kind != kind
    )


def limited(asked: Asked, reached: Allowance, message: str, rest: tuple[Allowance, ...] = ()) -> Refusal:
    """A 429 for a limit that was reached, with the headers of all limits."""
    both = sorted((reached, *rest), key=lambda allowance: allowance.kind)
    columns = zip(*(allowance.headers for allowance in both), strict=True)
    return Refusal(
        status=429,
        message=message,
        type=reached.kind,
        code="rate_limit_exceeded",
        layer=asked.layer,
        headers=tuple(field for column in columns for field in column),
    )


def too_large(asked: Asked) -> Refusal:
    """One request above all tokens of a minute."""
    wanted = max(tokens_of(asked.body), 3 * TOKENS_PER_MINUTE)
    allowance = Allowance(kind="tokens", limit=TOKENS_PER_MINUTE)
    return limited(asked, allowance, allowance.too_large(asked.model, wanted), others(asked, "tokens"))


requests_used_up = _limited("requests")
tokens_used_up = _limited("tokens")
