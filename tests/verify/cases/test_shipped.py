"""The shipped cases: the fake passes each of them in each mode, in any order, in this process and on a socket."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

import retape
from retape.verify.cases.actions import ACTIONS
from retape.verify.cases.attempt import attempt
from retape.verify.cases.capabilities import CAPABILITIES
from retape.verify.cases.case import Attempt, Case
from retape.verify.cases.client import make_client
from retape.verify.cases.reading import load_cases, shipped
from retape.verify.cases.scripted import cases_fake
from retape.verify.cases.words import WORDS
from verify.cases.trying import SHIPPED, at_once, model_for

CELLS = {case.id(stream): (case, stream) for case in SHIPPED for stream in case.modes}

SEED = {
    "test_chat_{}_basic": ["earth", "saturn"],
    "test_chat_{}_error_handling": [
        "messages_missing",
        "messages_role_invalid",
        "tool_choice_invalid",
        "tool_choice_no_tools",
        "tools_type_invalid",
    ],
    "test_chat_{}_image": ["llama"],
    "test_chat_{}_structured_output": ["calendar", "math"],
    "test_chat_{}_tool_calling": ["weather"],
    "test_chat_{}_tool_choice_required": ["weather"],
    "test_chat_{}_tool_choice_none": ["weather"],
    "test_chat_{}_multi_turn_tool_calling": [
        "text_then_weather_tool",
        "weather_tool_then_text",
        "add_product_tool",
        "get_then_create_event_tool",
        "compare_monthly_expense_tool",
    ],
    "test_chat_{}_multi_turn_multiple_images": ["rooms"],
    "test_response_{}_basic": ["earth", "saturn"],
    "test_response_{}_multi_turn": ["earth"],
    "test_response_{}_web_search": ["llama_experts"],
    "test_response_{}_image": ["llama_image"],
    "test_response_{}_multi_turn_image": ["llama_image_search"],
}
"""The tests of the suite that this one grew from, each plain and streaming -> their cases."""


def all_tried(base_url: str, *, at_a_time: int, seed: int) -> dict[str, Attempt]:
    """What comes of all cells, in an order of chance."""
    order = list(CELLS)
    random.Random(seed).shuffle(order)

    async def run() -> dict[str, Attempt]:
        gate = asyncio.Semaphore(at_a_time)
        async with make_client(base_url, "unused") as client:

            async def cell(name: str) -> Attempt:
                case, stream = CELLS[name]
                async with gate:
                    return await attempt(case, client=client, model=model_for(case), stream=stream, sleep=at_once)

            return dict(zip(order, await asyncio.gather(*map(cell, order)), strict=True))

    return asyncio.run(run())


@pytest.fixture(scope="module")
def in_process() -> dict[str, Attempt]:
    with retape.mount(cases_fake(SHIPPED)):
        return all_tried("https://api.openai.com/v1", at_a_time=1, seed=1)


@pytest.fixture(scope="module")
def on_a_socket() -> dict[str, Attempt]:
    with retape.serve(cases_fake(SHIPPED)) as server:
        return all_tried(server.base_url, at_a_time=8, seed=2)


@pytest.mark.parametrize("cell", CELLS)
def test_the_fake_passes_in_process(cell: str, in_process: dict[str, Attempt]) -> None:
    assert in_process[cell].problems == ()


@pytest.mark.parametrize("cell", CELLS)
def test_the_fake_passes_on_a_socket(cell: str, on_a_socket: dict[str, Attempt]) -> None:
    assert on_a_socket[cell].problems == ()


def test_every_turn_is_done_and_judged(in_process: dict[str, Attempt]) -> None:
    for name, (case, _) in CELLS.items():
        assert (in_process[name].turns, in_process[name].judged) == (len(case.turns), case.judged), name


def test_every_row_of_the_seed_is_there() -> None:
    modes = ("streaming", "non_streaming")
    rows = {f"{test.format(mode)}[{case}]" for test, cases in SEED.items() for case in cases for mode in modes}
    assert rows <= CELLS.keys()
    assert len(rows) == 50


def test_titles_are_unique() -> None:
    titles = Counter(case.title(stream) for case in SHIPPED for stream in case.modes)
    assert [title for title, count in titles.items() if count > 1] == []


def test_a_row_is_titled_as_the_seed_titles_it() -> None:
    assert SHIPPED[0].title(True) == "test_chat_streaming_basic (earth)"
    models = next(case for case in SHIPPED if case.test == "models")
    assert models.id(False) == "test_models[list]"


@pytest.mark.parametrize("case", SHIPPED, ids=lambda case: f"{case.test}-{case.case}")
def test_a_case_expects_something_and_says_what_it_is_for(case: Case) -> None:
    assert any(turn.expect for turn in case.turns)
    assert case.about


def test_every_word_action_and_capability_is_used() -> None:
    turns = [turn for case in SHIPPED for turn in case.turns]
    assert {expected.word for turn in turns for expected in turn.expect} == WORDS.keys()
    assert {turn.does for turn in turns} == ACTIONS.keys()
    assert {need for case in SHIPPED for need in case.needs} == CAPABILITIES.keys()


def test_the_shipped_folder_is_the_one_that_is_loaded() -> None:
    assert {Path(case.place.rpartition(":")[0]).name for case in SHIPPED} == {
        file.name for file in shipped().glob("*.yaml")
    }
    assert load_cases(shipped()) == SHIPPED
