from __future__ import annotations

import gzip

import pytest

from report.recorded import delta, event, plain, streamed
from retape.report.timeline import picture, timeline_of
from retape.tape.steps import Abort, Chunk, Head, Wait

THREE = [delta("", role="assistant"), delta("Ea"), delta("rth")]
GAPS = [0.5, 0.0, 0.25, 0.125]


def test_times_are_counted_from_the_request() -> None:
    line = timeline_of(streamed(THREE, gaps=GAPS))
    assert (line.first_byte, line.first_text, line.total) == (0.5, 0.75, 0.875)


def test_gaps_lie_between_chunks() -> None:
    line = timeline_of(streamed(THREE, gaps=GAPS))
    assert (line.gaps, line.median_gap, line.largest_gap, line.largest_gap_after) == ([0.25, 0.125], 0.1875, 0.25, 1)


def test_chunks_are_not_events() -> None:
    joined = event(delta("Ea")) + event(delta("rth"))[:-1]
    line = timeline_of(streamed([joined, b"\n"], gaps=[0, 0, 1]))
    assert [(arrival.events, arrival.text) for arrival in line.arrivals] == [(1, True), (1, True)]


def test_events_are_seen_through_gzip() -> None:
    packed = gzip.compress(event(delta("Ea")) + event(delta("rth")), mtime=0)
    headers = (("content-type", "text/event-stream"), ("content-encoding", "gzip"))
    line = timeline_of(streamed([packed[:20], packed[20:]], gaps=[1, 1, 1], headers=headers))
    assert (line.events, sum(arrival.events for arrival in line.arrivals), line.size) == (2, 2, len(packed))


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_chunks_that_cannot_be_decoded_one_by_one_have_no_events(encoding: str) -> None:
    headers = (("content-type", "text/event-stream"), ("content-encoding", encoding))
    line = timeline_of(streamed([b"\xff" * 8], headers=headers))
    assert [(arrival.size, arrival.events) for arrival in line.arrivals] == [(8, 0)]


def test_an_event_cut_short_counts() -> None:
    assert timeline_of(streamed([b"data: 1\n\ndata: 2"])).events == 2


def test_a_recording_without_times_has_none() -> None:
    line = timeline_of(streamed(THREE))
    assert (line.first_byte, line.first_text, line.total, line.gaps, line.median_gap) == (None, None, None, [], None)


def test_a_connection_that_never_came_has_no_first_byte() -> None:
    broken = streamed([], abort=Abort("refused"))
    line = timeline_of(type(broken)(request=broken.request, steps=(Wait(0.5), Abort("refused"))))
    assert (line.first_byte, line.total, line.outcome) == (None, 0.5, "refused")


@pytest.mark.parametrize(
    ("gaps", "abort", "row"),
    [
        ([0.5, 0.0, 0.25, 0.25], None, "····█·██▏"),
        ([0.5, 0.0, 0.25, 0.25], Abort("reset"), "····█·██✗"),
        ([0.5, 0.0, 0.25, 0.25], Abort("client-left"), "····█·██◂"),
        ([0.5, 0.0, 0.0, 0.5], None, "····█··▄▏"),
        ([], None, "███▏"),
    ],
    ids=["complete", "reset", "client left", "two events at once", "no times: a cell a chunk"],
)
def test_the_picture_shows_when_what_came(gaps: list[float], abort: Abort | None, row: str) -> None:
    same = [delta("a"), delta("b"), delta("c")]
    assert picture(timeline_of(streamed(same, gaps=gaps, abort=abort)), 9) == row


@pytest.mark.parametrize("width", [1, 2, 5, 80])
def test_the_picture_is_no_wider_than_asked_for(width: int) -> None:
    line = timeline_of(streamed([delta("x")] * 50, gaps=[0.01] * 51))
    assert len(picture(line, width)) == max(2, width)


def test_an_answer_without_chunks_has_a_picture() -> None:
    assert picture(timeline_of(streamed([])), 10) == "·▏"


def test_a_plain_answer_has_a_timeline() -> None:
    exchange = plain({})
    timed = type(exchange)(request=exchange.request, steps=(Wait(1.0), Head(200), Wait(0.5), Chunk(b"{}")))
    assert [(arrival.at, arrival.size) for arrival in timeline_of(timed).arrivals] == [(1.5, 2)]
