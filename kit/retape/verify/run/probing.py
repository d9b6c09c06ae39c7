"""A cheap question: is the server there at all?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retape.verify.cases.actions import ACTIONS
from retape.verify.cases.client import ask
from retape.verify.run.taping import TOO_MANY, asked

if TYPE_CHECKING:
    from retape.verify.cases.client import Client

PATIENCE = 5.0
"""Seconds that a probe waits."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe found.

    Args:
        status: of the answer; 0 for none.
        busy: whether somebody took the connection, and said nothing.
    """

    status: int = 0
    busy: bool = False

    @property
    def fine(self) -> bool:
        """Whether the answer is no failure of the server's."""
        return 0 < self.status < 500 or self.status == 501


async def probe(fresh: Callable[[], Client]) -> Health:
    """Ask for the models over a new connection; any answer shows that somebody is there.

    Args:
        fresh: makes a client for it.

    Raises:
        NetworkBlocked: a guard is in the way.
    """
    client = fresh()
    try:
        _, taped = await asked(lambda: ask(client, ACTIONS["models"], {}, stream=False))
    finally:
        await client.close()
    status = next((exchange.head.status for exchange in taped.exchanges if exchange.head), 0)
    if status or taped.refused:
        return Health(status=status or TOO_MANY)
    aborts = [exchange.abort for exchange in taped.exchanges if exchange.abort]
    return Health(busy=any(abort.how == "timeout" and abort.error != "ConnectTimeout" for abort in aborts))
