"""A request body as turns, tools and parameters.

One table, from field to reader, serves every endpoint: a field means the same thing wherever
it occurs, and an endpoint or a gateway that nobody foresaw is read as far as its fields are known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from retape.report.content import content, count_note, item, message, text_part
from retape.report.media import abridged, media_type, medium, size
from retape.report.shapes import as_dict, as_list, as_text, joined, one_line, parsed
from retape.report.view import Asked, Part, Turn
from retape.tape.multipart import Part as FormPart
from retape.tape.multipart import parse_multipart
from retape.tape.request import Request

_SHOWN_ELSEWHERE = frozenset({"model", "stream", "tools", "functions"})


def _messages(value: Any) -> list[Turn]:
    if not isinstance(value, list):
        return _says("user")(value)
    return [message(as_dict(entry) or {"content": entry}, role="user") for entry in value]


def _input(value: Any) -> list[Turn]:
    """Responses: a text or items.  Embeddings, moderations: a text, several, or tokens.  Speech: a text."""
    entries = as_list(value)
    if entries and all(isinstance(entry, int) for entry in entries):
        return [_tokens(entries)]
    if not entries:
        return _says("user")(value)
    return [_input_entry(entry) for entry in entries]


def _input_entry(entry: Any) -> Turn:
    if isinstance(entry, list):
        return _tokens(entry)
    fields = as_dict(entry)
    if "role" in fields or fields.get("type") not in (None, "text", "image_url"):
        return item(fields)
    return Turn(role="user", parts=tuple(content([entry])))


def _tokens(entries: list[Any]) -> Turn:
    return Turn(role="user", parts=tuple(count_note(entries, "token")))


def _says(role: str) -> Callable[[Any], list[Turn]]:
    def read(value: Any) -> list[Turn]:
        values = value if isinstance(value, list) else [value]
        turns = [Turn(role=role, parts=tuple(text_part(abridged(entry)))) for entry in values if entry is not None]
        return [turn for turn in turns if turn.parts]

    return read


def _files(value: Any) -> list[Turn]:
    """Files: of a form, which are `Part`s already (see `_form`), or images named in JSON; none when any is neither."""
    parts = tuple(part for entry in as_list(value) if (part := _file_or_image(entry)))
    return [Turn(role="user", parts=parts)] if parts and len(parts) == len(value) else []


def _file_or_image(entry: Any) -> Part | None:
    if isinstance(entry, Part):
        return entry
    fields = as_dict(entry)
    image = fields.keys() <= {"type", "image_url", "file_id"} and ("image_url" in fields or "file_id" in fields)
    return Part(kind="media", text=medium(fields, "image")) if image else None


TURNS: dict[str, Callable[[Any], list[Turn]]] = {
    "instructions": _says("instructions"),
    "messages": _messages,
    "input": _input,
    "prompt": _says("prompt"),
    "suffix": _says("suffix"),
}
"""Field of a request -> reader of what is said in it, in the order of showing."""


def _format(value: Any) -> str:
    """A response format by what matters: its type, the schema's name, and whether it is strict."""
    fields = as_dict(value)
    schema = {**fields, **as_dict(fields.get("json_schema"))}
    strict = "strict" if schema.get("strict") is True else ""
    return joined([as_text(fields.get("type")), as_text(schema.get("name")), strict], " ") or as_text(value)


def _text_options(value: Any) -> str:
    fields = dict(as_dict(value))
    shape = _format(fields.pop("format")) if "format" in fields else ""
    return joined([shape, one_line(abridged(fields)) if fields else ""]) or as_text(value)


PARAMETERS: dict[str, Callable[[Any], str]] = {"response_format": _format, "text": _text_options}
"""Field of a request -> how its value is put in one line, where JSON isn't good enough."""


def asked(request: Request) -> Asked:
    """What a request says; whatever it is, this doesn't fail.

    Args:
        request: the request as kept.
    """
    if not request.body:
        return Asked()
    fields = _fields(request)
    if not isinstance(fields, dict):
        return _opaque(request, fields)
    turns = [turn for name, read in TURNS.items() if fields.get(name) is not None for turn in read(fields[name])]
    turns += [turn for name, value in fields.items() if name not in TURNS for turn in _files(value)]
    return Asked(
        turns=tuple(turns),
        model=as_text(fields.get("model")),
        stream=fields.get("stream") in (True, "true"),
        tools=tuple(_tool(tool) for tool in as_list(fields.get("tools")) + as_list(fields.get("functions"))),
        parameters=tuple(_parameters(fields)),
    )


def _parameters(fields: dict[str, Any]) -> list[tuple[str, str]]:
    rest = {k: v for k, v in fields.items() if k not in TURNS and k not in _SHOWN_ELSEWHERE and v is not None}
    return [(name, PARAMETERS.get(name, _value)(value)) for name, value in rest.items() if not _files(value)]


def _value(value: Any) -> str:
    return as_text(abridged(value))


def _tool(tool: Any) -> str:
    """A tool's name; a hosted one's type."""
    fields = as_dict(tool)
    inner = as_dict(fields.get("function")) or as_dict(fields.get("custom")) or fields
    return as_text(inner.get("name") or fields.get("server_label") or fields.get("type")) or as_text(tool)


def _opaque(request: Request, value: Any) -> Asked:
    """A request that is no object: JSON of another kind, text, or bytes."""
    parts = text_part(abridged(value), "body") if value is not None else raw(request.body)
    broken = value is None and "json" in (request.header("content-type") or "").lower()
    return Asked(turns=(Turn(role="body", parts=tuple(parts)),), problems=("the request is no JSON",) if broken else ())


def raw(body: bytes, kind: str = "") -> list[Part]:
    """A body of an unknown kind: its text, or type and size when it is none.

    Args:
        body: the bytes.
        kind: their media type, when known.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return [Part(kind="media", text=f"{media_type(body) or kind or 'binary'}, {size(len(body))}")]
    return text_part(text, "body")


def _fields(request: Request) -> Any:
    kind = request.header("content-type") or ""
    form = parse_multipart(request.body, kind) if "multipart/" in kind.lower() else None
    return parsed(request.body) if form is None else _form(form)


def _form(parts: list[FormPart]) -> dict[str, Any]:
    """A form as fields: the value of a plain one is its text, of a file a list with a `Part` for each."""
    fields: dict[str, Any] = {}
    for part in parts:
        name, held = part.name, fields.get(part.name)
        if part.filename or part.content_type:
            fields[name] = [*as_list(held), _file(part)]
        else:
            text = part.data.decode("utf-8", "replace")
            fields[name] = f"{held}, {text}" if isinstance(held, str) else text
    return fields


def _file(part: FormPart) -> Part:
    kind = media_type(part.data) or part.content_type or "file"
    return Part(kind="media", text=joined([part.filename, kind, size(len(part.data))]))
