"""A request's turn in the script: decided at its first question, the same for all of its choices."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from retape.handlers.fake.ask import Ask
from retape.handlers.fake.reply import Reply
from retape.handlers.fake.script.acts import SPEAKING
from retape.handlers.fake.script.deeds import Deed, Says
from retape.handlers.fake.script.script import Script, Taken
from retape.tape.steps import Head, Step

if TYPE_CHECKING:
    from retape.handlers.fake.sent import Sent

Improvise = Callable[[Ask, int], Reply]
"""What the fake says by itself, to an ask and for which of several choices."""


class Interrupted(Exception):
    """The script has something else for this request than words."""


class Cue:
    """What the script says to one request.

    Args:
        script: the script.
        sent: the request.
        improvise: what is said where the script says nothing.
        lock: the fake's.
    """

    __slots__ = ("_decided", "_failed", "_improvise", "_lock", "_replies", "_script", "_sent", "_taken")

    def __init__(self, script: Script, sent: Sent, improvise: Improvise, lock: threading.RLock) -> None:
        self._script = script
        self._sent = sent
        self._improvise = improvise
        self._lock = lock
        self._decided = False
        self._failed: Exception | None = None
        self._taken: Taken | None = None
        self._replies: tuple[Reply, ...] = ()

    def __call__(self, ask: Ask, index: int) -> Reply:
        """The reply to an ask, for which of several choices.

        Raises:
            Interrupted: the script has no words for it, but something else.
            Refused: a strict script doesn't know the request.
        """
        if not self._decided:
            self._sent.understand(ask)
            try:
                self._decide()
                if self._taken:
                    self._replies = self._said(self._taken.act.deed, ask)
            except Exception as error:
                self._failed = error
                raise
        if not self._replies:
            return self._improvise(ask, index)
        return self._replies[min(index, len(self._replies) - 1)]

    def raised(self, error: Exception) -> bool:
        """Whether an exception is one of the script's own functions."""
        return error is self._failed

    def _said(self, deed: Deed, ask: Ask) -> tuple[Reply, ...]:
        if not isinstance(deed, Says):
            raise Interrupted
        return deed.replies(self._sent, ask)

    def _decide(self) -> None:
        self._decided = True
        script = self._script
        if script.rules or script.strict:
            with self._lock:
                self._taken = script.take(self._sent)

    def play(self, endpoint: Callable[[], Iterator[Step]]) -> Iterator[Step]:
        """The answer, as the script has it.

        Args:
            endpoint: answers the request; it asks this cue for words.

        Raises:
            Refused: OpenAI would refuse the request, or a strict script doesn't know it.
        """
        if self._sent.endpoint not in SPEAKING:
            self._decide()
        steps: Iterator[Step] | None = None
        if self._taken is None:
            try:
                steps = endpoint()
            except Interrupted:
                steps = None
        if self._taken is None:
            return steps if steps is not None else endpoint()
        return noted(self._sent, self._acted(self._taken, endpoint, steps))

    def _acted(
        self, taken: Taken, endpoint: Callable[[], Iterator[Step]], spoken: Iterator[Step] | None
    ) -> Iterator[Step]:
        """What the act makes of the answer, and what then goes wrong with it."""
        steps = taken.act.deed.steps(endpoint if spoken is None else lambda: spoken, self._sent)
        for fails in taken.act.faults:
            steps = fails.steps(lambda inside=steps: inside, self._sent)  # type: ignore[misc]
        return steps

    def put_back(self) -> None:
        """The request was refused: it took nothing from the script."""
        if self._taken:
            self._script.put_back(self._taken)
            self._sent.rule = self._taken = None


def noted(sent: Sent, steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps; status and request id are noted when they pass."""
    sent.status = None
    for step in steps:
        if isinstance(step, Head):
            sent.status = step.status
            sent.request_id = step.header("x-request-id") or ""
            yield step
            break
        yield step
    yield from steps
