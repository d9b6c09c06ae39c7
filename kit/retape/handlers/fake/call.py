"""One request on its way through the fake: parsed, with the ids and the memory that its answer needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from retape.handlers import Handler
from retape.handlers.fake.ask import Ask
from retape.handlers.fake.identity import Identity
from retape.handlers.fake.literals import parsed
from retape.handlers.fake.refusal import refused
from retape.handlers.fake.reply import Reply
from retape.handlers.fake.routes import Route
from retape.handlers.fake.settings import Settings, State, Table
from retape.tape.multipart import Part, parse_multipart
from retape.tape.request import Request

NOT_JSON = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
    "correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble "
    "figuring out how to fix this, please contact us through our help center at help.openai.com.)"
)
"""Quoted in ChatGPTNextWeb/NextChat#4064 and elsewhere."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A request for an endpoint.

    Args:
        request: as it came.
        route: the endpoint.
        path: the path's parameters.
        query: the query; of a name that comes several times, the last value.
        body: the JSON object, or the form's fields: texts, `Part`s for files, lists where a name comes again.
        identity: the source of ids.
        settings: the fake's.
        state: the fake's memory.
        answer: gives the reply to an ask, and to which of several choices: the script's, or one that is made up.
        again: the fake itself, for batches.
        deployment: Azure's deployment, "" elsewhere.
    """

    request: Request
    route: Route
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: dict[str, Any]
    identity: Identity
    settings: Settings
    state: State
    answer: Callable[[Ask, int], Reply]
    again: Handler
    deployment: str = ""

    @property
    def now(self) -> int:
        """Epoch seconds; they stand still."""
        return self.settings.now

    def mint(self, kind: str, *place: object) -> str:
        """An id of this call: `Identity.mint`."""
        return self.identity.mint(kind, *place)

    def table(self, name: str) -> Table:
        """Stored objects by id, oldest first."""
        return self.state.table(name)


def query_of(request: Request) -> dict[str, str]:
    """The query's fields; `include[]` counts as `include`, its values joined by commas."""
    fields: dict[str, str] = {}
    if "?" not in request.url:
        return fields
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        name = name.removesuffix("[]")
        fields[name] = f"{fields[name]},{value}" if name == "include" and name in fields else value
    return fields


def body_of(request: Request, route: Route) -> dict[str, Any]:
    """The body as the endpoint takes it.

    Raises:
        Refused: it is no JSON object, or no form.
    """
    if route.body == "none":
        return {}
    kind = (request.header("content-type") or "").lower()
    if "multipart/" in kind:
        return _form(request, kind)
    if not request.body and route.body == "json":
        return {}
    try:
        value = parsed(request.body)
    except (ValueError, RecursionError):
        raise refused(NOT_JSON) from None
    if not isinstance(value, dict):
        raise refused(f"Invalid type: expected an object, but got {_KINDS[type(value)]} instead.", code="invalid_type")
    return value


_KINDS = {
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    type(None): "null",
}


def _form(request: Request, kind: str) -> dict[str, Any]:
    parts = parse_multipart(request.body, request.header("content-type") or kind)
    if parts is None:
        raise refused("Could not parse multipart form")
    fields: dict[str, Any] = {}
    for part in parts:
        _put(fields, part.name, part if part.filename else part.data.decode("utf-8", "replace"))
    return fields


def _put(fields: dict[str, Any], name: str, value: str | Part) -> None:
    """Set a field; `name[]` is a list, `name[key]` an object, as the official client writes them."""
    head, bracket, inner = name.partition("[")
    if not bracket:
        before = fields.get(name)
        fields[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    elif inner == "]":
        fields.setdefault(head, [])
        if isinstance(fields[head], list):
            fields[head].append(value)
    else:
        fields.setdefault(head, {})
        if isinstance(fields[head], dict):
            fields[head][inner.rstrip("]")] = value
