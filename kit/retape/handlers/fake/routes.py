"""Which endpoint a request is for: a table of paths, and where on a server the API may stand."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from retape.handlers.fake.answer import Answer
    from retape.handlers.fake.call import Call

Endpoint = Callable[["Call"], "Answer"]

_BASE = re.compile(r"(?P<azure>/openai)?(?:/deployments/(?P<deployment>[^/]+)|(?P<version>/v1))?(?=/)")
"""`/v1`, and Azure's `/openai/deployments/{d}`, `/openai/v1` and `/openai`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint.

    Args:
        operation: its name, as the client's method path has it: "chat.completions.create".
        method: "GET", "POST" or "DELETE".
        template: the path below the API's base, with its parameters: "/responses/{response_id}".
        endpoint: what answers.
        body: "json", "form" (multipart; JSON is taken, too) or "none".
        limited: whether answers carry rate limits.
    """

    operation: str
    method: str
    template: str
    endpoint: Endpoint
    body: str = "none"
    limited: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        """The template's segments."""
        return tuple(self.template.strip("/").split("/"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes.

    Args:
        path: below the API's base, "/chat/completions"; "" when the URL is under no base.
        deployment: Azure's deployment, "" elsewhere.
        azure: whether the path is one of Azure's.
        versioned: whether the path names a version, so that no `api-version` is asked for.
    """

    path: str
    deployment: str = ""
    azure: bool = False
    versioned: bool = False


@functools.lru_cache(maxsize=1024)
def locate(path: str, *, lenient: bool = False) -> Place:
    """The place of a URL's path.

    Args:
        path: "/v1/chat/completions", "/openai/deployments/d/chat/completions".
        lenient: whether a path without a version is fine, too.
    """
    start = path.find("/v1/") if "/v1/" in path and not path.startswith("/openai") else 0
    base = _BASE.match(path, start)
    if base is None or not (base["azure"] or base["version"]):
        return Place(path if lenient else "")
    if base["deployment"] and not base["azure"]:
        return Place("")
    return Place(path[base.end() :], unquote(base["deployment"] or ""), bool(base["azure"]), bool(base["version"]))


class Routes:
    """The endpoints, by method and path.

    Attributes:
        operations: their names.
    """

    def __init__(self, rows: Iterable[Route]) -> None:
        self._plain: dict[tuple[str, str], Route] = {}
        self._shaped: dict[tuple[str, int], list[Route]] = {}
        rows = tuple(rows)
        self.operations = frozenset(row.operation for row in rows)
        for row in rows:
            if "{" in row.template:
                self._shaped.setdefault((row.method, len(row.segments)), []).append(row)
            else:
                self._plain[row.method, row.template] = row

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """The endpoint of a method and a path below the base, with the path's parameters; None when there is none."""
        plain = self._plain.get((method, path))
        if plain is not None:
            return plain, {}
        given = path.strip("/").split("/")
        for row in self._shaped.get((method, len(given)), ()):
            found = _match(row.segments, given)
            if found is not None:
                return row, found
        return None

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods that a path takes."""
        return tuple(method for method in ("GET", "POST", "DELETE") if self.find(method, path))


def _match(template: tuple[str, ...], given: list[str]) -> dict[str, str] | None:
    found = {}
    for wanted, segment in zip(template, given, strict=True):
        if wanted.startswith("{"):
            if not segment:
                return None
            found[wanted[1:-1]] = unquote(segment)
        elif wanted != segment:
            return None
    return found
