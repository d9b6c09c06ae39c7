"""Examples for the rules in `retape.verify.rules.chat_again`."""

from __future__ import annotations

from verify.rules.answers import HELLO, MESSAGES, WEATHER, Example, call, calls, chat, completion, stream

EARLIER = [*MESSAGES, {"role": "assistant", "content": None, "tool_calls": [call()]}]
ANSWERED = [*EARLIER, {"role": "tool", "tool_call_id": "call_1", "content": "Sunny"}]
OTHER = {"messages": [{"role": "user", "content": "Which planet has rings?"}]}
NEXT = completion(id="chatcmpl-2")

EXAMPLES = (
    Example("chat-id-again", chat(**OTHER), chat(NEXT, **OTHER), before=(chat(),)),
    Example("chat-id-again", stream(**OTHER), stream(), before=(stream(*HELLO),)),
    Example(
        "chat-tool-id-again",
        chat(calls(call()), messages=ANSWERED, tools=[WEATHER]),
        chat(calls(call(id="call_2")), messages=ANSWERED, tools=[WEATHER]),
    ),
)
