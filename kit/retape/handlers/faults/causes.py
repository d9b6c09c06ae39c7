"""What a failing OpenAI says, by name and by status: a table.

The sentences are OpenAI's own, from recordings and issue threads; where none was found, `source` says "made here" and
the words are retape's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from http.client import responses

from retape.errors import UsageError
from retape.handlers.fake.refusal import Refusal
from retape.handlers.faults.asked import Asked, Page, html
from retape.handlers.faults.refusals import (
    context,
    no_access,
    no_key,
    no_model,
    no_path,
    requests_used_up,
    same,
    server_error,
    tokens_used_up,
    too_large,
    wrong_key,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A row: why a request fails.

    Args:
        name: in kebab-case.
        does: what is the matter, for people.
        source: where the words are from.
        make: the error for a request.
        wait: seconds to wait before the next try that the error itself implies; None for none.
    """

    name: str
    does: str
    source: str
    make: Callable[[Asked], Refusal | Page]
    wait: Callable[[Asked], float | None] = lambda asked: asked.wait


_QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
    "read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
)
_JSON = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
    "correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble "
    "figuring out how to fix this, please contact us through our help center at help.openai.com.)"
)

_ROWS = (
    Cause(
        name="bad-request",
        does="400: the body is no JSON",
        source="NextChat issue 4064",
        make=same(400, _JSON),
    ),
    Cause(
        name="context-length",
        does="400: the input is longer than the model's context window",
        source="chathub issue 126 (chat), codex pull request 4675 (responses)",
        make=context,
    ),
    Cause(
        name="flagged",
        does="400: the prompt was flagged as violating the usage policy",
        source="pal-mcp-server issue 178",
        make=same(
            400,
            "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with "
            "a different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting",
            code="invalid_prompt",
        ),
    ),
    Cause(
        name="invalid-key",
        does="401: the key is wrong",
        source="recorded on every endpoint, for one in ruby-openai and dd-trace-py",
        make=wrong_key,
    ),
    Cause(name="no-key", does="401: no key was sent", source="quoted raw in issue threads", make=no_key),
    Cause(
        name="no-permission",
        does="401: the key may not do this",
        source="recorded by maruel/genai",
        make=same(401, "You have insufficient permissions for this operation."),
    ),
    Cause(
        name="no-organization",
        does="401: the key belongs to no organization",
        source="abi/screenshot-to-code issue 9",
        make=same(
            401,
            "You must be a member of an organization to use the API. Please contact us through our help center at "
            "help.openai.com.",
            code="no_organization",
        ),
    ),
    Cause(
        name="unsupported-country",
        does="403: requests from this country are not served",
        source="home-assistant/core issue 120072",
        make=same(
            403,
            "Country, region, or territory not supported",
            type="request_forbidden",
            code="unsupported_country_region_territory",
            order=("code", "message", "param", "type"),
        ),
    ),
    Cause(
        name="no-model-access",
        does="403: the project may not use this model",
        source="Aider issue 1903",
        make=no_access,
    ),
    Cause(name="not-found", does="404: no such path", source="microsoft/TaskWeaver issue 11", make=no_path),
    Cause(
        name="model-not-found",
        does="404 (400 on responses): no such model",
        source="recorded, for one in dd-apm-test-agent",
        make=no_model,
    ),
    Cause(
        name="request-timeout",
        does="408: the request took too long to come in",
        source="made here",
        make=same(408, "The request took too long to arrive.", type="server_error", code="request_timeout"),
    ),
    Cause(
        name="conflict",
        does="409: another request changes the same thing",
        source="made here",
        make=same(409, "Another request is working on this resource. Please try again.", code="conflict"),
    ),
    Cause(
        name="too-large",
        does="413: an upload above 25 MB",
        source="murtaza-nasir/speakr issue 42",
        make=same(
            413,
            "413: Maximum content size limit (26214400) exceeded (26294972 bytes read)",
            type="server_error",
            beside=(("usage", {"type": "duration", "seconds": 0}),),
        ),
    ),
    Cause(
        name="unprocessable",
        does="422: well formed, and still not to be processed",
        source="made here",
        make=same(422, "The request is well formed but can't be processed."),
    ),
    Cause(
        name="rate-limit",
        does="429: too many requests a minute (a day, for a wait above 60 s)",
        source="chatgpt-java-wx issue 6 (2023), wording of 2026",
        make=requests_used_up[0],
        wait=requests_used_up[1],
    ),
    Cause(
        name="rate-limit-tokens",
        does="429: too many tokens a minute (a day, for a wait above 60 s)",
        source="gpt-newspaper issue 10, gpt-pilot pull request 610",
        make=tokens_used_up[0],
        wait=tokens_used_up[1],
    ),
    Cause(
        name="request-too-large",
        does="429: one request above all tokens of a minute",
        source="quoted in an issue thread",
        make=too_large,
    ),
    Cause(
        name="insufficient-quota",
        does="429: no credit left",
        source="NextChat issue 3664",
        make=same(429, _QUOTA, type="insufficient_quota", code="insufficient_quota", layer="gateway"),
    ),
    Cause(
        name="billing-not-active",
        does="429: billing is off",
        source="lifan0127/ai-research-assistant issue 174",
        make=same(
            429,
            "Your account is not active, please check your billing details on our website.",
            type="billing_not_active",
            code="billing_not_active",
            layer="gateway",
        ),
    ),
    Cause(
        name="server-error",
        does="500: the server had an error",
        source="recorded in ruby-openai (vector_store_file_batches_list)",
        make=server_error,
    ),
    Cause(
        name="bad-gateway",
        does="502: a proxy's HTML page",
        source="made here, in the usual layout",
        make=lambda asked: html(502),
    ),
    Cause(
        name="overloaded",
        does="503: the servers are overloaded",
        source="eca pull request 559 (2026)",
        make=same(
            503,
            "Our servers are currently overloaded. Please try again later.",
            type="server_error",
            code="server_is_overloaded",
        ),
    ),
    Cause(
        name="gateway-timeout",
        does="504: a proxy's HTML page",
        source="made here, in the usual layout",
        make=lambda asked: html(504),
    ),
)
CAUSES = {row.name: row for row in _ROWS}
"""Name -> why a request fails."""

OF_STATUS = {
    400: "bad-request",
    401: "invalid-key",
    403: "unsupported-country",
    404: "not-found",
    408: "request-timeout",
    409: "conflict",
    413: "too-large",
    422: "unprocessable",
    429: "rate-limit",
    500: "server-error",
    502: "bad-gateway",
    503: "overloaded",
    504: "gateway-timeout",
}
"""Status -> the cause that stands for it."""


def cause(which: int | str) -> Cause:
    """A cause by name, in kebab-case or as in Python, or by status; other 4xx and 5xx get a plain error's phrase.

    Raises:
        UsageError: no such name, or no status of an error.
    """
    name = OF_STATUS.get(int(which)) if str(which).isdecimal() else str(which).replace("_", "-")
    if name in CAUSES:
        return CAUSES[name]
    if name is None and 400 <= int(which) < 600:
        return _unknown(int(which))
    near = get_close_matches(name or "", CAUSES, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"no error {which!r}: {hint}Use a status from 400 to 599 or one of {', '.join(CAUSES)}")


def _unknown(status: int) -> Cause:
    phrase = responses.get(status, f"HTTP status {status}")
    kind = "invalid_request_error" if status < 500 else "server_error"
    make = same(status, f"{phrase}.", type=kind)
    return Cause(name=str(status), does=f"{status}: {phrase}", source="made here", make=make)
