"""What is judged before an endpoint sees a request: its URL, key, size, kind, model and parameters."""

from __future__ import annotations

import base64
import difflib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping

from retape.errors import UsageError
from retape.handlers.fake import models
from retape.handlers.fake.call import Call
from retape.handlers.fake.literals import whole_number
from retape.handlers.fake.refusal import Layer, Refusal, Refused, refused
from retape.handlers.fake.routes import Place, Route, Routes, locate
from retape.handlers.fake.rules import Finding, Rulebook, Setting
from retape.handlers.fake.rules.endpoints import ENDPOINTS
from retape.handlers.fake.rules.forms import typed
from retape.handlers.fake.rules.switches import SWITCHES, Switch
from retape.handlers.fake.settings import Settings
from retape.tape.request import Request

GATEWAY = frozenset({"chat.completions.create", "completions.create", "embeddings.create"})
"""Endpoints before which a gateway stands that judges keys and models itself (recorded)."""

NO_KEY = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
    "(i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API "
    "from your browser and are prompted for a username and password. You can obtain an API key from "
    "https://platform.openai.com/account/api-keys."
)
"""Quoted in several threads."""

NO_KEY_ON_RESPONSES = "Missing bearer or basic authentication in header"
"""What /responses says (quoted since 2025-12)."""

AZURE_NOT_FOUND = "Resource not found"
"""What Azure answers when the path or its `api-version` is missing."""


class NoEndpoint(Refused):
    """Raised when a request's URL, or its method there, is none that the fake has."""


def find(routes: Routes, request: Request, settings: Settings) -> tuple[Route, Mapping[str, str], str]:
    """The endpoint of a request, with the path's parameters and Azure's deployment.

    URL, key, size and content type are judged here, since no body has to be read for that.

    Raises:
        NoEndpoint: there is none.
        Refused: one of the others isn't right.
    """
    place = locate(request.path, lenient=settings.lenient_paths)
    found = routes.find(request.method, place.path)
    if found is None:
        raise _not_found(routes, request, place)
    route, path = found
    if place.azure and not place.versioned and "api-version" not in request.query:
        raise refused(AZURE_NOT_FOUND, status=404, code="404", order=("code", "message"))
    _authorize(request, route, settings)
    _weigh(request, route, settings)
    _kind(request, route)
    return route, path, place.deployment


def _not_found(routes: Routes, request: Request, place: Place) -> NoEndpoint:
    if place.azure:
        return NoEndpoint(Refusal(message=AZURE_NOT_FOUND, status=404, code="404", order=("code", "message")))
    if routes.methods(place.path):
        hint = "(HINT: Perhaps you meant to use a different HTTP method?)"
        return NoEndpoint(Refusal(message=f"Not allowed to {request.method} on {request.path}. {hint}", status=405))
    return NoEndpoint(Refusal(message=f"Invalid URL ({request.method} {request.path})", status=404))


def _authorize(request: Request, route: Route, settings: Settings) -> None:
    layer: Layer = "gateway" if route.operation in GATEWAY else "engine"
    key = _key(request)
    if not key:
        if settings.profile == "lenient":
            return
        missing = NO_KEY_ON_RESPONSES if route.operation.startswith("responses.") else NO_KEY
        raise refused(missing, status=401, layer=layer)
    if settings.keys is not None and key not in settings.keys:
        told = f"Incorrect API key provided: {masked(key)}. You can find your API key at"
        raise refused(
            f"{told} https://platform.openai.com/account/api-keys.", status=401, code="invalid_api_key", layer=layer
        )


def _key(request: Request) -> str:
    """The key of `Authorization: Bearer` or Basic (its password), or of Azure's `api-key`."""
    scheme, _, value = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[2]
        except ValueError:
            return ""
    return value.strip() or request.header("api-key") or ""


def masked(key: str) -> str:
    """A key as OpenAI repeats it: short ones whole, of long ones the first eight and last four characters."""
    return key if len(key) <= 12 else key[:8] + "*" * (len(key) - 12) + key[-4:]


def _weigh(request: Request, route: Route, settings: Settings) -> None:
    size, most = len(request.body), settings.max_body
    if size <= most:
        return
    told = f"413: Maximum content size limit ({most}) exceeded ({size} bytes read)"
    audio = route.operation.startswith("audio.")
    beside = (("usage", {"type": "duration", "seconds": 0}),) if audio else ()
    raise refused(told, status=413, type="server_error", beside=beside)


def _kind(request: Request, route: Route) -> None:
    """A body for an endpoint that takes JSON has to say that it is JSON."""
    if route.body != "json" or not request.body:
        return
    given = request.header("content-type") or ""
    kind = given.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise refused(
            f"Unsupported content type: '{given}'. This API method only accepts 'application/json' requests, but you "
            f"specified the header 'Content-Type: {given}'. Please try again with a supported content type.",
            code="unsupported_content_type",
        )


@functools.cache
def _rulebook(profile: str, off: frozenset[str]) -> Rulebook:
    return Rulebook(profile, off)


def rulebook(settings: Settings) -> Rulebook:
    """The rules that hold.

    Raises:
        UsageError: a profile or rule that doesn't exist.
    """
    return _rulebook(settings.profile, settings.off)


def _type_form(call: Call) -> None:
    """A form's texts as the numbers and flags that the endpoint's table speaks of."""
    point = ENDPOINTS.get(call.route.operation)
    if point is not None and "multipart/" in (call.request.header("content-type") or "").lower():
        call.body = typed(point.shape, call.body)


_INVALID = 400
"""What an account may not do with a request is said once the request is fine; all else of an account before."""


def switches(settings: Settings) -> tuple[Switch, ...]:
    """What is the matter with the account, in the table's order.

    Raises:
        UsageError: a switch that doesn't exist.
    """
    for name in sorted(settings.switches - SWITCHES.keys()):
        near = difflib.get_close_matches(name, SWITCHES, n=1, cutoff=0.0)[0]
        raise UsageError(f"there is no switch {name!r}; the nearest is {near!r}. All of them: {', '.join(SWITCHES)}")
    return tuple(switch for name, switch in SWITCHES.items() if name in settings.switches)


def _pulled(call: Call) -> Iterator[Refusal]:
    for switch in switches(call.settings) if call.settings.switches else ():
        refusal = switch.refusal(call.route.operation, call.body)
        if refusal is not None:
            yield refusal


def _refuse(refusals: Iterable[Refusal]) -> None:
    for refusal in refusals:
        raise Refused(refusal)


def _flag(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


def _words(text: str) -> list[str]:
    return text.split(",")


_READ: dict[str, Callable[[str], object]] = {
    "include": _words,
    "include_obfuscation": _flag,
    "starting_after": whole_number,
    "stream": _flag,
}
"""A query's fields that aren't texts, and how they are read."""


def _query(call: Call) -> dict[str, object]:
    """The query as rules judge it; Azure's version isn't for them."""
    return {name: _READ.get(name, str)(value) for name, value in call.query.items() if name != "api-version"}


def _judged(call: Call) -> tuple[object, Setting]:
    """What rules judge of a request, and under which circumstances."""
    name = call.body.get("model")
    setting = Setting(
        model=models.find(name, call.settings.models) if isinstance(name, str) else None,
        unknown=not locate(call.request.path).azure,  # there, a name is a deployment's
        window=call.settings.window,
        size=len(call.request.body),
        unreachable=call.settings.unreachable,
        file=call.table("files").__contains__,
    )
    return call.body if call.route.body != "none" else _query(call), setting


def findings(call: Call, book: Rulebook) -> Iterator[Finding]:
    """What a rulebook finds in an admitted request."""
    return book.findings(call.route.operation, *_judged(call))


def admit(call: Call) -> None:
    """Judge a parsed request: what it is for, and what it holds.

    Raises:
        Refused: OpenAI would refuse it.
    """
    _type_form(call)
    if call.deployment:  # Azure's deployments have names of their own, which stand in the URL
        call.body["model"] = call.deployment
    pulled = list(_pulled(call))
    _refuse(refusal for refusal in pulled if refusal.status != _INVALID)
    rulebook(call.settings).check(call.route.operation, *_judged(call))
    _refuse(refusal for refusal in pulled if refusal.status == _INVALID)
