"""Examples for the rules in `retape.verify.rules.chat_again`."""

from __future__ import annotations

from verify.rules.answers import (
    DONE,
    HELLO,
    MESSAGES,
    WEATHER,
    Example,
    call,
    calls,
    chat,
    choice,
    completion,
    counted,
    message,
    stream,
)

EARLIER = [*MESSAGES, {"role": "assistant", "content": None, "tool_calls": [call()]}]
ANSWERED = [*EARLIER, {"role": "tool", "tool_call_id": "call_1", "content": "Sunny"}]
OTHER = {"messages": [{"role": "user", "content": "Which planet has rings?"}]}
COUNTED = {"stream_options": {"include_usage": True}}
LONGER = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
OPEN = HELLO[:-1]
BEFORE = completion(id="chatcmpl-0")
MARS = completion(choice(message("Mars")))
NEXT = completion(id="chatcmpl-2")

EXAMPLES = (
    Example("chat-id-again", chat(**OTHER), chat(NEXT, **OTHER), before=(chat(),)),
    Example("chat-id-again", stream(**OTHER), stream(), before=(stream(*HELLO),)),
    Example(
        "chat-prompt-tokens-again",
        stream(*OPEN, counted(usage=LONGER), DONE, **COUNTED),
        stream(*OPEN, counted(), DONE, **COUNTED),
        before=(chat(BEFORE),),
    ),
    Example("chat-text-again", chat(MARS, temperature=0), chat(temperature=0), before=(chat(BEFORE, temperature=0),)),
    Example(
        "chat-tool-id-again",
        chat(calls(call()), messages=ANSWERED, tools=[WEATHER]),
        chat(calls(call(id="call_2")), messages=ANSWERED, tools=[WEATHER]),
    ),
)
