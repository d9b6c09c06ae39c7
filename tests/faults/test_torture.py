"""The same answer in every legal framing."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

import retape
from faults.scenes import (
    ASK,
    CHAT,
    COMMENT,
    RECORDED,
    RESPONSES,
    api,
    async_client,
    body_of,
    head_of,
    plain,
    read,
    say,
    steps,
    streamed,
)
from retape import Abort, Chunk, Head, Request, UsageError, Wait
from retape.handlers.framings import FRAMINGS
from retape.tape import encodings

GENERATION = f"openai {openai.__version__.partition('.')[0]}"
ASKED = Request("POST", "https://api.openai.com/v1/chat/completions", (("accept-encoding", "gzip, deflate"),), b"{}")

Dispatched = list[tuple[str, Any]]


def plain_body(taken: list[retape.Step]) -> bytes:
    return encodings.decode(body_of(taken), head_of(taken).header("content-encoding") or "")


def dispatched(body: bytes) -> Dispatched:
    """What a conforming parser gives its reader; JSON as its value, since white space between tokens may change."""
    events = [event for event in retape.decode_sse(body) if event.complete and event.data is not None]
    return [(event.event, value(event.data or "")) for event in events]


def value(data: str) -> Any:
    try:
        return "json", json.loads(data)
    except ValueError:
        return "text", data


TEXT = st.text('aé🪐 :\u2028\ufeff{}[],"\\', max_size=8)
JSON = st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.lists(TEXT, max_size=3)), max_size=3)
DATA = st.one_of(TEXT, JSON.map(lambda v: json.dumps(v, ensure_ascii=False)), st.just("[DONE]"))
LINES = st.one_of(
    DATA.map("data: {}".format),
    DATA.map("data:{}".format),
    TEXT.map("event: {}".format),
    TEXT.map(": {}".format),
    TEXT.map("id: {}".format),
    st.sampled_from(["data", "event", "retry: 10", "unknown: x", ":"]),
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
STREAMS = st.builds(
    lambda bom, blocks, rest: (
        bom + "".join("".join(f"{line}{end}" for line in block) + end for block, end in blocks) + rest
    ),
    st.sampled_from(["", "\ufeff"]),
    st.lists(st.tuples(st.lists(LINES, max_size=4), ENDS), max_size=5),
    st.sampled_from(["", "data: unfinished", "data: unfinished\n", "event: x"]),
).map(str.encode)


@given(STREAMS, st.sampled_from(sorted(FRAMINGS)), st.integers(0, 5))
def test_every_framing_of_any_stream_decodes_to_the_same_events(body: bytes, name: str, size: int) -> None:
    framing = next(retape.torture(streamed(body, size), only=name, seed=size))
    assert dispatched(plain_body(steps(framing, ASKED))) == dispatched(body)


@pytest.mark.parametrize("body", [CHAT, RESPONSES], ids=["chat", "responses"])
@pytest.mark.parametrize("name", FRAMINGS)
def test_every_framing_of_an_api_stream_decodes_to_the_same_events(name: str, body: bytes) -> None:
    framing = next(retape.torture(streamed(body), only=name))
    assert dispatched(plain_body(steps(framing, ASKED))) == dispatched(body)


NARROW = (CHAT + RESPONSES).replace(b": ", b":")


@pytest.mark.parametrize("name", sorted(FRAMINGS.keys() - {"as-is"}))
def test_every_framing_puts_other_chunks_on_the_wire(name: str) -> None:
    """Of one of two streams at least: framed as OpenAI does, or without the spaces."""

    def chunks(body: bytes, name: str) -> list[bytes]:
        taken = steps(next(retape.torture(streamed(body, 1000), only=name)), ASKED)
        return [step.data for step in taken if isinstance(step, Chunk)]

    assert any(chunks(body, name) != chunks(body, "as-is") for body in (CHAT + RESPONSES, NARROW))


CUT_ONLY = ("as-is", "whole", "one-byte", "random", "in-characters", "by-event", "before-boundary", "after-boundary")


@pytest.mark.parametrize("name", [*sorted(CUT_ONLY), "glued"])
def test_a_framing_that_only_cuts_changes_no_byte(name: str) -> None:
    assert body_of(steps(next(retape.torture(streamed(CHAT, 7), only=name)), ASKED)) == CHAT


@pytest.mark.parametrize("which", ["chat", "responses"])
def test_the_official_client_misreads_what_the_table_says_and_nothing_else(which: str) -> None:
    handler = streamed(CHAT.removeprefix(COMMENT) if which == "chat" else RESPONSES, 40)
    expected = read(handler, which)
    misread = {framing.name for framing in retape.torture(handler, strict=True) if read(framing, which) != expected}
    known = {name for name, row in FRAMINGS.items() if GENERATION in row.known}
    # a BOM hides the first line: all of a chat event, and of a Responses event its name, which the data repeats
    assert misread == known - ({"bom"} if which == "responses" else set())


def test_the_default_is_what_the_official_client_reads_and_strict_is_all() -> None:
    assert {framing.name for framing in retape.torture(api, strict=True)} == FRAMINGS.keys()
    assert {framing.name for framing in retape.torture(api)} == {n for n, row in FRAMINGS.items() if not row.known}


def test_an_asynchronous_client_reads_every_framing() -> None:
    async def ask(handler: retape.Handler) -> list[str]:
        async with async_client(handler) as client:
            stream = await client.chat.completions.create(stream=True, **ASK)
            return [chunk.model_dump_json() async for chunk in stream]

    expected = asyncio.run(ask(api))
    assert len(expected) == 5
    for framing in retape.torture(api):
        assert asyncio.run(ask(framing)) == expected


@pytest.mark.parametrize("source", ["path", "Path", "cassette", "replay"])
def test_each_framing_starts_with_every_recording_unused(source: str) -> None:
    path = RECORDED / "stream.yaml"
    cassette = retape.Cassette.load(path)
    sources = {"path": str(path), "Path": path, "cassette": cassette, "replay": retape.replay(path)}
    recorded = cassette.exchanges[0]
    asked = Request(recorded.request.method, recorded.request.url, ASKED.headers, recorded.request.body)
    seen = {
        framing.name: dispatched(plain_body(steps(framing, asked)))
        for framing in retape.torture(sources[source], strict=True)
    }
    assert seen.keys() == FRAMINGS.keys()
    assert all(events == dispatched(recorded.body) for events in seen.values())


def test_a_handler_is_asked_once_for_each_request_of_a_round() -> None:
    dice = random.Random(1)
    asked: list[Request] = []

    def handler(request: Request) -> Any:
        asked.append(request)
        return streamed(f"data: {dice.random()}\n\n".encode())(request)

    rounds = [[dispatched(plain_body(steps(framing, ASKED))) for _ in range(2)] for framing in retape.torture(handler)]
    assert len(asked) == 2
    assert all(each == rounds[0] for each in rounds)
    assert rounds[0][0] != rounds[0][1]


def test_a_plain_answer_is_cut_and_compressed_and_nothing_more() -> None:
    whole = body_of(steps(plain()))
    expected = say(plain())
    changed = set()
    for framing in retape.torture(plain(), strict=True):
        taken = steps(framing, ASKED)
        assert plain_body(taken) == whole
        assert say(framing) == expected
        if [step for step in taken if isinstance(step, Chunk)] != [Chunk(whole)]:
            changed.add(framing.name)
    assert changed == {"one-byte", "random", "gzip", "gzip-bytes"}


def test_a_plain_answers_length_stays_when_its_bytes_do() -> None:
    lengths = {
        framing.name: head_of(steps(framing, ASKED)).header("content-length") for framing in retape.torture(plain())
    }
    assert lengths["one-byte"] == str(len(body_of(steps(plain()))))
    assert lengths["gzip"] is None


def test_a_client_that_reads_no_gzip_gets_none() -> None:
    framing = next(retape.torture(streamed(CHAT), only="gzip"))
    asked = Request("POST", ASKED.url, (("accept-encoding", "identity"),), b"{}")
    assert head_of(steps(framing, asked)).header("content-encoding") is None
    assert body_of(steps(framing, asked)) == CHAT


def test_gzip_is_flushed_by_event() -> None:
    chunks = [
        step.data
        for step in steps(next(retape.torture(streamed(RESPONSES), only="gzip")), ASKED)
        if isinstance(step, Chunk)
    ]
    first = encodings.decode(chunks[0], "gzip")
    assert dispatched(first) == dispatched(RESPONSES)[:1]


def test_a_compressed_answer_is_framed_too() -> None:
    body = encodings.encode(CHAT, "gzip")
    head = Head(200, (("content-type", "text/event-stream"), ("content-encoding", "gzip")))
    for framing in retape.torture(lambda request: iter((head, Chunk(body)))):
        assert dispatched(plain_body(steps(framing, ASKED))) == dispatched(CHAT)


def test_a_broken_answer_is_broken_in_every_framing() -> None:
    end = Abort("reset", "ReadError", "gone")
    head = Head(200, (("content-type", "text/event-stream"),))
    for framing in retape.torture(lambda request: iter((head, Chunk(CHAT[:100]), end)), strict=True):
        taken = steps(framing, ASKED)
        assert taken[-1] is end
    for framing in retape.torture(lambda request: iter((end,))):
        assert steps(framing, ASKED) == [end]


def test_random_sizes_are_a_function_of_the_seed() -> None:
    def sizes(seed: int) -> list[int]:
        framing = next(retape.torture(streamed(CHAT), only="random", seed=seed))
        return [len(step.data) for step in steps(framing, ASKED) if isinstance(step, Chunk)]

    assert sizes(1) == sizes(1)
    assert sizes(1) != sizes(2)


def test_framings_are_chosen_by_name() -> None:
    assert [framing.name for framing in retape.torture(api, only=("lone-cr", "bom"))] == ["lone-cr", "bom"]
    assert "gzip" not in {framing.name for framing in retape.torture(api, skip="gzip")}
    with pytest.raises(UsageError, match="no framing 'gunzip': there are as-is, "):
        retape.torture(api, skip=("gzip", "gunzip"))


def test_a_missing_cassette_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no cassette"):
        retape.torture(tmp_path / "none.yaml")


@pytest.mark.parametrize("row", FRAMINGS.values(), ids=lambda row: row.name)
def test_every_framing_says_what_it_does(row: Any) -> None:
    framing = next(retape.torture(api, only=row.name))
    assert (framing.name, framing.does, framing.known) == (row.name, row.does, row.known)
    assert f"name='{row.name}'" in repr(framing)


@pytest.mark.parametrize("name", FRAMINGS)
def test_no_framing_takes_time(name: str) -> None:
    slow = (Wait(1), Head(200, (("content-type", "text/event-stream"),)), Wait(2), Chunk(CHAT), Wait(3))
    framing = next(retape.torture(lambda request: iter(slow), only=name))
    assert not [step for step in steps(framing, ASKED) if isinstance(step, Wait)]


@pytest.mark.parametrize("name", ["one-byte", "gzip"])
def test_a_body_in_an_unknown_encoding_is_sent_as_it_is(name: str) -> None:
    answer = (Head(200, (("content-type", "text/event-stream"), ("content-encoding", "x-unheard-of"))), Chunk(b"???"))
    assert tuple(steps(next(retape.torture(lambda request: iter(answer), only=name)), ASKED)) == answer
