"""A cell's recording: what is asked is kept whole or not at all, and read back in the same way as a replay reads it."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from retape.handlers.replay import load_entries
from retape.mounts import tally
from retape.mounts.cassette import CassetteContext
from retape.mounts.session import Session
from retape.tape.cassette import Cassette, Entry
from retape.tape.exchange import Exchange
from retape.tape.steps import Wait

T = TypeVar("T")

TOO_MANY = 429
_HERE = ("127.0.0.1", "localhost", "::1")


class CellSession(Session):
    """A session that keeps no 429: how often a provider was asked too fast is no part of how it answers.

    It records in CI, too: nobody gets here without `--live`.  What it records is in a folder that goes away again, so
    it is neither counted nor missed: `save` counts what is kept, and a cell that is cut short is asked again.

    Attributes:
        refused: how many 429 there were.
    """

    def __init__(self, path: Path, *, mode: str) -> None:
        super().__init__(path, mode=mode, tell=lambda told: None)
        self.mode = self.asked_mode
        self.refused = 0

    def _keep(self, order: int, exchange: Exchange) -> None:
        if exchange.head is not None and exchange.head.status == TOO_MANY:
            self._running.pop(order, None)
            self.refused += 1
            return
        if exchange.head is None and exchange.outcome == "client-left":
            self._running.pop(order, None)
            return
        super()._keep(order, exchange)

    def close(self, *, failed: bool = False) -> None:
        """Close it; see `Session.close`."""
        kept = tally.total.recorded
        try:
            super().close(failed=failed)
        finally:
            tally.total.recorded = kept

    def _warn_of_all(self) -> None:
        """Of nothing: whatever there is to say of a cell is its verdict, and its journal is nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taped:
    """What was sent and what came.

    Args:
        exchanges: as they stand in the file.
        refused: how many 429 there were beside them.
    """

    exchanges: tuple[Exchange, ...] = ()
    refused: int = 0

    @property
    def seconds(self) -> float:
        """How long it took, of the waits between the bytes."""
        return sum(step.seconds for exchange in self.exchanges for step in exchange.steps if isinstance(step, Wait))

    @property
    def started(self) -> str:
        """When the first request was sent; "" when nobody knows."""
        return min((exchange.recorded_at for exchange in self.exchanges if exchange.recorded_at), default="")


async def replayed(path: Path, work: Callable[[], Awaitable[T]]) -> tuple[T, Taped]:
    """Do something whose requests a recording answers.

    Args:
        path: the recording.
        work: does it.

    Raises:
        CassetteMiss: it asks what isn't recorded.
        CassetteDamaged: the file can't be read.
    """
    with CassetteContext(lambda: CellSession(path, mode="replay")):
        done = await work()
    return done, read(path)


async def asked(work: Callable[[], Awaitable[T]]) -> tuple[T, Taped]:
    """Do something whose requests go out, and tape them; nothing is written yet.

    Args:
        work: does it.

    Raises:
        SecretSurvived: a secret is left in what came.
    """
    with tempfile.TemporaryDirectory(prefix="retape-") as folder:
        context = CassetteContext(lambda: CellSession(Path(folder) / "cell.yaml", mode="rewrite"))
        with context as session:
            done = await work()
    assert isinstance(session, CellSession)
    return done, Taped(exchanges=tuple(session.recorded), refused=session.refused)


def read(path: Path) -> Taped:
    """A recording."""
    return Taped(exchanges=tuple(entry.exchange for entry in load_entries(path)))


def save(path: Path, taped: Taped, *, base_url: str) -> Taped:
    """Write a recording in the place of the one before, and read it back.

    Args:
        path: the file.
        taped: what came.
        base_url: the provider's usual address: an address of this machine is replaced by it, because its port is
            another one the next time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    Cassette(path, [Entry(exchange=one) for one in _moved(taped.exchanges, base_url)]).save()
    tally.total.add(path, replayed=0, recorded=len(taped.exchanges), unused=0, missed=0)
    return replace(read(path), refused=taped.refused)


def _moved(exchanges: Iterable[Exchange], base_url: str) -> list[Exchange]:
    return [replace(one, request=replace(one.request, url=_elsewhere(one.request.url, base_url))) for one in exchanges]


def _elsewhere(url: str, base_url: str) -> str:
    """A URL of this machine, at the provider's usual host."""
    parts, usual = urlsplit(url), urlsplit(base_url)
    if parts.hostname not in _HERE or not usual.netloc:
        return url
    return parts._replace(scheme=usual.scheme, netloc=usual.netloc).geturl()
