"""One cell: replayed when it is recorded, else asked when somebody may be asked, else unrecorded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from retape.errors import CassetteMiss, NetworkBlocked, RetapeError
from retape.handlers.replay import shown
from retape.verify.cases.attempt import attempt
from retape.verify.cases.client import make_client
from retape.verify.cell import NOT_ASKED, Cell
from retape.verify.providers.finding import usual_address
from retape.verify.run.asker import Answered, Asker, Cost
from retape.verify.run.cells import empty, judged
from retape.verify.run.plan import Spot
from retape.verify.run.taping import Taped, replayed, save

if TYPE_CHECKING:
    from retape.verify.cases.client import Client

NOWHERE = "https://replayed.invalid/v1"
"""Where a replay's requests would go (RFC 2606 keeps the name for that)."""


@dataclass(kw_only=True)
class Tries:
    """How cells are tried.

    Args:
        cassettes: the folder of all recordings.
        askers: those that may be asked, by provider.
        rewrite: whether what is recorded is asked again.

    Attributes:
        asked: the cells that were asked rather than replayed.
    """

    cassettes: Path
    askers: dict[str, Asker] = field(default_factory=dict)
    rewrite: bool = False
    asked: list[Cell] = field(default_factory=list)
    _client: Client | None = None

    async def cell(self, spot: Spot) -> Cell:
        """Replay a cell, or ask."""
        return await self.on_record(spot) or await self.ask(spot)

    async def on_record(self, spot: Spot) -> Cell | None:
        """The cell as far as nobody is asked; None when somebody may be."""
        excluded = spot.provider.why_not(spot.case, spot.model, stream=spot.stream)
        if excluded:
            return empty(spot, verdict="skipped", why=excluded)
        path, asker = spot.cassette(self.cassettes), self.askers.get(spot.provider.id)
        if not path.exists():
            return None if asker else empty(spot, verdict="unrecorded", why=f"record it: {spot.command('--live')}")
        return None if asker and self.rewrite else await self._replay(spot, path, asker)

    async def _replay(self, spot: Spot, path: Path, asker: Asker | None) -> Cell | None:
        """The cell of a recording; None when it is of another case, or of no answer, and somebody may be asked."""
        if self._client is None:
            self._client = make_client(NOWHERE, "retape-replays-this")
        client, name = self._client, shown(path)
        try:
            done, taped = await replayed(
                path,
                lambda: attempt(spot.case, client=client, model=spot.asked, stream=spot.stream, sleep=_at_once),
            )
        except CassetteMiss as miss:
            if asker:
                return None
            anew = spot.command("--live", "--rewrite")
            return empty(spot, verdict="unrecorded", why=f"recorded for another case: {miss.brief}; anew: {anew}")
        except (RetapeError, NetworkBlocked) as error:
            return empty(spot, verdict="error", why=str(error), cassette=name)
        cell = judged(spot, done, taped, cassette=name)
        if asker is None:
            return cell
        if cell.verdict == "error":
            return None
        asker.remember(spot, taped.exchanges)
        return cell

    async def ask(self, spot: Spot) -> Cell:
        """Ask a cell's provider, unless it is out of reach, and keep what came.

        An error says nothing of the provider that it would say again: it is not kept, and the next live run asks anew.
        """
        try:
            answered = await self.askers[spot.provider.id].ask(spot)
            if answered.spared:
                return empty(spot, verdict="skipped", why=NOT_ASKED + answered.spared)
            cell = self._kept(spot, answered)
        except (RetapeError, NetworkBlocked) as error:
            cell = empty(spot, verdict="error", why=str(error))
        self.asked.append(cell)
        return cell

    def _kept(self, spot: Spot, answered: Answered) -> Cell:
        if answered.outage:
            return empty(spot, verdict="error", why=answered.outage)
        cell = judged(spot, answered.attempt, answered.taped, cassette="")
        if answered.doubt:
            return replace(cell, verdict="error", why=answered.doubt, conforms=None, answered=None)
        if cell.verdict == "error" or not answered.taped.exchanges:
            return cell
        path = spot.cassette(self.cassettes)
        taped: Taped = save(path, answered.taped, base_url=usual_address(spot.provider))
        return judged(spot, answered.attempt, taped, cassette=shown(path))

    @property
    def cost(self) -> Cost:
        """What was spent on all providers until now."""
        spent = [asker.cost for asker in self.askers.values()]
        return Cost(
            requests=sum(one.requests for one in spent),
            prompt_tokens=sum(one.prompt_tokens for one in spent),
            completion_tokens=sum(one.completion_tokens for one in spent),
        )

    async def close(self) -> None:
        """Close the clients."""
        for client in (self._client, *(asker.client for asker in self.askers.values())):
            if client is not None:
                await client.close()


async def _at_once(seconds: float) -> None:
    """The wait of a replay."""
