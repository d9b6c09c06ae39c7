"""An answer as events, in OpenAI's order.

Keys stand as recorded in 2026: the type first, the others in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from retape.handlers.fake.answer import compact, named_frame, quoted
from retape.handlers.fake.endpoints.responses.inputs import Item
from retape.handlers.fake.endpoints.responses.items import Output, shown
from retape.handlers.fake.endpoints.responses.whole import Told

_CANCELLED = {"status": "failed", "error": {"code": "server_error", "message": "The response was cancelled."}}
"""How a cancelled answer's stream ends: of the events that the API reference has, only that of a failure fits, and a
failure says why.  Nobody has told what OpenAI sends; the sentence is the fake's own."""


def frames(
    told: Told, *, padded: bool = True, after: int = -1, include: Collection[str] = (), cancelled: bool = False
) -> list[bytes]:
    """The events of an answer, framed.

    Args:
        told: the answer.
        padded: whether deltas are padded, so that their length tells nothing.
        after: the number of the last event that isn't wanted.
        include: what is wanted beside what the request wanted.
        cancelled: whether it was cancelled before anything was said; such a stream ends as a failed one does.
    """
    writer = _Writer(told.noise if padded else "")
    made = _begun(told, writer)
    if cancelled:
        made.append(writer.event("response.failed", response=told.at("cancelled") | _CANCELLED))
    else:
        _tell(told, writer, include, made)
    return made[after + 1 :]


def _begun(told: Told, writer: _Writer) -> list[bytes]:
    begun = told.at("in_progress")
    opening = [("in_progress", begun)]
    if told.whole["background"]:
        queued = told.at("queued")
        opening = [("created", queued), ("queued", queued), *opening]
    else:
        opening = [("created", begun), *opening]
    return [writer.event(f"response.{name}", response=response) for name, response in opening]


def _tell(told: Told, writer: _Writer, include: Collection[str], made: list[bytes]) -> None:
    """Add what is said, and the end."""
    whole, wanted = told.done(include), told.include | set(include)
    for index, one in enumerate(told.outputs):
        item = shown(one.item, wanted, sealed=told.sealed)
        made.append(writer.event("response.output_item.added", item=_opened(item), output_index=index))
        made += _INSIDE.get(item["type"], _nothing)(writer, index, item, one)
        made.append(writer.event("response.output_item.done", item=item, output_index=index))
    made.append(writer.event(f"response.{whole['status']}", response=whole))


class _Writer:
    """Numbers events and frames them."""

    def __init__(self, noise: str) -> None:
        self._noise = noise
        self._next = 0

    def event(self, kind: str, **fields: Any) -> bytes:
        fields["sequence_number"] = self._next
        self._next += 1
        return named_frame({"type": kind} | {name: fields[name] for name in sorted(fields)})

    def deltas(
        self, kind: str, pieces: Sequence[str], *, beside: Sequence[str] = (), padded: bool = True, **at: Any
    ) -> list[bytes]:
        """Events that differ in nothing but their delta and number: the text around them is made once.

        Args:
            kind: the events' type.
            pieces: the deltas.
            beside: for each delta, the JSON text of its log probabilities.
            padded: whether this kind of event is ever padded (a refusal's isn't, recorded).
            at: where they belong: item_id, output_index, and what else.
        """
        texts = {name: f'"{name}":{compact(value)}' for name, value in at.items()}
        head = "".join(f"{text}," for name, text in sorted(texts.items()) if name < "delta")
        middle = "".join(f",{text}" for name, text in sorted(texts.items()) if "delta" < name < "logprobs")
        tail = "".join(f",{text}" for name, text in sorted(texts.items()) if "logprobs" < name < "sequence_number")
        end = "".join(f",{text}" for name, text in sorted(texts.items()) if name > "sequence_number")
        head = f'event: {kind}\ndata: {{"type":"{kind}",{head}"delta":'
        tail, end = f'{tail},"sequence_number":', f"{end}}}\n\n"
        noise = self._noise if padded else ""
        made = []
        for place, piece in enumerate(pieces):
            told, number = quoted(piece), self._next + place
            inner = f'{middle},"logprobs":{beside[place]}' if beside else middle
            if noise:
                start = number * 7 % 100
                inner += f',"obfuscation":"{noise[start : start + 16 - len(told) % 16]}"'
            made.append(f"{head}{told}{inner}{tail}{number}{end}".encode("utf-8", "backslashreplace"))
        self._next += len(made)
        return made


_BLANK: dict[str, dict[str, Any]] = {
    "message": {"content": []},
    "reasoning": {"summary": []},
    "function_call": {"arguments": ""},
    "custom_tool_call": {"input": ""},
    "web_search_call": {"action": {"type": "search"}},
    "file_search_call": {"queries": [], "results": None},
    "code_interpreter_call": {"code": "", "outputs": None},
    "image_generation_call": {"result": None},
    "mcp_call": {"arguments": "", "output": None},
    "mcp_list_tools": {"tools": []},
}
"""What an item has not yet when it is announced."""


def _opened(item: Item) -> Item:
    begun = {"status": "in_progress"} if "status" in item else {}
    return item | begun | _BLANK.get(item["type"], {})


Inside = Callable[[_Writer, int, Item, Output], Iterable[bytes]]


def _nothing(writer: _Writer, index: int, item: Item, one: Output) -> Iterable[bytes]:
    yield from ()


def _message(writer: _Writer, index: int, item: Item, one: Output) -> Iterable[bytes]:
    for place, part in enumerate(item["content"]):
        at = {"content_index": place, "item_id": item["id"], "output_index": index}
        yield writer.event("response.content_part.added", part=part | _EMPTY[part["type"]], **at)
        yield from (_refusal if part["type"] == "refusal" else _text)(writer, part, one, at)
        yield writer.event("response.content_part.done", part=part, **at)


_EMPTY: dict[str, Item] = {
    "output_text": {"annotations": [], "logprobs": [], "text": ""},
    "refusal": {"refusal": ""},
}


def _text(writer: _Writer, part: Item, one: Output, at: dict[str, Any]) -> Iterable[bytes]:
    rows = part["logprobs"]
    beside = [f"[{compact(row)}]" for row in rows] if rows else ["[]"] * len(one.pieces)
    yield from writer.deltas("response.output_text.delta", one.pieces, beside=beside, **at)
    for place, note in enumerate(part["annotations"]):
        yield writer.event("response.output_text.annotation.added", annotation=note, annotation_index=place, **at)
    yield writer.event("response.output_text.done", logprobs=rows, text=part["text"], **at)


def _refusal(writer: _Writer, part: Item, one: Output, at: dict[str, Any]) -> Iterable[bytes]:
    yield from writer.deltas("response.refusal.delta", one.pieces, padded=False, **at)
    yield writer.event("response.refusal.done", refusal=part["refusal"], **at)


def _reasoning(writer: _Writer, index: int, item: Item, one: Output) -> Iterable[bytes]:
    for place, part in enumerate(item["summary"]):
        at = {"item_id": item["id"], "output_index": index, "summary_index": place}
        yield writer.event("response.reasoning_summary_part.added", part=part | {"text": ""}, **at)
        yield from writer.deltas("response.reasoning_summary_text.delta", one.pieces, **at)
        yield writer.event("response.reasoning_summary_text.done", text=part["text"], **at)
        yield writer.event("response.reasoning_summary_part.done", part=part, **at)


def _function(writer: _Writer, index: int, item: Item, one: Output) -> Iterable[bytes]:
    at = {"item_id": item["id"], "output_index": index}
    yield from writer.deltas("response.function_call_arguments.delta", one.pieces, **at)
    told = {"arguments": item["arguments"], "name": item["name"]}
    yield writer.event("response.function_call_arguments.done", **told, **at)


def _custom(writer: _Writer, index: int, item: Item, one: Output) -> Iterable[bytes]:
    at = {"item_id": item["id"], "output_index": index}
    yield from writer.deltas("response.custom_tool_call_input.delta", one.pieces, **at)
    yield writer.event("response.custom_tool_call_input.done", input=item["input"], **at)


def _stages(*names: str) -> Inside:
    """A call that only says how far it is: "in_progress", "searching", "completed"."""

    def inside(writer: _Writer, index: int, item: Item, one: Output) -> Iterable[bytes]:
        for name in names:
            yield writer.event(f"response.{item['type']}.{name}", item_id=item["id"], output_index=index)

    return inside


_starts, _ends = _stages("in_progress"), _stages("completed")


def _code(writer: _Writer, index: int, item: Item, one: Output) -> Iterable[bytes]:
    at = {"item_id": item["id"], "output_index": index}
    yield from _starts(writer, index, item, one)
    yield from writer.deltas("response.code_interpreter_call_code.delta", one.pieces, **at)
    yield writer.event("response.code_interpreter_call_code.done", code=item["code"], **at)
    yield from _stages("interpreting", "completed")(writer, index, item, one)


def _image(writer: _Writer, index: int, item: Item, one: Output) -> Iterable[bytes]:
    at = {"item_id": item["id"], "output_index": index}
    shape = {name: item[name] for name in ("background", "output_format", "quality", "size") if name in item}
    yield from _stages("in_progress", "generating")(writer, index, item, one)
    for place in range(one.partial):
        told = {"partial_image_b64": item["result"], "partial_image_index": place}
        yield writer.event("response.image_generation_call.partial_image", **told, **shape, **at)
    yield from _ends(writer, index, item, one)


def _server(writer: _Writer, index: int, item: Item, one: Output) -> Iterable[bytes]:
    at = {"item_id": item["id"], "output_index": index}
    yield from _starts(writer, index, item, one)
    yield from writer.deltas("response.mcp_call_arguments.delta", one.pieces, **at)
    yield writer.event("response.mcp_call_arguments.done", arguments=item["arguments"], **at)
    yield from _stages("failed" if item.get("error") else "completed")(writer, index, item, one)


_INSIDE: dict[str, Inside] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _function,
    "custom_tool_call": _custom,
    "web_search_call": _stages("in_progress", "searching", "completed"),
    "file_search_call": _stages("in_progress", "searching", "completed"),
    "code_interpreter_call": _code,
    "image_generation_call": _image,
    "mcp_list_tools": _stages("in_progress", "completed"),
    "mcp_call": _server,
}
"""An item's type, and the events between its announcement and its end."""
