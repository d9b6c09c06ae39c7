"""llama-stack's recordings: objects of the openai SDK, one call a file, no HTTP.

An answer becomes the JSON that gives that object, a stream the events that give its chunks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retape.tape.formats.imported import TIMES_UNKNOWN, Imported, compact, imported, left_out

_MADE_UP = "answer rebuilt from the SDK's object: status, header fields and framing are made up"
_STREAM = "stream rebuilt from the SDK's objects: framing and times are made up"
_ERROR = "error rebuilt from the SDK's exception: header fields and framing are made up"


def read_llama_stack(data: Any, path: Path) -> Iterator[Imported]:
    """The one exchange of a recording."""
    request, response = data["request"], data["response"]
    sent, notes = _request(request)
    if response.get("is_exception"):
        yield _exception(sent, response, notes)
        return
    made = _stream(response["body"]) if response.get("is_streaming") else _whole(response["body"])
    rebuilt = _STREAM if response.get("is_streaming") else _MADE_UP
    yield _without_times(imported({"request": sent, "response": made}, *notes, rebuilt))


def _without_times(item: Imported) -> Imported:
    """That the times are made up was said already."""
    notes = tuple(note for note in item.notes if note != TIMES_UNKNOWN)
    return Imported(exchange=item.exchange, notes=notes)


def _request(request: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    url, notes = _url(request["url"], request.get("endpoint") or "")
    body = request.get("body")
    headers = {"content-type": "application/json", **(request.get("headers") or {})} if body else {}
    if body:
        notes.append("request: body re-serialised: the recording holds the call's arguments, not the bytes")
    sent = compact(body) if body else None
    return {"method": request["method"], "uri": url, "headers": headers, "body": sent}, notes


def _url(url: str, endpoint: str) -> tuple[str, list[str]]:
    """The URL with the API's version once: the recorder joins ".../v1" and "/v1/chat/completions"."""
    version = "/" + endpoint.strip("/").partition("/")[0]
    base = url.removesuffix(endpoint)
    if not endpoint or base == url or not base.endswith(version):
        return url, []
    return base.removesuffix(version) + endpoint, [f"URL mended: the recorder wrote {version} twice"]


def _plain(item: Any) -> Any:
    """The data of a typed object."""
    return item["__data__"] if isinstance(item, dict) and "__data__" in item else item


def _type(item: Any) -> str:
    return str(item.get("__type__") or "") if isinstance(item, dict) else ""


def _whole(body: Any) -> dict[str, Any]:
    if isinstance(body, list):
        body = {"object": "list", "data": [_plain(item) for item in body]}
    return _response(200, "application/json", [compact(_plain(body))])


def _stream(chunks: list[Any]) -> dict[str, Any]:
    """SSE; Ollama's own API streams a JSON object a line."""
    if chunks and _type(chunks[0]).startswith("ollama."):
        return _response(200, "application/x-ndjson", [f"{compact(_plain(chunk))}\n" for chunk in chunks])
    events = [_event(chunk) for chunk in chunks]
    if not any(event.startswith("event:") for event in events):
        events.append("data: [DONE]\n\n")
    return _response(200, "text/event-stream", events)


def _event(chunk: Any) -> str:
    data = _plain(chunk)
    name = data.get("type") if isinstance(data, dict) else None
    named = f"event: {name}\n" if isinstance(name, str) and "object" not in data else ""
    return f"{named}data: {compact(data)}\n\n"


def _response(status: int, content_type: str, pieces: list[str]) -> dict[str, Any]:
    sizes = [[0, len(piece.encode())] for piece in pieces]
    return {
        "status": {"code": status, "message": ""},
        "headers": {"content-type": content_type},
        "body": {"string": "".join(pieces)},
        "retape": {"chunks": sizes} if len(sizes) > 1 else {},
    }


def _exception(sent: dict[str, Any], response: dict[str, Any], notes: list[str]) -> Imported:
    data = response.get("exception_data") or {}
    status = data.get("status_code")
    message = data.get("message") or response.get("exception_message") or "no message"
    if not status:
        kind = data.get("type") or "an exception"
        return left_out(sent, f"left out: {kind} was raised with no answer behind it ({message})")
    body = data.get("body")
    error = body if isinstance(body, dict) and "error" in body else {"error": body or {"message": message}}
    made = _response(int(status), "application/json", [compact(error)])
    return _without_times(imported({"request": sent, "response": made}, *notes, _ERROR))
