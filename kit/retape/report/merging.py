"""A stream merged into the body that a plain answer would have had.

Chat and completions: deltas by choice index.  Responses: the final event's response when it came,
else the items as far as they got.  Images, speech and transcripts: their own events.  A stream
that broke gives what came; what isn't understood is counted, never fatal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from retape.report.shapes import as_dict, as_list, as_objects, as_text, parsed
from retape.tape.sse import SSEEvent

Fields = dict[str, Any]

GROWING = frozenset(
    {
        "content",
        "text",
        "arguments",
        "input",
        "refusal",
        "reasoning",
        "reasoning_content",
        "thinking",
        "transcript",
        "data",
        "code",
    }
)
"""Strings that come in pieces; any other (an id, a role, a type) is replaced by what comes later."""

_RUNNING = ("text", "thinking")  # content parts that go on in the next delta
_SLOTS = 4096  # no index beyond it is believed: a list of a billion items would be made


def merge(old: Any, new: Any, name: str = "", depth: int = 0) -> Any:
    """What was known of a value, with a delta of it.

    Args:
        old: what came before, None for nothing.
        new: what came now; null changes nothing.
        name: the field's name: it says whether a string grows.
        depth: how deep in the delta this is.
    """
    if new is None or depth > 32:
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merge(old.get(key), value, key, depth + 1) for key, value in new.items()}}
    if name == "content" and isinstance(old, list) != isinstance(new, list):
        old, new = _as_parts(old), _as_parts(new)
    if isinstance(new, list) and isinstance(old, list | None):
        return _merge_list(list(old or []), new, depth)
    if isinstance(old, str) and isinstance(new, str):
        return old + new if name in GROWING else new or old
    return merge({}, new, name, depth + 1) if isinstance(new, dict) else new


def _as_parts(content: Any) -> Any:
    """Text as a list of content parts: Mistral's models think in parts and go on in text."""
    return [{"type": "text", "text": content}] if content and isinstance(content, str) else content or []


def _merge_list(old: list[Any], new: list[Any], depth: int) -> list[Any]:
    for entry in new:
        place = _place(old, entry)
        if place is None:
            old.append(merge(None, entry, depth=depth + 1))
        else:
            old[place] = merge(old[place], entry, depth=depth + 1)
    return old


def _place(old: list[Any], entry: Any) -> int | None:
    """Where an indexed entry (a tool call) belongs; None for a new one.

    Gemini's endpoint gives every parallel call the index 0: a new id with a name is a new call.
    """
    index = as_dict(entry).get("index")
    if not isinstance(index, int):
        kind = as_dict(entry).get("type")
        return len(old) - 1 if kind in _RUNNING and old and as_dict(old[-1]).get("type") == kind else None
    place = next((i for i in reversed(range(len(old))) if as_dict(old[i]).get("index") == index), None)
    if place is None or not entry.get("id") or not as_dict(entry.get("function")).get("name"):
        return place
    return place if old[place].get("id") in (None, "", entry["id"]) else None


def _chat(body: Fields, event: Fields) -> None:
    rest = {name: value for name, value in event.items() if name not in ("choices", "delta") and value is not None}
    body.update(rest)
    choices = as_objects(body.get("choices"))
    for position, piece in enumerate(as_objects(event.get("choices"))):
        index = _index(piece, position)
        delta = {"message" if name == "delta" else name: value for name, value in piece.items()} | {"index": index}
        known = next((choice for choice in choices if choice.get("index") == index), None)
        if known is None:
            choices.append(known := {})
        known.update(merge(known, delta))
    body["choices"] = sorted(choices, key=lambda choice: _index(choice, 0))


def _index(choice: Fields, default: int) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else default


def _slot(holder: Fields, name: str, index: Any, start: Fields) -> Fields:
    """The entry of a list at an index, made when it isn't there."""
    entries = as_list(holder.get(name))
    holder[name] = entries
    place = index if isinstance(index, int) and 0 <= index < _SLOTS else 0
    while len(entries) <= place:
        entries.append({})
    if not isinstance(entries[place], dict) or not entries[place]:
        entries[place] = dict(start)
    found: Fields = entries[place]
    return found


def _item(body: Fields, event: Fields) -> Fields:
    return _slot(body, "output", event.get("output_index"), {})


def _put_item(body: Fields, event: Fields) -> None:
    _item(body, event).update(as_dict(event.get("item")))


def _grow(field: str, within: str = "", kind: str = "") -> Callable[[Fields, Fields], None]:
    """A reader of delta events.

    Args:
        field: the string that grows.
        within: the list that holds it ("content", "summary"), "" for the item itself.
        kind: the type of the list's entry, or of the item.
    """

    def read(body: Fields, event: Fields) -> None:
        holder = _item(body, event)
        if within:
            index = event.get("content_index", event.get("summary_index"))
            holder.setdefault("type", "reasoning" if within == "summary" else "message")
            holder = _slot(holder, within, index, {"type": kind})
        elif kind:
            holder.setdefault("type", kind)
        holder[field] = as_text(holder.get(field)) + as_text(event.get("delta"))

    return read


def _response(body: Fields, event: Fields) -> None:
    response = as_dict(event.get("response"))
    body.update({k: v for k, v in response.items() if v is not None and not (k == "output" and not v)})


def _text_delta(body: Fields, event: Fields) -> None:
    body["text"] = as_text(body.get("text")) + as_text(event.get("delta"))


def _whole(body: Fields, event: Fields) -> None:
    body.update({name: value for name, value in event.items() if name not in ("type", "logprobs")})


def _speech(body: Fields, event: Fields) -> None:
    body["audio"] = as_text(body.get("audio")).rstrip("=") + as_text(event.get("audio"))


def _failure(body: Fields, event: Fields) -> None:
    body["error"] = event.get("error") or {name: value for name, value in event.items() if name != "sequence_number"}


def _nothing(_body: Fields, _event: Fields) -> None:
    """An event that the other events say again."""


EVENTS: dict[str, Callable[[Fields, Fields], None]] = {
    "response.output_item.added": _put_item,
    "response.output_item.done": _put_item,
    "response.output_text.delta": _grow("text", "content", "output_text"),
    "response.refusal.delta": _grow("refusal", "content", "refusal"),
    "response.reasoning_text.delta": _grow("text", "content", "reasoning_text"),
    "response.reasoning_summary_text.delta": _grow("text", "summary", "summary_text"),
    "response.function_call_arguments.delta": _grow("arguments", kind="function_call"),
    "response.custom_tool_call_input.delta": _grow("input", kind="custom_tool_call"),
    "response.mcp_call_arguments.delta": _grow("arguments", kind="mcp_call"),
    "response.code_interpreter_call_code.delta": _grow("code", kind="code_interpreter_call"),
    "response.created": _response,
    "response.in_progress": _response,
    "response.completed": _response,
    "response.incomplete": _response,
    "response.failed": _response,
    "transcript.text.delta": _text_delta,
    "transcript.text.done": _whole,
    "speech.audio.delta": _speech,
    "speech.audio.done": _whole,
    "image_generation.partial_image": _whole,
    "image_generation.completed": _whole,
    "image_edit.partial_image": _whole,
    "image_edit.completed": _whole,
    "error": _failure,
}
"""An event's type -> what it adds to the body."""


def reader_of(event: Fields, name: str = "") -> Callable[[Fields, Fields], None] | None:
    """What an event adds to the body; None when nobody knows.

    Args:
        event: its data.
        name: the SSE event's name, for servers whose data has no type.
    """
    kind = as_text(event.get("type")) or name
    if isinstance(event.get("choices"), list) or event.get("object") == "chat.completion.chunk":
        return _chat
    if kind in EVENTS:
        return EVENTS[kind]
    if event.get("error"):
        return _failure
    return _nothing if kind.startswith("response.") else None


def merged(events: Iterable[SSEEvent]) -> tuple[Fields, tuple[str, ...]]:
    """A stream as one body.

    Args:
        events: the stream's events, the last one cut short perhaps.

    Returns:
        The body, and in words what couldn't be read.
    """
    body: Fields = {}
    odd: Counter[str] = Counter()
    for event in events:
        if event.data is None or event.data.strip() == "[DONE]":
            continue
        data = parsed(event.data)
        reader = reader_of(data, event.event) if isinstance(data, dict) else None
        if reader:
            reader(body, data)
        else:
            odd[_oddity(event, data)] += 1
    return body, tuple(f"{count} event{'' if count == 1 else 's'} {what}" for what, count in odd.items())


def _oddity(event: SSEEvent, data: Any) -> str:
    if not event.complete:
        return "cut short"
    return "with data that is no JSON object" if not isinstance(data, dict) else "of an unknown kind"


def has_text(event: SSEEvent) -> bool:
    """Whether an event carries a piece of the answer: text, thoughts, arguments, sound."""
    data = as_dict(parsed(event.data or ""))
    if as_text(data.get("type") or event.event).endswith((".delta", ".partial_image")):
        return True
    return any(_speaks(choice) for choice in as_objects(data.get("choices")))


def _speaks(choice: Fields) -> bool:
    delta = as_dict(choice.get("delta")) or choice
    return any(delta.get(name) for name in (*sorted(GROWING), "tool_calls", "audio", "message"))
