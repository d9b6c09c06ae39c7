"""What counts as a change when `tox -e live` records again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import retape
from live.sameness import tells_nothing_new

REQUEST = retape.Request("POST", "http://127.0.0.1:5001/v1/chat/completions", body=b'{"model": "m", "n": 1}')
HEADERS = (("content-type", "application/json"), ("content-length", "99"))
BODY = b'{"id": "a1", "created": 17, "text": "Mars", "timings": {"ms": 1.5}}'


def exchange(body: bytes = BODY, *more: retape.Step, request: retape.Request = REQUEST) -> retape.Exchange:
    return retape.Exchange(request=request, steps=(retape.Head(200, HEADERS), retape.Chunk(body), *more))


LEFT = retape.Abort("client-left")
MOVED = replace(REQUEST, url="http://127.0.0.1:5002/v1/chat/completions")
LATER = BODY.replace(b"a1", b"b2").replace(b"17", b"18").replace(b"1.5", b"2.25")

SAME = {
    "another port": (exchange(), exchange(request=MOVED)),
    "a default spelled out": (exchange(), exchange(request=replace(REQUEST, body=b'{"model": "m"}'))),
    "ids and times": (exchange(), exchange(LATER)),
    "comments": (exchange(b"data: 1\n\n"), exchange(b":\n\n: ping\n\ndata: 1\n\n")),
    "how far a broken one came": (exchange(b"data: 1\n\n", LEFT), exchange(b"data: 1\n\ndata: 2\n\n", LEFT)),
}
OTHER = {
    "text": (exchange(), exchange(BODY.replace(b"Mars", b"Moon"))),
    "request": (exchange(), exchange(request=replace(REQUEST, body=b'{"model": "x"}'))),
    "outcome": (exchange(), exchange(BODY, LEFT)),
    "a field": (exchange(), exchange(BODY.replace(b'"text"', b'"more": 1, "text"'))),
}


@pytest.mark.parametrize(
    "old, new, same",
    [*((*pair, True) for pair in SAME.values()), *((*pair, False) for pair in OTHER.values())],
    ids=[*SAME, *OTHER],
)
def test_only_what_the_server_says_is_new(
    tmp_path: Path, old: retape.Exchange, new: retape.Exchange, same: bool
) -> None:
    paths = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
    for path, kept in zip(paths, (old, new), strict=True):
        cassette = retape.Cassette(path)
        cassette.append(kept)
        cassette.save()
    assert tells_nothing_new(*paths) is same
