"""Exchanges, bodies and streams that hypothesis makes up."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import strategies as st

from retape.tape import encodings
from retape.tape.bodies import LAYOUTS
from retape.tape.exchange import Exchange
from retape.tape.request import Request
from retape.tape.sse import SSEEvent
from retape.tape.steps import Abort, Chunk, Head, Step, Wait

AWKWARD = (
    "planet", "", " ", "  ", "\t", "\n", "\n\n", "\r", "\r\n", " \n", "\t\n", "x ", "\tx", "# no comment", "- item",
    "key: value", "---", "...", "|", ">", "'", '"', "\\", "&a", "*a", "!!str", "%TAG", "@", "`", "yes", "null", "~",
    "\x00", "\x07", "\x1b[0m", "\x7f", "\x85", "\xa0", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff",
    "🌍", "é", "日本",
    "<<<<<<< HEAD\n", "=======\n", ">>>>>>> branch\n", "# sealed 0123456789abcdef\n", "- request:\n",
    "  response:\n",
)  # fmt: skip
"""Pieces of text that formats trip over."""

texts = st.lists(st.one_of(st.sampled_from(AWKWARD), st.text(max_size=8)), max_size=12).map("".join)
line_texts = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)

AWKWARD_JSON = (
    '{"a":1e-05}', '{"a":-0.0}', '{"a":1E400}', '{"a":1,"a":2}', '{"a":1.0}', "[1.10]",
    '{"a":"\\ud83d"}', '"\\u00e9"',
    '{"a": "\\/"}', "[" * 10_000 + "]" * 10_000, '{"a":' * 500 + "1" + "}" * 500, '{"a":1}\n',
    '{"a":1}\r\n', "{}", "[]",
    '{"a":[0.1,-0.25,1e22]}', '{"a":"\u2028\u0085<&>"}', '[1,{"b":[]}]', '{"":""}',
    '{"n":12345678901234567890}', "{", "[",
    "[" + "1" * 5000 + "]", '{"a":NaN}', '{"a" :1}', '{\n  "a": 1\n}', ' {"a":1}',
)  # fmt: skip
"""JSON, or nearly, whose bytes are hard to restore."""

_leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts)
json_values = st.recursive(
    _leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=10,
)


@st.composite
def json_bodies(draw: st.DrawFn) -> bytes:
    """JSON in one of the layouts that servers write."""
    value = draw(st.one_of(st.dictionaries(texts, json_values, max_size=4), st.lists(json_values, max_size=4)))
    dump = draw(st.sampled_from([*LAYOUTS.values(), lambda v: json.dumps(v, indent=2)]))
    return dump(value).encode() + draw(st.sampled_from([b"", b"\n", b"\r\n"]))


bodies = st.one_of(
    json_bodies(),
    texts.map(str.encode),
    texts.map(lambda text: text.replace("\r", "").replace("\n", "\r\n").encode()),
    st.binary(max_size=40),
    st.sampled_from(AWKWARD_JSON).map(str.encode),
)

events = st.builds(
    SSEEvent,
    data=st.none() | st.lists(line_texts, min_size=1, max_size=4).map("\n".join),
    event=line_texts,
    id=st.none() | line_texts.filter(lambda text: "\0" not in text),
    retry=st.none() | st.integers(0, 10**9),
    comments=st.lists(line_texts, max_size=2).map(tuple),
)
sse_bytes = st.lists(
    st.sampled_from(
        [b"data: x", b"data", b"data:  y", b"event: e", b"id: 1", b"retry: 10", b"retry: x", b": c",
    b":", b"other: z",
         b"\n", b"\r", b"\r\n", b"\n\n", b"\r\n\r\n", b"\r\r", b"\xef\xbb\xbf", b"\xef",
    "data: é🌍".encode(), b"\xff", b" "]
    ),
    max_size=14,
).map(b"".join)  # fmt: skip
"""Bytes in which lines end in every way, fields come in every form, and nothing need make sense."""


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The data in pieces, none empty, cut at these places (each taken modulo the length)."""
    marks = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(marks)]


waits = st.floats(0, 30).map(Wait)
header_values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=10)


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    """An answer: complete, left, or broken in one of the ways in which answers break."""
    outcome = draw(st.sampled_from(["complete", "client-left", "refused", "timeout", "reset", "early-end"]))
    made: list[Step] = [draw(waits)]
    if outcome != "refused" and (outcome in ("complete", "client-left") or draw(st.booleans())):
        encoding = draw(st.sampled_from(["", "", "gzip", "br", "zstd", "deflate", "gzip, br", "unknown"]))
        plain = draw(st.one_of(bodies, st.lists(events, max_size=4).map(lambda es: b"".join(e.encode() for e in es))))
        wire = encodings.encode(plain, encoding) if plain else b""
        pieces = cut(wire, draw(st.lists(st.integers(0, 10**6), max_size=4)))
        if outcome != "complete":
            pieces = pieces[:-1]
        headers = [("content-type", draw(st.sampled_from(["application/json", "text/event-stream", "audio/mpeg"])))]
        headers += [("content-encoding", encoding)] if encoding else []
        headers += [("x-ratelimit-a", draw(header_values)), ("x-ratelimit-a", "2")] if draw(st.booleans()) else []
        reason = draw(st.sampled_from(["OK", "", "I'm a teapot"]))
        made.append(Head(draw(st.integers(100, 599)), tuple(sorted(headers, key=lambda pair: pair[0])), reason))
        for piece in pieces:
            made += [draw(waits), Chunk(piece)]
    if outcome != "complete":
        error = draw(st.sampled_from(["", "ReadError", "ConnectError"]))
        made += [draw(waits), Abort(outcome, error, draw(texts) if error else "")]
    return tuple(made)


requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    url=st.sampled_from(["http://localhost/v1/chat/completions", "https://example.test/v1/models?after=é&x=%20"]),
    headers=st.sampled_from([(), (("accept", "*/*"), ("content-type", "application/json"))]),
    body=bodies,
)
exchanges = st.builds(
    Exchange, request=requests, steps=steps(), recorded_at=st.sampled_from(["", "2026-11-20T12:00:00.123456Z"])
)
