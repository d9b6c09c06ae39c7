"""A provider that is asked live: with patience, a second try for a flake, and an end when it is out of reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retape.tape.exchange import Exchange
from retape.verify.cases.attempt import attempt
from retape.verify.cases.case import Attempt, Case
from retape.verify.cases.client import make_client
from retape.verify.providers.finding import filled, key_of
from retape.verify.providers.provider import Provider
from retape.verify.run.patience import Gate, make_patient
from retape.verify.run.plan import Spot
from retape.verify.run.taping import Taped, asked

if TYPE_CHECKING:
    from retape.verify.cases.client import Client

FAKE = "fake"
"""The provider that is started for the run, unless an address is given."""

_FLAKY = 500
"""From this status on a refusal is worth a second look: gateways answer 500, too, when what is behind them drops a
connection (LiteLLM's proxy in front of llama.cpp's server, about once in 300 requests)."""

_SILENT = 3
"""Cells in a row that no answer came to, after which nothing more is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of a cell.

    Args:
        attempt: of the case.
        taped: what was sent and what came.
        outage: why nothing more is to be asked of the provider; "" when it can be.
    """

    attempt: Attempt
    taped: Taped
    outage: str = ""

    @property
    def worth_keeping(self) -> bool:
        """Whether it shows how the provider answers, rather than that it couldn't be reached."""
        exchanges = self.taped.exchanges
        return not self.outage and bool(exchanges) and all(exchange.head for exchange in exchanges)


class Asker:
    """A provider within reach.

    Args:
        provider: the provider.
        client: of it.
        gate: what the client's requests go through.
        address: its base URL, for messages.

    Attributes:
        outage: why nothing more is asked; "" while it is.
    """

    def __init__(self, provider: Provider, client: Client, gate: Gate, *, address: str) -> None:
        self.provider = provider
        self.client = client
        self.gate = gate
        self.address = address
        self.outage = ""
        self._silent = 0
        self._heard = False

    async def ask(self, spot: Spot) -> Answered:
        """Try a case; what the transport broke, or the server failed at, is tried once more."""
        done, taped = await self._tried(spot)
        if not self.gate.given_up and _is_flake(done, taped.exchanges):
            done, taped = await self._tried(spot)
        self.outage = self.outage or self._outage(spot.case, done, taped.exchanges)
        return Answered(attempt=done, taped=taped, outage=self.outage)

    async def _tried(self, spot: Spot) -> tuple[Attempt, Taped]:
        return await asked(lambda: attempt(spot.case, client=self.client, model=spot.asked, stream=spot.stream))

    def _outage(self, case: Case, done: Attempt, exchanges: Sequence[Exchange]) -> str:
        """Why nothing more is to be asked."""
        if self.gate.given_up:
            return self.gate.given_up
        if _is_silent(done, exchanges):
            self._silent += 1
            refused = bool(exchanges) and exchanges[-1].outcome == "refused"
            if refused or not self._heard or self._silent >= _SILENT:
                return f"{self.address} can't be reached: {done.problems[0].message}"
            return ""
        self._silent = 0
        self._heard = True
        return self._locked_out(case, done, exchanges)

    def _locked_out(self, case: Case, done: Attempt, exchanges: Sequence[Exchange]) -> str:
        last = exchanges[-1].head if exchanges else None
        if last is None or last.status != 401 or not done.problems or any(turn.key for turn in case.turns):
            return ""
        key = f"the key in {self.provider.key}" if self.provider.key else "a request without a key"
        return f"{self.address} refuses {key} (401)"


def _is_silent(done: Attempt, exchanges: Sequence[Exchange]) -> bool:
    """Whether no answer came at all, and not for a mistake of the case's own."""
    if exchanges:
        return all(exchange.head is None for exchange in exchanges)
    return any(problem.kind == "error" and problem.message.startswith("no answer") for problem in done.problems)


def _is_flake(done: Attempt, exchanges: Sequence[Exchange]) -> bool:
    if _is_silent(done, exchanges):
        return True
    broken = any(exchange.outcome not in ("complete", "client-left") for exchange in exchanges)
    return broken or any(exchange.head and exchange.head.status >= _FLAKY for exchange in exchanges)


@contextmanager
def within_reach(
    provider: Provider,
    *,
    environ: Mapping[str, str],
    base_url: str = "",
    timeout: float = 60.0,
    cases: Callable[[], Sequence[Case]] = tuple,
) -> Iterator[Asker]:
    """A provider, ready to be asked; the fake is started for that long.

    Args:
        provider: the provider.
        environ: where its key and whatever its file names come from.
        base_url: an address in the place of its own.
        timeout: seconds that it may be silent.
        cases: what the fake answers.

    Raises:
        UsageError: a variable isn't set; the message names it.
        MissingExtra: the fake needs uvicorn.
    """
    with ExitStack() as stack:
        key = key_of(provider, environ)
        headers = {
            name: filled(value, environ, where=f"{provider.id}'s header {name}")
            for name, value in provider.headers.items()
        }
        address = base_url
        if not address and provider.id == FAKE:
            address = stack.enter_context(_fake(cases(), [model.id for model in provider.models]))
        address = address or filled(provider.base_url, environ, where=f"{provider.id}'s base-url")
        client, gate = make_client(address, key, timeout=timeout, headers=headers), Gate()
        make_patient(client, gate)
        yield Asker(provider, client, gate, address=address)


@contextmanager
def _fake(cases: Sequence[Case], models: Sequence[str]) -> Iterator[str]:
    from retape.mounts.server import serve
    from retape.verify.cases.scripted import cases_fake

    with serve(cases_fake(cases, models=models)) as server:
        yield server.base_url
