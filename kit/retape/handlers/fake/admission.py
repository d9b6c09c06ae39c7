"""What is judged before an endpoint sees a request: its URL, key, size, model and parameters."""

from __future__ import annotations

from collections.abc import Mapping

from retape.handlers.fake.call import Call
from retape.handlers.fake.refusal import refused
from retape.handlers.fake.routes import Route, Routes, locate
from retape.handlers.fake.settings import Settings
from retape.tape.request import Request


def find(routes: Routes, request: Request, settings: Settings) -> tuple[Route, Mapping[str, str]]:
    """The endpoint of a request, with the path's parameters.

    Raises:
        Refused: there is none.
    """
    place = locate(request.path, lenient=settings.lenient_paths)
    found = routes.find(request.method, place.path)
    if found is None:
        raise refused(f"Invalid URL ({request.method} {request.path})", status=404)
    return found


def admit(call: Call) -> None:
    """Judge a parsed request.

    Raises:
        Refused: OpenAI would refuse it.
    """
