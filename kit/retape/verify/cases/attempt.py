"""A case, tried on a provider through the official client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retape.verify.cases.case import Attempt, Case

if TYPE_CHECKING:
    from retape.verify.cases.client import Client


async def attempt(case: Case, *, client: Client, model: str, stream: bool) -> Attempt:
    """Hold a case's conversation and judge what came.

    Args:
        case: the case.
        client: of the provider.
        model: the model's name there.
        stream: whether answers are streamed, where the endpoint can.

    Raises:
        CancelledError: it was cancelled; nothing else is raised but what isn't an `Exception`, as a cassette's miss.
    """
    raise NotImplementedError
