"""Examples for the rules in `retape.verify.rules.chat`."""

from __future__ import annotations

from verify.rules.answers import GONE, WEATHER, Example, call, calls, chat, choice, completion, message

BLANK = {"id": None, "choices": None, "created": 1763600000, "model": None, "object": None, "usage": None}
TOOLS = {"tools": [WEATHER]}

EXAMPLES = (
    Example("chat-object", chat(completion(object="text_completion")), chat()),
    Example("chat-object", chat([]), chat()),
    Example("chat-object", chat(BLANK), chat(), also="chat-id chat-model chat-choices chat-usage-missing"),
    Example("chat-id", chat(completion(id="")), chat(completion(id="any"))),
    Example("chat-model", chat(completion(model=None)), chat(completion(model="gpt-4o-mini-2024-07-18"))),
    Example("chat-created", chat(completion(created=1763600000.5)), chat()),
    Example("chat-created", chat(completion(created=1763600000123)), chat()),
    Example("chat-created", chat(completion(created=-1)), chat()),
    Example("chat-choices", chat(completion(choices=[])), chat()),
    Example("chat-choices", chat(completion(choices=GONE)), chat()),
    Example("chat-choices", chat(completion(choices=["Earth"])), chat()),
    Example("chat-choice-index", chat(completion(choice(index=1))), chat()),
    Example(
        "chat-choice-index", chat(completion(choice(), choice()), n=2), chat(completion(choice(index=1), choice()), n=2)
    ),
    Example("chat-message", chat(completion(choice(message="Earth"))), chat()),
    Example("chat-role", chat(completion(choice(message(role="bot")))), chat()),
    Example(
        "chat-content",
        chat(completion(choice(message([{"type": "text", "text": "Earth"}])))),
        chat(completion(choice(message(None, refusal="No.")))),
    ),
    Example(
        "chat-content-key",
        chat(completion(choice(message(GONE, tool_calls=[call()]), "tool_calls")), **TOOLS),
        chat(calls(call()), **TOOLS),
    ),
    Example("chat-says-something", chat(completion(choice(message(None)))), chat(completion(choice(message(""))))),
    Example(
        "chat-says-something",
        chat(completion(choice(message(None)))),
        chat(completion(choice(message(None), "length"))),
    ),
    Example(
        "chat-says-something",
        chat(completion(choice(message(None)))),
        chat(completion(choice(message(None))), stop="Earth"),
    ),
    Example("chat-refusal", chat(completion(choice(message(refusal=False)))), chat()),
    Example("chat-finish-reason", chat(completion(choice(finish="eos"))), chat(completion(choice(finish="length")))),
    Example(
        "chat-finish-reason", chat(completion(choice(finish=None))), chat(completion(choice(finish="content_filter")))
    ),
    Example("chat-no-delta", chat(completion(choice(delta={"content": "Earth"}))), chat()),
    Example("chat-fingerprint", chat(completion(system_fingerprint=7)), chat(completion(system_fingerprint=None))),
    Example("chat-service-tier", chat(completion(service_tier="on_demand")), chat(completion(service_tier="fast"))),
)
