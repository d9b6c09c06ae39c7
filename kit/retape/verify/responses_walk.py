"""A Responses stream walked through once: items and parts as they open, grow and close, and what doesn't fit.

A walk finds faults of several kinds, each of which a rule names; it believes an event only as far as it fits what
came before, and goes on after one that doesn't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from retape.verify.evidence import Evidence, Frame
from retape.verify.responses_answer import LAST, resumes_after, typed
from retape.verify.words import MISSING, at, elements, is_count, members, shown

Kind = Literal["index", "item-id", "pairing", "announced", "status", "joined", "undelta", "output", "begun"]
"""What a fault is about; each rule of `retape.verify.rules.responses_items_streamed` has one."""

Data = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that comes in deltas.

    Args:
        done: the key of the whole text in its done event.
        slot: the key that tells texts of one item apart; "" when an item has only one.
        part: the key under which its part's events have the part; "" when no part is announced.
        item: the key of the text in the item itself, "" when it stands in the item's parts.
    """

    done: str
    slot: str = ""
    part: str = ""
    item: str = ""


TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "response.output_text": Text(done="text", slot="content_index", part="content"),
        "response.refusal": Text(done="refusal", slot="content_index", part="content"),
        "response.reasoning_text": Text(done="text", slot="content_index"),
        "response.reasoning_summary_text": Text(done="text", slot="summary_index", part="summary"),
        "response.function_call_arguments": Text(done="arguments", item="arguments"),
        "response.custom_tool_call_input": Text(done="input", item="input"),
        "response.mcp_call_arguments": Text(done="arguments", item="arguments"),
        "response.code_interpreter_call_code": Text(done="code", item="code"),
    }
)
"""The name that a text's events begin with -> the text."""

PARTS = MappingProxyType(
    {
        "response.content_part": ("content", "content_index"),
        "response.reasoning_summary_part": ("summary", "summary_index"),
    }
)
"""The name that a part's events begin with -> the item's key that has the parts, and the event's key of the index."""


_CALLS = MappingProxyType({"function_call": "arguments", "custom_tool_call": "input"})
"""A call's type -> the key of what it is called with."""


@dataclass(slots=True)
class Grown:
    """A text on its way: its deltas, and the whole once it is said."""

    pieces: list[str] = field(default_factory=list)
    whole: str | None = None


@dataclass(slots=True)
class Item:
    """An item on its way.

    Args:
        name: its id.
        kind: its type.
        begun: the item as it was when it was added.
        parts: (key, index) of each part -> whether it is open; None for one that was never added.
        texts: (event, slot) -> the text.
        done: the item as it was when it was done; None before.
    """

    name: Any
    kind: Any
    begun: Data
    parts: dict[tuple[str, int], bool | None] = field(default_factory=dict)
    texts: dict[tuple[str, int], Grown] = field(default_factory=dict)
    done: Data | None = None


class Walk:
    """The walk through one stream; `faults` has what it found, by kind."""

    def __init__(self, evidence: Evidence) -> None:
        self.faults: dict[Kind, list[tuple[str, str]]] = {}
        self._items: dict[int, Item] = {}
        if resumes_after(evidence) is None:
            for frame, kind, data in typed(evidence):
                self._step(frame, kind, data)

    def _fault(self, kind: Kind, where: str, message: str) -> None:
        self.faults.setdefault(kind, []).append((where, message))

    def _step(self, frame: Frame, kind: str, data: Data) -> None:
        stem, _, verb = kind.rpartition(".")
        if kind in _ITEM_STEPS:
            _ITEM_STEPS[kind](self, frame, data)
        elif stem in PARTS and verb in ("added", "done"):
            self._part(frame, data, stem, verb)
        elif stem in TEXTS and verb in ("delta", "done"):
            self._text(frame, data, stem, verb)
        elif kind in LAST:
            self._end(frame, kind, members(data.get("response")))
        elif "output_index" in data and "item_id" in data:
            self._known(frame, data)

    def _known(self, frame: Frame, data: Data) -> Item | None:
        """The item that an event is about; None when there is no such item."""
        index = data.get("output_index", MISSING)
        if not is_count(index):
            self._fault("index", frame.at("output_index"), f"is {shown(index)}, not an index")
            return None
        item = self._items.get(index)
        if item is None:
            self._fault("announced", frame.at("output_index"), f"is {index}, and no item was added there")
            return None
        named = data.get("item_id", MISSING)
        if named != item.name:
            self._fault("item-id", frame.at("item_id"), f"is {shown(named)}, and the item's id is {shown(item.name)}")
        if item.done is not None:
            self._fault("pairing", frame.at(), f"is about item {index}, which is done already")
        return item

    # Items

    def _item_added(self, frame: Frame, data: Data) -> None:
        index, told = data.get("output_index", MISSING), members(data.get("item"))
        if not is_count(index):
            self._fault("index", frame.at("output_index"), f"is {shown(index)}, not an index")
            return
        if index in self._items:
            self._fault("index", frame.at("output_index"), f"is {index}, which another item has already")
        elif index != len(self._items):
            self._fault("index", frame.at("output_index"), f"is {index}, and {len(self._items)} was next")
        self._has_status(frame, told)
        status = told.get("status")
        if status in ("completed", "incomplete", "failed"):
            self._fault("status", frame.at("item.status"), f"is {shown(status)}, and the item has only begun")
        if told.get("type") == "message" and not isinstance(told.get("content"), list):
            content = shown(told.get("content", MISSING))
            self._fault("begun", frame.at("item.content"), f"is {content}; an empty array, which parts are added to")
        key = _CALLS.get(str(told.get("type")), "")
        if key and not isinstance(told.get(key), str):
            given = shown(told.get(key, MISSING))
            self._fault("begun", frame.at(f"item.{key}"), f"is {given}; a string, which deltas go on with")
        self._items[index] = Item(told.get("id"), told.get("type"), told)

    def _item_done(self, frame: Frame, data: Data) -> None:
        index, told = data.get("output_index", MISSING), members(data.get("item"))
        if not is_count(index):
            self._fault("index", frame.at("output_index"), f"is {shown(index)}, not an index")
            return
        item = self._items.get(index)
        if item is None:
            self._fault("announced", frame.at("output_index"), f"is {shown(index)}, and no item was added there")
            return
        if item.done is not None:
            self._fault("pairing", frame.at(), f"is a second done of item {index}")
        for key, expected in (("id", item.name), ("type", item.kind)):
            if told.get(key, MISSING) != expected:
                kind: Kind = "item-id" if key == "id" else "output"
                was = f"and {shown(expected)} when the item was added"
                self._fault(kind, frame.at(f"item.{key}"), f"is {shown(told.get(key, MISSING))}, {was}")
        self._has_status(frame, told)
        if told.get("status") == "in_progress":
            self._fault("status", frame.at("item.status"), 'is "in_progress", and the item is done')
        for (name, number), is_open in item.parts.items():
            if is_open:
                self._fault("pairing", frame.at(), f"ends an item whose part {name}[{number}] isn't done")
        for (stem, _), text in item.texts.items():
            if text.whole is None and told.get("status") != "incomplete":
                self._fault("pairing", frame.at(), f"ends an item whose {stem}.done never came")
        self._begun(frame, told, item)
        self._same_texts(frame.at("item"), told, item)
        item.done = told

    def _begun(self, frame: Frame, told: Data, item: Item) -> None:
        """Hold an item that is done against what was said of it when it was added."""
        for key in ("call_id", "name") if item.kind in tuple(_CALLS) else ():
            if item.begun.get(key, MISSING) != told.get(key, MISSING):
                was = f"and {shown(item.begun.get(key, MISSING))} when the call was added"
                self._fault("begun", frame.at(f"item.{key}"), f"is {shown(told.get(key, MISSING))}, {was}")
        for (stem, _), text in item.texts.items():
            key = TEXTS[stem].item
            if key and text.pieces and item.begun.get(key):
                was = f"was {shown(item.begun[key])} already when the item was added, and then came in deltas"
                self._fault("begun", frame.at(f"item.{key}"), was)
        for key in ("content", "summary"):
            parts = [slot for name, slot in item.parts if name == key]
            if parts and len(elements(told.get(key))) > len(parts):
                was = f"has {len(elements(told[key]))} parts, and {len(parts)} came"
                self._fault("announced", frame.at(f"item.{key}"), was)
            if parts and item.begun.get(key):
                self._fault("begun", frame.at(f"item.{key}"), "was there when the item was added, and then came again")

    def _has_status(self, frame: Frame, told: Data) -> None:
        status = told.get("status", MISSING)
        if told.get("type") in ("message", "function_call") and not isinstance(status, str):
            self._fault("status", frame.at("item.status"), f"is {shown(status)}")

    def _same_texts(self, where: str, told: Data, item: Item) -> None:
        """Hold an item against the texts that came for it."""
        for (stem, slot), text in item.texts.items():
            row = TEXTS[stem]
            key = row.item or f"{'summary' if row.slot == 'summary_index' else 'content'}"
            parts = elements(told.get(key))
            found = told.get(key) if row.item else members(parts[slot] if slot < len(parts) else None).get(row.done)
            place = at(where, key) if row.item else at(where, key, slot, row.done)
            self._same(place, found if found is not None else MISSING, text)

    def _same(self, where: str, found: Any, text: Grown) -> None:
        came = text.whole if text.whole is not None else "".join(text.pieces)
        if found != came:
            self._fault("joined", where, f"is {shown(found)}, and what came before is {shown(came)}")

    # Parts

    def _part(self, frame: Frame, data: Data, stem: str, verb: str) -> None:
        item, (key, slot) = self._known(frame, data), PARTS[stem]
        index = data.get(slot, MISSING)
        if not is_count(index):
            self._fault("index", frame.at(slot), f"is {shown(index)}, not an index")
        elif item is not None and verb == "added":
            if (key, index) in item.parts:
                self._fault("index", frame.at(slot), f"is {index}, which another part of the item has already")
            item.parts[key, index] = True
        elif item is not None:
            self._part_done(frame, data, item, (key, index))

    def _part_done(self, frame: Frame, data: Data, item: Item, part: tuple[str, int]) -> None:
        if part not in item.parts:
            self._fault("announced", frame.at(), f"ends {part[0]}[{part[1]}], which was never added")
        elif item.parts[part] is False:
            self._fault("pairing", frame.at(), f"is a second done of {part[0]}[{part[1]}]")
        item.parts[part] = False
        for (stem, slot), text in item.texts.items():
            row = TEXTS[stem]
            if row.part == part[0] and slot == part[1]:
                found = members(data.get("part")).get(row.done, MISSING)
                self._same(frame.at(f"part.{row.done}"), found, text)

    # Texts

    def _text(self, frame: Frame, data: Data, stem: str, verb: str) -> None:
        item, row = self._known(frame, data), TEXTS[stem]
        slot = data.get(row.slot, MISSING) if row.slot else 0
        if not is_count(slot):
            self._fault("index", frame.at(row.slot), f"is {shown(slot)}, not an index")
            return
        if item is None:
            return
        if row.part and (row.part, slot) not in item.parts:
            self._fault("announced", frame.at(), f"is about {row.part}[{slot}], which was never added")
            item.parts[row.part, slot] = None
        elif row.part and item.parts[row.part, slot] is False:
            self._fault("pairing", frame.at(), f"is about {row.part}[{slot}], which is done already")
        text = item.texts.setdefault((stem, slot), Grown())
        (self._delta if verb == "delta" else self._text_done)(frame, data, stem, text)

    def _delta(self, frame: Frame, data: Data, stem: str, text: Grown) -> None:
        if text.whole is not None:
            self._fault("pairing", frame.at(), f"is a delta after {stem}.done")
        delta = data.get("delta", MISSING)
        if isinstance(delta, str):
            text.pieces.append(delta)
        else:
            self._fault("joined", frame.at("delta"), f"is {shown(delta)}, not a string")

    def _text_done(self, frame: Frame, data: Data, stem: str, text: Grown) -> None:
        row = TEXTS[stem]
        whole, joined = data.get(row.done, MISSING), "".join(text.pieces)
        if text.whole is not None:
            self._fault("pairing", frame.at(), f"is a second {stem}.done")
        if not isinstance(whole, str):
            self._fault("joined", frame.at(row.done), f"is {shown(whole)}, not a string")
            whole = joined
        elif whole and not text.pieces:
            self._fault("undelta", frame.at(), f"has the whole {row.done}, and no delta brought it")
        elif whole != joined:
            self._fault("joined", frame.at(row.done), f"is {shown(whole)}, and the deltas join to {shown(joined)}")
        text.whole = whole

    # The end

    def _end(self, frame: Frame, kind: str, response: Data) -> None:
        output, place = response.get("output"), frame.at("response.output")
        open_items = [index for index, item in self._items.items() if item.done is None]
        if kind == "response.completed":
            for index in open_items:
                self._fault("pairing", frame.at(), f"is response.completed, and item {index} isn't done")
        if not isinstance(output, list):
            return
        if "index" in self.faults:  # what stands where isn't known, and that is said already
            return
        if len(output) != len(self._items) and (kind == "response.completed" or len(output) > len(self._items)):
            self._fault("output", place, f"has {len(output)} items, and {len(self._items)} came before")
        for index, told in enumerate(output):
            item = self._items.get(index)
            if item is not None and item.done is not None and len(output) == len(self._items):
                self._same_item(at(place, index), members(told), item)

    def _same_item(self, where: str, told: Data, item: Item) -> None:
        assert item.done is not None
        for key in ("id", "type", "call_id", "name"):
            if told.get(key) != item.done.get(key):
                kind: Kind = "item-id" if key == "id" else "output"
                was = f"and {shown(item.done.get(key, MISSING))} when the item was done"
                self._fault(kind, at(where, key), f"is {shown(told.get(key, MISSING))}, {was}")
        for key in ("content", "summary"):
            if len(elements(told.get(key))) != len(elements(item.done.get(key))):
                was = f"and {len(elements(item.done.get(key)))} when the item was done"
                self._fault("output", at(where, key), f"has {len(elements(told.get(key)))} parts, {was}")
        self._same_texts(where, told, item)


_ITEM_STEPS: Mapping[str, Callable[[Walk, Frame, Data], None]] = MappingProxyType(
    {"response.output_item.added": Walk._item_added, "response.output_item.done": Walk._item_done}
)


def walked(evidence: Evidence) -> Walk:
    """The walk through a stream, made once."""
    return evidence.reading(Walk)


def faults(evidence: Evidence, kind: Kind) -> Iterator[tuple[str, str]]:
    """What the walk found of one kind."""
    yield from walked(evidence).faults.get(kind, ())
