"""A provider that is asked live: with patience, a second try for a flake, and an end when it is out of order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retape.tape.exchange import Exchange
from retape.verify.cases.attempt import attempt
from retape.verify.cases.case import Attempt, Case
from retape.verify.providers.provider import Provider
from retape.verify.run import signs
from retape.verify.run.aisle import Aisle
from retape.verify.run.patience import Gate
from retape.verify.run.plan import Spot
from retape.verify.run.probing import Health, probe
from retape.verify.run.taping import Taped, asked

if TYPE_CHECKING:
    from retape.verify.cases.client import Client

ROW = 5
"""Cells in a row that nothing good came of, after which the server has to show that it can still answer something."""

BUSY = 3
"""Requests in a row that were kept waiting while not even a probe was answered: then nobody waits any longer."""

HUNG = 2
"""Cells whose second try was kept waiting, too: what waits after them is not tried again."""

RESTARTS = (1.0, 2.0, 4.0)
"""Seconds before each further probe of a server that went away in the middle of a run: some are started again."""


@dataclass(slots=True)
class Cost:
    """What was spent, first tries and probes included.

    Args:
        requests: how many were sent.
        prompt_tokens: as the provider counted.
        completion_tokens: as the provider counted.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of a cell.

    Args:
        attempt: of the case.
        taped: what was sent and what came.
        outage: why nothing more is to be asked, found out with this cell; "" when it can be.
        spared: why it wasn't asked to its end: another cell had found out.
        doubt: why it is no evidence of how the provider answers; "" when it is.
    """

    attempt: Attempt = field(default_factory=Attempt)
    taped: Taped = field(default_factory=Taped)
    outage: str = ""
    spared: str = ""
    doubt: str = ""


class Asker:
    """A provider within reach.

    A cell that no answer came to, or nothing but a failure of the server's, is tried a second time, alone.  When that
    doesn't help, it has to be told from an outage: the server is probed, or asked again what it has answered before.
    What it fails at while it answers that is its own trouble with this case.

    Args:
        provider: the provider.
        client: of it.
        gate: what the client's requests go through.
        address: its base URL, for messages.
        fresh: makes another client, which keeps no connection of the first, for a probe.

    Attributes:
        outage: why nothing more is asked; "" while it is.
    """

    def __init__(
        self, provider: Provider, client: Client, gate: Gate, *, address: str, fresh: Callable[[], Client]
    ) -> None:
        self.provider = provider
        self.client = client
        self.gate = gate
        self.address = address
        self.outage = ""
        self._fresh = fresh
        self._tokens = Cost()
        self._aisle = Aisle()
        self._heard = False
        self._down: dict[str, str] = {}  # by model
        self._good: dict[str, Spot] = {}  # by model: a cell that it has answered
        self._row: Counter[str] = Counter()  # by model: cells on end that nothing good came of
        self._busy = 0
        self._hung = 0

    @property
    def cost(self) -> Cost:
        """What was spent until now."""
        return Cost(self.gate.sent, self._tokens.prompt_tokens, self._tokens.completion_tokens)

    def down(self, spot: Spot) -> str:
        """Why a cell can't be asked any more; "" when it can."""
        return self.outage or self._down.get(spot.model.id, "")

    def remember(self, spot: Spot, exchanges: Sequence[Exchange]) -> None:
        """Note a cell that was answered, now or when it was recorded: it can be asked again to see whether it still is.

        Args:
            spot: the cell's place.
            exchanges: what was sent and what came.
        """
        by_a_model = spot.case.endpoint not in ("models", "errors")
        if by_a_model and signs.answered(exchanges) and all(map(_is_whole, exchanges)):
            self._good.setdefault(spot.model.id, spot)

    async def ask(self, spot: Spot) -> Answered:
        """Try a case; what the transport broke, or the server failed at, is tried once more.

        Raises:
            RetapeError: see `asked`.
        """
        async with self._aisle.together():
            if self.down(spot):
                return Answered(spared=self.down(spot))
            done, taped = await self._tried(spot)
        if not signs.troubled(done, taped.exchanges) and not (self.gate.given_up and taped.refused):
            return self._well(spot, done, taped)
        async with self._aisle.alone():
            if self.down(spot):
                return Answered(spared=self.down(spot))
            if self.gate.given_up:
                return self._out(self.gate.given_up)
            return await self._once_more(spot, done, taped)

    async def _tried(self, spot: Spot) -> tuple[Attempt, Taped]:
        done, taped = await asked(lambda: attempt(spot.case, client=self.client, model=spot.asked, stream=spot.stream))
        self._tokens.prompt_tokens += done.prompt_tokens
        self._tokens.completion_tokens += done.completion_tokens
        self._heard = self._heard or any(exchange.head for exchange in taped.exchanges)
        return done, taped

    def _well(self, spot: Spot, done: Attempt, taped: Taped) -> Answered:
        self._busy = 0
        self._row[spot.model.id] = 0
        self.remember(spot, taped.exchanges)
        locked_out = self._locked_out(spot.case, done, taped.exchanges)
        return self._out(locked_out) if locked_out else Answered(attempt=done, taped=taped)

    def _out(self, why: str, *, of: str = "") -> Answered:
        """Nothing more is asked, of one model or of all."""
        if self.outage:
            return Answered(spared=self.outage)
        if of:
            self._down[of] = why
        else:
            self.outage = why
        return Answered(outage=why)

    async def _once_more(self, spot: Spot, done: Attempt, taped: Taped) -> Answered:
        """A second try, and what it means that it didn't help either."""
        late = signs.timed_out(taped.exchanges)
        if signs.unanswered(done, taped.exchanges):
            health = await self._looked_after()
            if not health.status and self._busy in (0, BUSY if self._heard or self._good else 1):
                return self._out(f"{self.address} can't be reached: {_told(done)}")
            if health.busy:
                return await self._unanswered(spot, done, taped)
        if not (late and self._hung >= HUNG):
            done, taped = await self._tried(spot)
            self._hung += late and signs.timed_out(taped.exchanges)
        if self.gate.given_up:
            return self._out(self.gate.given_up)
        if signs.unanswered(done, taped.exchanges):
            return await self._unanswered(spot, done, taped)
        if signs.failed(taped.exchanges):
            return await self._failed(spot, done, taped)
        return self._well(spot, done, taped)

    async def _looked_after(self) -> Health:
        """Whether anybody is there; one that was there before may come back."""
        health = await probe(self._fresh)
        for seconds in RESTARTS if self._heard else ():
            if health.status or health.busy:
                break
            await self.gate.rest(seconds)
            health = await probe(self._fresh)
        self._busy = self._busy + 1 if health.busy else 0
        return health

    async def _unanswered(self, spot: Spot, done: Attempt, taped: Taped) -> Answered:
        """A cell that no answer came to, though somebody is there."""
        self._row[spot.model.id] += 1
        if self._row[spot.model.id] % ROW == 0 and not await self._still_answers(spot):
            return self._out(f"{self._whom(spot)} leaves everything without an answer: {_told(done)}", of=spot.model.id)
        return Answered(attempt=done, taped=taped)

    async def _failed(self, spot: Spot, done: Attempt, taped: Taped) -> Answered:
        """A cell that the server says to have failed at, twice."""
        why = f"{self._whom(spot)} gives nothing but errors: {_told(done)}"
        doubt = _told(done) if signs.out_of_order(taped.exchanges) else ""
        if signs.served(taped.exchanges):
            return Answered(attempt=done, taped=taped, doubt=doubt)
        if spot.model.id in self._good:
            if await self._still_answers(spot):
                return Answered(attempt=done, taped=taped, doubt=doubt)
            return self._out(self.gate.given_up or why, of=spot.model.id)
        self._row[spot.model.id] += 1
        if self._row[spot.model.id] >= ROW:
            return self._out(why, of=spot.model.id)
        if not (await probe(self._fresh)).fine:
            return self._out(why)
        doubt = doubt or f"{_told(done)} (and nothing else was answered yet: it may be out of order)"
        return Answered(attempt=done, taped=taped, doubt=doubt)

    async def _still_answers(self, spot: Spot) -> bool:
        """Whether the model answers what it answered before; False when nobody knows anything that it did."""
        good = self._good.get(spot.model.id)
        for _ in range(2 if good else 0):
            assert good is not None
            _, taped = await self._tried(good)
            if signs.answered(taped.exchanges):
                return True
            if signs.timed_out(taped.exchanges):
                break
        return False

    def _whom(self, spot: Spot) -> str:
        return f"{spot.model.id} at {self.address}" if len(self.provider.models) > 1 else self.address

    def _locked_out(self, case: Case, done: Attempt, exchanges: Sequence[Exchange]) -> str:
        last = exchanges[-1].head if exchanges else None
        if last is None or last.status != 401 or not done.problems or any(turn.key for turn in case.turns):
            return ""
        key = f"the key in {self.provider.key}" if self.provider.key else "a request without a key"
        return f"{self.address} refuses {key} (401)"


def _is_whole(exchange: Exchange) -> bool:
    return exchange.head is not None and exchange.head.status < 300 and exchange.outcome == "complete"


def _told(done: Attempt) -> str:
    """What was wrong in the turn that a case ended with."""
    return next((problem.message for problem in done.problems if problem.turn == done.turns), "no answer came")
