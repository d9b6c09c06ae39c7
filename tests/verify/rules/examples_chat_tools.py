"""Examples for the rules in `retape.verify.rules.chat_tools`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import (
    DONE,
    GONE,
    WEATHER,
    Example,
    call,
    calls,
    chat,
    choice,
    chunk,
    completion,
    first,
    last,
    message,
    opened,
    piece,
    stream,
    tool,
    tool_stream,
)

PARIS, ROME = '{"city": "Paris"}', '{"city": "Rome"}'
STRICT = {**WEATHER, "function": {**WEATHER["function"], "strict": True}}
NAMED = {"type": "function", "function": {"name": "get_weather"}}
LEGACY = {"functions": [WEATHER["function"]]}


def called(*made: Any, finish: str = "tool_calls", **asked: Any) -> retape.Exchange:
    """A whole answer of tool calls."""
    return chat(calls(*made, finish=finish), **{"tools": [WEATHER], **asked})


def function_call(value: Any, finish: str = "function_call") -> retape.Exchange:
    """A whole answer of a function call of before tools."""
    return chat(completion(choice(message(None, function_call=value), finish)), **LEGACY)


RIGHT = called(call())
JOINED = tool_stream(opened(), tool('{"city": '), tool('"Paris"}'))
CUSTOM = {"type": "custom", "custom": {"name": "sql"}}
QUERY = {"id": "call_1", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}

EXAMPLES = (
    Example(
        "chat-tool-calls",
        chat(completion(choice(message(tool_calls=call()))), tools=[WEATHER]),
        chat(completion(choice(message(tool_calls=None))), tools=[WEATHER]),
    ),
    Example(
        "chat-tool-calls",
        stream(first(), chunk(piece({"content": "Earth", "tool_calls": {"index": 0}})), last(), DONE),
        stream(first(), chunk(piece({"content": "Earth", "tool_calls": None})), last(), DONE),
    ),
    Example("chat-tool-calls-empty", chat(completion(choice(message(tool_calls=[])))), chat()),
    Example("chat-tool-id", called(call(id="")), RIGHT),
    Example("chat-tool-id", called(call(), call()), called(call(), call(ROME, id="call_2"))),
    Example("chat-tool-type", called(call(type=GONE)), RIGHT),
    Example(
        "chat-tool-type", chat(calls({**QUERY, "type": "function"}), tools=[CUSTOM]), chat(calls(QUERY), tools=[CUSTOM])
    ),
    Example("chat-tool-name", called(call(name="get_time")), RIGHT),
    Example("chat-tool-name", called(call(), tools=GONE), RIGHT),
    Example("chat-tool-arguments", called(call({"city": "Paris"})), RIGHT),
    Example("chat-tool-arguments-json", called(call('{"city": "Par')), called(call('{"city": "Par'), finish="length")),
    Example("chat-tool-arguments-json", called(call('"{\\"city\\": \\"Paris\\"}"')), RIGHT),
    Example("chat-tool-arguments-json", called(call("")), RIGHT),
    Example(
        "chat-tool-arguments-json",
        called(call('{"city": "Par'), finish="stop", tool_choice=NAMED),
        called(call('{"city": "Par'), finish="stop", tool_choice=NAMED, stop="is"),
    ),
    Example("chat-tool-arguments-json", tool_stream(opened(), tool(PARIS), tool(PARIS)), JOINED),
    Example("chat-tool-arguments-json", tool_stream(opened(), tool(PARIS), tool(ROME)), JOINED),
    Example("chat-tool-arguments-twice", called(call('{"city": "Paris", "city": "Rome"}')), RIGHT),
    Example("chat-tool-schema", called(call('{"city": 7}')), called(call('{"city": "Paris", "more": 1}'))),
    Example("chat-tool-schema-strict", called(call("{}"), tools=[STRICT]), called(call(), tools=[STRICT])),
    Example("chat-tool-finish", called(call(), finish="stop"), RIGHT),
    Example("chat-tool-finish", tool_stream(opened(arguments=PARIS), finish="stop"), JOINED),
    Example(
        "chat-tool-finish-required",
        called(call(), finish="stop", tool_choice="required"),
        called(call(), tool_choice="required"),
    ),
    Example(
        "chat-tool-finish-named",
        called(call(), tool_choice=NAMED),
        called(call(), finish="stop", tool_choice=NAMED),
    ),
    Example("chat-tool-finish-alone", chat(completion(choice(finish="tool_calls"))), RIGHT),
    Example(
        "chat-function-call",
        function_call({"name": "get_time", "arguments": "{}"}),
        function_call({"name": "get_weather", "arguments": PARIS}),
    ),
)
