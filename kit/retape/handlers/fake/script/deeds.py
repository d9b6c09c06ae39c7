"""What an act does with a request: say something, give a body, break, or leave it to the fake."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from retape.errors import UsageError
from retape.handlers import Handler
from retape.handlers.fake.answer import JSON, pretty
from retape.handlers.fake.ask import Ask
from retape.handlers.fake.reply import Reply, ToolCall
from retape.tape.steps import Chunk, Head, Headers, Step, Wait

if TYPE_CHECKING:
    from retape.handlers.fake.script.failing import Failing
    from retape.handlers.fake.sent import Sent

Inside = Callable[[], Iterator[Step]]
"""The answer that the fake would give by itself."""


class Deed(Protocol):
    """What an act does.

    Attributes:
        speaks: whether it is something that a model says, so that only endpoints with a model's words can carry it.
        tools: the tools that it calls.
    """

    @property
    def speaks(self) -> bool:
        """See above."""

    @property
    def tools(self) -> frozenset[str]:
        """See above."""

    def steps(self, inside: Inside, sent: Sent) -> Iterator[Step]:
        """The answer's steps."""


class _Silent:
    """What all have in common that say nothing."""

    speaks = False
    tools: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """A model's words.

    Args:
        told: text, a `Reply`, a JSON value, a pydantic model or dataclass, or a function of the request that gives one
            of these; None for tool calls alone.
        also: what further choices say (`n=3`).
        fields: fields of the `Reply` that replace its own.
        calls: tool calls, (name, arguments).
        waits: seconds before each delta of a stream, by its index.
    """

    told: Any = None
    also: tuple[Any, ...] = ()
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    calls: tuple[tuple[str, str], ...] = ()
    waits: Mapping[int, float] = dataclasses.field(default_factory=dict)

    speaks = True

    @property
    def tools(self) -> frozenset[str]:
        """The tools that it calls."""
        known = self.told.calls if isinstance(self.told, Reply) else ()
        return frozenset([*(name for name, _ in self.calls), *(call.name for call in known)])

    def replies(self, sent: Sent, ask: Ask) -> tuple[Reply, ...]:
        """What is said, a reply for each choice; the last one is for all that follow."""
        return tuple(self._reply(told, sent, ask) for told in (self.told, *self.also))

    def _reply(self, told: Any, sent: Sent, ask: Ask) -> Reply:
        value = told(sent) if callable(told) else told
        reply = Reply() if value is None and self.calls else reply_of(value)
        calls = reply.calls + tuple(_call(name, arguments, ask) for name, arguments in self.calls)
        return dataclasses.replace(reply, calls=calls, **self.fields)

    def steps(self, inside: Inside, sent: Sent) -> Iterator[Step]:
        """What the endpoint makes of the words, with the waits between its deltas."""
        steps = inside()
        return _paced(steps, self.waits, sent) if self.waits else steps


def _call(name: str, arguments: str, ask: Ask) -> ToolCall:
    """A call of the kind that the tool is; a tool that isn't offered is taken for a function: models make some up."""
    kind = next((tool.kind for tool in ask.tools if tool.name == name), "function")
    return ToolCall(name=name, arguments=arguments, kind=kind if kind in ("custom", "legacy") else "function")  # type: ignore[arg-type]


def reply_of(value: Any) -> Reply:
    """A reply from text, a `Reply`, or what JSON can say.

    Raises:
        UsageError: it can't.
    """
    if isinstance(value, Reply):
        return value
    return Reply(text=value if isinstance(value, str) else json_of(value))


def json_of(value: Any) -> str:
    """A JSON value, a pydantic model or a dataclass, as text.

    Raises:
        UsageError: it is none of these.
    """
    if value is None or isinstance(value, type):
        raise UsageError("there is nothing to say: use text, JSON, a pydantic model, a Reply or a function")
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"can't say {value!r}: {error}; use text, JSON, a pydantic model, a Reply or a function"
        ) from None


_DELTAS: Mapping[str, Callable[[bytes], bool]] = {
    "chat.completions.create": lambda data: b'"delta":{"content":' in data or b'"delta":{"refusal":' in data,
    "completions.create": lambda data: b'"text":' in data and b'"finish_reason":null' in data,
    "responses.create": lambda data: data.startswith(
        (b"event: response.output_text.delta", b"event: response.refusal.delta")
    ),
}
"""Endpoint -> whether a chunk carries one of the text's deltas."""


def _paced(steps: Iterator[Step], waits: Mapping[int, float], sent: Sent) -> Iterator[Step]:
    """Waits before the deltas of a stream; before the body of an answer that is none, all of them."""
    if not sent.stream:
        for step in steps:
            yield step
            if isinstance(step, Head):
                yield Wait(sum(waits.values()))
        return
    carries = _DELTAS[sent.endpoint]
    choices = (sent.body.get("n") or 1) if isinstance(sent.body, dict) else 1
    count = 0
    for step in steps:
        if isinstance(step, Chunk) and carries(step.data):
            if count % choices == 0 and count // choices in waits:
                yield Wait(waits[count // choices])
            count += 1
        yield step


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Gives(_Silent):
    """A body, whatever the endpoint.

    Args:
        body: a JSON value.
        status: the HTTP status.
        headers: header fields beside the content type.
    """

    body: Any
    status: int = 200
    headers: Headers = ()

    def steps(self, inside: Inside, sent: Sent) -> Iterator[Step]:
        """The body."""
        fields: Headers = (("content-type", JSON), ("x-request-id", sent.request_id))
        return iter((Head(self.status, fields + self.headers), Chunk(pretty(self.body).encode())))


@dataclasses.dataclass(frozen=True, slots=True)
class MadeUp(_Silent):
    """The fake's own answer."""

    def steps(self, inside: Inside, sent: Sent) -> Iterator[Step]:
        """What the fake says by itself."""
        return inside()


class Fails(_Silent):
    """A fault, around the fake's own answer or around another deed's.

    Args:
        wrap: puts the fault around a handler.
    """

    def __init__(self, wrap: Callable[[Handler], Failing]) -> None:
        self._inside: Inside = lambda: iter(())
        self._failing = wrap(lambda request: self._inside())

    def __repr__(self) -> str:
        return repr(self._failing)

    def reset(self) -> None:
        """Forget what the fault has counted."""
        self._failing.reset()

    @property
    def missing(self) -> str:
        """What the fault owes, for people: a cut after more events than came never struck."""
        return self._failing.missing

    def steps(self, inside: Inside, sent: Sent) -> Iterator[Step]:
        """The fault's answer.  Called under the fake's lock: a fault asks what is inside at once, or not at all."""
        self._inside = inside
        return self._failing(sent.request)


def arguments_text(arguments: Any) -> str:
    """A tool call's arguments as they are written: text as it is, broken on purpose maybe; else as JSON.

    Raises:
        UsageError: JSON can't say it.
    """
    if isinstance(arguments, str):
        return arguments
    if arguments is None:
        return "{}"
    try:
        return json.dumps(arguments, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"can't call with {arguments!r}: {error}") from None


def waits_of(deltas: Sequence[str | float], delay: float) -> tuple[tuple[str, ...], dict[int, float]]:
    """The deltas alone, and the seconds before each of them.

    Args:
        deltas: texts, and numbers for seconds to wait before the next text.
        delay: seconds between any two texts.
    """
    texts: list[str] = []
    waits: dict[int, float] = {}
    for item in deltas:
        if isinstance(item, str):
            if delay and texts:
                waits[len(texts)] = waits.get(len(texts), 0.0) + delay
            texts.append(item)
        else:
            waits[len(texts)] = waits.get(len(texts), 0.0) + item
    return tuple(texts), {index: seconds for index, seconds in waits.items() if index < len(texts)}
