from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from retape.errors import UsageError
from retape.tape import encodings
from retape.tape.cassette import Cassette, Entry, check_name, dump, parse
from retape.tape.exchange import Exchange
from retape.tape.layout import from_interaction, to_interaction
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head, Step, Wait
from tape.generated import exchanges

PATH = Path("c.yaml")
ASK = Request("POST", "http://localhost/v1/chat/completions", (("content-type", "application/json"),), b'{"a":1}')


def answer(*chunks: bytes, kind: str = "application/json", headers: tuple[tuple[str, str], ...] = ()) -> Exchange:
    made = (Wait(0.1), Head(200, (*headers, ("content-type", kind)), "OK"))
    timed = [step for number, data in enumerate(chunks) for step in (Wait(0.01 * number), Chunk(data))]
    return Exchange(request=ASK, steps=(*made, *timed), recorded_at="2026-11-20T12:00:00.000000Z")


def reread(exchange: Exchange) -> Exchange:
    return parse(dump([Entry(exchange=exchange)]).encode(), PATH)[0].exchange


def without_waits(steps: tuple[Step, ...]) -> list[Step]:
    return [step for step in steps if not isinstance(step, Wait)]


def due(steps: tuple[Step, ...]) -> list[float]:
    """When each step but the waits is due, in milliseconds from the request."""
    totals = accumulate(step.seconds * 1000 if isinstance(step, Wait) else 0.0 for step in steps)
    return [total for step, total in zip(steps, totals, strict=True) if not isinstance(step, Wait)]


@given(exchanges)
def test_an_exchange_comes_back_from_the_file_step_by_step(exchange: Exchange) -> None:
    found = reread(exchange)
    assert found.request == exchange.request
    assert found.recorded_at == exchange.recorded_at
    assert without_waits(found.steps) == without_waits(exchange.steps)
    assert due(found.steps) == pytest.approx(due(exchange.steps), abs=0.1)


@given(exchanges)
def test_every_yaml_reader_finds_the_same_in_a_cassette(exchange: Exchange) -> None:
    text = dump([Entry(exchange=exchange)])
    fast = yaml.load(text, Loader=yaml.CSafeLoader)
    assert fast == yaml.load(text, Loader=yaml.SafeLoader)
    assert from_interaction(fast["interactions"][0]) == reread(exchange)


@given(st.lists(exchanges, max_size=3))
def test_saving_what_was_read_gives_the_same_text(made: list[Exchange]) -> None:
    text = dump([Entry(exchange=exchange) for exchange in made])
    entries = parse(text.encode(), PATH)
    assert dump(entries) == text
    assert dump([Entry(exchange=entry.exchange) for entry in entries]) == text


@given(exchanges)
def test_the_request_alone_is_that_of_the_exchange(exchange: Exchange) -> None:
    entry = parse(dump([Entry(exchange=exchange)]).encode(), PATH)[0]
    assert entry.request == entry.exchange.request == exchange.request


@given(exchanges)
def test_the_answer_alone_is_that_of_the_exchange(exchange: Exchange) -> None:
    text = dump([Entry(exchange=exchange)]).encode()
    assert parse(text, PATH)[0].steps == parse(text, PATH)[0].exchange.steps


@given(st.lists(st.floats(0, 0.001), max_size=200))
@example([0.00004] * 200)
def test_rounded_times_do_not_add_up(gaps: list[float]) -> None:
    steps = (Wait(0.00004), Head(200), *(step for gap in gaps for step in (Wait(gap), Chunk(b"x"))))
    found = reread(Exchange(request=ASK, steps=steps))
    assert due(found.steps) == pytest.approx(due(steps), abs=0.051)


EVENTS = b'data: {"a":1}\n\n', b'data: {"b":2}\n\n', b"data: [DONE]\n\n"


def edited(exchange: Exchange, old: str, new: str) -> Exchange:
    """The exchange after somebody replaced a text in its file."""
    text = dump([Entry(exchange=exchange)])
    assert old in text
    return parse(text.replace(old, new).encode(), PATH)[0].exchange


def test_an_edited_stream_is_cut_by_event_and_keeps_its_times() -> None:
    found = edited(answer(*EVENTS, kind="text/event-stream"), '{"b":2}', '{"b":"two"}')
    assert [step.data for step in found.steps if isinstance(step, Chunk)] == [
        EVENTS[0],
        b'data: {"b":"two"}\n\n',
        EVENTS[2],
    ]
    assert due(found.steps) == pytest.approx([100, 100, 110, 130])


def test_an_event_that_somebody_added_is_a_chunk_of_its_own() -> None:
    found = edited(answer(*EVENTS, kind="text/event-stream"), "data: [DONE]", 'data: {"c":3}\n\n        data: [DONE]')
    assert [step.data for step in found.steps if isinstance(step, Chunk)] == [
        *EVENTS[:2],
        b'data: {"c":3}\n\n',
        EVENTS[2],
    ]


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
def test_an_edited_compressed_body_is_compressed_again(encoding: str) -> None:
    wire = encodings.encode(b'{"word":"one"}', encoding)
    length = ("content-length", str(len(wire)))
    found = edited(answer(wire[:9], wire[9:], headers=(("content-encoding", encoding), length)), '"one"', '"another"')
    assert encodings.decode(found.wire, encoding) == b'{"word":"another"}'
    assert found.head is not None
    assert found.head.header("content-length") == str(len(found.wire))


def test_content_length_follows_an_edited_body() -> None:
    found = edited(answer(b'{"a":1}', headers=(("content-length", "7"),)), '"a": 1\n        }', '"a": 12\n        }')
    assert (found.wire, found.head and found.head.header("content-length")) == (b'{"a":12}', "8")


def test_the_content_length_of_an_answer_to_head_stays() -> None:
    exchange = replace(answer(headers=(("content-length", "512"),)), request=Request("HEAD", ASK.url))
    assert reread(exchange).steps == exchange.steps


def test_a_content_encoding_that_is_a_lie_is_kept_as_it_came() -> None:
    exchange = answer(b'{"a":1}', headers=(("content-encoding", "gzip"),))
    assert reread(exchange).steps == without_zero_waits(exchange.steps)


def without_zero_waits(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in steps if step != Wait(0.0))


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_compressed_answer_that_broke_comes_back_to_the_byte(encoding: str, share: float) -> None:
    wire = encodings.encode(b"".join(b"data: %d\n\n" % n for n in range(200)), encoding)
    came = wire[: int(len(wire) * share)]
    exchange = answer(came, kind="text/event-stream", headers=(("content-encoding", encoding),))
    exchange = replace(exchange, steps=(*exchange.steps, Abort("reset", "ReadError", "gone")))
    found = reread(exchange)
    assert found.wire == came
    assert found.abort == Abort("reset", "ReadError", "gone")


def test_a_playable_answer_without_a_status_is_refused() -> None:
    interaction = to_interaction(answer(b"{}"))
    interaction["response"]["status"]["code"] = 0
    with pytest.raises(ValueError, match=r"status\.code is 0"):
        from_interaction(interaction)


def test_an_unknown_outcome_is_refused() -> None:
    interaction = to_interaction(answer(b"{}"))
    interaction["response"]["retape"]["outcome"] = "eaten"
    with pytest.raises(ValueError, match="unknown outcome 'eaten'"):
        from_interaction(interaction)


def test_a_json_cassette_holds_the_same_exchanges(tmp_path: Path) -> None:
    cassette = Cassette(tmp_path / "c.json", [Entry(exchange=answer(*EVENTS, kind="text/event-stream"))])
    cassette.save()
    assert Cassette.load(cassette.path).exchanges == [reread(cassette.exchanges[0])]


@pytest.mark.parametrize("name", ["c.yaml", "c.yml", "c.JSON"])
def test_a_cassettes_name_says_how_it_is_written(name: str) -> None:
    check_name(Path(name))


@pytest.mark.parametrize("name, suffix", [("c", "''"), ("c.txt", "'.txt'"), (".yaml", "''")])
def test_a_name_that_says_nothing_is_refused(name: str, suffix: str) -> None:
    with pytest.raises(UsageError, match=rf"^{name}: a cassette's name ends in \.yaml, \.yml, \.json, not {suffix}$"):
        check_name(Path(name))
