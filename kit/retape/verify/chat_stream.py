"""A chat stream as its rules see it: one pass over the events that sorts them and takes their choices apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from retape.verify.evidence import Evidence, Frame
from retape.verify.words import at, elements, members

CHUNK = "chat.completion.chunk"


class Piece(NamedTuple):
    """What one chunk says of one choice.

    Args:
        frame: the event.
        place: its place in the chunk's `choices`.
        choice: the entry there.
        delta: its delta, empty when it is none.
    """

    frame: Frame
    place: int
    choice: dict[str, Any]
    delta: dict[str, Any]

    def at(self, *path: str | int) -> str:
        """A place in it."""
        return at(self.frame.at("choices"), self.place, *path)

    @property
    def says(self) -> bool:
        """Whether its delta has anything of the answer: text, a refusal, a call."""
        delta = self.delta
        return any(delta.get(name) for name in ("content", "refusal", "tool_calls", "function_call"))


class ToolDelta(NamedTuple):
    """What one chunk says of one tool call.

    Args:
        piece: where it stands.
        place: its place in the delta's `tool_calls`.
        delta: the entry there.
    """

    piece: Piece
    place: int
    delta: dict[str, Any]

    @property
    def function(self) -> dict[str, Any]:
        """Its `function`, empty when it is none."""
        return members(self.delta.get("function"))

    def at(self, *path: str | int) -> str:
        """A place in it."""
        return self.piece.at("delta", "tool_calls", self.place, *path)


@dataclass(slots=True)
class Thread:
    """The pieces of one choice, in order.

    Args:
        index: its index.
        pieces: them.
        keys: the keys of all their deltas.
        texts: those with content that is a string and isn't empty.
        tools: the tool calls' deltas by their `index`.
        loose: those without an integer there.
        finishes: those with a finish reason that isn't null.
    """

    index: int
    pieces: list[Piece] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    texts: list[Piece] = field(default_factory=list)
    tools: dict[int, list[ToolDelta]] = field(default_factory=dict)
    loose: list[ToolDelta] = field(default_factory=list)
    finishes: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Streamed:
    """A chat stream, sorted.

    Args:
        chunks: the events that mean to be chunks.
        pieces: what they say of choices, in order.
        threads: the same by the choice's index; a choice without an integer there is left out.
        tools: the tool calls' deltas, in order.
        usages: the chunks with a usage that isn't null.
        filters: Azure's events for the prompt's content filter: they have no choice, and nothing of a chunk.
        failures: the events that tell of an error.
        strangers: objects that are neither.
        done: the events that say `[DONE]`.
        complete: whether the answer came to its end: nobody left, nothing broke, no failure was told.
    """

    chunks: list[Frame] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    threads: dict[int, Thread] = field(default_factory=dict)
    tools: list[ToolDelta] = field(default_factory=list)
    usages: list[Frame] = field(default_factory=list)
    filters: list[Frame] = field(default_factory=list)
    failures: list[Frame] = field(default_factory=list)
    strangers: list[Frame] = field(default_factory=list)
    done: list[Frame] = field(default_factory=list)
    complete: bool = True


def streamed(evidence: Evidence) -> Streamed:
    """The stream of an exchange, sorted once for all the rules."""
    return evidence.reading(_sorted)


def _sorted(evidence: Evidence) -> Streamed:
    stream = Streamed()
    for frame in evidence.frames:
        data = frame.data
        if type(data) is not dict:
            if frame.is_done:
                stream.done.append(frame)
            continue
        choices = data.get("choices")
        if data.get("error"):
            stream.failures.append(frame)
        elif choices:
            _chunk(stream, frame, data, elements(choices))
        elif type(choices) is list and "prompt_filter_results" in data:
            stream.filters.append(frame)
        elif type(choices) is list or data.get("object") == CHUNK:
            _chunk(stream, frame, data, [])
        else:
            stream.strangers.append(frame)
    stream.complete = evidence.outcome == "complete" and not stream.failures
    return stream


def _chunk(stream: Streamed, frame: Frame, data: dict[str, Any], choices: list[Any]) -> None:
    """Put a chunk, and what it says of each choice, where the rules look for it."""
    stream.chunks.append(frame)
    if data.get("usage") is not None:
        stream.usages.append(frame)
    for place, choice in enumerate(choices):
        if type(choice) is not dict:
            continue
        delta = choice.get("delta")
        if type(delta) is not dict:
            delta = {}
        piece = Piece(frame, place, choice, delta)
        thread = _thread(stream, choice.get("index"))
        stream.pieces.append(piece)
        thread.pieces.append(piece)
        thread.keys.update(delta)
        text = delta.get("content")
        if text and type(text) is str:
            thread.texts.append(piece)
        if choice.get("finish_reason"):
            thread.finishes.append(piece)
        if delta.get("tool_calls"):
            _tools(stream, thread, piece)


def _thread(stream: Streamed, index: Any) -> Thread:
    """The choice of an index; one that no rule looks at for what is no index."""
    thread = stream.threads.get(index) if type(index) is int else Thread(-1)
    if thread is None:
        thread = stream.threads[index] = Thread(index)
    return thread


def _tools(stream: Streamed, thread: Thread, piece: Piece) -> None:
    for place, entry in enumerate(elements(piece.delta["tool_calls"])):
        if type(entry) is dict:
            tool = ToolDelta(piece, place, entry)
            stream.tools.append(tool)
            index = entry.get("index")
            (thread.tools.setdefault(index, []) if type(index) is int else thread.loose).append(tool)
