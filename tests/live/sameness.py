"""Whether a re-recording tells anything new: ids, times and keep-alive comments are no reason for a diff."""

from __future__ import annotations

import re
from pathlib import Path

import retape
from retape.tape.canonical import key

_VOLATILE = re.compile(
    rb'"(?:id|item_id|call_id|tool_call_id|created|created_at|completed_at)"\s*:\s*(?:"[^"]*"|[\d.]+)'
    rb'|"timings"\s*:\s*\{[^{}]*\}'
    rb"|^:[^\n]*\n\n",
    re.MULTILINE,
)


def substance(exchange: retape.Exchange) -> tuple[object, ...]:
    """An exchange without what differs from one recording to the next; of one cut short, only how and where from."""
    head = exchange.head
    status = head.status if head else 0
    request = [_settled(part.encode()) for part in key(exchange.request)]
    if exchange.outcome != "complete":
        return *request, status, exchange.outcome
    headers = [pair for pair in head.headers if pair[0] != "content-length"] if head else []
    return *request, status, exchange.outcome, tuple(headers), _settled(exchange.body)


def _settled(body: bytes) -> bytes:
    return _VOLATILE.sub(b"", body)


def tells_nothing_new(old: Path, new: Path) -> bool:
    """Whether two cassettes hold the same but for ids, times and comments."""
    before, after = (retape.Cassette.load(path).exchanges for path in (old, new))
    return list(map(substance, before)) == list(map(substance, after))
