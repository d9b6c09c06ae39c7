"""What is a provider's answer, what is trouble with one case, and what is an outage."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import retape
from retape.tape.exchange import Exchange
from retape.tape.request import Request
from retape.tape.steps import Abort, Head, Step
from retape.verify.cases.case import Attempt, Problem
from retape.verify.run import asker
from retape.verify.run.asker import Answered, Asker
from retape.verify.run.patience import Gate
from retape.verify.run.plan import Spot
from retape.verify.run.probing import Health
from retape.verify.run.running import Finished
from retape.verify.run.suite import Suite
from retape.verify.run.taping import Taped
from verify.run.ailing import Ailing, How
from verify.run.small import PROVIDER, cells, small, verdicts
from wire import refused_port

HEALTHY = ["pass"] * 7
"""Of the small suite: where people live, which planet has rings, a refusal, each plain and streamed, and the models."""


def asked(of: Suite, server: Ailing, *, workers: int = 1, **how: Any) -> Finished:
    with retape.serve(server) as running:
        return cells(of, live=True, base_url=running.base_url, workers=workers, **how)


def kept(of: Suite) -> list[str]:
    return sorted(path.name for path in of.cassettes.rglob("*.yaml"))


@pytest.fixture
def of(tmp_path: Path) -> Suite:
    return small(tmp_path, name="small")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_fails_at_everything_is_one_error_and_is_asked_no_more(of: Suite, status: int) -> None:
    server = Ailing({"": status})
    finished = asked(of, server)
    assert verdicts(finished) == ["error", *["skipped"] * 6]
    assert f"gives nothing but errors: the server {'failed' if status == 500 else 'is out of order'}: {status}" in (
        finished.run.cells[0].why
    )
    assert finished.run.cells[1].why.startswith("not asked: http://127.0.0.1:")
    assert len(server.asked) == 3  # two tries and a probe
    assert kept(of) == []


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_lists_its_models_and_fails_at_all_else_is_given_up_after_some_cells_on_end(
    of: Suite, status: int
) -> None:
    server = Ailing({"POST": status})
    finished = asked(of, server)
    assert verdicts(finished) == [*["error"] * asker.ROW, *["skipped"] * 2]
    assert len(server.posts()) == 2 * asker.ROW
    assert kept(of) == []


def test_after_an_outage_the_same_command_asks_what_it_could_not(of: Suite) -> None:
    asked(of, Ailing({"": 503}))
    finished = asked(of, Ailing())
    assert verdicts(finished) == HEALTHY
    assert len(finished.asked) == 7
    assert verdicts(cells(of)) == HEALTHY


def test_single_failures_of_a_gateway_are_not_kept_and_the_next_run_asks_just_those_cells(of: Suite) -> None:
    first = asked(of, Ailing({"rings": 503}))
    assert verdicts(first) == ["pass", "pass", "error", "error", "pass", "pass", "pass"]
    assert first.run.cells[2].why == "the server is out of order: 503: no healthy upstream"
    assert len(kept(of)) == 5
    well = Ailing()
    again = asked(of, well)
    assert verdicts(again) == HEALTHY
    assert len(well.asked) == 2


def test_a_failure_now_and_then_is_no_error_at_all(of: Suite) -> None:
    assert verdicts(asked(of, Ailing(every=4), workers=3)) == HEALTHY


def test_offline_an_error_of_the_live_run_is_unrecorded(of: Suite) -> None:
    asked(of, Ailing({"rings": 503}))
    assert verdicts(cells(of))[2:4] == ["unrecorded", "unrecorded"]


def test_an_error_that_was_once_recorded_is_asked_again_live(of: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Ailing({"rings": 403})  # refused to this key: an error
    with monkeypatch.context() as patched:
        patched.setattr("retape.verify.run.trying.Tries._kept", _kept_whatever_it_is)
        assert verdicts(asked(of, server))[2:4] == ["error", "error"]
    assert verdicts(cells(of))[2:4] == ["error", "error"]
    assert verdicts(asked(of, Ailing())) == HEALTHY
    assert verdicts(cells(of)) == HEALTHY


def _kept_whatever_it_is(tries: Any, spot: Spot, answered: Answered) -> Any:
    """As retape once did it."""
    from retape.verify.run.cells import judged
    from retape.verify.run.taping import save

    path = spot.cassette(tries.cassettes)
    return judged(spot, answered.attempt, save(path, answered.taped, base_url=""), cassette=str(path))


def test_a_500_to_one_case_is_a_finding_and_is_kept_because_another_is_answered_then(of: Suite) -> None:
    server = Ailing({"rings": 500})
    finished = asked(of, server)
    assert verdicts(finished) == ["pass", "pass", "fail", "fail", "pass", "pass", "pass"]
    assert len(kept(of)) == 7
    assert [told.count("rings") for told in server.posts()] == [0, 0, 1, 1, 0, 1, 1, 0, 0, 0]
    assert verdicts(cells(of)) == verdicts(finished)


def test_a_500_before_anything_was_answered_is_no_finding_yet(of: Suite) -> None:
    server = Ailing({"humans": 500})
    assert verdicts(asked(of, server)) == ["error", "error", *["pass"] * 5]
    assert len(kept(of)) == 5
    again = asked(of, server)  # what is recorded was answered: that can be asked
    assert verdicts(again) == ["fail", "fail", *["pass"] * 5]
    assert len(kept(of)) == 7


def test_a_server_that_began_to_fail_is_found_out_by_what_it_answered_before(of: Suite) -> None:
    asked(of, Ailing(), keyword="earth")
    finished = asked(of, Ailing({"POST": 500}))
    assert verdicts(finished) == ["pass", "pass", "error", *["skipped"] * 4]
    assert kept(of) == ["earth.plain.yaml", "earth.stream.yaml"]


def test_one_model_that_is_out_of_order_does_not_stop_another(tmp_path: Path) -> None:
    of = small(tmp_path, name="small", provider=PROVIDER.replace("[gpt-4o-mini]", "[gpt-4o-mini, gpt-4o]"))
    finished = asked(of, Ailing({'"gpt-4o"': 503}), keyword="chat")
    assert [cell.verdict for cell in finished.run.cells if cell.model == "gpt-4o-mini"] == ["pass"] * 6
    down = [cell for cell in finished.run.cells if cell.model == "gpt-4o"]
    assert [cell.verdict for cell in down] == [*["error"] * asker.ROW, "skipped"]
    assert "not asked: gpt-4o at http://127.0.0.1:" in down[-1].why


@pytest.mark.parametrize("how", ["early-end", "reset"])
def test_a_server_that_drops_one_kind_of_request_is_asked_everything_else(of: Suite, how: How) -> None:
    ills: dict[str, How] = {"rings": how}
    finished = asked(of, Ailing(ills), workers=3)
    assert verdicts(finished) == ["pass", "pass", "error", "error", "pass", "pass", "pass"]
    assert finished.run.cells[2].why.startswith("no answer came: ")
    again = asked(of, Ailing(ills), workers=3)  # begins with what is dropped
    assert verdicts(again) == verdicts(finished)
    assert len(again.asked) == 2


def test_a_server_that_drops_everything_is_given_up_though_it_lists_its_models(of: Suite) -> None:
    finished = asked(of, Ailing({"POST": "early-end"}))
    assert verdicts(finished) == [*["error"] * asker.ROW, *["skipped"] * 2]
    assert "leaves everything without an answer" in finished.run.cells[asker.ROW - 1].why


def test_every_request_is_counted_second_tries_and_probes_too(of: Suite) -> None:
    server = Ailing({"rings": "early-end"})
    finished = asked(of, server)
    assert finished.cost.requests == len(server.asked) == 5 + 2 * 3  # of two cells two tries and a probe each
    assert finished.cost.prompt_tokens > 0


def test_requests_that_no_answer_came_to_are_counted(of: Suite) -> None:
    finished = cells(of, live=True, base_url=f"http://127.0.0.1:{refused_port()}/v1")
    assert (finished.cost.requests, len(finished.asked)) == (2, 1)


def test_refusals_for_the_rate_are_counted(of: Suite) -> None:
    fake = retape.Fake()
    fake.on(contains="planet").reply("Earth.").always()
    fake.fail(429, retry_after=0.01, times=2)
    with retape.serve(fake) as running:
        finished = cells(of, live=True, base_url=running.base_url, keyword="earth and plain")
    assert (finished.cost.requests, verdicts(finished)) == (3, ["pass"])


def test_an_interrupt_while_somebody_is_asked_warns_of_nothing(of: Suite, recwarn: pytest.WarningsRecorder) -> None:
    def hangs(request: Request) -> Iterator[Step]:
        os.kill(os.getpid(), signal.SIGINT)
        return iter([Abort("timeout")])

    with retape.serve(hangs) as running:
        finished = cells(of, live=True, base_url=running.base_url)
    assert (finished.run.interrupted, finished.missing) == (True, 7)
    assert [str(one.message) for one in recwarn.list] == []


LATE = "timeout"


class Scripted:
    """What comes of each try and each probe, without a server and without waiting.

    Attributes:
        tries: in order; the last one again and again: a status, or how the connection ends.
        probes: the same of probes.
        waited: seconds that were waited between probes.
    """

    def __init__(self, tries: list[How], probes: list[Health]) -> None:
        self.tries = tries
        self.probes = probes
        self.tried = 0
        self.probed = 0
        self.waited: list[float] = []

    async def asked(self, work: Callable[[], Awaitable[Attempt]]) -> tuple[Attempt, Taped]:
        """In the place of `taping.asked`."""
        how = self.tries[min(self.tried, len(self.tries) - 1)]
        self.tried += 1
        request = Request(method="POST", url="http://127.0.0.1:9/v1/chat/completions")
        if isinstance(how, int):
            return Attempt(turns=1), Taped(exchanges=(Exchange(request=request, steps=(Head(how),)),))
        problem = Problem(kind="error", turn=1, message=f"no answer came: {how}")
        return Attempt(problems=(problem,), turns=1), Taped(exchanges=(Exchange(request=request, steps=(Abort(how),)),))

    async def probe(self, fresh: object) -> Health:
        """In the place of `probing.probe`."""
        found = self.probes[min(self.probed, len(self.probes) - 1)]
        self.probed += 1
        return found

    async def sleep(self, seconds: float) -> None:
        """In the place of waiting."""
        self.waited.append(seconds)


def said(of: Suite, script: Scripted, *, at_once: bool = False) -> list[str]:
    """What came of the cells: "" for an answer, else outage, spared or late."""
    provider: Any = of.providers[0]
    client: Any = None

    async def all_of_them() -> list[str]:
        whom = Asker(provider, client, Gate(sleep=script.sleep), address="it", fresh=lambda: client)
        if at_once:
            return [_said(came) for came in await asyncio.gather(*map(whom.ask, of.plan()))]
        return [_said(await whom.ask(spot)) for spot in of.plan()]

    return asyncio.run(all_of_them())


def _said(answered: Answered) -> str:
    words = {"outage": answered.outage, "spared": answered.spared, "late": answered.attempt.problems}
    return next((word for word, there in words.items() if there), "")


ALIVE, GONE, SILENT = Health(status=404), Health(), Health(busy=True)

PATIENCE: dict[str, tuple[list[How], list[Health], list[str], int, list[float]]] = {
    "nobody was ever there": ([LATE], [GONE], ["outage", *["spared"] * 6], 1, []),
    "nobody ever said anything": ([LATE], [SILENT], ["outage", *["spared"] * 6], 1, []),
    "one request hangs": ([200, LATE, LATE, 200], [ALIVE], ["", "late", *[""] * 5], 8, []),
    "a neighbour of one that hangs": ([200, LATE, 200], [ALIVE], [""] * 7, 8, []),
    "a server that is busy with what it hangs at": (
        [200, LATE, LATE, 200],
        [SILENT, SILENT],
        ["", "late", "late", *[""] * 4],
        7,
        [],
    ),
    "a server that stays busy": ([200, LATE], [SILENT], ["", "late", "late", "outage", *["spared"] * 3], 4, []),
    "all requests hang and the models are listed": (
        [200, LATE],
        [ALIVE],
        # two second tries that hang, and no more; then what was answered before hangs, too
        ["", "late", "late", "late", "late", "outage", "spared"],
        1 + 2 * 2 + 3 + 1,
        [],
    ),
    "many hang and others are answered": (
        [200, LATE, LATE, LATE, LATE, LATE, LATE, LATE, 200],
        [ALIVE],
        ["", *["late"] * 5, ""],
        1 + 2 * 2 + 3 + 1 + 1,
        [],
    ),
    "a server that died and is started again": (
        [200, "early-end", "early-end", 200],
        [GONE, GONE, ALIVE],
        ["", "late", *[""] * 5],
        8,
        [1.0, 2.0],
    ),
    "a server that died": ([200, "early-end"], [GONE], ["", "outage", *["spared"] * 5], 2, [1.0, 2.0, 4.0]),
}
"""Tries, probes -> what comes of the seven cells, how many tries it took, what was waited for a restart."""


@pytest.mark.parametrize("name", PATIENCE)
def test_patience_has_an_end(of: Suite, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    tries, probes, wanted, number, waited = PATIENCE[name]
    script = Scripted(tries, probes)
    monkeypatch.setattr(asker, "asked", script.asked)
    monkeypatch.setattr(asker, "probe", script.probe)
    assert said(of, script) == wanted
    assert (script.tried, script.waited) == (number, waited)


def test_a_second_try_is_alone_lest_a_server_that_one_request_kills_takes_its_neighbours_along(
    of: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Scripted(["early-end"] * 7 + [200], [ALIVE])
    inside, seen = 0, list[int]()

    async def crowded(work: Callable[[], Awaitable[Attempt]]) -> tuple[Attempt, Taped]:
        nonlocal inside
        inside += 1
        came = await script.asked(work)
        await asyncio.sleep(0)
        seen.append(inside)
        inside -= 1
        return came

    monkeypatch.setattr(asker, "asked", crowded)
    monkeypatch.setattr(asker, "probe", script.probe)
    assert said(of, script, at_once=True) == [""] * 7
    assert (seen[0], seen[7:]) == (7, [1] * 7)
