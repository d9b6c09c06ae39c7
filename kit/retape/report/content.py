"""Messages, their content parts, tool calls and the Responses API's items as turns.

Requests and answers have the same shapes here: what a model said is sent back in the next
request.  Source: the API reference's schemas for chat messages and Responses items, and the
fields that other providers add (`reasoning_content`, `reasoning`, `thinking`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from retape.report.media import abridged, cut_base64, medium
from retape.report.shapes import as_dict, as_list, as_objects, as_text, joined, one_line, parsed
from retape.report.view import Kind, Part, Turn
from retape.tape.bodies import pretty

Fields = dict[str, Any]
REASONING = ("reasoning_content", "reasoning", "thinking")
"""Where providers put a chat message's thoughts; the first that holds any is shown."""


def text_part(text: Any, kind: Kind = "text") -> list[Part]:
    """A text as a part; none for an empty one."""
    shown = cut_base64(as_text(text))
    return [Part(kind=kind, text=shown)] if shown else []


def note(text: str) -> list[Part]:
    """A remark as a part."""
    return [Part(kind="note", text=text)]


def count_note(items: Any, what: str) -> list[Part]:
    """A remark on how many there are; none when there are none."""
    count = len(as_list(items))
    return note(f"{count} {what}{'' if count == 1 else 's'}") if count else []


def _said(field: str, kind: Kind = "text") -> Callable[[Fields], list[Part]]:
    def read(part: Fields) -> list[Part]:
        extras = count_note(part.get("annotations"), "annotation") + logprobs(part.get("logprobs"))
        return content(part.get(field), kind) + extras

    return read


def _medium(kind: str) -> Callable[[Fields], list[Part]]:
    return lambda part: [Part(kind="media", text=medium(part, kind))]


PARTS: dict[str, Callable[[Fields], list[Part]]] = {
    "text": _said("text"),
    "input_text": _said("text"),
    "output_text": _said("text"),
    "summary_text": _said("text", "reasoning"),
    "reasoning_text": _said("text", "reasoning"),
    "thinking": _said("thinking", "reasoning"),
    "refusal": _said("refusal", "refusal"),
    "image_url": _medium("image"),
    "input_image": _medium("image"),
    "image_file": _medium("image"),
    "computer_screenshot": _medium("image"),
    "input_audio": _medium("audio"),
    "output_audio": _medium("audio"),
    "audio_url": _medium("audio"),
    "video_url": _medium("video"),
    "file": _medium("file"),
    "input_file": _medium("file"),
}
"""A content part's type -> its reader."""


def content(value: Any, kind: Kind = "text") -> list[Part]:
    """Content as parts.

    Args:
        value: a string, a list of strings and content parts, or null.
        kind: what plain text in it is.
    """
    if not isinstance(value, list):
        return text_part(value, kind)
    return [part for item in value for part in _content_item(item, kind)]


def _content_item(item: Any, kind: Kind) -> list[Part]:
    fields = as_dict(item)
    if fields.get("type") in ("text", "input_text", "output_text"):
        return [Part(kind=kind, text=part.text) if part.kind == "text" else part for part in PARTS["text"](fields)]
    reader = PARTS.get(as_text(fields.get("type")))
    return reader(fields) if reader else text_part(abridged(item), kind)


def logprobs(value: Any) -> list[Part]:
    """How many tokens came with their log probabilities: chat's object, completions' or Responses' list."""
    found = as_dict(value)
    count = len(as_list(value)) or sum(len(as_list(found.get(name))) for name in ("content", "refusal", "tokens"))
    return note(f"logprobs of {count} token{'' if count == 1 else 's'}") if count else []


def arguments(value: Any) -> str:
    """A call's arguments, indented when they are JSON, else as they came."""
    read = parsed(value) if isinstance(value, str) else value
    return pretty(abridged(read)) if isinstance(read, dict | list) else as_text(value)


def call(fields: Fields) -> list[Part]:
    """A tool call of a chat message: a function's, a custom tool's, or the legacy `function_call`."""
    inner = as_dict(fields.get("function")) or as_dict(fields.get("custom")) or fields
    given = inner.get("arguments", inner.get("input"))
    return [
        Part(
            kind="tool-call",
            name=as_text(inner.get("name")),
            text=arguments(given),
            ref=as_text(fields.get("call_id") or fields.get("id")),
        )
    ]


def message(fields: Fields, *, role: str = "", choice: int | None = None, finish: str = "") -> Turn:
    """A chat message, asked or answered, as a turn.

    Args:
        fields: the message.
        role: whose it is when it doesn't say.
        choice: see `Turn`.
        finish: see `Turn`.
    """
    parts = content(next((fields[name] for name in REASONING if fields.get(name)), None), "reasoning")
    result = fields.get("role") in ("tool", "function") or "tool_call_id" in fields
    parts += _result(fields, "content") if result else content(fields.get("content"))
    parts += text_part(fields.get("refusal"), "refusal")
    for item in as_objects(fields.get("tool_calls")) + as_objects([fields.get("function_call")]):
        parts += call(item)
    if isinstance(fields.get("audio"), dict):
        audio = fields["audio"]
        parts += [Part(kind="media", text=medium(audio, "audio")), *text_part(audio.get("transcript"))]
    for image in as_objects(fields.get("images")):
        parts += _content_item(image, "text")
    parts += count_note(fields.get("annotations"), "annotation")
    name = "" if result else as_text(fields.get("name"))
    return Turn(role=as_text(fields.get("role")) or role, parts=tuple(parts), name=name, choice=choice, finish=finish)


def _result(fields: Fields, field: str) -> list[Part]:
    """A tool's result: its text under the call's id, its media beside."""
    ref = as_text(fields.get("tool_call_id") or fields.get("call_id") or fields.get("name"))
    parts = content(fields.get(field)) or [Part(kind="text")]
    return [Part(kind="tool-result", text=p.text, ref=ref) if p.kind == "text" else p for p in parts]


def _reasoning(item: Fields) -> list[Part]:
    parts = content(item.get("summary"), "reasoning") + content(item.get("content"), "reasoning")
    return parts or note("reasoning, " + ("encrypted" if item.get("encrypted_content") else "without a summary"))


def _mcp_call(item: Fields) -> list[Part]:
    failed = text_part(item.get("error"), "error")
    return call(item) + ([] if item.get("output") is None else _result(item, "output")) + failed


def _code(item: Fields) -> list[Part]:
    return [
        Part(kind="tool-call", name="code_interpreter", text=as_text(item.get("code")), ref=as_text(item.get("id")))
    ]


ITEMS: dict[str, tuple[str, Callable[[Fields], list[Part]]]] = {
    "function_call": ("assistant", call),
    "custom_tool_call": ("assistant", call),
    "mcp_call": ("assistant", _mcp_call),
    "reasoning": ("assistant", _reasoning),
    "code_interpreter_call": ("assistant", _code),
    "image_generation_call": ("assistant", _medium("image")),
    "function_call_output": ("tool", lambda item: _result(item, "output")),
    "custom_tool_call_output": ("tool", lambda item: _result(item, "output")),
    "computer_call_output": ("tool", lambda item: content([item.get("output")])),
    "item_reference": ("reference", lambda item: note(f"item {as_text(item.get('id'))}")),
}
"""Type of a Responses item -> who speaks, and its reader; a message needs no row."""


def item(fields: Fields, *, role: str = "user") -> Turn:
    """A Responses item, of the input or the output, as a turn.

    Args:
        fields: the item.
        role: whose a message is when it doesn't say.
    """
    kind = as_text(fields.get("type")) or "message"
    if kind == "message":
        return message(fields, role=role)
    speaker, reader = ITEMS.get(kind, ("assistant", None))
    return Turn(role=speaker, parts=tuple(reader(fields) if reader else _hosted(kind, fields)))


def _hosted(kind: str, fields: Fields) -> list[Part]:
    """A hosted tool's item, whatever it is: its type, and its other fields in one line."""
    rest = {name: value for name, value in fields.items() if name not in ("type", "id", "status") and value}
    return note(joined([kind, one_line(abridged(rest)) if rest else ""], " "))
