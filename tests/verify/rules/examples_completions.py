"""Examples for the rules in `retape.verify.rules.completions`."""

from __future__ import annotations

import json
from typing import Any

import retape
from verify.rules.answers import GONE, USAGE, Example, changed, exchange

DONE = "[DONE]"
COUNT = {"stream_options": {"include_usage": True}}
LOGPROBS = {"tokens": ["Mars"], "token_logprobs": [-0.1], "top_logprobs": [{}], "text_offset": [0]}


def choice(text: Any = "Earth", finish: Any = "stop", index: Any = 0, **changes: Any) -> dict[str, Any]:
    """A choice."""
    return changed({"text": text, "index": index, "logprobs": None, "finish_reason": finish}, **changes)


def completion(*choices: Any, **changes: Any) -> dict[str, Any]:
    """A completion, or a chunk of one."""
    whole = {"id": "cmpl-1", "object": "text_completion", "created": 1763600000, "model": "m", "usage": USAGE}
    return changed({**whole, "choices": list(choices) or [choice()]}, **changes)


def plain(*choices: Any, asked: Any = None, **changes: Any) -> retape.Exchange:
    """A whole answer."""
    sent = {"model": "m", "prompt": "Which planet do humans live on?", **(asked or {})}
    return exchange("/completions", sent, json.dumps(completion(*choices, **changes)))


def chunk(text: Any = "", finish: Any = None, index: Any = 0, **changes: Any) -> dict[str, Any]:
    """A chunk with one choice."""
    return completion(choice(text, finish, index), **{"usage": GONE, **changes})


def stream(*chunks: Any, outcome: retape.Outcome = "complete", **asked: Any) -> retape.Exchange:
    """A stream; a right one when there are no chunks."""
    told = chunks or (chunk("Earth"), chunk(finish="stop"), DONE)
    body = "".join(f"data: {one if isinstance(one, str) else json.dumps(one)}\n\n" for one in told)
    sent = {"model": "m", "prompt": "Which planet?", "stream": True, **asked}
    return exchange("/completions", sent, body, kind="text/event-stream", outcome=outcome)


OPEN = (chunk("Earth"), chunk(finish="stop"))
COUNTED = chunk(choices=[], usage=USAGE)

EXAMPLES = (
    Example("completions-choices", plain(choices=["Earth"]), plain()),
    Example("completions-count", plain(choice(index=1)), plain(choice(index=0))),
    Example("completions-object", plain(object="chat.completion"), plain()),
    Example("completions-object", stream(chunk(object=GONE), *OPEN, DONE), stream()),
    Example("completions-head", plain(model=""), plain(model="any")),
    Example("completions-head", plain(created=1763600000123), plain()),
    Example("completions-choices", plain(choices=[]), plain()),
    Example("completions-choices", stream(chunk(choices=[]), *OPEN, DONE), stream(*OPEN, COUNTED, DONE, **COUNT)),
    Example("completions-choices", plain(choice(index=None)), plain()),
    Example("completions-count", plain(asked={"n": 2}), plain(choice(), choice(index=1), asked={"n": 2})),
    Example("completions-count", plain(asked={"prompt": ["a", "b"]}), plain(asked={"prompt": [1, 2]})),
    Example("completions-count", plain(choice(), choice()), plain(), also="completions-finish"),
    Example("completions-text", plain(choice(None)), plain(choice(""))),
    Example("completions-finish", plain(choice(finish="eos")), plain(choice(finish="content_filter"))),
    Example("completions-finish", plain(choice(finish=None)), plain(choice(finish="length"))),
    Example("completions-finish", stream(*OPEN, chunk(finish="stop"), DONE), stream()),
    Example("completions-finish", stream(chunk("Earth"), DONE), stream()),
    Example("completions-after-finish", stream(*OPEN, chunk("!"), DONE), stream(*OPEN, chunk(""), DONE)),
    Example("completions-stream-same", stream(chunk("Ear"), chunk("th", id="cmpl-2"), OPEN[1], DONE), stream()),
    Example("completions-stream-done", stream(*OPEN), stream(*OPEN, outcome="client-left")),
    Example("completions-stream-done", stream(*OPEN, DONE, DONE), stream()),
    Example("completions-usage", plain(usage=GONE), plain()),
    Example("completions-usage", plain(usage={"prompt_tokens": "9"}), plain()),
    Example("completions-usage", plain(usage={**USAGE, "total_tokens": 12}), plain()),
    Example("completions-usage", stream(*OPEN, DONE, **COUNT), stream(*OPEN, COUNTED, DONE, **COUNT)),
    Example(
        "completions-echo",
        plain(asked={"echo": True}),
        plain(choice("Which planet do humans live on? Earth"), asked={"echo": True}),
    ),
    Example("completions-stop", plain(choice("a, b"), asked={"stop": ","}), plain(choice("a"), asked={"stop": [","]})),
    Example(
        "completions-logprobs", plain(asked={"logprobs": 1}), plain(choice(logprobs=LOGPROBS), asked={"logprobs": 1})
    ),
    Example("completions-logprobs", plain(choice(logprobs=LOGPROBS)), plain()),
    Example(
        "completions-logprobs",
        plain(choice(logprobs={**LOGPROBS, "tokens": []}), asked={"logprobs": 1}),
        plain(choice(logprobs=LOGPROBS), asked={"logprobs": 1}),
    ),
)
