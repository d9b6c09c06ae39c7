"""What the rules cost: a cassette of 1,000 streams of 14 KB, loaded and checked."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from pathlib import Path

import retape
from bench import samples
from bench.tables import Row, Table

STREAMS = 1000
AT_LEAST = 10


def measure(*, quick: bool) -> Table:
    """Medians of megabytes a second."""
    rounds = 2 if quick else 5
    pieces = {"chat streams": chat_stream(), "Responses streams": responses_stream()}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for what, (path, chunks) in pieces.items():
            cassette = Path(folder) / f"{len(rows)}.yaml"
            size = len(b"".join(chunks)) * STREAMS / 1e6
            samples.write_retape(cassette, (_exchange(number, path, chunks) for number in range(STREAMS)))
            retape.check(cassette)
            seconds = [_timed(cassette) for _ in range(rounds)]
            detail = f"{size:.1f} MB in {statistics.median(seconds):.2f} s, {len(chunks)} events a stream"
            figure = size / statistics.median(seconds)
            rows.append(Row(what=what, figure=figure, unit="MB/s", detail=detail, limit=AT_LEAST, at_least=True))
    notes = [f"Medians of {rounds}. A cassette of {STREAMS} exchanges, from the file to the list of violations: none."]
    return Table(title="check: the rules over a cassette", rows=rows, notes=notes)


def _timed(cassette: Path) -> float:
    start = time.perf_counter()
    found = retape.check(cassette)
    spent = time.perf_counter() - start
    assert not found, found[0]
    return spent


def chat_stream() -> tuple[str, list[bytes]]:
    """A chat stream of 14 KB that breaks no rule."""
    role = samples.event("").replace(b'"content":""', b'"role":"assistant","content":""')
    last = samples.event("").replace(b'{"content":""}', b"{}").replace(b'reason":null', b'reason":"stop"')
    middle = [samples.event(f"word{number % 10} ") for number in range(samples.EVENTS_IN_14_KB - 2)]
    return "/chat/completions", [role, *middle, last + b"data: [DONE]\n\n"]


def responses_stream() -> tuple[str, list[bytes]]:
    """A stream of the fake's for the Responses API, about as long."""
    body = samples.compact({"model": samples.MODEL, "input": "Say something.", "stream": True})
    fake = retape.Fake()
    fake.on().reply("".join(f"word{number % 10} " for number in range(45)))
    sent = (("authorization", "Bearer unused"), ("content-type", "application/json"))
    request = retape.Request("POST", "https://api.openai.com/v1/responses", sent, body)
    return "/responses", [step.data for step in fake(request) if isinstance(step, retape.Chunk)]


def _own(chunk: bytes, number: int) -> bytes:
    """A chunk with an id of the answer's own."""
    mark = f"{number:05d}".encode()
    return re.sub(rb'"(chatcmpl-|resp_)[a-z0-9]+', lambda found: b'"' + found[1] + mark, chunk)


def _exchange(number: int, path: str, chunks: list[bytes]) -> retape.Exchange:
    own = [_own(chunk, number) for chunk in chunks]
    made = samples.exchange(number, own, stream=True)
    sent = made.request
    if path == "/responses":
        body = samples.compact({"model": samples.MODEL, "input": samples.messages(number), "stream": True})
        sent = retape.Request("POST", "https://api.openai.com/v1/responses", sent.headers, body)
    return retape.Exchange(request=sent, steps=made.steps, recorded_at=made.recorded_at)
