from __future__ import annotations

import pytest

from retape.tape.counting import KEPT, Firsts, counted, spans


@pytest.mark.parametrize("number, words", [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_one_is_singular_and_nothing_else(number: int, words: str) -> None:
    assert counted(number, "file") == words


@pytest.mark.parametrize(
    "numbers, words", [([], ""), ([3], "3"), ([1, 2], "1-2"), ([1, 2, 3, 5, 7, 8], "1-3, 5, 7-8"), ([1, 3], "1, 3")]
)
def test_neighbours_are_taken_together(numbers: list[int], words: str) -> None:
    assert spans(numbers) == words


def test_of_very_many_things_the_first_are_kept_and_the_rest_is_counted() -> None:
    things: Firsts[int] = Firsts()
    for number in range(KEPT + 3):
        things.append(number)
    assert things == list(range(KEPT))
    assert (things.more, things.total) == (3, KEPT + 3)


def test_of_a_few_things_none_is_only_counted() -> None:
    things: Firsts[str] = Firsts()
    things.append("one")
    assert (things, things.more, things.total) == (["one"], 0, 1)
