from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from retape import CassetteMiss, UsageError
from retape.handlers.replay import Replay
from retape.tape import matching
from retape.tape.cassette import Entry
from retape.tape.exchange import Exchange
from retape.tape.matching import Difference, Index, differences
from retape.tape.request import Request
from retape.tape.scrub import Scrubber
from retape.tape.steps import Chunk, Head

PLAIN = Scrubber()


def chat(content: str = "Hi", path: str = "/chat/completions", **more: Any) -> Request:
    body = {"model": "m", "messages": [{"role": "user", "content": content}], **more}
    return Request("POST", f"http://127.0.0.1:9/v1{path}", (), json.dumps(body).encode())


def entry(request: Request, answer: str = "") -> Entry:
    return Entry(exchange=Exchange(request=request, steps=(Head(200), Chunk(answer.encode()))))


def answers(index: Index, *requests: Request) -> list[str | None]:
    taken = [index.take(request, PLAIN) for request in requests]
    return [None if found is None else found.exchange.wire.decode() for found in taken]


def test_identical_requests_get_their_answers_in_the_order_in_which_they_were_sent() -> None:
    index = Index([entry(chat(), "1"), entry(chat("Ho"), "a"), entry(chat(), "2"), entry(chat(), "3")])
    assert answers(index, chat(), chat(), chat("Ho"), chat(), chat()) == ["1", "2", "a", "3", None]


def test_other_requests_between_change_nothing() -> None:
    index = Index([entry(chat(str(n)), str(n)) for n in range(20)])
    order = [7, 3, 19, 0, 1, 2, 18, 4]
    assert answers(index, *(chat(str(n)) for n in order)) == [str(n) for n in order]
    assert index.unused == [n for n in range(20) if n not in order]
    assert index.used == len(order)


def test_with_repeat_the_last_of_equal_recordings_answers_again() -> None:
    index = Index([entry(chat(), "1"), entry(chat(), "2")], repeat=True)
    assert answers(index, *[chat()] * 4, chat("Ho")) == ["1", "2", "2", "2", None]


def test_what_was_used_before_is_given_out_no_more() -> None:
    entries = [entry(chat(), "1"), entry(chat("Ho"), "a"), entry(chat(), "2"), entry(chat(), "3")]
    index = Index(entries, used=[0, 3])
    assert answers(index, chat(), chat(), chat("Ho")) == ["2", None, "a"]
    assert index.unused == []
    index = Index(entries, used=[0, 3], repeat=True)
    assert answers(index, chat("Ho"), chat(), chat(), chat()) == ["a", "2", "3", "3"]


def test_loose_goes_by_method_and_path_in_recorded_order() -> None:
    index = Index([entry(chat("a"), "1"), entry(chat("b", "/responses"), "r"), entry(chat("c"), "2")], match="loose")
    assert answers(index, chat("x"), chat("y", "/responses"), chat("z"), chat("z")) == ["1", "r", "2", None]


@pytest.mark.parametrize("pattern", ["run [0-9]", '"content": "[^"]*"'])
def test_what_a_pattern_leaves_out_is_no_difference(pattern: str) -> None:
    index = Index([entry(chat("run 1: Hi"))], ignore=[re.compile(pattern)])
    assert index.nearest(chat("run 2: Hi")) == (0, [])


def test_beside_a_difference_what_a_pattern_leaves_out_is_none() -> None:
    found = differences(chat("run 1: Hi", user="a"), chat("run 2: Hi", user="b"), [re.compile("run [0-9]")])
    assert [difference.path for difference in found] == ["user"]


def test_loose_says_what_differed() -> None:
    replay = Replay([], [entry(chat("a"))], match="loose", scrubber=PLAIN)
    replay(chat("b"))
    ((_, found),) = replay.loosely
    assert [str(difference) for difference in found] == ["messages[0].content: recorded 'a', asked 'b'"]


def test_an_unknown_way_to_match_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="match='fuzzy': use one of exact, loose"):
        Index([], match="fuzzy")  # type: ignore[arg-type]


def test_a_path_that_is_none_is_a_usage_error_before_the_first_request() -> None:
    with pytest.raises(UsageError, match="is no JSON path"):
        Index([entry(chat())], ignore=["[]"])


@pytest.mark.parametrize("size", [10, 1000])
@pytest.mark.parametrize("order", ["recorded", "reversed"])
def test_an_answer_costs_one_key_however_many_recordings_there_are(
    size: int, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    real = matching.key
    monkeypatch.setattr(matching, "key", lambda *args: made.append(1) or real(*args))
    index = Index([entry(chat(str(n)), str(n)) for n in range(size)])
    wanted = [str(n) for n in (range(size) if order == "recorded" else range(size - 1, -1, -1))]
    assert answers(index, *(chat(n) for n in wanted)) == wanted
    assert len(made) <= 2 * size
    made.clear()
    assert answers(index, chat(wanted[0]), chat("new")) == [None, None]
    assert len(made) == 4, "a miss looks again for the request as it would have been stored"


SECRET = "sk-" + "a1B2" * 8


def test_a_request_with_a_secret_is_found_as_it_was_stored() -> None:
    index = Index([entry(PLAIN.request(chat(f"my key is {SECRET}")), "1")])
    assert answers(index, chat(f"my key is {SECRET}")) == ["1"]


PLANETS = ["Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune", "Pluto", "Ceres"]
LONG = "You are a careful astronomer. " * 40
TEN = [entry(chat(f"{LONG}Tell me all you know about {name}, and be brief.")) for name in PLANETS]


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("word", ["everything", "something"])
def test_of_ten_chats_the_nearest_is_the_one_in_which_a_word_changed(number: int, word: str) -> None:
    asked = chat(f"{LONG}Tell me {word} you know about {PLANETS[number]}, and be brief.")
    nearest = Index(TEN).nearest(asked)
    assert nearest is not None
    assert nearest[0] == number
    assert [difference.path for difference in nearest[1]] == ["messages[0].content"]


def test_of_long_texts_the_part_that_differs_is_shown() -> None:
    (found,) = differences(chat(LONG + "about Earth" + LONG), chat(LONG + "about Mars" + LONG))
    assert "about Earth" in found.recorded
    assert "about Mars" in found.asked
    assert max(len(found.recorded), len(found.asked)) < 80


def test_a_long_text_that_goes_on_is_shown_at_its_end() -> None:
    (found,) = differences(chat(LONG), chat(LONG + "and more"))
    assert "and more" in found.asked


DIFFERENCES: dict[str, tuple[Request, Request, list[tuple[str, str, str]]]] = {
    "nothing": (chat(), chat(n=1), []),
    "method and path come first": (
        chat(), replace(chat(path="/responses"), method="GET"),
        [("method", "POST", "GET"), ("path", "/chat/completions", "/responses")],
    ),
    "absent": (chat(), chat(seed=7), [("seed", "absent", "7")]),
    "no longer there": (chat(seed=7), chat(), [("seed", "7", "absent")]),
    "true and 1": (chat(x=True), chat(x=1), [("x", "True", "1")]),
    "items in numeric order": (
        chat(a=list(range(11))), chat(a=[0, 1, -2, *range(3, 10), -10]), [("a[2]", "2", "-2"), ("a[10]", "10", "-10")],
    ),
    "names with odd digits": (
        chat(**{"a²": 1, "٣": 1}), chat(**{"a²": 2, "٣": 2}), [("a²", "1", "2"), ("٣", "1", "2")],
    ),
    "lone surrogates": (chat("\ud83d"), chat("\ud83e"), [("messages[0].content", "'\\ud83d'", "'\\ud83e'")]),
}  # fmt: skip


@pytest.mark.parametrize("recorded, asked, expected", DIFFERENCES.values(), ids=DIFFERENCES)
def test_differences_name_field_and_both_values(recorded: Request, asked: Request, expected: list[Any]) -> None:
    assert differences(recorded, asked) == [Difference(path=p, recorded=r, asked=a) for p, r, a in expected]


def test_the_nearest_has_the_same_path_if_any_has() -> None:
    index = Index([entry(chat("Hi", "/responses")), entry(chat("something else"))])
    nearest = index.nearest(chat("Hi"))
    assert nearest is not None
    assert nearest[0] == 1


def test_where_nothing_is_recorded_nothing_is_near() -> None:
    assert Index([]).nearest(chat()) is None


@pytest.mark.parametrize("body", ["[" * 3000 + "]" * 3000, "", "plain", "\x00"])
def test_any_request_has_a_nearest_recording(body: str) -> None:
    nearest = Index([entry(chat())]).nearest(Request("POST", chat().url, (), body.encode()))
    assert nearest is not None
    assert nearest[1]


def miss(replay: Replay, request: Request) -> str:
    with pytest.raises(CassetteMiss, match="no recording answers POST /chat/completions") as missed:
        replay(request)
    return missed.value.report


def test_a_miss_names_the_nearest_recording_and_what_differs() -> None:
    report = miss(
        Replay([], TEN, scrubber=PLAIN), chat(f"{LONG}Tell me all you know about Marz, and be brief.", seed=1)
    )
    assert "nearest:  recording 4, which differs in" in report
    assert "seed: recorded absent, asked 1" in report
    assert "about Mars" in report


def test_a_miss_says_that_a_recording_is_used_up() -> None:
    replay = Replay([], [entry(chat()), entry(chat()), entry(chat("Ho"))], scrubber=PLAIN)
    assert [next(iter(replay(chat()))) for _ in range(2)] == [Head(200)] * 2
    assert "recorded 2 times, and replayed as often already; repeat=True" in miss(replay, chat())


def test_a_miss_shows_no_secret() -> None:
    assert SECRET not in miss(Replay([], [entry(chat())], scrubber=PLAIN), chat(f"key {SECRET}"))
