"""Getting at a provider: its address, its key, a client that is patient; the fake is started for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from retape.verify.cases.case import Case
from retape.verify.cases.client import make_client
from retape.verify.providers.finding import filled, key_of
from retape.verify.providers.provider import Provider
from retape.verify.run.asker import Asker
from retape.verify.run.patience import Gate, make_patient
from retape.verify.run.probing import PATIENCE

if TYPE_CHECKING:
    from retape.verify.cases.client import Client

FAKE = "fake"
"""The provider that is started for the run, unless an address is given."""


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
        gate = Gate()

        def made(patience: float) -> Client:
            client = make_client(address, key, timeout=patience, headers=headers)
            make_patient(client, gate)
            return client

        yield Asker(provider, made(timeout), gate, address=address, fresh=lambda: made(min(timeout, PATIENCE)))


@contextmanager
def _fake(cases: Sequence[Case], models: Sequence[str]) -> Iterator[str]:
    from retape.mounts.server import serve
    from retape.verify.cases.scripted import cases_fake

    with serve(cases_fake(cases, models=models)) as server:
        yield server.base_url
