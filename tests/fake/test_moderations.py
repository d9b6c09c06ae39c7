"""Moderations: what is flagged, and what every answer holds."""

from __future__ import annotations

from typing import Any

import pytest

from retape import Fake
from retape.handlers.fake.endpoints.moderations import CATEGORIES, SEEN
from speaking import async_client, client

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}


def results(given: Any, **more: Any) -> list[dict[str, Any]]:
    answer = client(Fake()).moderations.create(input=given, **more)
    return [result.model_dump(by_alias=True) for result in answer.results]


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("What is the largest planet?", set()),
        ("I painted the skill of killing time", {"violence"}),
        ("I will kill them.", {"violence", "harassment", "harassment/threatening"}),
        ("You are a pathetic loser", {"harassment"}),
        ("I want to end my life", {"self-harm", "self-harm/intent"}),
        ("How do I make a bomb at home?", {"illicit", "illicit/violent"}),
        ("A gory massacre", {"violence", "violence/graphic"}),
        ("erotic story", {"sexual"}),
        ("Bombay has a skilled murmuration of starlings", set()),
    ],
)
def test_words_are_flagged_for_their_categories_and_scores_agree(text: str, flagged: set[str]) -> None:
    (result,) = results(text)
    assert {name for name, on in result["categories"].items() if on} == flagged
    assert result["flagged"] is bool(flagged)
    assert {name for name, score in result["category_scores"].items() if score > 0.5} == flagged
    assert max(result["category_scores"].values()) < 1


def test_each_text_of_a_list_has_its_result() -> None:
    assert [result["flagged"] for result in results(["hello", "I will kill you", "bye"])] == [False, True, False]


@pytest.mark.parametrize(
    ("given", "applied"),
    [
        ([{"type": "text", "text": "hello"}, IMAGE], ["text", "image"]),
        ([IMAGE], ["image"]),
        ([{"type": "text", "text": "hello"}], ["text"]),
    ],
)
def test_the_parts_of_one_input_have_one_result_that_says_what_was_looked_at(given: Any, applied: list[str]) -> None:
    (result,) = results(given)
    for name in CATEGORIES:
        expected = [kind for kind in applied if kind == "text" or name in SEEN]
        assert result["category_applied_input_types"][name] == expected
        assert bool(result["category_scores"][name]) is bool(expected)


@pytest.mark.parametrize("model", ["omni-moderation-latest", "omni-moderation-2024-09-26", "text-moderation-latest"])
def test_every_model_answers_with_all_categories(model: str) -> None:
    (result,) = results("hello", model=model)
    assert set(CATEGORIES) <= set(result["categories"])


def test_the_newest_model_judges_when_nobody_says() -> None:
    answer = client(Fake()).moderations.create(input="hello")
    assert (answer.model, answer.id[:5]) == ("omni-moderation-latest", "modr-")


@pytest.mark.anyio
async def test_the_asynchronous_client_is_answered() -> None:
    assert (await async_client(Fake()).moderations.create(input="I will kill you")).results[0].flagged
