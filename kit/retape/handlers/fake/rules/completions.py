"""What the body of a legacy completion may hold."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.chat_relations import TOKEN_KEYS
from retape.handlers.fake.rules.relation import Body, Relation
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.rules.shapes import Decimal, Fields, Flag, Listing, MapOf, OneOf, Text, Whole

LAST_TOKEN = 100_257
"""The highest token id of the vocabulary of today's completion models (openai-refusals A22)."""

MAX_TOKENS = 16
"""How many tokens a completion gives when the request doesn't say (API reference)."""

COMPLETION = Fields(
    fields={
        "best_of": Whole(least=0, most=20, nullable=True),
        "echo": Flag(nullable=True),
        "frequency_penalty": Decimal(least=-2, most=2, nullable=True),
        "logit_bias": MapOf(item=Decimal(least=-100, most=100), nullable=True),
        "logprobs": Whole(least=0, most=5, nullable=True),
        "max_tokens": Whole(least=0, nullable=True),
        "model": Text(),
        "n": Whole(least=1, most=128, nullable=True),
        "presence_penalty": Decimal(least=-2, most=2, nullable=True),
        "prompt": OneOf(Text(), Listing(OneOf(Text(), Whole(), Listing(Whole()))), nullable=True),
        "seed": Whole(least=-(2**63), most=2**63 - 1, nullable=True),
        "stop": OneOf(Text(), Listing(Text(), most=4), nullable=True),
        "stream": Flag(nullable=True),
        "stream_options": Fields(fields={"include_obfuscation": Flag(), "include_usage": Flag()}, nullable=True),
        "suffix": Text(nullable=True),
        "temperature": Decimal(least=0, most=2, nullable=True),
        "top_p": Decimal(least=0, most=1, nullable=True),
        "user": Text(),
    },
    required=("model",),
)
"""The body of `completions.create`.  The client wants a prompt; without one the API starts a document (reference)."""


def prompts(prompt: Any) -> list[Any]:
    """The prompts of a request: each a text or a list of tokens; one empty text when there is none."""
    if prompt is None or prompt == []:
        return [""]
    if type(prompt) is str or type(prompt[0]) is int:
        return [prompt]
    return [each if type(each) in (str, list) else [each] for each in prompt]


_NOUNS = {str: "a string", int: "an integer", list: "an array"}


def _mixed(body: Body, _: Setting) -> Refusal | None:
    """All texts, all tokens, or all lists of tokens, as the first one is."""
    given = body["prompt"]
    for index, each in enumerate(given if type(given) is list else ()):
        if type(each) is not type(given[0]):
            place, wanted, got = f"prompt[{index}]", _NOUNS[type(given[0])], _NOUNS[type(each)]
            told = f"Invalid type for '{place}': expected {wanted}, but got {got} instead."
            return Refusal(message=told, param=place, code="invalid_type")
    return None


def _token_ids(body: Body, _: Setting) -> Refusal | None:
    for prompt in prompts(body["prompt"]):
        for token in prompt if type(prompt) is list else ():
            if type(token) is int and not 0 <= token <= LAST_TOKEN:
                bounds = f"Minimum value is 0, maximum value is {LAST_TOKEN} (inclusive)."
                return Refusal(message=f"Invalid token in prompt: {token}. {bounds}")
    return None


def _best_of(body: Body, _: Setting) -> Refusal | None:
    n, best = body.get("n") or 1, body["best_of"]
    if best is None or n <= best:
        return None
    told = (
        "You requested that the server return more choices than it will generate (HINT: you must set 'n' (currently "
        f"{n}) to be at most 'best_of' (currently {best}), or omit either parameter if you don't specifically want to "
        "use them.)"
    )
    return Refusal(message=told)


def _stream_options(body: Body, _: Setting) -> Refusal | None:
    if body["stream_options"] is None or body.get("stream"):
        return None
    told = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    return Refusal(message=told, param="stream_options")


def _window(body: Body, setting: Setting) -> Refusal | None:
    most, wanted = setting.limit, body.get("max_tokens")
    completion = MAX_TOKENS if wanted is None else wanted
    for prompt in prompts(body.get("prompt")):
        size = setting.count(prompt) if type(prompt) is str else len(prompt)
        if most and size + completion > most:
            told = (
                f"This model's maximum context length is {most} tokens, however you requested {size + completion} "
                f"tokens ({size} in your prompt; {completion} for the completion). Please reduce your prompt; or "
                "completion length."
            )
            return Refusal(message=told)
    return None


COMPLETION_RULES = (
    TOKEN_KEYS,
    Relation(
        rule="best-of",
        field="best_of",
        find=_best_of,
        says="no more choices are returned than made",
        source="quoted in threads since 2021",
        reads=("n",),
    ),
    Relation(
        rule="invalid-type",
        field="prompt",
        find=_mixed,
        says="a list of prompts has prompts of one kind",
        source="API reference; the sentence is that of other lists",
    ),
    Relation(
        rule="token-ids",
        field="prompt",
        find=_token_ids,
        says="token ids are of the model's vocabulary",
        source="openai-refusals A22",
    ),
    Relation(
        rule="stream-options-without-stream",
        field="stream_options",
        find=_stream_options,
        says="stream_options goes with stream only",
        source="openai-refusals B26",
        reads=("stream",),
    ),
    Relation(
        rule="context-length",
        field="",
        find=_window,
        says="prompt and completion fit into the window",
        source="quoted in many threads",
        reads=("prompt", "max_tokens"),
    ),
)
"""Beside the shape of `completions.create`."""
