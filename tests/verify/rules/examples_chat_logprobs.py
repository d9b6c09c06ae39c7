"""Examples for the rules in `retape.verify.rules.chat_logprobs`."""

from __future__ import annotations

from typing import Any

import retape
from verify.rules.answers import DONE, Example, chat, choice, chunk, completion, first, last, message, piece, stream


def token(text: str, *top: Any, **changes: Any) -> dict[str, Any]:
    """A token's log probability."""
    entry = {"token": text, "logprob": -0.25, "bytes": list(text.encode())}
    return {**entry, "top_logprobs": [{**entry, "token": one, "bytes": list(one.encode())} for one in top], **changes}


def probable(*content: Any, text: str = "Earth", **asked: Any) -> retape.Exchange:
    """An answer with the log probabilities of its tokens."""
    logprobs = {"content": list(content), "refusal": None}
    return chat(completion(choice(message(text), logprobs=logprobs)), **{"logprobs": True, **asked})


RIGHT = probable(token("Ear"), token("th"))
TOP = probable(token("Ear", "Ear", "Mar"), token("th", "th"), top_logprobs=2)
LEGACY = {"tokens": ["Earth"], "token_logprobs": [-0.25], "top_logprobs": [{}], "text_offset": [0]}
STREAMED = piece({"content": "Earth"}, logprobs={"content": [token("Earth")], "refusal": None})

EXAMPLES = (
    Example("chat-logprobs-unasked", probable(token("Earth"), logprobs=None), chat(logprobs=False)),
    Example("chat-logprobs-asked", chat(logprobs=True), RIGHT),
    Example("chat-logprobs-asked", probable(), probable(text="")),
    Example(
        "chat-logprobs-asked", stream(logprobs=True), stream(first(), chunk(STREAMED), last(), DONE, logprobs=True)
    ),
    Example("chat-logprobs-shape", chat(completion(choice(logprobs=LEGACY)), logprobs=True), RIGHT),
    Example("chat-logprobs-shape", chat(completion(choice(logprobs=[-0.25])), logprobs=True), RIGHT),
    Example("chat-logprobs-token", probable(token("Earth", logprob=0.5)), probable(token("Earth", logprob=0))),
    Example("chat-logprobs-token", probable(token("Earth", top_logprobs=None)), RIGHT),
    Example("chat-logprobs-token", probable(token("Earth", token=None)), RIGHT),
    Example("chat-logprobs-token", probable("Earth"), RIGHT),
    Example("chat-logprobs-token", probable(token("Earth", bytes="RWFydGg=")), probable(token("Earth", bytes=None))),
    Example("chat-logprobs-text", probable(token("Ear")), probable(token("\ufffd", bytes=list(b"Earth")))),
    Example(
        "chat-logprobs-same-top",
        probable(token("Ear", "Ear"), token("th", "Ear"), top_logprobs=1),
        probable(token("Ear", "Ear"), token("th", "th"), top_logprobs=1),
    ),
    Example("chat-logprobs-more", probable(token("Earth", "Earth", "Mars"), top_logprobs=1), TOP),
    Example("chat-logprobs-fewer", probable(token("Earth", "Earth"), top_logprobs=2), TOP),
)
