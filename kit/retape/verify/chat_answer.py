"""What a chat answer says, whether it came whole or in chunks: its choices, for the rules that don't care which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from retape.verify.chat_stream import Thread, ToolDelta, streamed
from retape.verify.evidence import Evidence
from retape.verify.words import MISSING, at, elements, is_text, members

FINISH_REASONS = ("stop", "length", "tool_calls", "content_filter", "function_call")
"""What `finish_reason` can be."""

THOUGHTS = ("reasoning_content", "reasoning", "reasoning_details")
"""Where servers put the reasoning that they show."""


@dataclass(slots=True)
class ToolCall:
    """A tool call.

    Args:
        where: its place.
        id: as it came, `MISSING` when it didn't; the same with the others.
        type: "function" or "custom".
        name: the function's.
        arguments: the function's arguments; in a stream, joined.
        custom: whether it is a call of a custom tool, which has no arguments.
    """

    where: str
    id: Any
    type: Any
    name: Any
    arguments: Any
    custom: bool = False


@dataclass(slots=True)
class Token:
    """A token's log probability: its place, and what stands there."""

    where: str
    entry: Any


@dataclass(slots=True)
class Choice:
    """A choice, as far as it came.

    Args:
        where: its place.
        index: its index.
        content: the text; None when there was none.
        refusal: the refusal; None when there was none.
        calls: the tool calls.
        legacy: the function call of before tools; None when there was none.
        finish: the finish reason; None when none came.
        logprobs: places and values of each `logprobs` that isn't null.
        sounds: whether it has audio.
        thought: whether it has reasoning beside its content, as some servers send it.
        stoppable: whether the request has stop sequences, any of which may have ended it.
    """

    where: str
    index: Any
    content: str | None
    refusal: str | None
    calls: list[ToolCall]
    legacy: ToolCall | None
    finish: Any
    logprobs: list[tuple[str, Any]]
    sounds: bool = False
    thought: bool = False
    stoppable: bool = False

    @property
    def cut(self) -> bool:
        """Whether it ended before its end, so that nothing has to be whole."""
        return self.finish in (None, "length", "content_filter")

    @property
    def partial(self) -> bool:
        """Whether it may have ended amid something: cut, or at a stop sequence, which is "stop" too."""
        return self.cut or (self.stoppable and self.finish == "stop")

    @property
    def tokens(self) -> Iterator[Token]:
        """Its tokens' log probabilities."""
        for where, value in self.logprobs:
            for n, entry in enumerate(elements(members(value).get("content"))):
                yield Token(at(where, "content", n), entry)


@dataclass(slots=True)
class Answer:
    """A chat answer.

    Args:
        choices: its choices, in the order of their indexes.
        usages: places and values of each usage that isn't null.
        complete: whether it came to its end.
    """

    choices: list[Choice]
    usages: list[tuple[str, Any]]
    complete: bool = True


def answered(evidence: Evidence) -> Answer:
    """What an exchange's answer says, put together once for all the rules."""
    return evidence.reading(_answered)


def _answered(evidence: Evidence) -> Answer:
    answer = _read(evidence)
    for choice in answer.choices:
        choice.stoppable = bool(evidence.asked.get("stop"))
    return answer


def _read(evidence: Evidence) -> Answer:
    if evidence.form == "stream":
        stream = streamed(evidence)
        usages = [(frame.at("usage"), frame.data["usage"]) for frame in stream.usages]
        return Answer([_joined(stream.threads[n]) for n in sorted(stream.threads)], usages, stream.complete)
    body = members(evidence.json)
    usage = body.get("usage")
    choices = [_whole(n, entry) for n, entry in enumerate(elements(body.get("choices"))) if isinstance(entry, dict)]
    return Answer(choices, [("usage", usage)] if usage is not None else [])


def _whole(place: int, entry: dict[str, Any]) -> Choice:
    where = at("choices", place)
    message = members(entry.get("message"))
    legacy = message.get("function_call")
    logprobs = entry.get("logprobs")
    calls = enumerate(elements(message.get("tool_calls")))
    return Choice(
        where=where,
        index=entry.get("index"),
        content=_string(message.get("content")),
        refusal=_string(message.get("refusal")),
        calls=[_call(at(where, "message.tool_calls", n), one) for n, one in calls if isinstance(one, dict)],
        legacy=_function(at(where, "message.function_call"), legacy) if isinstance(legacy, dict) else None,
        finish=entry.get("finish_reason"),
        logprobs=[] if logprobs is None else [(at(where, "logprobs"), logprobs)],
        sounds=bool(message.get("audio")),
        thought=_thought(message),
    )


def _call(where: str, entry: dict[str, Any]) -> ToolCall:
    if isinstance(entry.get("custom"), dict):
        kind, name = entry.get("type", MISSING), entry["custom"].get("name", MISSING)
        return ToolCall(where, entry.get("id", MISSING), kind, name, MISSING, custom=True)
    call = _function(where, members(entry.get("function")))
    call.id, call.type = entry.get("id", MISSING), entry.get("type", MISSING)
    return call


def _function(where: str, function: dict[str, Any]) -> ToolCall:
    return ToolCall(where, MISSING, "function", function.get("name", MISSING), function.get("arguments", MISSING))


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _thought(message: dict[str, Any]) -> bool:
    return any(message.get(name) for name in THOUGHTS)


def _joined(thread: Thread) -> Choice:
    legacy = [piece for piece in thread.pieces if isinstance(piece.delta.get("function_call"), dict)]
    return Choice(
        where=at("choices", thread.index),
        index=thread.index,
        content=_content(thread),
        refusal=_text(delta["refusal"] for delta in _deltas(thread, "refusal")),
        calls=[_together(deltas) for deltas in (*thread.tools.values(), *([tool] for tool in thread.loose))],
        legacy=_fragments([piece.delta["function_call"] for piece in legacy], legacy[0].at("delta.function_call"))
        if legacy
        else None,
        finish=thread.finishes[0].choice["finish_reason"] if thread.finishes else None,
        logprobs=[
            (piece.at("logprobs"), piece.choice["logprobs"])
            for piece in thread.pieces
            if piece.choice.get("logprobs") is not None
        ],
        sounds=any(delta["audio"] for delta in _deltas(thread, "audio")),
        thought=any(_thought(delta) for name in THOUGHTS for delta in _deltas(thread, name)),
    )


def _deltas(thread: Thread, name: str) -> Iterator[dict[str, Any]]:
    """The deltas that have a key: none are looked through when none has it."""
    return (piece.delta for piece in thread.pieces if name in piece.delta) if name in thread.keys else iter(())


def _content(thread: Thread) -> str | None:
    if thread.texts:
        return "".join([piece.delta["content"] for piece in thread.texts])
    return _text(delta["content"] for delta in _deltas(thread, "content"))


def _text(values: Iterable[Any]) -> str | None:
    texts = [value for value in values if isinstance(value, str)]
    return "".join(texts) if texts else None


def _together(tools: list[ToolDelta]) -> ToolCall:
    first = tools[0]
    if any(isinstance(tool.delta.get("custom"), dict) for tool in tools):
        name = members(first.delta.get("custom")).get("name", MISSING)
        return ToolCall(first.at(), _first(tools, "id"), _first(tools, "type"), name, MISSING, custom=True)
    call = _fragments([tool.function for tool in tools], first.at())
    call.id, call.type = _first(tools, "id"), _first(tools, "type")
    return call


def _first(tools: list[ToolDelta], name: str) -> Any:
    return next((tool.delta[name] for tool in tools if tool.delta.get(name)), tools[0].delta.get(name, MISSING))


def _fragments(functions: list[dict[str, Any]], where: str) -> ToolCall:
    """A name once, or in pieces; arguments in fragments, or nothing that could be joined."""
    names = [function["name"] for function in functions if is_text(function.get("name"))]
    given = [function["arguments"] for function in functions if function.get("arguments") is not None]
    whole = names[0] if len(set(names)) == 1 else "".join(names)
    texts = [one for one in given if isinstance(one, str)]
    arguments: Any = "".join(texts) if len(texts) == len(given) and given else given[0] if given else MISSING
    return ToolCall(where, MISSING, "function", whole if names else MISSING, arguments)
