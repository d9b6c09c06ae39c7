"""What the fake says when no script says it: deterministic, and plausible enough to go on with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from retape.handlers.fake.ask import Ask, Tool, Turn
from retape.handlers.fake.identity import Identity
from retape.handlers.fake.reply import Reply, ToolCall

_WORD = re.compile(r"[^\W_]{3,}")
_SAY = re.compile(
    r"\b(?:say|repeat|reply|respond|answer|output|print|return|write)\b(?:\s+(?:with|only|just|exactly|back|the|word|text|phrase|single|one))*"
    r"\s*:?\s*(?:[\"'\u201c\u2018`](?P<quoted>[^\"'\u201d\u2019`]{1,200})[\"'\u201d\u2019`]|(?P<bare>[A-Za-z]+)[.!]?\s*$)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"\u201c`]([^\"\u201d`]{1,80})[\"\u201d`]")
_PROPER = re.compile(r"[A-Z][\w'-]*(?:[ ](?:of |de |the )?[A-Z][\w'-]*)*(?:, [A-Z]{2}\b)?")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_SHORT = frozenset(
    {"about", "and", "are", "can", "for", "from", "how", "into", "over", "please", "that", "the", "this"}
    | {"under", "what", "which", "who", "with", "you", "your"}
)
_LONGEST_ECHO = 200

OPENINGS = (
    "Here is an answer to",
    "This is what I can say about",
    "A short answer to",
    "Let me answer",
)
"""How a made-up text begins; of several choices each has its own."""


def compose(ask: Ask, identity: Identity, *, index: int = 0) -> Reply:
    """A reply that fits what was asked.

    Args:
        ask: the request.
        identity: of the call.
        index: which of several choices.

    Raises:
        Impossible: nothing was found that validates under the schema of a format or of a strict function.
    """
    calls = _calls(ask, identity)
    if calls:
        return Reply(calls=calls)
    return Reply(text=_FORMATS[ask.format](ask, identity, index), tools_used=_built_in(ask))


def _calls(ask: Ask, identity: Identity) -> tuple[ToolCall, ...]:
    usable = [tool for tool in ask.tools if tool.kind in _MAKERS]
    if ask.choice == "none" or not usable:
        return ()
    named = [tool for tool in usable if tool.name == ask.choice]
    if named:
        return (_call(named[0], ask, identity, 0, _hints(ask.question)),)
    if ask.choice == "auto":
        if ask.turns and ask.turns[-1].role != "user":
            return ()
        wanted = [tool for tool in usable if _meant(tool, ask.question)]
    elif ask.choice == "required":
        wanted = [tool for tool in usable if _meant(tool, ask.question)] or usable[:1]
    else:
        return ()
    return _several(wanted, ask, identity)


def _several(wanted: Sequence[Tool], ask: Ask, identity: Identity) -> tuple[ToolCall, ...]:
    """A call of each tool that is meant; of a single one, a call for each place or thing that was named."""
    if not ask.parallel or (wanted and wanted[0].kind == "legacy"):
        wanted = wanted[:1]
    hints = _hints(ask.question)
    if (
        len(wanted) == 1
        and ask.parallel
        and wanted[0].kind == "function"
        and len(hints) > 1
        and _names_several(ask.question)
    ):
        return tuple(_call(wanted[0], ask, identity, i, [hint]) for i, hint in enumerate(hints))
    return tuple(_call(tool, ask, identity, i, hints) for i, tool in enumerate(wanted))


def _names_several(question: str) -> bool:
    return " and " in question or "," in question


def _meant(tool: Tool, question: str) -> bool:
    """Whether the question shares a word with the tool's name or description."""
    asked = _stems(question)
    return bool(asked & (_stems(tool.name.replace("_", " ")) | _stems(tool.description)))


def _stems(text: str) -> set[str]:
    """Words without their endings, so that "planets" means "planet"."""
    return {word[:5] for word in _WORD.findall(text.lower()) if word not in _SHORT}


def _hints(question: str) -> list[str]:
    """What in the question may be an argument: quoted text, names, numbers."""
    quoted = _QUOTED.findall(question)
    proper = [name for name in _PROPER.findall(question) if not question.startswith(name)]
    return [*quoted, *proper, *_NUMBER.findall(question)]


def _call(tool: Tool, ask: Ask, identity: Identity, index: int, hints: Sequence[str]) -> ToolCall:
    return _MAKERS[tool.kind](tool, ask, identity, index, hints)


def _function(tool: Tool, ask: Ask, identity: Identity, index: int, hints: Sequence[str]) -> ToolCall:
    make = _instance if tool.strict else _nearest
    arguments = make(tool.schema, identity, f"{tool.name}.{index}", hints) if tool.schema else {}
    text = json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
    return ToolCall(name=tool.name, arguments=text, kind="legacy" if tool.kind == "legacy" else "function")


def _custom(tool: Tool, ask: Ask, identity: Identity, index: int, hints: Sequence[str]) -> ToolCall:
    return ToolCall(name=tool.name, arguments=hints[0] if hints else ask.question or "input", kind="custom")


_MAKERS: dict[str, Callable[[Tool, Ask, Identity, int, Sequence[str]], ToolCall]] = {
    "function": _function,
    "legacy": _function,
    "custom": _custom,
}
"""Kinds of tools that the caller runs; the others run on the server."""


def _built_in(ask: Ask) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Built-in tools that were asked for by name, by "required", or whose words are in the question."""
    if ask.choice == "none" or (ask.choice == "auto" and ask.turns and ask.turns[-1].role != "user"):
        return ()
    used = [
        tool
        for tool in ask.tools
        if tool.kind not in _MAKERS and (_chosen(tool, ask.choice) or _meant(tool, ask.question))
    ]
    return tuple((tool.kind, {"query": ask.question, "settings": dict(tool.settings)}) for tool in used)


def _chosen(tool: Tool, choice: str) -> bool:
    """Whether a choice means a built-in tool; of those with dated spellings, each means them all."""
    if choice in (tool.kind, tool.name, "required"):
        return True
    return any(tool.kind.startswith(family) and choice.startswith(family) for family in ("web_search", "computer"))


def _instance(schema: Any, identity: Identity, place: str, hints: Sequence[str]) -> Any:
    from retape.handlers.fake.schema.instance import instance

    return instance(schema, seed=identity.digest.hex() + place, hints=hints)


def _nearest(schema: Any, identity: Identity, place: str, hints: Sequence[str]) -> Any:
    """An instance, or what comes near one: OpenAI takes whatever schema a function has that isn't strict."""
    from retape.handlers.fake.schema.nearest import nearest

    return nearest(schema, seed=identity.digest.hex() + place, hints=hints)


def _text(ask: Ask, identity: Identity, index: int) -> str:
    last = ask.turns[-1] if ask.turns else Turn(role="user")
    if last.role == "tool":
        return _of_result(ask)
    seen = _attachments(last)
    said = _SAY.search(last.text)
    if said and not index:
        return said["quoted"] or said["bare"]
    question = _clip(ask.question)
    opening = OPENINGS[index % len(OPENINGS)]
    if not question:
        return seen or "Hello! How can I help you today?"
    about = f"{opening} \u201c{question}\u201d: it depends on what you need, so tell me more and I will go into detail."
    return f"{seen} {about}" if seen else about


def _of_result(ask: Ask) -> str:
    """A sentence for each result since the assistant called."""
    results = []
    for turn in reversed(ask.turns):
        if turn.role != "tool":
            break
        results.append(f"{turn.tool or 'The tool'} returned {_clip(turn.text)}")
    return f"According to the results: {'; '.join(reversed(results))}."


_SEEN = (("images", "image"), ("files", "file"), ("sounds", "audio clip"))


def _attachments(turn: Turn) -> str:
    seen = []
    for attribute, name in _SEEN:
        number = getattr(turn, attribute)
        if number:
            seen.append(f"{number} {name}{'s' * (number > 1)}")
    return f"I received {' and '.join(seen)}." if seen else ""


def _clip(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_ECHO else text[: _LONGEST_ECHO - 1] + "\u2026"


def _json_object(ask: Ask, identity: Identity, index: int) -> str:
    return json.dumps({"answer": _text(ask, identity, index)}, ensure_ascii=False)


def _json_schema(ask: Ask, identity: Identity, index: int) -> str:
    if ask.schema is None:  # the API reference has it optional
        return _json_object(ask, identity, index)
    made = _instance(ask.schema, identity, f"format.{index}", _hints(ask.question))
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


_FORMATS: dict[str, Callable[[Ask, Identity, int], str]] = {
    "text": _text,
    "json_object": _json_object,
    "json_schema": _json_schema,
    "grammar": _text,
    "python": _text,
}
