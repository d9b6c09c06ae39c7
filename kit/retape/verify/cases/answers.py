"""What came, as one value, whichever endpoint and mode it came by."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Object = Mapping[str, Any]


class Misread(Exception):
    """An answer isn't what the endpoint's answers are; the message says how, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call of a tool.

    Args:
        id: by which its result will be known.
        name: the tool.
        arguments: as text.
    """

    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the answers to a question.

    Args:
        index: its number.
        text: its content, "" for none.
        refusal: the model's own refusal.
        calls: tool calls.
        finish: the finish reason.
        logprobs: its tokens, each with its log probability; None when there are none.
    """

    index: int = 0
    text: str = ""
    refusal: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish: str = ""
    logprobs: tuple[Object, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came.

    Args:
        value: the whole object; of a chat stream its last chunk.
        choices: the answers in it; a response is one.
        usage: the counted tokens; None when there are none.
        output: the types of a response's items.
        vectors: embeddings.
    """

    value: Object = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    usage: Object | None = None
    output: tuple[str, ...] = ()
    vectors: tuple[tuple[float, ...], ...] = ()

    @property
    def id(self) -> str:
        """Its id; "" for none."""
        return _text(self.value.get("id"))

    @property
    def first(self) -> Choice:
        """The first choice; an empty one when there is none."""
        return self.choices[0] if self.choices else Choice()

    def counted(self, *names: str) -> int:
        """A count of the usage, by the first of these names that is there; 0 for none."""
        counts = [(self.usage or {}).get(name) for name in names]
        return next((count for count in counts if isinstance(count, int)), 0)


# Chat completions


def chat(value: Object) -> Answer:
    """A chat completion.

    Raises:
        Misread: it is none.
    """
    choices = tuple(_choice(row, place) for place, row in enumerate(_rows(value, "choices")))
    return Answer(value=value, choices=choices, usage=_optional(value, "usage"))


def _choice(row: Object, place: int) -> Choice:
    message = _mapping(row, "message")
    return Choice(
        index=_index(row, place),
        text=_text(message.get("content")),
        refusal=_text(message.get("refusal")),
        calls=tuple(_call(call) for call in _rows(message, "tool_calls")),
        finish=_text(row.get("finish_reason")),
        logprobs=_logprobs(row),
    )


def _call(row: Object) -> ToolCall:
    inner = _mapping(row, "function") or _mapping(row, "custom")
    arguments = inner.get("arguments", inner.get("input", ""))
    if not isinstance(arguments, str):
        raise Misread(f"a tool call's arguments are {_kind(arguments)}, and have to be JSON as text")
    return ToolCall(id=_text(row.get("id")), name=_text(inner.get("name")), arguments=arguments)


def _logprobs(row: Object) -> tuple[Object, ...] | None:
    found = _optional(row, "logprobs")
    return None if found is None else tuple(_rows(found, "content"))


def chat_stream(chunks: Sequence[Object]) -> Answer:
    """A chat completion from its chunks: a chunk without choices is fine, and calls belong together by their index.

    Raises:
        Misread: a chunk is none.
    """
    heard: dict[int, _Heard] = {}
    for chunk in chunks:
        for place, row in enumerate(_rows(chunk, "choices")):
            heard.setdefault(_index(row, place), _Heard()).hear(row)
    choices = tuple(heard[index].choice(index) for index in sorted(heard))
    usages = [found for found in (_optional(chunk, "usage") for chunk in chunks) if found]
    value = {**chunks[0], **chunks[-1]} if chunks else {}
    return Answer(value=value, choices=choices, usage=usages[-1] if usages else None)


class _Heard:
    """One choice of a stream, as far as it has come."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, dict[str, str]] = {}
        self._logprobs: list[Object] | None = None
        self._finish = ""

    def hear(self, row: Object) -> None:
        """One more delta."""
        delta = _mapping(row, "delta")
        self._text.append(_text(delta.get("content")))
        self._refusal.append(_text(delta.get("refusal")))
        for call in _rows(delta, "tool_calls"):
            self._hear_call(call)
        logprobs = _logprobs(row)
        if logprobs is not None:
            self._logprobs = [*(self._logprobs or ()), *logprobs]
        self._finish = _text(row.get("finish_reason")) or self._finish

    def _hear_call(self, row: Object) -> None:
        index = row.get("index")
        if not isinstance(index, int):
            raise Misread("a tool call's delta has no index, by which its parts belong together")
        known = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        heard = _call({**row, "function": _without_nulls(_mapping(row, "function"))})
        known["id"] = known["id"] or heard.id
        known["name"] += heard.name
        known["arguments"] += heard.arguments

    def choice(self, index: int) -> Choice:
        """The whole."""
        return Choice(
            index=index,
            text="".join(self._text),
            refusal="".join(self._refusal),
            calls=tuple(ToolCall(**self._calls[number]) for number in sorted(self._calls)),
            finish=self._finish,
            logprobs=None if self._logprobs is None else tuple(self._logprobs),
        )


def _without_nulls(row: Object) -> Object:
    """A delta as the official client joins it: null is nothing new."""
    return {name: value for name, value in row.items() if value is not None}


# Legacy completions


def completion(value: Object) -> Answer:
    """A legacy completion.

    Raises:
        Misread: it is none.
    """
    return completion_stream([value])


def completion_stream(chunks: Sequence[Object]) -> Answer:
    """A legacy completion from its chunks.

    Raises:
        Misread: a chunk is none.
    """
    texts: dict[int, str] = {}
    finishes: dict[int, str] = {}
    usage: Object | None = None
    for chunk in chunks:
        usage = _optional(chunk, "usage") or usage
        for place, row in enumerate(_rows(chunk, "choices")):
            index = _index(row, place)
            texts[index] = texts.get(index, "") + _text(row.get("text"))
            finishes[index] = _text(row.get("finish_reason")) or finishes.get(index, "")
    choices = tuple(Choice(index=index, text=texts[index], finish=finishes[index]) for index in sorted(texts))
    return Answer(value=chunks[-1] if chunks else {}, choices=choices, usage=usage)


# Responses


def response(value: Object) -> Answer:
    """A response, or an item list.

    Raises:
        Misread: it is none.
    """
    items = _rows(value, "output")
    parts = [part for item in items if item.get("type") == "message" for part in _rows(item, "content")]
    logprobs = [row for part in parts for row in _rows(part, "logprobs")]
    choice = Choice(
        text="".join(_text(part.get("text")) for part in parts),
        refusal="".join(_text(part.get("refusal")) for part in parts),
        calls=tuple(_item_call(item) for item in items if item.get("type") in ("function_call", "custom_tool_call")),
        logprobs=tuple(logprobs) or None,
    )
    output = tuple(_text(item.get("type")) for item in items)
    return Answer(value=value, choices=(choice,), usage=_optional(value, "usage"), output=output)


def _item_call(item: Object) -> ToolCall:
    arguments = item.get("arguments", item.get("input", ""))
    if not isinstance(arguments, str):
        raise Misread(f"a function call's arguments are {_kind(arguments)}, and have to be JSON as text")
    return ToolCall(id=_text(item.get("call_id")), name=_text(item.get("name")), arguments=arguments)


def ended(event: Object) -> bool:
    """Whether a stream's event is its last but for a chat's usage and [DONE]: nothing more of the answer comes."""
    rows = event.get("choices")
    finished = isinstance(rows, list) and any(isinstance(row, Mapping) and row.get("finish_reason") for row in rows)
    return finished or event.get("type") in _ENDS


_ENDS = ("response.completed", "response.incomplete", "response.failed")


def response_stream(events: Sequence[Object]) -> Answer:
    """A response from its events: the whole that the last one brings.

    Raises:
        Misread: it never ended.
    """
    ends = [event for event in events if event.get("type") in _ENDS]
    if not ends:
        last = _text(events[-1].get("type")) if events else "nothing"
        raise Misread(f"the stream ended after {last or 'an event without a type'}: none of {', '.join(_ENDS)} came")
    return response(_mapping(ends[-1], "response"))


# Everything else


def embeddings(value: Object) -> Answer:
    """Embeddings, as numbers or in base64.

    Raises:
        Misread: they are none.
    """
    rows = _rows(value, "data")
    vectors = tuple(tuple(_vector(row.get("embedding"))) for row in sorted(rows, key=lambda row: _index(row, 0)))
    return Answer(value=value, vectors=vectors, usage=_optional(value, "usage"))


def _vector(given: Any) -> Iterator[float]:
    if isinstance(given, str):
        try:
            data = base64.b64decode(given, validate=True)
            return iter(struct.unpack(f"<{len(data) // 4}f", data))
        except (binascii.Error, struct.error) as error:
            raise Misread(f"an embedding is text, and no base64 of 32-bit floats: {error}") from None
    if not isinstance(given, list) or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in given):
        raise Misread(f"an embedding is {_kind(given)}, and has to be a list of numbers or base64")
    return iter(given)


def thing(value: Object) -> Answer:
    """Any other object, as it is."""
    return Answer(value=value)


# Fields of what somebody else wrote


def _rows(value: Object, name: str) -> list[Object]:
    """A list of objects; absent and null are the same as empty."""
    found = value.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise Misread(f"{name} is {_kind(found)}, and has to be a list of objects")
    return found


def _optional(value: Object, name: str) -> Object | None:
    found = value.get(name)
    if found is not None and not isinstance(found, Mapping):
        raise Misread(f"{name} is {_kind(found)}, and has to be an object")
    return found


def _mapping(value: Object, name: str) -> Object:
    return _optional(value, name) or {}


def _index(row: Object, place: int) -> int:
    index = row.get("index")
    return index if isinstance(index, int) else place


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


_KINDS = {dict: "an object", list: "a list", str: "text", bool: "a boolean", type(None): "null"}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")


def same_calls(some: Iterable[ToolCall], others: Iterable[ToolCall]) -> bool:
    """Whether the same tools were called with the same arguments, in the same order."""
    return [(call.name, call.arguments) for call in some] == [(call.name, call.arguments) for call in others]
