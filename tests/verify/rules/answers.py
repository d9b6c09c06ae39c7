"""Small answers to check: exchanges in a line each, right unless told otherwise."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import retape
from retape.tape.steps import Abort, Chunk, Head, Step, Wait

BASE = "https://api.example.com/v1"
MESSAGES = [{"role": "user", "content": "Which planet do humans live on?"}]
USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
HEAD = {"id": "chatcmpl-1", "created": 1763600000, "model": "gpt-4o-mini"}
GONE = object()
"""Take this key away."""

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@dataclass(frozen=True)
class Example:
    """An answer that breaks a rule, and one like it that doesn't.

    Args:
        rule: the rule's id.
        wrong: breaks it.
        right: breaks none.
        also: other rules that `wrong` breaks, separated by spaces.
        before: exchanges that come first in the cassette.
    """

    rule: str
    wrong: retape.Exchange
    right: retape.Exchange
    also: str = ""
    before: tuple[retape.Exchange, ...] = ()

    def __str__(self) -> str:
        return self.rule


def exchange(
    path: str,
    asked: Any = None,
    body: bytes | str = b"",
    *,
    status: int = 200,
    kind: str = "application/json",
    headers: dict[str, str] | None = None,
    outcome: retape.Outcome = "complete",
    method: str = "POST",
) -> retape.Exchange:
    """An exchange of these bytes."""
    sent = b"" if asked is None else json.dumps(asked).encode()
    fields = tuple((headers or {}).items())
    steps: list[Step] = [Head(status, ((("content-type", kind),) if kind else ()) + fields)]
    steps.append(Chunk(body.encode() if isinstance(body, str) else body))
    if outcome != "complete":
        steps += [Wait(1.0), Abort(outcome)]
    return retape.Exchange(request=retape.Request(method, BASE + path, (), sent), steps=tuple(steps))


def changed(value: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy with other members; `GONE` takes one away."""
    return {name: one for name, one in (value | changes).items() if one is not GONE}


def request(**asked: Any) -> dict[str, Any]:
    """A request for a chat completion."""
    return changed({"model": "gpt-4o-mini", "messages": MESSAGES}, **asked)


# Whole answers


def message(content: Any = "Earth", **changes: Any) -> dict[str, Any]:
    """An assistant's message."""
    return changed({"role": "assistant", "content": content, "refusal": None}, **changes)


def choice(said: Any = None, finish: Any = "stop", index: Any = 0, **changes: Any) -> dict[str, Any]:
    """A choice of a whole answer."""
    said = message() if said is None else said
    return changed({"index": index, "message": said, "logprobs": None, "finish_reason": finish}, **changes)


def completion(*choices: Any, **changes: Any) -> dict[str, Any]:
    """A chat completion."""
    listed = list(choices) or [choice()]
    return changed({**HEAD, "object": "chat.completion", "choices": listed, "usage": USAGE}, **changes)


def chat(body: Any = None, *, raw: bytes | str | None = None, http: Any = None, **asked: Any) -> retape.Exchange:
    """A whole answer to a request for a chat completion.

    Args:
        body: the answer's JSON; None for one that is right.
        raw: the answer's bytes, instead.
        http: status, kind, headers, outcome of `exchange`.
        asked: the request's parameters.
    """
    text = json.dumps(completion() if body is None else body) if raw is None else raw
    return exchange("/chat/completions", request(**asked), text, **(http or {}))


def call(arguments: Any = '{"city": "Paris"}', name: Any = "get_weather", id: Any = "call_1", **changes: Any) -> Any:  # noqa: A002
    """A tool call of a whole answer."""
    return changed({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}, **changes)


def calls(*made: Any, finish: str = "tool_calls") -> dict[str, Any]:
    """A whole answer of tool calls."""
    return completion(choice(message(None, tool_calls=list(made)), finish=finish))


# Streams


def piece(delta: Any, finish: Any = None, index: Any = 0, **changes: Any) -> dict[str, Any]:
    """A choice of a chunk."""
    return changed({"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}, **changes)


def chunk(*pieces: Any, **changes: Any) -> dict[str, Any]:
    """A chunk."""
    return changed({**HEAD, "object": "chat.completion.chunk", "choices": list(pieces)}, **changes)


def first(index: int = 0) -> dict[str, Any]:
    """The first chunk of a choice."""
    return chunk(piece({"role": "assistant", "content": ""}, index=index))


def text(content: Any, index: int = 0, **changes: Any) -> dict[str, Any]:
    """A chunk with text."""
    return chunk(piece({"content": content}, index=index), **changes)


def last(finish: Any = "stop", index: int = 0) -> dict[str, Any]:
    """The last chunk of a choice."""
    return chunk(piece({}, finish, index=index))


def tool(arguments: Any = GONE, name: Any = GONE, index: Any = 0, **changes: Any) -> dict[str, Any]:
    """A tool call in a delta."""
    return changed({"index": index, "function": changed({}, name=name, arguments=arguments)}, **changes)


def opened(index: Any = 0, id: Any = "call_1", name: Any = "get_weather", arguments: Any = "", **changes: Any) -> Any:  # noqa: A002
    """The first delta of a tool call."""
    return tool(arguments, name, index, **{"id": id, "type": "function", **changes})


def tools(*deltas: Any) -> dict[str, Any]:
    """A chunk of tool calls' deltas."""
    return chunk(piece({"tool_calls": list(deltas)}))


def counted(**changes: Any) -> dict[str, Any]:
    """The usage's chunk."""
    return changed(chunk(usage=USAGE), **changes)


DONE = "[DONE]"
HELLO = (first(), text("Ear"), text("th"), last(), DONE)


def sse(*events: Any) -> str:
    """Events as api.openai.com frames them."""
    return "".join(f"data: {one if isinstance(one, str) else json.dumps(one)}\n\n" for one in events)


def stream(*events: Any, raw: bytes | str | None = None, http: Any = None, **asked: Any) -> retape.Exchange:
    """A stream that answers a request for a chat completion; arguments as `chat` has them."""
    body = sse(*(events or HELLO)) if raw is None else raw
    sent = request(**{"stream": True, **asked})
    return exchange("/chat/completions", sent, body, **{"kind": "text/event-stream; charset=utf-8", **(http or {})})


def tool_stream(*deltas: Any, finish: str = "tool_calls", **asked: Any) -> retape.Exchange:
    """A stream of tool calls, a chunk for each delta."""
    events = (first(), *(tools(delta) for delta in deltas), last(finish), DONE)
    return stream(*events, **{"tools": [WEATHER], **asked})


def error(body: Any, status: int = 400, **http: Any) -> retape.Exchange:
    """An error that answers a request for a chat completion that nothing is wrong with."""
    return chat(body, raw=body if isinstance(body, str) else None, http={"status": status, **http})


def told(**changes: Any) -> dict[str, Any]:
    """An error's body."""
    said = {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}
    return {"error": changed(said, **changes)}
