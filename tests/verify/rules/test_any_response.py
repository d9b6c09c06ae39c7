"""Whatever the answers of other endpoints than chat hold, the rules read them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import retape
from retape.verify.rulebook import violations
from verify.rules import examples_completions, examples_embeddings, examples_models, examples_moderations
from verify.rules.answers import exchange
from verify.rules.examples_responses_items_streamed import AFTER, SUMMED
from verify.rules.responded import (
    SAID,
    WEATHER,
    call,
    message,
    plain,
    reasoning,
    request,
    response,
    rest,
    stream,
)

ODD: tuple[Any, ...] = (None, True, -1.5, "", "x", [], [None], {}, {"x": [{}]})


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*path, key)
        yield from paths(part, (*path, key))


def variants(value: Any) -> Iterator[Any]:
    """Copies with something odd in one place."""
    for path in paths(value):
        for odd in ODD:
            made = copy.deepcopy(value)
            parent = made
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = odd
            yield made


BODY = response(reasoning("Why?"), message(), call(), tools=[WEATHER])
SHORT = {"id": "resp_1", "status": "in_progress", "output": []}  # the rest of it is in BODY
ENDED = {"id": "resp_1", "status": "completed", "output": [message(), call()]}
EVENTS = [
    {"type": "response.created", "response": SHORT},
    *SAID,
    *AFTER,
    {"type": "response.completed", "response": ENDED},
    *SUMMED,
]
ASKED = request(
    tools=[WEATHER],
    tool_choice={"type": "function", "name": "get_weather"},
    reasoning={"effort": "none"},
    text={"format": {"type": "json_schema", "name": "x", "strict": True, "schema": {"type": "object"}}},
    max_output_tokens=1,
    metadata={"a": "b"},
    top_logprobs=1,
    previous_response_id="resp_0",
)


def body_of(made: retape.Exchange) -> Any:
    return json.loads(made.body)


def answered(like: retape.Exchange) -> Callable[[Any], retape.Exchange]:
    """What makes an exchange like one, with another body."""
    head = like.head
    assert head is not None
    return lambda body: retape.Exchange(request=like.request, steps=(head, retape.Chunk(json.dumps(body).encode())))


def asked(body: Any) -> retape.Exchange:
    return exchange("/responses", body, json.dumps(BODY))


def streamed(events: Any) -> retape.Exchange:
    return stream(*(one if isinstance(one, dict) else json.dumps(one) for one in events), tools=[WEATHER])


def retrieved(body: Any) -> list[retape.Exchange]:
    return [plain(BODY), rest("GET", "/resp_1", body), rest("DELETE", "/resp_1", body), rest("GET", "/resp_1", body)]


EMBEDDED = examples_embeddings.embedded(*examples_embeddings.TWO, asked=["a", "b"])
COMPLETED = examples_completions.plain(examples_completions.choice(logprobs=examples_completions.LOGPROBS))
MODERATED = examples_moderations.moderated()
LISTED = examples_models.listed()

BASES: dict[str, tuple[Any, Any]] = {
    "response": (plain, BODY),
    "stream": (streamed, EVENTS),
    "request": (asked, ASKED),
    "retrieved": (retrieved, BODY),
    "embeddings": (answered(EMBEDDED), body_of(EMBEDDED)),
    "completion": (answered(COMPLETED), body_of(COMPLETED)),
    "moderation": (answered(MODERATED), body_of(MODERATED)),
    "models": (answered(LISTED), body_of(LISTED)),
}


@pytest.mark.parametrize(("make", "base"), BASES.values(), ids=BASES)
def test_rules_read_any_json(make: Any, base: Any) -> None:
    found = [one for value in variants(base) for one in violations(make(value))]
    assert all(violation.where and violation.message for violation in found)
    assert len({violation.rule for violation in found}) > 4


@pytest.mark.parametrize("path", ["/responses", "/embeddings", "/completions", "/moderations", "/responses/compact"])
@pytest.mark.parametrize("raw", [b"", b"\xff", b"{", b"[]", b"null", b"data: {}\n\n", b"data: [DONE]\n\n"], ids=repr)
def test_rules_read_any_bytes(path: str, raw: bytes) -> None:
    for kind in ("application/json", "text/event-stream"):
        for sent in ({"stream": True}, {"input": [], "prompt": []}, [], None):
            found = list(violations(exchange(path, sent, raw, kind=kind)))
            assert all(violation.where and violation.message for violation in found)
