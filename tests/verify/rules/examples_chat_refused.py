"""Examples for the rules in `retape.verify.rules.chat_refused`: for each fault a request that has it, and one near."""

from __future__ import annotations

from typing import Any

from verify.rules.answers import GONE, MESSAGES, WEATHER, Example, chat, choice, completion, message, told

NAMELESS = {"type": "function", "function": {}}
BUILT_IN = {"type": "web_search"}

FAULTS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"messages": GONE}, {}),
    ({"messages": []}, {}),
    ({"messages": "Hello"}, {}),
    ({"messages": [{"role": "king", "content": "Hello"}]}, {"messages": [{"role": "developer", "content": "Hello"}]}),
    ({"temperature": 2.1}, {"temperature": 2}),
    ({"temperature": "hot"}, {"temperature": None}),
    ({"top_p": 1.5}, {"top_p": 0}),
    ({"presence_penalty": -3}, {"presence_penalty": -2}),
    ({"frequency_penalty": 3}, {"frequency_penalty": 2.0}),
    ({"n": 0}, {"n": 1}),
    ({"n": 1.5}, {"n": None}),
    ({"top_logprobs": 21}, {"top_logprobs": None}),
    ({"top_logprobs": 2}, {"logprobs": False}),
    ({"tools": {}}, {"tools": [WEATHER]}),
    ({"tools": [{"type": "invalid"}]}, {"tools": [BUILT_IN]}),
    ({"tools": [NAMELESS]}, {"tools": [WEATHER]}),
    ({"tools": [WEATHER], "tool_choice": "maybe"}, {"tools": [WEATHER], "tool_choice": "any"}),
    ({"tool_choice": "auto"}, {"tools": [WEATHER], "tool_choice": "auto"}),
    ({"response_format": {"type": "xml"}}, {"response_format": {"type": "text"}}),
    ({"response_format": {"type": "json_schema"}}, {"response_format": {"type": "text"}}),
    ({"stream_options": {"include_usage": True}}, {"stream_options": None}),
)

JSON = completion(choice(message("{}")))
BAD = {"http": {"status": 400}}
FOR_MESSAGES = told(message="Missing required parameter: 'messages'.", param="messages")

EXAMPLES = (
    *(Example("chat-refused-answered", chat(JSON, **wrong), chat(JSON, **right)) for wrong, right in FAULTS),
    Example(
        "chat-refused-status",
        chat(told(param="messages"), http={"status": 500}, messages=GONE),
        chat(FOR_MESSAGES, messages=GONE, **BAD),
    ),
    Example(
        "chat-refused-status",
        chat(told(code="model_not_found"), http={"status": 404}, messages=GONE),
        chat(told(message="The model `nope` does not exist"), http={"status": 404}, messages=GONE, model="nope"),
    ),
    Example(
        "chat-refused-422",
        chat(FOR_MESSAGES, http={"status": 422}, messages=GONE),
        chat(FOR_MESSAGES, messages=GONE, **BAD),
    ),
    Example("chat-refused-param", chat(told(), messages=[], **BAD), chat(told(param="model"), messages=[], **BAD)),
    Example("chat-refused-param", chat(told(), n=0, **BAD), chat(FOR_MESSAGES, messages=MESSAGES, **BAD)),
)
