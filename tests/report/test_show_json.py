from __future__ import annotations

import json
import re

from report.recorded import QUESTION, cassette, delta, plain, streamed
from retape.report.show_json import show_json
from retape.tape.steps import Abort

KEYS = """
    number method base path model status reason outcome error streamed seconds recorded_at sent received request answer
    problems timeline
"""


def test_every_key_is_there_whatever_the_exchange_is() -> None:
    made = cassette(plain({}), streamed([], abort=Abort("reset")), streamed([delta("x")], gaps=[1]))
    assert [list(found) for found in show_json(made)["exchanges"]] == [KEYS.split()] * 3


def test_every_key_is_documented() -> None:
    found = show_json(cassette(streamed([delta("x")], sent=QUESTION)))["exchanges"][0]
    parts = [found, found["request"], found["answer"], found["timeline"], found["timeline"]["arrivals"][0]]
    parts += [found["answer"]["turns"][0], found["answer"]["turns"][0]["parts"][0]]
    words = set(re.findall(r"\w+", show_json.__doc__ or ""))
    assert {key for part in parts for key in part} - words == set()


def test_an_exchange_as_data() -> None:
    answer = {"choices": [{"message": {"content": "Earth"}, "finish_reason": "stop"}], "usage": {"total_tokens": 3}}
    [found] = show_json(cassette(plain(answer, sent=QUESTION | {"temperature": 0})))["exchanges"]
    part = {"kind": "text", "text": "Earth", "name": "", "ref": ""}
    turn = {"role": "assistant", "parts": [part], "name": "", "choice": None, "finish": "stop"}
    assert found["answer"] == {"turns": [turn], "model": "", "finish": ["stop"], "usage": {"total_tokens": 3}}
    assert found["request"]["parameters"] == {"temperature": "0"}


def test_only_the_exchange_asked_for_is_given() -> None:
    found = show_json(cassette(plain({}), plain({})), exchange=2)
    assert [exchange["number"] for exchange in found["exchanges"]] == [2]


def test_arrivals_have_no_time_when_none_was_recorded() -> None:
    [found] = show_json(cassette(streamed([delta("x")])))["exchanges"]
    assert [arrival["at"] for arrival in found["timeline"]["arrivals"]] == [None]


def test_times_have_no_more_digits_than_were_recorded() -> None:
    [found] = show_json(cassette(streamed([delta("x")] * 4, gaps=[0.1, 0.2, 0.0024, 0.1024])))["exchanges"]
    timeline = found["timeline"]
    assert [arrival["at"] for arrival in timeline["arrivals"]] == [0.3, 0.3024, 0.4048, 0.4048]
    assert (timeline["total"], timeline["median_gap"], timeline["largest_gap"]) == (0.4048, 0.0024, 0.1024)
    assert found["seconds"] == 0.4048


def test_as_json_it_is_ascii_that_no_terminal_obeys() -> None:
    text = json.dumps(show_json(cassette(streamed([delta("\x1b[2J\u202e\ud83d")]))))
    assert text.isascii()
    assert text.isprintable()
