"""Examples for the rules in `retape.verify.rules.chat_text`."""

from __future__ import annotations

import retape
from verify.rules.answers import DONE, Example, chat, choice, completion, first, last, message, stream, text


def said(content: str) -> retape.Exchange:
    """A whole answer with this text."""
    return chat(completion(choice(message(content))))


HALVES = stream(first(), text("cat \ud83d"), text("\ude38!"), last(), DONE)

EXAMPLES = (
    Example("chat-thought-in-content", said("<think>Hm.</think>Earth"), said("Earth <think>")),
    Example("chat-text-surrogate", said("cat \ud83d"), said("cat \U0001f638")),
    Example("chat-text-surrogate", HALVES, stream(first(), text("cat \U0001f638"), text("!"), last(), DONE)),
    Example("chat-text-replacement", said("Z\ufffdrich"), said("Zürich")),
)
