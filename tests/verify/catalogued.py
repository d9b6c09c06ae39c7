"""The catalogue beside this file: answers that real servers gave, byte for byte, each as the exchanges that show it.

An entry of `catalogue/*.yaml`:

    id           its name, in kebab-case
    class        "deviation": the API doesn't allow it; "legal": it does, and clients break all the same
    rule         what finds a deviation, at the least
    endpoint     whose answers it is about, "any" for every endpoint's
    what         what the server did
    conforming   what it should have done
    sources      where people met it
    after        the conforming answer that came first, where only a second answer shows it
    request      method and path below the API's base
    body         the request's JSON; null for none
    answer       status, content_type, headers, body; announces_more: how many bytes more its Content-Length names;
                 split_after: bytes, in hex, after which a network write ended; stays_open: the server never closes
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

import retape

FOLDER = Path(__file__).with_name("catalogue")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BASE = "https://api.example.com/v1"
_RECORDED = "2025-11-20T00:53:20.000000Z"  # the `created` of the answers
_PATIENCE = 30.0  # seconds until a client gives up on a server that says nothing more


@dataclass(frozen=True)
class Entry:
    """One entry of the catalogue."""

    row: dict[str, Any]

    def __str__(self) -> str:
        return str(self.row["id"])

    @property
    def legal(self) -> bool:
        return self.row["class"] == "legal"

    @cached_property
    def exchanges(self) -> list[retape.Exchange]:
        """The exchange that shows it, after the one that it takes."""
        before = [CONFORMING[self.row["after"]].exchange] if "after" in self.row else []
        return [*before, self.exchange]

    @cached_property
    def exchange(self) -> retape.Exchange:
        method, _, path = self.row["request"].partition(" ")
        asked = self.row["body"]
        body = b"" if asked is None else json.dumps(asked).encode()
        headers = (("content-type", "application/json"),) if body else ()
        request = retape.Request(method, _BASE + path, headers, body)
        return retape.Exchange(request=request, steps=tuple(_steps(self.row["answer"])), recorded_at=_RECORDED)


def _steps(answer: dict[str, Any]) -> list[retape.Step]:
    body = answer["body"].encode()
    headers = [("content-type", answer["content_type"]), *answer.get("headers", {}).items()]
    more = answer.get("announces_more", 0)
    if more:
        headers.append(("content-length", str(len(body) + more)))
    steps: list[retape.Step] = [retape.Head(answer["status"], tuple(headers))]
    steps += [retape.Chunk(piece) for piece in _split(body, answer.get("split_after", ()))]
    if answer.get("stays_open"):
        # the official client leaves at [DONE], and waits for the connection's end after anything else
        left = b"data: [DONE]" in body
        steps += [retape.Abort("client-left")] if left else [retape.Wait(_PATIENCE), retape.Abort("timeout")]
    elif more:
        steps.append(retape.Abort("early-end"))
    return steps


def _split(body: bytes, after: list[str]) -> list[bytes]:
    pieces = [body]
    for mark in map(bytes.fromhex, after):
        head, found, tail = pieces[-1].partition(mark)
        pieces[-1:] = [head + found, tail]
    return [piece for piece in pieces if piece]


def _read(name: str) -> list[Entry]:
    return [Entry(row) for row in yaml.load((FOLDER / name).read_text("utf-8"), _LOADER)]


CONFORMING = {str(entry): entry for entry in _read("conforming.yaml")}
"""What a server that does nothing wrong says, by name."""

ENTRIES = [entry for path in sorted(FOLDER.glob("*.yaml")) if path.stem != "conforming" for entry in _read(path.name)]
DEVIATIONS = [entry for entry in ENTRIES if not entry.legal]
LEGAL = [entry for entry in ENTRIES if entry.legal]
