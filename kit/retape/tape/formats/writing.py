"""What `retape convert` writes: retape's own cassettes, and plain ones for stock vcrpy.

A plain one has no `response.retape`; its bodies are the exact bytes, content-decoded, because vcrpy's stubs for
different clients don't agree on who decodes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from retape.errors import UsageError
from retape.tape.cassette import SUFFIXES, Cassette, Entry
from retape.tape.exchange import Exchange
from retape.tape.layout import Interaction, to_interaction
from retape.tape.steps import Chunk, Wait
from retape.tape.text import write_mapping

PLAYABLE = ("complete", "client-left")
"""Outcomes that stock vcrpy can replay without turning a failure into a success."""

BROKEN = "broken exchange left out ({outcome}): stock vcrpy would replay it as a success"


def write_retape(path: Path, exchanges: Sequence[Exchange]) -> str:
    """The text of retape's own cassette."""
    return Cassette(path, [Entry(exchange=exchange) for exchange in exchanges]).dumps()


def write_vcrpy(path: Path, exchanges: Sequence[Exchange]) -> str:
    """The text of a cassette for stock vcrpy.

    Raises:
        UsageError: a body is binary, which JSON can't hold.
    """
    interactions = [_plain(exchange) for exchange in exchanges]
    if SUFFIXES[path.suffix.lower()] == "yaml":
        blocks = "".join("- " + write_mapping(interaction, "  ")[2:] for interaction in interactions)
        return f"interactions:{'' if blocks else ' []'}\n{blocks}version: 1\n"
    try:
        return json.dumps({"version": 1, "interactions": interactions}, indent=2, ensure_ascii=False) + "\n"
    except TypeError:
        raise UsageError(f"{path}: JSON can't hold a binary body; give the target a name that ends in .yaml") from None


TARGETS: dict[str, Callable[[Path, Sequence[Exchange]], str]] = {"retape": write_retape, "vcrpy": write_vcrpy}
"""What can be written -> by what."""


def lost(exchange: Exchange, to: str) -> Iterator[str]:
    """What a target can't hold of an exchange."""
    if to != "vcrpy":
        return
    if any(isinstance(step, Wait) for step in exchange.steps) or _chunks(exchange) > 1:
        yield "times and chunk boundaries left out: stock vcrpy keeps none"
    if exchange.recorded_at:
        yield "date of the recording left out: stock vcrpy keeps none"
    if exchange.body != exchange.wire:
        yield f"response: body stored decoded, content-encoding {exchange.encoding} left out"
    if exchange.outcome == "client-left":
        yield "the client stopped reading early: stock vcrpy replays what had come as the whole answer"


def playable(exchange: Exchange) -> bool:
    """Whether stock vcrpy would replay what happened."""
    return exchange.outcome in PLAYABLE and exchange.head is not None


def _chunks(exchange: Exchange) -> int:
    return sum(isinstance(step, Chunk) for step in exchange.steps)


def _plain(exchange: Exchange) -> Interaction:
    interaction = to_interaction(exchange)
    request, response = interaction["request"], interaction["response"]
    notes = response.pop("retape")
    request["body"] = _text(exchange.request.body) if exchange.request.body else None
    response["body"] = {"string": _text(exchange.body)}
    if exchange.body == exchange.wire:
        response["headers"] = dict(sorted({**response["headers"], **(notes.get("headers") or {})}.items()))
    return interaction


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
