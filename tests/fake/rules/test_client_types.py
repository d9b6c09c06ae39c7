"""The tables against the installed client's own types: a new client release shows here what is missing."""

from __future__ import annotations

import typing
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

import openai
import pytest
import typing_extensions
from openai.types import responses
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params

from retape.handlers.fake.rules.endpoints import ENDPOINTS
from retape.handlers.fake.rules.shapes import Anything, Choice, Fields, Listing, MapOf, OneOf, Shape, Tagged, Text

MAJOR = int(openai.__version__.partition(".")[0])
WRAPPERS = (typing.Required, typing.NotRequired, typing_extensions.Required, typing_extensions.NotRequired)


@dataclass
class Known:
    """Names by path ("messages[].content[].text") and the values that a path may have."""

    names: set[str] = field(default_factory=set)
    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    texts: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)

    def covers(self, path: str) -> bool:
        """Whether a path is, or lies below, one that takes whatever comes."""
        return any(path == each or path.startswith((f"{each}.", f"{each}[", f"{each}{{")) for each in self.open)


def of_client(hint: Any, path: str, known: Known, trail: tuple[Any, ...] = ()) -> None:
    origin = get_origin(hint)
    if typing_extensions.is_typeddict(hint):
        if hint not in trail:
            for name, each in typing_extensions.get_type_hints(hint, include_extras=True).items():
                here = f"{path}.{name}".removeprefix(".")
                known.names.add(here)
                of_client(each, here, known, (*trail, hint))
    elif origin is Literal:
        known.values[path] |= {value for value in get_args(hint) if isinstance(value, str)}
    elif origin is dict:
        of_client(get_args(hint)[1], f"{path}{{}}", known, trail)
    elif origin in WRAPPERS or origin is typing.Annotated:
        of_client(get_args(hint)[0], path, known, trail)
    elif origin is not None:
        many = isinstance(origin, type) and origin not in (typing.Union,) and "Union" not in origin.__name__
        for each in get_args(hint):
            of_client(each, f"{path}[]" if many else path, known, trail)


def inner(shape: Shape, path: str) -> Iterator[tuple[str, Shape]]:
    """The shapes within a shape, with their paths."""
    if isinstance(shape, Fields):
        yield from ((f"{path}.{name}".removeprefix("."), each) for name, each in shape.fields.items())
    elif isinstance(shape, Listing):
        yield f"{path}[]", shape.item
    elif isinstance(shape, MapOf):
        yield f"{path}{{}}", shape.item
    elif isinstance(shape, OneOf):
        yield from ((path, each) for each in shape.shapes)
    elif isinstance(shape, Tagged):
        yield from ((path, each) for each in shape.variants.values())


def of_shape(shape: Shape, path: str, known: Known) -> None:
    if isinstance(shape, Tagged):
        tag = f"{path}.{shape.by}".removeprefix(".")
        known.names.add(tag)
        known.values[tag] |= set(shape.variants)
    if isinstance(shape, Choice):
        known.values[path] |= shape.values
    if isinstance(shape, Text):
        known.texts.add(path)
    if isinstance(shape, Anything) or (isinstance(shape, Fields) and shape.open):
        known.open.add(path)
    for here, each in inner(shape, path):
        if isinstance(shape, Fields):
            known.names.add(here)
        of_shape(each, here, known)


PARAMS = {
    "chat.completions.create": [
        completion_create_params.CompletionCreateParamsNonStreaming,
        completion_create_params.CompletionCreateParamsStreaming,
    ],
    "responses.create": [
        response_create_params.ResponseCreateParamsNonStreaming,
        response_create_params.ResponseCreateParamsStreaming,
    ],
    "responses.retrieve": [responses.response_retrieve_params.ResponseRetrieveParamsStreaming],
    "responses.compact": [getattr(getattr(responses, "response_compact_params", None), "ResponseCompactParams", None)],
    "responses.input_tokens.count": [
        getattr(getattr(responses, "input_token_count_params", None), "InputTokenCountParams", None)
    ],
}
CASES = {name: types for name, types in PARAMS.items() if types != [None]}


def known_to_client(endpoint: str) -> Known:
    known = Known()
    for each in CASES[endpoint]:
        of_client(each, "", known)
    return known


def known_to_table(endpoint: str) -> Known:
    known = Known()
    of_shape(ENDPOINTS[endpoint].shape, "", known)
    return known


@pytest.mark.parametrize("endpoint", CASES)
def test_every_name_of_the_client_is_in_the_table(endpoint: str) -> None:
    client, table = known_to_client(endpoint), known_to_table(endpoint)
    assert len(client.names) > 3
    missing = sorted(name for name in client.names - table.names if not table.covers(name.rpartition(".")[0]))
    assert not missing, f"openai {openai.__version__} has parameters that {endpoint} doesn't know"


@pytest.mark.parametrize("endpoint", CASES)
def test_every_value_of_the_client_is_in_the_table(endpoint: str) -> None:
    client, table = known_to_client(endpoint), known_to_table(endpoint)
    missing = {
        path: sorted(values - table.values[path])
        for path, values in client.values.items()
        if values - table.values[path] and path not in table.texts and not table.covers(path)
    }
    assert not missing, f"openai {openai.__version__} has values that {endpoint} doesn't know"


ANNOTATED = "what an answer has, and what replaying it sends"
SPOKEN = "OpenAI's own sentence about content parts names it"
SEARCHED = "OpenAI's own sentence about a chosen tool that isn't there names it"
FORMER = "clients before openai 2 have it"
EXTRA = {
    "chat.completions.create: messages[].annotations": ANNOTATED,
    "chat.completions.create: messages[].parsed": ANNOTATED,
    "chat.completions.create: messages[].tool_calls[].index": ANNOTATED,
    "chat.completions.create: messages[].tool_calls[].function.parsed_arguments": ANNOTATED,
    "chat.completions.create: messages[].content[].audio": SPOKEN,
    "chat.completions.create: messages[].content[].audio.id": SPOKEN,
    "chat.completions.create: messages[].content[].type=audio": SPOKEN,
    "responses.create: tool_choice.type=web_search": SEARCHED,
    "responses.input_tokens.count: tool_choice.type=web_search": SEARCHED,
} | {
    f"{endpoint}: input[].{name}": FORMER
    for endpoint in ("responses.compact", "responses.create", "responses.input_tokens.count")
    for name in (
        "action.type=find",
        "content[].input_audio",
        "content[].input_audio.data",
        "content[].input_audio.format",
        "content[].input_audio.format=mp3",
        "content[].input_audio.format=wav",
        "content[].type=input_audio",
    )
}
"""What the tables have and the client hasn't, and why."""


@pytest.mark.skipif(MAJOR < 3, reason="an older client lacks what has come since")
@pytest.mark.parametrize("endpoint", CASES)
def test_the_table_has_nothing_of_its_own_without_a_reason(endpoint: str) -> None:
    client, table = known_to_client(endpoint), known_to_table(endpoint)
    own = {name for name in table.names - client.names if not table.covers(name.rpartition(".")[0])}
    names = {f"{endpoint}: {name}" for name in own}
    values = {
        f"{endpoint}: {path}={value}" for path, each in table.values.items() for value in each - client.values[path]
    }
    assert names | values == {name for name in EXTRA if name.startswith(f"{endpoint}:")}
