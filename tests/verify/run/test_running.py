"""A run: asked once, replayed with the same verdicts, and what becomes of it when something goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import signal
import warnings
from pathlib import Path

import httpx
import pytest

import retape
from retape.errors import UsageError
from retape.verify.cell import Cell
from retape.verify.run.suite import Suite, suite
from retape.verify.run.taping import Taped, asked
from retape.verify.run.trying import Tries
from verify.run.small import cells, small, verdicts
from wire import HANG, WireServer, plain, refused_port

BARE = {"id": 7, "choices": [{"index": 0, "message": {"role": "assistant", "content": "Earth"}}]}
"""An answer that says what it should, in an envelope that lacks most of what it should have."""

DEVIATION = "- {id: bare, rules: ['*'], expects: ['*'], reason: It is, source: o/r#1, date: 2025}"

TOLD = ("verdict", "why", "conforms", "answered", "violations", "deviations", "prompt_tokens", "completion_tokens")


def told(cell: Cell) -> dict[str, object]:
    """Whatever a run says of a cell, but for the time that it took."""
    return {name: getattr(cell, name) for name in TOLD} | {"exchanges": cell.exchanges, "cassette": cell.cassette}


def recordings(of: Suite) -> dict[str, bytes]:
    return {str(path.relative_to(of.cassettes)): path.read_bytes() for path in of.cassettes.rglob("*.yaml")}


def test_what_nobody_recorded_is_unrecorded_and_tells_the_command_that_records_it(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    finished = cells(small(tmp_path), keyword="earth and plain")
    assert verdicts(finished) == ["unrecorded"]
    assert finished.run.cells[0].why == (
        "record it: retape verify --provider fake --cases cases --cassettes cassettes --model gpt-4o-mini "
        "-k 'test_chat_non_streaming_basic[earth]' --live"
    )


def test_the_fake_passes_and_the_replay_says_of_every_cell_what_the_live_run_said(tmp_path: Path) -> None:
    of = small(tmp_path)
    live, replay = cells(of, live=True), cells(of)
    assert verdicts(live) == ["pass"] * 7
    assert [told(cell) for cell in replay.run.cells] == [told(cell) for cell in live.run.cells]
    assert (live.run.live, replay.run.live) == (True, False)
    assert (len(live.asked), len(replay.asked)) == (7, 0)


WORST = suite(names=["fake"]).plan(keyword="tools or vision or store or json-schema or embeddings or logprobs")


def test_the_hard_cases_have_the_same_verdict_live_and_replayed(tmp_path: Path) -> None:
    of = dataclasses.replace(suite(names=["fake"]), cassettes=tmp_path)
    spots = WORST[::4]
    live, replay = cells(of, live=True, spots=spots), cells(of, spots=spots)
    assert [told(cell) for cell in replay.run.cells] == [told(cell) for cell in live.run.cells]
    assert len(spots) > 20


def test_a_server_that_deviates_has_the_same_verdicts_live_and_replayed(tmp_path: Path, server: WireServer) -> None:
    of = small(tmp_path, name="small")
    server.says(*[plain(BARE)] * 7)
    live, replay = cells(of, live=True, base_url=server.url), cells(of)
    assert [told(cell) for cell in replay.run.cells] == [told(cell) for cell in live.run.cells]
    assert "fail" in verdicts(live)


def test_what_is_recorded_is_not_asked_again(tmp_path: Path) -> None:
    of = small(tmp_path)
    cells(of, live=True, keyword="earth")
    before = recordings(of)
    finished = cells(of, live=True)
    assert len(finished.asked) == 5
    assert recordings(of).items() >= before.items()


def test_rewrite_asks_what_is_recorded_and_an_equal_answer_leaves_the_same_file_but_for_the_times(
    tmp_path: Path,
) -> None:
    of = small(tmp_path)
    first = cells(of, live=True)
    again = cells(of, live=True, rewrite=True)
    assert len(again.asked) == 7
    pairs = zip(first.run.cells, again.run.cells, strict=True)
    assert all(a.exchanges[0].request == b.exchanges[0].request for a, b in pairs)


def test_a_recording_of_another_case_is_told_offline_and_asked_anew_live(tmp_path: Path) -> None:
    of = small(tmp_path)
    cells(of, live=True, keyword="earth")
    file = tmp_path / "cases" / "chat-basic.yaml"
    file.write_text(file.read_text().replace("humans live", "we all live"))
    changed = suite(names=["fake"], cases=tmp_path / "cases", cassettes=of.cassettes)
    offline = cells(changed, keyword="earth")
    assert verdicts(offline) == ["unrecorded", "unrecorded"]
    assert "recorded for another case" in offline.run.cells[0].why
    assert verdicts(cells(changed, live=True, keyword="earth")) == ["pass", "pass"]
    assert verdicts(cells(changed, keyword="earth")) == ["pass", "pass"]


def test_a_damaged_recording_is_an_error_that_names_it_and_the_others_are_judged(tmp_path: Path) -> None:
    of = small(tmp_path)
    cells(of, live=True)
    file = next(of.cassettes.rglob("earth.plain.yaml"))
    file.write_bytes(file.read_bytes()[:-40])
    finished = cells(of)
    assert verdicts(finished) == ["error", *["pass"] * 6]
    assert "damaged cassette" in finished.run.cells[0].why


def test_recordings_hold_no_address_of_this_machine(tmp_path: Path) -> None:
    of = small(tmp_path)
    finished = cells(of, live=True, keyword="earth")
    assert {cell.exchanges[0].request.url for cell in finished.run.cells} == {
        "http://127.0.0.1:8000/v1/chat/completions"
    }


def test_the_key_goes_out_and_into_no_recording(tmp_path: Path) -> None:
    of, fake = small(tmp_path, name="small"), retape.Fake()
    with retape.serve(fake) as running:
        cells(of, live=True, base_url=running.base_url, environ={"SMALL_KEY": "a-key-of-mine"})
    assert {sent.headers["authorization"] for sent in fake.requests} == {"Bearer a-key-of-mine"}
    assert not [name for name, data in recordings(of).items() if b"a-key-of-mine" in data]
    assert recordings(of)


def test_an_unreachable_server_is_one_error_and_nothing_more_is_asked(tmp_path: Path) -> None:
    of = small(tmp_path, name="small")
    finished = cells(of, live=True, base_url=f"http://127.0.0.1:{refused_port()}/v1")
    assert verdicts(finished) == ["error", *["skipped"] * 6]
    assert "can't be reached" in finished.run.cells[0].why
    assert finished.run.cells[1].why.startswith("not asked: http://127.0.0.1:")
    assert recordings(of) == {}


def test_a_refused_key_is_one_error_that_names_its_variable(tmp_path: Path) -> None:
    fake = retape.Fake()
    fake.fail(401)
    with retape.serve(fake) as running:
        finished = cells(small(tmp_path, name="small"), live=True, base_url=running.base_url)
    assert verdicts(finished) == ["error", *["skipped"] * 6]
    assert "refuses the key in SMALL_KEY (401)" in finished.run.cells[0].why


@pytest.mark.parametrize("failure", ["reset", 500, 503])
def test_what_the_transport_broke_or_the_server_failed_at_is_asked_once_more(tmp_path: Path, failure) -> None:
    fake = retape.Fake()
    fake.on(contains="planet").reply("Earth and Saturn.")
    fake.fail(failure, times=1)
    with retape.serve(fake) as running:
        finished = cells(small(tmp_path, name="small"), live=True, base_url=running.base_url, keyword="plain and earth")
    assert verdicts(finished) == ["pass"]
    assert len(finished.run.cells[0].exchanges) == 1


def test_a_server_that_fails_twice_at_a_case_and_answers_another_fails(tmp_path: Path) -> None:
    of, fake = small(tmp_path, name="small"), retape.Fake()
    fake.on(contains="planet").reply("Earth and Saturn.")
    with retape.serve(fake) as running:
        cells(of, live=True, base_url=running.base_url, keyword="plain and saturn")
        fake.fail(500, times=2)
        finished = cells(of, live=True, base_url=running.base_url, keyword="plain and chat-basic")
    assert verdicts(finished) == ["fail", "pass"]
    assert len(fake.requests) == 1 + 2 + 1  # the other one is asked again: it has to be answered at that very time


def test_what_breaks_twice_is_an_error_and_is_asked_again_by_the_next_run(tmp_path: Path) -> None:
    of = small(tmp_path, name="small")
    fake = retape.Fake()
    fake.on(contains="planet").reply("Earth and Saturn.")
    with retape.serve(fake) as running:
        cells(of, live=True, base_url=running.base_url, keyword="saturn")
        fake.fail("reset", times=2)
        broken = cells(of, live=True, base_url=running.base_url, keyword="earth and plain")
        assert verdicts(broken) == ["error"]
        assert verdicts(cells(of, live=True, base_url=running.base_url, keyword="earth")) == ["pass", "pass"]


def test_a_rate_limit_is_never_a_failure_and_leaves_no_trace_in_the_recording(tmp_path: Path) -> None:
    of = small(tmp_path, name="small")
    fake = retape.Fake()
    fake.on(contains="planet").reply("Earth and Saturn.")
    fake.fail(429, retry_after=0.01, times=2)
    with retape.serve(fake) as running:
        finished = cells(of, live=True, base_url=running.base_url, keyword="chat-basic")
    assert verdicts(finished) == ["pass"] * 4
    assert {len(cell.exchanges) for cell in finished.run.cells} == {1}


def test_a_rate_limit_without_end_ends_the_run_for_the_provider(tmp_path: Path) -> None:
    of = small(tmp_path, name="small")
    fake = retape.Fake()
    fake.fail(429, retry_after=1000)
    with retape.serve(fake) as running:
        finished = cells(of, live=True, base_url=running.base_url)
    assert verdicts(finished) == ["error", *["skipped"] * 6]
    assert finished.run.cells[0].why == "the provider refuses more requests (429), after 6 tries"


def test_an_interrupted_run_has_what_was_finished_and_the_next_one_goes_on_there(tmp_path: Path) -> None:
    of = small(tmp_path)

    def interrupt(cell: Cell) -> None:
        if cell.case == "saturn":
            signal.raise_signal(signal.SIGINT)

    cut = cells(of, live=True, on_cell=interrupt, workers=1)
    assert cut.run.interrupted
    assert 0 < len(cut.run.cells) < 7
    assert cut.missing == 7 - len(cut.run.cells)
    rest = cells(of, live=True)
    assert verdicts(rest) == ["pass"] * 7
    assert len(rest.asked) == 7 - sum(bool(cell.cassette) for cell in cut.run.cells)


def test_a_missing_key_names_its_variable_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="openai needs a key: set the environment variable OPENAI_API_KEY"):
        cells(small(tmp_path, name="openai"), live=True)


def test_excluded_cells_are_skipped_with_the_reason_even_when_they_are_recorded(tmp_path: Path) -> None:
    provider = "base-url: http://127.0.0.1:9/v1\nmodels: [gpt-4o-mini]\n"
    provider += "excluded: [{cases: [chat-basic/earth], reason: It was asked too often.}]\n"
    finished = cells(small(tmp_path, name="small", provider=provider), keyword="earth")
    assert verdicts(finished) == ["skipped", "skipped"]
    assert finished.run.cells[0].why == "It was asked too often."


def test_a_known_deviation_of_the_file_makes_a_failure_known_in_the_replay_too(
    tmp_path: Path, server: WireServer
) -> None:
    of = small(tmp_path, name="small")
    server.says(*[plain(BARE)] * 7)
    assert verdicts(cells(of, live=True, base_url=server.url, keyword="earth and plain")) == ["fail"]
    file = tmp_path / "cases" / "providers" / "small.yaml"
    file.write_text(f"{file.read_text()}deviations:\n{DEVIATION}\n")
    again = suite(names=["small"], cases=tmp_path / "cases", cassettes=of.cassettes)
    cell = cells(again, keyword="earth and plain").run.cells[0]
    assert (cell.verdict, cell.deviations, cell.conforms) == ("known", ("bare",), False)


def test_in_ci_live_records_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert verdicts(cells(small(tmp_path), live=True, keyword="earth and plain")) == ["pass"]


def test_a_replay_needs_no_loop_of_its_own_and_waits_for_nothing(tmp_path: Path) -> None:
    of = small(tmp_path)
    cells(of, live=True, keyword="earth and plain")

    async def one() -> Cell:
        tries = Tries(cassettes=of.cassettes)
        try:
            return await tries.cell(of.plan(keyword="earth and plain")[0])
        finally:
            await tries.close()

    assert asyncio.run(one()).verdict == "pass"


def test_cells_that_are_asked_at_the_same_time_leave_pythons_warnings_on() -> None:
    silence = ("ignore", None, Warning, None, 0)
    assert silence not in warnings.filters

    async def overlapping() -> None:
        second_begun, first_ended = asyncio.Event(), asyncio.Event()

        async def second() -> None:
            second_begun.set()
            await first_ended.wait()

        tasks = [asyncio.create_task(asked(second_begun.wait)), asyncio.create_task(asked(second))]
        await tasks[0]
        first_ended.set()
        await tasks[1]

    asyncio.run(overlapping())
    assert silence not in warnings.filters


def test_a_call_that_is_given_up_is_warned_of_nowhere_beside_the_verdict(server: WireServer) -> None:
    """A warning is an error in these tests."""
    server.says([HANG])

    async def work() -> str:
        async with httpx.AsyncClient() as client:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(client.get(f"{server.url}/models"), 0.05)
                return "answered"
        return "given up"

    assert asyncio.run(asked(work)) == ("given up", Taped())
