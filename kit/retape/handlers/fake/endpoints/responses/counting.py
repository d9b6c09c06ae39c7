"""What an input costs, and what is left of it when it is compacted."""

from __future__ import annotations

from retape.handlers.fake.answer import Answer, json_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.responses.history import context, opened, sealed
from retape.handlers.fake.endpoints.responses.whole import usage

_SUMMARY = 32
"""Tokens that a compaction costs to write."""


def input_tokens(call: Call) -> Answer:
    """POST /responses/input_tokens: what `usage.input_tokens` will be."""
    return json_answer({"object": "response.input_tokens", "input_tokens": context(call).ask.tokens})


def compact(call: Call) -> Answer:
    """POST /responses/compact: one item that stands for all others.

    OpenAI keeps the user's messages beside it, which the client's types don't allow in an output.
    """
    around = context(call)
    seal = sealed(opened(around.items))
    return json_answer(
        {
            "id": call.mint("response"),
            "object": "response.compaction",
            "created_at": call.now,
            "output": [{"id": call.mint("compaction"), "type": "compaction", "encrypted_content": seal}],
            "usage": usage(around.ask.tokens, _SUMMARY),
        }
    )
