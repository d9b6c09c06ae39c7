"""Nobody is locked in: stock vcrpy replays what retape writes, and retape replays what stock vcrpy wrote."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import httpx
import pytest
import vcr
import yaml
from hypothesis import given

from libraries import INSTALLED, NAMES
from retape import Cassette, UnknownFormat, replay, use_cassette
from retape.tape import encodings
from retape.tape.cassette import Entry, dump
from retape.tape.exchange import Exchange
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head, Step, Wait
from tape.generated import exchanges
from wire import DONE, WireServer, completion, delta, event, plain, stream, zipped

ASK = Request("POST", "http://127.0.0.1:9/v1/chat/completions", (("content-type", "application/json"),), b'{"a":1}')
TEXT = "Earth 🌍\tand\r\nmore\u2028"
SSE = delta("Ea") + delta("rth") + DONE

ANSWERS: dict[str, tuple[str, bytes, str]] = {
    "json": ("application/json", json.dumps(completion(TEXT)).encode(), ""),
    "json in a layout of its own": ("application/json", b'{ "a" :1e-05,"a":2}', ""),
    "events": ("text/event-stream", SSE, ""),
    "events with CRLF": ("text/event-stream", SSE.replace(b"\n", b"\r\n"), ""),
    "binary": ("audio/mpeg", bytes(range(256)), ""),
    "empty": ("text/plain", b"", ""),
    **{name: ("application/json", json.dumps(completion(TEXT)).encode(), name) for name in ("gzip", "br", "deflate")},
}


@pytest.fixture(params=INSTALLED, ids=NAMES)
def library(request: pytest.FixtureRequest) -> ModuleType:
    """Both libraries through which vcrpy replays to the official client."""
    return request.param


def exchange_of(kind: str, body: bytes, encoding: str, *after: Step) -> Exchange:
    wire = encodings.encode(body, encoding) if body else b""
    headers = (("content-encoding", encoding),) if encoding else ()
    headers += (("content-length", str(len(wire))), ("content-type", kind), ("x-ratelimit-a", "1"))
    chunks = [Chunk(piece) for piece in (wire[:7], wire[7:]) if piece]
    return Exchange(request=ASK, steps=(Wait(0.2), Head(200, headers, "OK"), *chunks, *after), recorded_at="2026")


def stock(path: Path, mode: str = "none") -> vcr.VCR:
    return vcr.VCR(record_mode=mode).use_cassette(str(path), allow_playback_repeats=False)


WRITTEN = [(name, suffix) for name in ANSWERS for suffix in ("yaml", "json") if (name, suffix) != ("binary", "json")]


@pytest.mark.parametrize("name, suffix", WRITTEN)
def test_stock_vcrpy_replays_what_retape_wrote(name: str, suffix: str, library: ModuleType, tmp_path: Path) -> None:
    kind, body, encoding = ANSWERS[name]
    cassette = Cassette(tmp_path / f"c.{suffix}")
    cassette.append(exchange_of(kind, body, encoding))
    cassette.save()
    options = {"serializer": "json"} if suffix == "json" else {}
    with vcr.use_cassette(str(cassette.path), record_mode="none", **options), library.Client(verify=False) as client:
        answer = client.post(ASK.url, content=ASK.body)
    assert answer.status_code == 200
    assert answer.headers["x-ratelimit-a"] == "1"
    assert answer.content == shown(body, kind)


def shown(body: bytes, kind: str) -> bytes:
    """What stock vcrpy can give back of a body: the text that people review, so JSON indented and CRLF as LF."""
    if kind == "application/json":
        try:
            value = json.loads(body)
        except ValueError:
            return body
        indented = json.dumps(value, indent=2, ensure_ascii=False).encode()
        return indented if value.keys() != {"a"} else body
    return body.replace(b"\r\n", b"\n") if kind == "text/event-stream" else body


def test_a_binary_body_in_a_json_cassette_is_an_error_that_says_so(tmp_path: Path) -> None:
    cassette = Cassette(tmp_path / "c.json", [Entry(exchange=exchange_of(*ANSWERS["binary"]))])
    with pytest.raises(UnknownFormat, match=r"JSON can't hold a binary body; name the cassette \*\.yaml"):
        cassette.save()
    assert list(tmp_path.iterdir()) == []


def test_stock_vcrpy_gives_the_client_the_same_json_as_the_server_did(tmp_path: Path) -> None:
    kind, body, encoding = ANSWERS["gzip"]
    cassette = Cassette(tmp_path / "c.yaml", [Entry(exchange=exchange_of(kind, body, encoding))])
    cassette.save()
    with stock(cassette.path), httpx.Client(verify=False) as client:
        assert client.post(ASK.url, content=ASK.body).json() == completion(TEXT)


@given(exchanges)
def test_stock_vcrpy_loads_every_cassette_that_retape_writes(exchange: Exchange) -> None:
    from vcr.serialize import deserialize
    from vcr.serializers import yamlserializer

    requests, responses = deserialize(dump([Entry(exchange=exchange)]), yamlserializer)
    assert [request.uri for request in requests] == [exchange.request.url]
    assert responses[0]["status"]["code"] == (exchange.head.status if exchange.head else 0)


@pytest.mark.parametrize("how", ["refused", "timeout", "reset", "early-end"])
def test_stock_vcrpy_refuses_a_broken_recording(how: str, library: ModuleType, tmp_path: Path) -> None:
    """It has no way to break an answer, and half of one replayed as a success would hide the failure that was
    recorded.  So its body stands where only retape looks, and vcrpy stops at the missing `body.string`."""
    broken = exchange_of("text/event-stream", SSE, "", Abort(how))
    if how == "refused":
        broken = replace(broken, steps=(Wait(0.1), Abort(how)))
    cassette = Cassette(tmp_path / "c.yaml", [Entry(exchange=broken)])
    cassette.save()
    with stock(cassette.path), library.Client(verify=False) as client, pytest.raises(KeyError, match="string"):
        client.post(ASK.url, content=ASK.body)


WIRE = {
    "json": plain(completion(TEXT)),
    "gzip": zipped(completion(TEXT)),
    "events": stream(delta("Ea"), delta("rth"), DONE),
    "events with a cut character": stream(event("🌍")[:8], event("🌍")[8:], DONE),
    "an error": plain({"error": {"message": "no"}}, status="429 Too Many Requests", headers=["retry-after: 1"]),
    "binary": [b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 256\r\n\r\n" + bytes(range(256))],
    "empty": [b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"],
}


RECORDED = [(name, "yaml") for name in WIRE] + [(name, "json") for name in WIRE if name not in ("binary", "gzip")]
"""Stock vcrpy itself can't save bytes that are no text as JSON."""


@pytest.mark.parametrize("name, serializer", RECORDED)
def test_retape_replays_what_stock_vcrpy_recorded(
    name: str, serializer: str, library: ModuleType, server: WireServer, tmp_path: Path
) -> None:
    path = tmp_path / f"c.{serializer}"
    server.says(WIRE[name])
    url = server.url + "/chat/completions?a=1"
    with vcr.use_cassette(str(path), serializer=serializer), library.Client(verify=False) as client:
        live = client.post(url, json={"a": 1})
    before = path.read_bytes()
    with use_cassette(path), library.Client(verify=False) as client:
        replayed = client.post(url, json={"a": 1})
    assert (replayed.status_code, replayed.content) == (live.status_code, live.content)
    assert replayed.headers.get("retry-after") == live.headers.get("retry-after")
    assert len(server.requests) == 1
    assert path.read_bytes() == before


def old_httpx(content: str | bytes) -> str:
    request = {"method": "POST", "uri": ASK.url, "headers": {"host": ["x"]}, "body": '{"a":1}'}
    headers = {"content-type": ["application/json"]}
    response = {"http_version": "HTTP/1.1", "status_code": 200, "headers": headers, "content": content}
    return yaml.dump({"interactions": [{"request": request, "response": response}], "version": 1})


@pytest.mark.parametrize("content", ['{"b": 2}', b"\xff\x00"])
def test_retape_replays_the_httpx_layout_of_vcrpy_4(content: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(old_httpx(content))
    with use_cassette(path), httpx.Client(verify=False) as client:
        answer = client.post(ASK.url, json={"a": 1})
    assert (answer.status_code, answer.content) == (200, content.encode() if isinstance(content, str) else content)


def test_an_answer_decoded_by_vcrpy_replays_though_its_header_says_gzip(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    request = {"method": "POST", "uri": ASK.url, "headers": {}, "body": '{"a":1}'}
    headers = {"Content-Encoding": ["gzip"], "Content-Length": ["999"]}
    response = {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": "{}"}}
    path.write_text(yaml.dump({"interactions": [{"request": request, "response": response}], "version": 1}))
    with use_cassette(path), httpx.Client(verify=False) as client:
        answer = client.post(ASK.url, json={"a": 1})
    assert (answer.content, answer.headers["content-length"]) == (b"{}", "2")


def test_a_gzip_body_kept_by_vcrpy_as_bytes_is_replayed_compressed(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    wire = gzip.compress(b"{}")
    request = {"method": "POST", "uri": ASK.url, "headers": {}, "body": '{"a":1}'}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {"Content-Encoding": ["gzip"]}}
    response["body"] = {"string": wire}
    path.write_text(yaml.dump({"interactions": [{"request": request, "response": response}], "version": 1}))
    assert replay(path).index.entries[0].exchange.wire == wire
    with use_cassette(path), httpx.Client(verify=False) as client:
        assert client.post(ASK.url, json={"a": 1}).content == b"{}"


def test_stock_vcrpy_keeps_what_retape_noted_when_it_saves_the_file_anew(server: WireServer, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    ours = exchange_of("text/event-stream", SSE, "gzip")
    Cassette(path, [Entry(exchange=ours)]).save()
    with stock(path, "new_episodes"), httpx.Client(verify=False) as client:
        client.post(server.url + "/embeddings", json={"input": "x"})
    assert "# retape:" not in path.read_text()
    first, second = Cassette.load(path).exchanges
    assert first == ours
    assert second.request.path == "/v1/embeddings"


def test_recording_into_a_file_of_stock_vcrpy_keeps_its_exchanges(server: WireServer, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    with vcr.use_cassette(str(path)), httpx.Client(verify=False) as client:
        client.post(server.url + "/chat/completions", json={"a": 1})
    with use_cassette(path, mode="record", unused="ignore"), httpx.Client(verify=False) as client:
        client.post(server.url + "/chat/completions", json={"a": 2})
    assert [exchange.request.json() for exchange in Cassette.load(path).exchanges] == [{"a": 1}, {"a": 2}]
    with stock(path), httpx.Client(verify=False) as client:
        assert client.post(server.url + "/chat/completions", json={"a": 1}).json() == completion("Hi")
