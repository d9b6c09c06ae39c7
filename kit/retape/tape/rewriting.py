"""What a rewrite puts in the place of a cassette's old recordings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from retape.tape.cassette import Entry
from retape.tape.exchange import Exchange

Keyed = Callable[[Entry], Hashable]


def worth(exchange: Exchange) -> int:
    """How good a recording is: 2 it is whole and the server was not in trouble, 1 as much of it came as the client
    read, 0 it broke.  A whole one serves a client that leaves early as well.
    """
    if exchange.head is None or exchange.head.status >= 500 or exchange.head.status == 429:
        return 0
    return {"complete": 2, "client-left": 1}.get(exchange.outcome, 0)


def rewritten(
    old: Sequence[Entry], fresh: Sequence[Entry], key: Keyed, *, cut_short: bool = False
) -> tuple[list[Entry], list[Entry]]:
    """The new content of a cassette.

    A recording that broke never replaces a good one: where an old recording of a request is worth more than every new
    one, the old ones stay.  New recordings take the places of old ones with the same key, so that a re-record is a
    small diff even when requests that run side by side were sent in another order.

    Args:
        old: the cassette's entries.
        fresh: what was recorded now, in the order in which the requests were sent.
        key: what makes two recordings stand for the same request.
        cut_short: whether the rewrite was killed, so that each new recording replaces one old one, and what it didn't
            come to stays.

    Returns:
        The entries in order, and those among them that are old ones.
    """
    olds, news = _by_key(old, key), _by_key(fresh, key)
    kept = {
        name
        for name, entries in news.items()
        if max(worth(e.exchange) for e in entries) < max((worth(e.exchange) for e in olds.get(name, ())), default=0)
    }
    come = [entry for entry in fresh if key(entry) not in kept]
    reached = {name: len(news[name]) if cut_short and name not in kept else 0 for name in olds}
    stay = [entry for name, entries in olds.items() if name in kept or cut_short for entry in entries[reached[name] :]]
    return _placed([*come, *stay], old, key), stay


def _by_key(entries: Sequence[Entry], key: Keyed) -> dict[Hashable, list[Entry]]:
    found: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[key(entry)].append(entry)
    return found


def _placed(entries: Sequence[Entry], old: Sequence[Entry], key: Keyed) -> list[Entry]:
    """Entries in the order of the old ones with their keys; one without goes behind the one before it."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for number, entry in enumerate(old):
        places[key(entry)].append(number)
    ranked: list[tuple[int, int, Entry]] = []
    last = -1
    for number, entry in enumerate(entries):
        free = places.get(key(entry))
        last = free.pop(0) if free else last
        ranked.append((last, number, entry))
    return [entry for _, _, entry in sorted(ranked, key=lambda row: row[:2])]
