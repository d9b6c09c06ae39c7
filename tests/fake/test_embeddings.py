"""Embeddings: vectors that mean something, the same in every form and order."""

from __future__ import annotations

import base64
import json
import math
import struct
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retape import Fake, Request
from retape.handlers.fake.vectors import cosine, numbers, vector
from speaking import async_client, client

SMALL = "text-embedding-3-small"
HEADERS = (("content-type", "application/json"), ("authorization", "Bearer unused"))


def request(**body: Any) -> Request:
    """A request by hand, since the client asks for base64 when nothing is said."""
    told = {"model": SMALL} | body
    return Request("POST", "https://api.openai.com/v1/embeddings", HEADERS, json.dumps(told).encode())


def asked(fake: Fake, **body: Any) -> dict[str, Any]:
    """The answer to a request, parsed."""
    _, chunk = fake(request(**body))
    return dict(json.loads(chunk.data))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("model", "wanted", "length"),
    [
        (SMALL, None, 1536),
        ("text-embedding-3-large", None, 3072),
        ("text-embedding-ada-002", None, 1536),
        (SMALL, 256, 256),
        (SMALL, 1, 1),
        ("text-embedding-3-large", 1024, 1024),
    ],
)
def test_a_vector_has_its_models_length_or_the_one_asked_for_and_is_of_length_one(
    model: str, wanted: int | None, length: int
) -> None:
    more: dict[str, Any] = {"dimensions": wanted} if wanted else {}
    answer = client(Fake()).embeddings.create(model=model, input="a planet", encoding_format="float", **more)
    found = answer.data[0].embedding
    assert len(found) == length
    assert math.isclose(math.fsum(x * x for x in found), 1, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("given_", "number", "tokens"),
    [
        ("one text", 1, 2),
        (["one text", "another text"], 2, 4),
        ([1, 2, 3], 1, 3),
        ([[1, 2, 3], [4]], 2, 4),
        (["\u00fcnic\u00f6de \U0001f600 \u4f60\u597d"], 1, None),
    ],
)
def test_texts_and_tokens_are_taken_alone_and_in_lists(given_: Any, number: int, tokens: int | None) -> None:
    answer = client(Fake()).embeddings.create(model=SMALL, input=given_, encoding_format="float")
    assert [row.index for row in answer.data] == list(range(number))
    assert answer.usage.prompt_tokens == answer.usage.total_tokens
    assert tokens is None or answer.usage.prompt_tokens == tokens


def test_base64_and_numbers_are_the_same_float32() -> None:
    fake = Fake()
    packed = base64.b64decode(asked(fake, input="a planet", encoding_format="base64")["data"][0]["embedding"])
    listed = asked(fake, input="a planet", encoding_format="float")["data"][0]["embedding"]
    assert list(struct.unpack("<1536f", packed)) == listed
    assert asked(fake, input="a planet")["data"][0]["embedding"] == listed


def test_the_client_decodes_what_it_asks_for() -> None:
    """It asks for base64 and takes lists only when strict, against the real API too: not strict here."""
    answer = client(Fake(), strict=False).embeddings.create(model=SMALL, input="a planet")
    assert answer.data[0].embedding == pytest.approx(list(numbers(vector("a planet", 1536, SMALL))), abs=1e-9)


def test_keys_come_in_openais_order() -> None:
    answer = asked(Fake(), input="hello")
    assert list(answer) == ["object", "data", "model", "usage"]
    assert list(answer["data"][0]) == ["object", "index", "embedding"]


def test_the_model_is_named_in_a_header() -> None:
    head, _ = Fake()(request(input="hello"))
    assert head.header("openai-model") == SMALL  # type: ignore[union-attr]


@pytest.mark.anyio
async def test_the_asynchronous_client_is_answered() -> None:
    answer = await async_client(Fake()).embeddings.create(model=SMALL, input="hello", encoding_format="float")
    assert len(answer.data[0].embedding) == 1536


ABOUT = {
    "weather": ["The weather in Paris is nice today", "Is the weather nice in Paris?"],
    "planets": ["Planets orbit the sun in ellipses", "Which planet orbits the sun fastest?"],
    "books": ["I like books about quantum mechanics", "A quantum mechanics book"],
    "returns": ["Return policy for shoes", "What is the policy on returned shoes?"],
    "tokyo": ["\u6771\u4eac\u306e\u5929\u6c17", "\u6771\u4eac\u306e\u4eba\u53e3"],
}


@pytest.mark.parametrize("dimensions", [3072, 1536, 512, 256])
@pytest.mark.parametrize("topic", ABOUT)
def test_texts_that_share_words_are_nearer_than_those_that_do_not(topic: str, dimensions: int) -> None:
    one, other = (vector(text, dimensions) for text in ABOUT[topic])
    strangers = [vector(text, dimensions) for name, texts in ABOUT.items() if name != topic for text in texts]
    assert cosine(one, other) > max(cosine(one, stranger) for stranger in strangers) + 0.1


@given(st.text(min_size=1, max_size=60), st.sampled_from([1, 8, 256, 1536, 3072]))
def test_any_text_has_a_vector_of_length_one_and_is_like_itself(text: str, dimensions: int) -> None:
    packed = vector(text, dimensions)
    assert len(packed) == 4 * dimensions
    assert math.isclose(cosine(packed, vector(text, dimensions)), 1, rel_tol=1e-5)


def test_what_was_asked_before_changes_nothing() -> None:
    first, second = Fake(), Fake(seed=7)
    asked(second, input="something else")
    assert asked(first, input="a planet")["data"] == asked(second, input="a planet")["data"]


def test_models_do_not_share_a_space() -> None:
    assert cosine(vector("a planet", 1536, SMALL), vector("a planet", 1536, "text-embedding-ada-002")) < 0.5


def test_a_vector_is_cheap() -> None:
    """1.5 ms on the machine where it was written; here only what would be several times as slow is a failure."""
    fake, spent = Fake(), []
    for index in range(20):
        new = request(input=f"The weather in Paris is nice today, {index}", encoding_format="float")
        start = time.process_time()
        list(fake(new))
        spent.append(time.process_time() - start)
    assert min(spent) < 0.012
