"""The key of a request: what makes two requests the same one.

Method, path relative to the API's base, and the canonical body: JSON with its keys in order, without
nulls and documented defaults, numbers by value; multipart as its parts, without the boundary.  The host is
no part of it, nor are header fields and Azure's `api-version`.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from retape.errors import UsageError
from retape.tape.defaults import DEFAULTS, ITEM_LISTS, RESOURCES
from retape.tape.multipart import parse_multipart
from retape.tape.request import Request

Key = tuple[str, str, str]
"""Method, path with query, canonical body."""

Ignore = Sequence["str | re.Pattern[str]"]
"""What a match leaves out: JSON paths ("metadata.run_id", "messages[*].name") and patterns for text that varies."""

IGNORED = "<ignored>"
_UNKEYED_QUERY = frozenset({"api-version", "api_version"})
_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)/")
_DEEPEST = 100  # levels that `flatten` goes down; what is nested deeper is compared whole
_VERSION = re.compile(r"v\d+(?:alpha|beta)?\d*\Z")
_SEGMENT = re.compile(r"\[(\*|\d+)\]|([^.\[\]]+)")
_PATH = re.compile(r"(?:\$\.?)?+((?:\[(?:\*|\d+)\]|[^.\[\]]+)(?:\[(?:\*|\d+)\]|\.[^.\[\]]+)*)")
"""Names and indices; JSONPath's "$" may stand before them."""


@functools.lru_cache(maxsize=1024)
def relative(url: str) -> tuple[str, str]:
    """Path and query relative to the API's base, and Azure's deployment ("" elsewhere).

    "https://openrouter.ai/api/v1/chat/completions" -> ("/chat/completions", "").
    """
    parts = urlsplit(url)
    deployment = _DEPLOYMENT.search(parts.path)
    path = _below_base(parts.path[deployment.end() :] if deployment else parts.path)
    query = sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in _UNKEYED_QUERY)
    return path + ("?" + urlencode(query) if query else ""), deployment[1] if deployment else ""


def _below_base(path: str) -> str:
    """From the first segment that names a resource; after a version, if one stands before it ("/models/x/v1/chat")."""
    segments = path.split("/")
    resources = [i for i, segment in enumerate(segments) if segment in RESOURCES]
    versions = [i for i, segment in enumerate(segments) if _VERSION.match(segment)]
    below = [i for i in resources if versions and i > versions[0]] or resources
    return "/" + "/".join(segments[below[0] :]) if below else path


def key(request: Request, ignore: Ignore = ()) -> Key:
    """The request's key."""
    path, _ = relative(request.url)
    return request.method, path, canonical_text(request, ignore)


def canonical_text(request: Request, ignore: Ignore = ()) -> str:
    """The body as one string, equal for equal requests."""
    value = canonical(request, ignore)
    try:
        text = value if isinstance(value, str) else _encode(value)
    except RecursionError:  # Python reads deeper nesting than it writes
        text = request.body.decode("utf-8", "backslashreplace")
    for pattern in ignore:
        if isinstance(pattern, re.Pattern):
            text = pattern.sub(IGNORED, text)
    return text


def canonical(request: Request, ignore: Ignore = ()) -> Any:
    """The body as a value: parsed JSON or multipart without what doesn't matter; else its text."""
    if not request.body:
        return ""
    path, deployment = relative(request.url)
    defaults = DEFAULTS.get(path.partition("?")[0], {})
    value = _form(request)
    if value is not None:
        defaults = {name: str(default).lower() for name, default in defaults.items()}
    else:
        value = _parsed(request)
    if isinstance(value, dict):
        value = _without_defaults(value, defaults)
        if deployment:
            value.setdefault("model", deployment)
    for rule in ignore:
        if isinstance(rule, str):
            _drop(value, json_path(rule))
    return value


def _form(request: Request) -> dict[str, Any] | None:
    """The fields of a multipart body; a name that comes again has its values in order.  None for another body."""
    kind = request.header("content-type") or ""
    parts = parse_multipart(request.body, kind) if "multipart/" in kind.lower() else None
    if parts is None:
        return None
    fields: dict[str, Any] = {}
    for part in parts:
        before = fields.get(part.name)
        if before is None:
            fields[part.name] = part.summary
        else:
            fields[part.name] = [*(before if isinstance(before, list) else [before]), part.summary]
    return fields


def _parsed(request: Request) -> Any:
    try:
        return _decode(request.body.decode(json.detect_encoding(request.body), "surrogatepass"))
    except (ValueError, RecursionError):
        return request.body.decode("utf-8", "backslashreplace")


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


_decode = json.JSONDecoder(parse_float=_number).decode  # json.loads and dumps would make a new one each time
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def _without_defaults(body: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in body.items() if value is not None and not _is_default(value, name, defaults)}
    for name in ITEM_LISTS:
        if isinstance(kept.get(name), list):
            kept[name] = [
                {k: v for k, v in item.items() if v is not None} if isinstance(item, dict) else item
                for item in kept[name]
            ]
    return kept


def _is_default(value: Any, name: str, defaults: Mapping[str, Any]) -> bool:
    return name in defaults and value == defaults[name] and isinstance(value, bool) == isinstance(defaults[name], bool)


@functools.lru_cache(maxsize=256)
def json_path(rule: str) -> tuple[str, ...]:
    """The segments of a JSON path: "messages[*].name" and "$.messages[*].name" -> ("messages", "*", "name").

    Raises:
        UsageError: it is no such path.
    """
    path = _PATH.fullmatch(rule)
    if path is None:
        raise UsageError(f"ignore={rule!r} is no JSON path; write it like metadata.run_id or messages[*].name")
    return tuple(index or name for index, name in _SEGMENT.findall(path[1]))


def _drop(value: Any, path: Sequence[str]) -> None:
    """Remove what a path leads to, in place; a path that leads nowhere is fine."""
    name, rest = path[0], path[1:]
    if isinstance(value, list):
        picked = value if name == "*" else value[int(name) : int(name) + 1] if name.isdigit() else []
        for item in picked:
            if rest:
                _drop(item, rest)
        if not rest and name == "*":
            value.clear()
    elif isinstance(value, dict):
        for key_ in list(value) if name == "*" else [name] if name in value else []:
            if rest:
                _drop(value[key_], rest)
            else:
                del value[key_]


def flatten(value: Any, prefix: str = "", *, depth: int = 0) -> dict[str, Any]:
    """A parsed body as path -> leaf: {"messages[0].content": "Hi"}; empty containers are leaves."""
    items: Iterable[tuple[str, Any]]
    if isinstance(value, dict) and value and depth < _DEEPEST:
        items = ((f"{prefix}.{name}" if prefix else str(name), item) for name, item in value.items())
    elif isinstance(value, list) and value and depth < _DEEPEST:
        items = ((f"{prefix}[{index}]", item) for index, item in enumerate(value))
    else:
        return {prefix or "body": value}
    flat: dict[str, Any] = {}
    for path, item in items:
        flat |= flatten(item, path, depth=depth + 1)
    return flat
