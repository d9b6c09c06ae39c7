"""HTTP as the server speaks it, with each of uvicorn's parsers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mounts.raw import Raw, echo, steps
from retape import Chunk, Head, Request, serve

pytest.importorskip("uvicorn", reason="serving needs retape[server]")

CHUNKED = b"POST /v1/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
LAST = b"connection: close\r\n"

ASKED = {
    "HTTP/1.1": (
        b"GET /v1/models?a=%20b HTTP/1.1\r\nhost: h:1\r\n" + LAST + b"\r\n",
        "GET http://h:1/v1/models?a=%20b 0",
    ),
    "HTTP/1.0": (b"GET /v1/models HTTP/1.0\r\n\r\n", "GET http://localhost/v1/models 0"),
    "OPTIONS": (b"OPTIONS /v1/chat HTTP/1.1\r\nhost: h\r\n" + LAST + b"\r\n", "OPTIONS http://h/v1/chat 0"),
    "a chunked body": (CHUNKED.replace(b"host: x\r\n", b"host: x\r\n" + LAST), "POST http://x/v1/x 11"),
    "the absolute form": (b"GET http://h/v1/m HTTP/1.1\r\nhost: h\r\n" + LAST + b"\r\n", "GET http://h/v1/m 0"),
    "an upgrade that nobody offers": (
        b"GET /v1/m HTTP/1.1\r\nhost: h\r\nupgrade: h2c\r\nconnection: upgrade, close\r\n\r\n",
        "GET http://h/v1/m 0",
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_request_of_every_form_reaches_the_handler(what: str) -> None:
    asked, said = ASKED[what]
    with serve(echo) as server, Raw(server) as raw:
        came = raw.ask(asked).until(b"\r\n\r\n" + said.encode())
    assert came.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_connection_serves_one_request_after_the_other() -> None:
    with serve(echo) as server, Raw(server) as raw:
        for path in (b"/one", b"/two"):
            assert raw.ask(b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n" % path).until(b" 0").endswith(path + b" 0")


def test_pipelined_requests_are_answered_in_order() -> None:
    asked = b"".join(b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n" % number for number in range(9))
    with serve(echo) as server, Raw(server) as raw:
        came = raw.ask(asked + b"GET /9 HTTP/1.1\r\nhost: x\r\n" + LAST + b"\r\n").rest()
    assert [int(found) for found in re.findall(rb"GET http://x/(\d) 0", came)] == list(range(10))


def test_a_good_request_before_rubbish_is_answered_first() -> None:
    with serve(echo) as server, Raw(server) as raw:
        came = raw.ask(b"GET /one HTTP/1.1\r\nhost: x\r\n\r\n\x00rubbish\r\n\r\n").rest()
    assert came.startswith(b"HTTP/1.1 200 OK")
    assert b"/one 0" in came


HEADS: dict[str, Head] = {
    "sized": Head(200, (("content-length", "5"),)),
    "not sized": Head(200),
    "no content": Head(204),
    "not modified": Head(304),
}


@pytest.mark.parametrize("what", HEADS)
def test_an_answer_without_a_body_has_none_whatever_the_handler_gives(what: str) -> None:
    method = "GET" if HEADS[what].status != 200 else "HEAD"
    with serve(steps(HEADS[what], Chunk(b"hello"))) as server, Raw(server) as raw:
        for _ in range(2):  # the connection goes on
            head = raw.ask(f"{method} / HTTP/1.1\r\nhost: x\r\n\r\n".encode()).until(b"\r\n\r\n")
            assert head.startswith(f"HTTP/1.1 {HEADS[what].status} ".encode())
        raw.ask(f"{method} / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        assert raw.rest().endswith(b"\r\n\r\n")


def test_a_client_that_expects_100_is_told_to_go_on() -> None:
    with serve(echo) as server, Raw(server) as raw:
        raw.ask(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n")
        assert raw.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        assert raw.ask(b"hello").until(b" 5").startswith(b"HTTP/1.1 200 ")


def test_a_client_that_expects_100_for_too_much_is_refused_before_it_sends() -> None:
    with serve(echo) as server, Raw(server) as raw:
        raw.ask(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999\r\nexpect: 100-continue\r\n\r\n")
        assert raw.rest().startswith(b"HTTP/1.1 413 ")


def test_an_unsized_answer_to_http_1_0_ends_with_its_connection() -> None:
    with serve(steps(Head(200), Chunk(b"one "), Chunk(b"two"))) as server, Raw(server) as raw:
        came = raw.ask(b"GET / HTTP/1.0\r\n\r\n").rest()
    assert came.endswith(b"\r\n\r\none two")


def test_a_plain_answer_is_one_write_and_each_chunk_of_a_stream_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from retape.mounts import wire

    written: list[bytes] = []

    def flush(self: Any) -> None:
        if self._held:
            written.append(b"".join(self._held))
            self._transport.write(written[-1])
            self._held.clear()

    monkeypatch.setattr(wire.Cork, "flush", flush)
    with serve(steps(Head(200), Chunk(b"whole"))) as server, Raw(server) as raw:
        whole = raw.ask(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").rest()
    assert written == [whole]
    written.clear()
    stream = Head(200, (("content-type", "text/event-stream"),))
    with serve(steps(stream, Chunk(b"data: 1\n\n"), Chunk(b"data: 2\n\n"))) as server, Raw(server) as raw:
        raw.ask(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").rest()
    assert [piece.rpartition(b"\r\n\r\n")[2] or piece for piece in written[:2]] == [
        b"9\r\ndata: 1\n\n\r\n",
        b"9\r\ndata: 2\n\n\r\n",
    ]


UNSENDABLE: dict[str, tuple[Any, ...]] = {
    "no head": (Chunk(b"x"),),
    "nothing at all": (),
    "no such status": (Head(999),),
    "a line break in a field": (Head(200, (("x-one", "1\r\nx-two: 2"),)),),
    "no step": ("text",),
}


@pytest.mark.parametrize("what", UNSENDABLE)
def test_what_can_not_be_sent_is_told_and_kept_and_the_next_is_served(what: str) -> None:
    with serve(steps(*UNSENDABLE[what])) as server:
        with Raw(server) as raw:
            came = raw.ask(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").rest()
        assert came.startswith((b"HTTP/1.1 500 ", b"HTTP/1.1 404 "))
        assert len(server.failures) == 1
        server.handler = echo
        with Raw(server) as raw:
            assert b" 200 " in raw.ask(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").rest()


def test_a_body_that_differs_from_its_length_is_kept_as_a_failure() -> None:
    def short(request: Request) -> Any:
        return iter((Head(200, (("content-length", "9"),)), Chunk(b"short")))

    with serve(short) as server:
        with Raw(server) as raw:
            assert raw.ask(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").rest().endswith(b"short")
        (failure,) = server.failures
    assert "failed to answer GET /" in str(failure)
