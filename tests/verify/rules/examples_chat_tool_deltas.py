"""Examples for the rules in `retape.verify.rules.chat_tool_deltas`."""

from __future__ import annotations

from verify.rules.answers import DONE, GONE, WEATHER, Example, first, last, opened, stream, tool, tool_stream, tools

PARIS, ROME = '{"city": "Paris"}', '{"city": "Rome"}'
RIGHT = tool_stream(opened(), tool('{"city": '), tool('"Paris"}'))
BOTH = tool_stream(opened(), tool(PARIS), opened(1, "call_2"), tool(ROME, index=1))
BOTH_AT_ONCE = stream(
    first(),
    tools(opened(arguments=PARIS), opened(1, "call_2", arguments=ROME)),
    last("tool_calls"),
    DONE,
    tools=[WEATHER],
)

EXAMPLES = (
    Example("chat-tool-delta-index", tool_stream(opened(GONE, arguments=PARIS)), tool_stream(opened(arguments=PARIS))),
    Example("chat-tool-delta-index", tool_stream(opened("0", arguments=PARIS)), RIGHT),
    Example("chat-tool-delta-order", tool_stream(opened(1, arguments=PARIS)), BOTH),
    Example(
        "chat-tool-delta-first",
        tool_stream(opened(), tool('{"city": '), tool('"Paris"}', index=1)),
        RIGHT,
        also="chat-tool-arguments-json chat-tool-id chat-tool-type chat-tool-name",
    ),
    Example("chat-tool-delta-type", tool_stream(opened(type=GONE, arguments=PARIS)), RIGHT, also="chat-tool-type"),
    Example(
        "chat-tool-delta-same-id",
        tool_stream(opened(arguments=PARIS), opened(id="call_2", arguments=ROME)),
        BOTH_AT_ONCE,
        also="chat-tool-arguments-json chat-tool-delta-repeated",
    ),
    Example("chat-tool-delta-blank", tool_stream(opened(), tool(PARIS, id="")), RIGHT),
    Example("chat-tool-delta-blank", tool_stream(opened(), tool(PARIS, name="")), RIGHT),
    Example("chat-tool-delta-null", tool_stream(opened(), tool(PARIS, name=None)), RIGHT),
    Example("chat-tool-delta-null", tool_stream(opened(), tool(PARIS, id=None)), RIGHT),
    Example("chat-tool-delta-repeated", tool_stream(opened(), tool(PARIS, type="function")), RIGHT),
    Example("chat-tool-delta-repeated", tool_stream(opened(), tool(PARIS, id="call_1")), RIGHT),
    Example("chat-tool-delta-name-repeated", tool_stream(opened(), tool(PARIS, name="get_weather")), RIGHT),
    Example("chat-tool-delta-name-split", tool_stream(opened(name="get_"), tool(PARIS, name="weather")), RIGHT),
    Example("chat-tool-delta-arguments", tool_stream(opened(arguments=None), tool(PARIS)), RIGHT),
    Example(
        "chat-tool-delta-arguments",
        tool_stream(opened(arguments={"city": "Paris"})),
        tool_stream(opened(arguments=GONE), tool(PARIS)),
        also="chat-tool-arguments",
    ),
    Example(
        "chat-tool-delta-twice",
        stream(first(), tools(opened(), tool(PARIS)), last("tool_calls"), DONE, tools=[WEATHER]),
        BOTH_AT_ONCE,
    ),
    Example(
        "chat-tool-delta-interleaved",
        tool_stream(opened(), opened(1, "call_2"), tool(PARIS), tool(ROME, index=1)),
        BOTH,
    ),
)
