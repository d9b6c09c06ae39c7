"""What a rewrite puts in the place of old recordings."""

from __future__ import annotations

import pytest

from retape import Abort, Chunk, Exchange, Head, Request
from retape.tape.canonical import key
from retape.tape.cassette import Entry
from retape.tape.rewriting import rewritten


def entry(prompt: str, answer: str) -> Entry:
    """A recording: `answer` is its body, a status, or how it broke."""
    request = Request("POST", "http://h/v1/responses", (), f'{{"input":"{prompt}"}}'.encode())
    steps = {
        "reset": (Head(200), Chunk(b"half"), Abort("reset")),
        "refused": (Abort("refused"),),
        "left": (Head(200), Chunk(b"half"), Abort("client-left")),
        "500": (Head(500), Chunk(b"{}")),
        "429": (Head(429), Chunk(b"{}")),
    }.get(answer, (Head(200), Chunk(answer.encode())))
    return Entry(exchange=Exchange(request=request, steps=steps))


def read(entries: list[Entry]) -> list[str]:
    """ "a=1": prompt and answer."""

    def one(entry: Entry) -> str:
        exchange = entry.exchange
        status = exchange.head.status if exchange.head else 0
        answer = exchange.body.decode() if status < 400 else str(status)
        return f"{exchange.request.json()['input']}={exchange.outcome if exchange.abort else answer}"

    return [one(entry).replace("client-", "") for entry in entries]


def made(rows: str) -> list[Entry]:
    return [entry(*row.split("=")) for row in rows.split()]


@pytest.mark.parametrize(
    "old, fresh, result",
    [
        ("a=1", "a=2", "a=2"),
        ("a=1 b=1", "b=2 a=2", "a=2 b=2"),
        ("a=1 b=1", "a=2", "a=2"),
        ("a=1 b=1", "a=2 c=2 b=2", "a=2 c=2 b=2"),
        ("a=1 a=1", "a=2 a=3", "a=2 a=3"),
        ("a=1", "a=reset", "a=1"),
        ("a=1", "a=refused", "a=1"),
        ("a=1", "a=500", "a=1"),
        ("a=1", "a=429 a=429", "a=1"),
        ("a=1", "a=reset a=2", "a=reset a=2"),
        ("a=reset", "a=refused", "a=refused"),
        ("a=1 b=1", "a=reset b=2", "a=1 b=2"),
        ("", "a=reset", "a=reset"),
        ("a=1", "a=left", "a=1"),
        ("a=left", "a=reset", "a=left"),
        ("a=left", "a=2", "a=2"),
        ("a=left", "a=left", "a=left"),
    ],
)
def test_new_recordings_replace_old_ones_unless_they_broke(old: str, fresh: str, result: str) -> None:
    entries, stayed = rewritten(made(old), made(fresh), lambda found: key(found.request))
    assert read(entries) == result.split()
    assert set(read(stayed)) <= set(old.split())
