"""What the body of an embedding request may hold.

The endpoint still speaks the JSON Schema of 2023: its sentences name neither param nor code (openai-refusals A36, B57).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.relation import Body, Relation
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.rules.shapes import Choice, Fault, Fields, Fit, Path, Shape, Text, Whole

MOST_INPUTS = 2048
"""Inputs of one request, and tokens of one that comes as tokens (API reference)."""

MOST_TOKENS = 300_000
"""Tokens of all inputs together (API reference)."""


def _is_tokens(value: Any) -> bool:
    return type(value) is list and len(value) > 0 and all(type(item) is int and item >= 0 for item in value)


def _is_input(value: Any) -> bool:
    if type(value) is str:
        return bool(value)
    if type(value) is not list or not 0 < len(value) <= MOST_INPUTS:
        return False
    if all(type(item) is str for item in value):
        return all(value)
    return _is_tokens(value) or all(_is_tokens(item) for item in value)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Input(Shape):
    """Texts or tokens.  Whatever is wrong inside, the whole is blamed (openai-refusals B57)."""

    kinds = frozenset({"string", "array"})
    noun = "string"

    def _fit(self) -> Fit:
        return _is_input

    def _faults(self, value: Any, path: Path) -> Iterator[Fault]:
        if not _is_input(value):
            yield Fault(family="invalid_type", path=path, value=value, expected=self.expected)


EMBEDDING = Fields(
    fields={
        "dimensions": Whole(least=1),
        "encoding_format": Choice(("float", "base64")),
        "input": _Input(),
        "model": Text(),
        "user": Text(),
    },
    required=("model", "input"),
)
"""The body of `embeddings.create`, in the legacy wording."""


def inputs(value: Any) -> list[Any]:
    """The inputs of a request: each a text or a list of tokens."""
    return [value] if type(value) is str or (value and type(value[0]) is int) else list(value)


def _dimensions(body: Body, setting: Setting) -> Refusal | None:
    wanted, model = body["dimensions"], setting.model
    if model is None or model.kind != "embedding":
        return None
    if "no-dimensions" in model.traits:
        return Refusal(message="This model does not support specifying dimensions.")
    if wanted > model.max_output:
        told = f"Invalid value for 'dimensions' = {wanted}. Must be less than or equal to {model.max_output}."
        return Refusal(message=told)
    return None


def _window(body: Body, setting: Setting) -> Refusal | None:
    given, most = body["input"], setting.limit
    sizes = [setting.count(item) if type(item) is str else len(item) for item in inputs(given)]
    for index, size in enumerate(sizes):
        if most and size > most:
            where = "input" if type(given) is str else f"input[{index}]"
            return Refusal(message=f"Invalid '{where}': maximum input length is {most} tokens.")
    if sum(sizes) > MOST_TOKENS:
        return Refusal(message=f"Invalid 'input': maximum request size is {MOST_TOKENS} tokens per request.")
    return None


EMBEDDING_RULES = (
    Relation(
        rule="dimensions",
        field="dimensions",
        find=_dimensions,
        says="only the third generation can be shortened, and nothing lengthened",
        source="quoted in many threads",
        reads=("model",),
    ),
    Relation(
        rule="context-length",
        field="input",
        find=_window,
        says="no input is above the model's window, nor all together above 300,000 tokens",
        source="sentences of 2025, quoted in many threads",
    ),
)
"""Beside the shape of `embeddings.create`."""
