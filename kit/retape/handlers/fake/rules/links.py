"""Rules about the items of a Responses input: calls and their outputs, references, reasoning and what follows it."""

from __future__ import annotations

import itertools
from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.relation import Body, Find, Relation, value_error
from retape.handlers.fake.rules.setting import Setting

OUTPUTS = {
    "function_call_output": ("function_call", "function call"),
    "custom_tool_call_output": ("custom_tool_call", "custom tool call"),
    "computer_call_output": ("computer_call", "computer call"),
    "local_shell_call_output": ("local_shell_call", "local shell call"),
    "shell_call_output": ("shell_call", "shell call"),
    "apply_patch_call_output": ("apply_patch_call", "apply patch call"),
}
"""An output's type -> the type of the call that it answers, and what a sentence calls that."""

_CALLS = {call: (output, words) for output, (call, words) in OUTPUTS.items()}


def _items(body: Body) -> list[dict[str, Any]]:
    given = body["input"]
    return given if type(given) is list else []


def _continues(body: Body) -> bool:
    """Whether something comes before the input, where calls and outputs may be."""
    return body.get("previous_response_id") is not None or body.get("conversation") is not None


def _id(item: dict[str, Any]) -> Any:
    """What joins a call and its output: `call_id`, or the id of a local shell call's output."""
    return item.get("call_id", item.get("id"))


def _refers(body: Body) -> bool:
    """Whether some items are known by their ids alone, so that a call may be among them."""
    return any(item.get("type") == "item_reference" or item.keys() <= {"id", "type"} for item in _items(body))


def _unanswered(body: Body, _: Setting) -> Refusal | None:
    answered = {(item["type"], _id(item)) for item in _items(body) if item.get("type") in OUTPUTS}
    for item in _items(body):
        output, words = _CALLS.get(item.get("type", ""), ("", ""))
        if output and (output, _id(item)) not in answered:
            return value_error(f"No tool output found for {words} {_id(item)}.", "input")
    return None


def _orphan(body: Body, setting: Setting) -> Refusal | None:
    earlier = setting.calls if _continues(body) else frozenset[str]()
    if earlier is None or _refers(body):
        return None
    called: set[Any] = set(earlier)
    for item in _items(body):
        kind = item.get("type")
        if kind in _CALLS:
            called.add(_id(item))
        elif kind in OUTPUTS and _id(item) not in called:
            text = f"No tool call found for {OUTPUTS[kind][1]} output with call_id {_id(item)}."
            return value_error(text, "input")
    return None


def _alone(body: Body, _: Setting) -> Refusal | None:
    """A model's reasoning is followed by what it led to: never by a user's message, never by nothing."""
    items = _items(body)
    for item, after in itertools.zip_longest(items, items[1:]):
        if item.get("type") == "reasoning" and not _follows(after):
            text = f"Item '{item['id']}' of type 'reasoning' was provided without its required following item."
            return value_error(text, "input")
    return None


def _follows(item: dict[str, Any] | None) -> bool:
    if item is None:
        return False
    if "role" in item:
        return bool(item["role"] == "assistant")
    return item.get("type") not in OUTPUTS


def _gone(body: Body, setting: Setting) -> Refusal | None:
    for item in _items(body):
        kind = item.get("type") or ("item_reference" if "role" not in item else "")
        named = kind == "item_reference" or (kind == "reasoning" and not item.get("encrypted_content"))
        if named and item.get("id") and not setting.item(item["id"]):
            text = (
                f"Item with id '{item['id']}' not found. Items are not persisted when `store` is set to false. "
                "Try again with `store` set to true, or remove this item from your input."
            )
            return Refusal(status=404, message=text, param="input")
    return None


def _row(rule: str, find: Find, says: str, source: str) -> Relation:
    reads = ("previous_response_id", "conversation")
    return Relation(rule=rule, field="input", reads=reads, find=find, says=says, source=source)


ROWS: tuple[Relation, ...] = (
    _row("unknown-item", _gone, "an item that is named by its id alone has to be stored", "openai-refusals B38"),
    _row("orphan-tool-output", _orphan, "an output answers a call before it", "openai-refusals B37"),
    _row("unanswered-tool-call", _unanswered, "every tool call has its output", "openai-refusals B36"),
    _row("lonely-reasoning", _alone, "reasoning goes with what it led to", "openai-refusals A24"),
)
"""Relations within the input of an answer."""
