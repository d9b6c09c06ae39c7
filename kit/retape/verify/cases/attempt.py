"""A case, tried on a provider through the official client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from retape.verify.cases.actions import ACTIONS, Action
from retape.verify.cases.answers import Answer
from retape.verify.cases.case import Attempt, Case, Expectation, Kind, Problem, Turn
from retape.verify.cases.client import Outcome, Refusal, Trouble, ask
from retape.verify.cases.refusing import refusal_problem, without_endpoint
from retape.verify.cases.seen import Seen
from retape.verify.cases.talk import Talk
from retape.verify.cases.words import WORDS

if TYPE_CHECKING:
    from retape.verify.cases.client import Client

Sleep = Callable[[float], Awaitable[object]]

_POLLS = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0, *[2.0] * 60)
"""Seconds before each look at an answer that is made in the background."""

_ENDING: frozenset[Kind] = frozenset({"protocol", "unsupported", "error"})
"""After these a conversation has no sense any more."""


async def attempt(case: Case, *, client: Client, model: str, stream: bool, sleep: Sleep = asyncio.sleep) -> Attempt:
    """Hold a case's conversation and judge what came.

    Args:
        case: the case.
        client: of the provider.
        model: the model's name there.
        stream: whether answers are streamed, where the endpoint can.
        sleep: how to wait for an answer that is made in the background.

    Raises:
        CancelledError: it was cancelled; nothing else is raised but what isn't an `Exception`, as a cassette's miss.
    """
    trial = _Trial(case, model, stream)
    for number, turn in enumerate(case.turns, 1):
        arguments = trial.talk.arguments(turn)
        if arguments is None:
            trial.stuck(number)
            break
        came = await _done(client, ACTIONS[turn.does], arguments, stream=stream, key=turn.key, sleep=sleep)
        if not trial.judge(number, turn, arguments, came):
            break
    return trial.attempt()


async def _done(
    client: Client, action: Action, arguments: dict[str, object], *, stream: bool, key: str, sleep: Sleep
) -> Outcome:
    """What comes of a turn; one that waits looks until there is an end."""
    if not action.polls:
        return await ask(client, action, arguments, stream=stream, key=key)
    came: Outcome = Trouble("error", "it was never looked at")
    for seconds in _POLLS:
        if seconds:
            await sleep(seconds)
        came = await ask(client, action, arguments, stream=False, key=key)
        if not isinstance(came, Answer) or came.value.get("status") not in ("queued", "in_progress"):
            break
    return came


class _Trial:
    """One try, as far as it has come."""

    def __init__(self, case: Case, model: str, stream: bool) -> None:
        self.talk = Talk(case, model=model, stream=stream)
        self._case = case
        self._model = model
        self._stream = stream
        self._problems: list[Problem] = []
        self._turns = 0
        self._answered: dict[str, set[str]] = {}

    def stuck(self, number: int) -> None:
        """A turn can't be asked: it would bring a tool's result, and none was called."""
        if not self._problems:
            message = "no tool was called whose result this turn would bring"
            self._problems.append(Problem(kind="inconclusive", turn=number, message=message))

    def judge(self, number: int, turn: Turn, arguments: dict[str, object], came: Outcome) -> bool:
        """Judge a turn's outcome; whether to go on.

        Args:
            number: the turn's, from 1.
            turn: the turn.
            arguments: what was asked with.
            came: what came.
        """
        found = list(self._found(number, turn, arguments, came))
        if any(problem.kind != "inconclusive" for problem in found):  # what never happened did so for a reason
            found = [problem for problem in found if problem.kind != "inconclusive"]
        self._problems += found
        self._turns = number
        if isinstance(came, Answer):
            self.talk.hear(turn, came)
            self._answered.setdefault(turn.does, set()).update(arguments)
        return not any(problem.kind in _ENDING for problem in found)

    def _found(self, number: int, turn: Turn, arguments: dict[str, object], came: Outcome) -> Iterator[Problem]:
        if isinstance(came, Trouble):
            yield Problem(kind=came.kind, turn=number, message=came.message)
            return
        wanted = [expected for expected in turn.expect if expected.word == "refused"]
        if isinstance(came, Refusal):
            wanted = wanted or [expected for expected in turn.expect if expected.word == "may_refuse"]
            if not wanted:
                begun = arguments.keys() <= self._answered.get(turn.does, set())
                yield refusal_problem(self._case, came, turn=number, begun=begun)
                return
            if without_endpoint(self._case, came, wanted[0].wanted["status"]):
                yield Problem(kind="unsupported", turn=number, message=f"it was refused with {came}", word="refused")
                return
        elif not wanted and ACTIONS[turn.does].read_stream and not came.choices:
            yield Problem(kind="protocol", turn=number, message="the answer has no choices")
            return
        seen = Seen(came=came, sent=arguments, model=self._model, before=tuple(self.talk.answers), stream=self._stream)
        for expected in wanted or turn.expect:
            yield from _broken(number, expected, seen)

    def attempt(self) -> Attempt:
        """What came of it."""
        answers = self.talk.answers
        through = self._turns == len(self._case.turns) and not any(found.kind in _ENDING for found in self._problems)
        wrong = any(found.kind == "quality" for found in self._problems)
        return Attempt(
            problems=tuple(self._problems),
            judged=self._case.judged and (through or wrong),
            turns=self._turns,
            prompt_tokens=sum(answer.counted("prompt_tokens", "input_tokens") for answer in answers),
            completion_tokens=sum(answer.counted("completion_tokens", "output_tokens") for answer in answers),
        )


def _broken(number: int, expected: Expectation, seen: Seen) -> Iterator[Problem]:
    """What an expectation has against an answer."""
    word = WORDS[expected.word]
    try:
        for complaint in word.check(expected.wanted, seen):
            kind, message = (word.judges, complaint) if isinstance(complaint, str) else complaint
            yield Problem(kind=kind, turn=number, message=message, word=word.name)
    except Exception as error:  # noqa: BLE001 - an answer of a shape that nobody thought of
        message = f"{word.name} can't be judged: {type(error).__name__}: {error}"
        yield Problem(kind="protocol", turn=number, message=message, word=word.name)
