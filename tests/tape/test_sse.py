from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retape.tape import sse
from retape.tape.sse import SSEDecoder, SSEEvent, decode_sse, encode_sse, is_terminal, iter_sse
from tape.generated import cut, events, sse_bytes

WHATWG = {
    "one event of three lines": (b"data: YHOO\ndata: +2\ndata: 10\n\n", [SSEEvent(data="YHOO\n+2\n10")]),
    "a comment, ids, and data with one space kept": (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [
            SSEEvent(comments=("test stream",)),
            SSEEvent(data="first event", id="1"),
            SSEEvent(data="second event", id=""),
            SSEEvent(data=" third event"),
        ],
    ),
    "empty data, two empty lines of data, and an end without a blank line": (
        b"data\n\ndata\ndata\n\ndata:",
        [SSEEvent(data=""), SSEEvent(data="\n"), SSEEvent(data="", complete=False)],
    ),
    "the space after the colon is optional": (b"data:test\n\ndata: test\n\n", [SSEEvent(data="test")] * 2),
}
"""The examples of the WHATWG HTML standard, section 9.2.6."""

GRAMMAR = {
    "LF": (b"event: a\ndata: 1\n\n", [SSEEvent(event="a", data="1")]),
    "CRLF": (b"event: a\r\ndata: 1\r\n\r\n", [SSEEvent(event="a", data="1")]),
    "CR": (b"event: a\rdata: 1\r\r", [SSEEvent(event="a", data="1")]),
    "LF, then CRLF, then CR": (b"data: 1\n\ndata: 2\r\n\r\ndata: 3\r\r", [SSEEvent(data=d) for d in "123"]),
    "a leading byte order mark is skipped": (b"\xef\xbb\xbfdata: 1\n\n", [SSEEvent(data="1")]),
    "a second byte order mark is a field's name": (b"\xef\xbb\xbf\xef\xbb\xbfdata: 1\n\n", [SSEEvent()]),
    "retry in digits counts": (b"retry: 3000\n\n", [SSEEvent(retry=3000)]),
    "retry in anything else doesn't": (b"retry: 3s\n\n", [SSEEvent()]),
    "retry longer than any number is left out": (b"retry: " + b"9" * 5000 + b"\n\n", [SSEEvent()]),
    "retry in other scripts' digits doesn't count": ("retry: ٣\n\n".encode(), [SSEEvent()]),
    "an id with NUL doesn't count": (b"id: a\0b\n\n", [SSEEvent()]),
    "the last of several names counts": (b"event: a\nevent: b\ndata: 1\n\n", [SSEEvent(event="b", data="1")]),
    "an unknown field is kept only raw": (b"foo: 1\n\n", [SSEEvent()]),
    "colons in the value stay": (b"data: a: b\n\n", [SSEEvent(data="a: b")]),
    "line separators of Unicode end no line": ("data: a\u2028b\x85c\n\n".encode(), [SSEEvent(data="a\u2028b\x85c")]),
    "a broken character is replaced": (b"data: \xff\n\n", [SSEEvent(data="\ufffd")]),
    "nothing": (b"", []),
    "a byte order mark alone": (b"\xef\xbb\xbf", [SSEEvent(complete=False)]),
    "a line that was cut": (b"data: 1", [SSEEvent(data="1", complete=False)]),
}


@pytest.mark.parametrize("stream, expected", [*WHATWG.values(), *GRAMMAR.values()], ids=[*WHATWG, *GRAMMAR])
def test_a_stream_decodes_as_the_standard_says(stream: bytes, expected: list[SSEEvent]) -> None:
    assert decode_sse(stream) == expected


@given(st.lists(events, max_size=6))
def test_events_that_were_encoded_decode_to_the_same_events(made: list[SSEEvent]) -> None:
    assert decode_sse(encode_sse(made)) == made


@given(st.one_of(sse_bytes, st.binary()))
def test_any_bytes_that_were_decoded_encode_to_the_same_bytes(data: bytes) -> None:
    assert encode_sse(decode_sse(data)) == data


_LINES = st.sampled_from(
    [b"data: 1", b"data:2", b"data: \xff", b"event: a", b": x", b"id: 7", b"data", b"data: a: b", b""]
)


@given(st.lists(_LINES, max_size=9), st.booleans())
def test_a_stream_of_plain_lines_decodes_at_once_as_it_does_piece_by_piece(lines: list[bytes], ended: bool) -> None:
    data = b"\n".join(lines) + b"\n\n" * ended
    whole, pieces = decode_sse(data), list(iter_sse([data]))
    assert whole == pieces
    assert [event.raw for event in whole] == [event.raw for event in pieces]


@given(st.one_of(sse_bytes, st.binary()), st.lists(st.integers(0, 10**6), max_size=6))
def test_any_cut_gives_the_same_events_as_no_cut(data: bytes, places: list[int]) -> None:
    whole, pieces = decode_sse(data), list(iter_sse(cut(data, places)))
    assert pieces == whole
    assert [event.raw for event in pieces] == [event.raw for event in whole]


@given(sse_bytes)
def test_byte_by_byte_gives_the_same_events(data: bytes) -> None:
    assert list(iter_sse(bytes([byte]) for byte in data)) == decode_sse(data)


@given(st.lists(events, max_size=4))
def test_what_a_cut_stream_leaves_behind_comes_last_and_incomplete(made: list[SSEEvent]) -> None:
    assert decode_sse(encode_sse(made) + b"data: cu") == [*made, SSEEvent(data="cu", complete=False)]


@pytest.mark.parametrize("stream", [b"data: 1\n\n", b"data: 1\r\n\r\n"])
def test_an_event_comes_out_with_the_end_of_its_blank_line(stream: bytes) -> None:
    decoder = SSEDecoder()
    assert decoder.feed(stream[:-1]) == []
    assert decoder.feed(stream[-1:]) == [SSEEvent(data="1")]
    assert decoder.close() == []


def test_an_event_after_a_lone_cr_comes_out_with_the_next_byte_or_at_the_end() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: 1\r\r") == []
    assert decoder.feed(b"d") == [SSEEvent(data="1")]
    assert decoder.feed(b"ata: 2\r\r") == []
    assert decoder.close() == [SSEEvent(data="2")]


UNSAYABLE = {
    "CR in data": SSEEvent(data="a\rb"),
    "LF in a name": SSEEvent(event="a\nb"),
    "LF in a comment": SSEEvent(comments=("a\nb",)),
    "NUL in an id": SSEEvent(id="\0"),
    "a negative retry": SSEEvent(retry=-1),
}


@pytest.mark.parametrize("event", UNSAYABLE.values(), ids=UNSAYABLE)
def test_what_sse_cannot_say_is_refused(event: SSEEvent) -> None:
    with pytest.raises(ValueError, match="no SSE framing for SSEEvent"):
        event.encode()


class CountingPattern:
    """A pattern that counts how many bytes it was given to search."""

    def __init__(self) -> None:
        self.inner, self.searched = sse._LINE, 0

    def finditer(self, data: bytes, start: int = 0):
        self.searched += len(data) - start
        return self.inner.finditer(data, start)


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 20_000, b"data: x\n" * 2_500], ids=["a long line", "many lines"])
def test_each_byte_is_searched_once_however_small_the_pieces(stream: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = CountingPattern()
    monkeypatch.setattr(sse, "_LINE", counting)
    assert encode_sse(iter_sse(cut(stream, list(range(0, len(stream), 7))))) == stream
    assert counting.searched <= 2 * len(stream)


@pytest.mark.parametrize(
    "event, over",
    [
        (SSEEvent(data="[DONE]"), True),
        (SSEEvent(data=" [DONE]"), True),
        (SSEEvent(data="[DONE]", complete=False), False),
        (SSEEvent(event="response.completed", data="{}"), True),
        (SSEEvent(event="error", data="{}"), True),
        (SSEEvent(event="response.completed"), False),
        (SSEEvent(data="DONE"), False),
    ],
)
def test_a_stream_is_over_with_its_terminal_event(event: SSEEvent, over: bool) -> None:
    assert is_terminal(event) is over
