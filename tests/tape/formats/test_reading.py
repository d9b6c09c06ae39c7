"""Every format gives the exchange it holds, and says what it can't give."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from retape.errors import CassetteDamaged, UnknownFormat
from retape.tape.cassette import Cassette
from retape.tape.formats import FORMATS, Imported
from retape.tape.formats.go_vcr import parse_duration
from retape.tape.formats.imported import utc
from retape.tape.formats.reading import read
from retape.tape.steps import Chunk, Wait
from tape.formats import samples

FILE = Path("recording")


def one(data: Any, *, as_yaml: bool = False) -> Imported:
    """The only exchange of a recording."""
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False) if as_yaml else json.dumps(data)
    _, items = read(text.encode(), FILE)
    (item,) = items
    return item


RECORDINGS: dict[str, tuple[str, Callable[[], Any]]] = {
    "vcrpy": ("vcrpy", samples.vcrpy),
    "vcrpy, old httpx layout": ("vcrpy", samples.vcrpy_old_httpx),
    "pydantic-ai": ("pydantic-ai", samples.pydantic_ai),
    "llama-stack": ("llama-stack", samples.llama_stack),
    "go-vcr": ("go-vcr", samples.go_vcr),
    "Ruby VCR": ("ruby-vcr", samples.ruby_vcr),
    "HAR": ("har", samples.har),
    "WireMock": ("wiremock", samples.wiremock),
    "WireMock, list": ("wiremock", lambda: {"mappings": [samples.wiremock()]}),
    "dd-apm-test-agent": ("dd-apm-test-agent", samples.dd_apm),
}


@pytest.mark.parametrize("as_yaml", [True, False], ids=["yaml", "json"])
@pytest.mark.parametrize("name", RECORDINGS)
def test_every_format_gives_the_same_exchange(name: str, *, as_yaml: bool) -> None:
    data = RECORDINGS[name][1]()
    exchange = one(data, as_yaml=as_yaml).exchange
    assert (exchange.request.method, exchange.request.path.removeprefix("/v1")) == ("POST", "/chat/completions")
    assert exchange.request.body == samples.SENT.encode()
    assert exchange.request.header("content-type") == "application/json"
    assert exchange.head is not None
    assert (exchange.head.status, exchange.content_type) == (200, "application/json")
    assert exchange.body == samples.CAME.encode()
    assert exchange.outcome == "complete"


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_format_is_told_from_the_content(name: str) -> None:
    expected, data = RECORDINGS[name]
    found, _ = read(json.dumps(data()).encode(), FILE)
    assert found == expected


def test_every_row_of_the_table_has_a_recording_here() -> None:
    assert {name for name, _ in RECORDINGS.values()} == {row.name for row in FORMATS}


@pytest.mark.parametrize("name", [name for name in RECORDINGS if "vcrpy" not in name])
def test_opened_as_a_cassette_a_foreign_recording_is_refused_with_the_command(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(yaml.safe_dump(RECORDINGS[name][1]()))
    with pytest.raises(UnknownFormat, match=r"retape convert .*a\.yaml OUT\.yaml"):
        Cassette.load(path)


NOTES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "stock vcrpy has no times": (samples.vcrpy(), ("times unknown: it replays without waiting",)),
    "a body that its recorder decoded": (
        samples.vcrpy(samples.in_vcrpy(headers={"content-encoding": ["gzip"], **samples.JSON_TYPE})),
        ("response: the recorder decoded the body (gzip), so content-encoding is left out", "times unknown"),
    ),
    "a body that somebody edited": (
        samples.vcrpy(samples.in_vcrpy(headers={"Content-Length": ["5"], **samples.JSON_TYPE})),
        ("response: 5 bytes were sent, and the recording has 52: it was edited or re-encoded", "times unknown"),
    ),
    "pydantic-ai": (samples.pydantic_ai(), ("request: body re-serialised", "response: body re-serialised", "times")),
    "llama-stack": (
        samples.llama_stack(),
        ("URL mended: the recorder wrote /v1 twice", "request: body re-serialised", "answer rebuilt from the SDK's"),
    ),
    "llama-stack, stream": (
        samples.llama_stack_stream(),
        ("URL mended", "request: body", "stream rebuilt from the SDK's objects: framing and times are made up"),
    ),
    "llama-stack, exception": (
        samples.llama_stack_exception(status_code=400, body={"code": 1}),
        ("URL mended", "request: body", "error rebuilt from the SDK's exception"),
    ),
    "go-vcr": (
        samples.go_vcr(),
        ("response: the recorder decoded the body; its content-encoding is unknown", "chunk boundaries"),
    ),
    "go-vcr, body gone": (samples.go_vcr(body=""), ("request: body omitted by the recorder", "response", "chunk")),
    "multipart body gone": (
        samples.go_vcr(body="", headers={"Content-Type": ["multipart/form-data; boundary=x"]}),
        ("request: body omitted", "response", "request: multipart body omitted by the recorder", "chunk boundaries"),
    ),
    "HAR without timings": (samples.har(), ("times unknown",)),
    "HAR without a body": (
        samples.har({"mimeType": "application/json", "size": 77}),
        ("response: body of 77 bytes omitted by the recorder", "times unknown"),
    ),
    "WireMock": (samples.wiremock(), ("the recording names no host", "request: body re-serialised", "times unknown")),
    "WireMock, loose": (
        samples.wiremock(bodyPatterns=[{"equalToJson": samples.SENT, "ignoreExtraElements": True}]),
        ("the recording names no host", "request: body", "the mapping answers other bodies too", "times"),
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_what_cannot_be_carried_over_is_said(name: str) -> None:
    data, expected = NOTES[name]
    notes = one(data).notes
    assert len(notes) == len(expected), notes
    assert [note[: len(start)] for note, start in zip(notes, expected, strict=True)] == list(expected)


LEFT_OUT: dict[str, tuple[Any, str]] = {
    "an exception without an answer": (
        samples.llama_stack_exception(type="ConnectError", message="refused"),
        r"ConnectError was raised with no answer behind it \(refused\)",
    ),
    "HAR of a request that failed": (
        samples.har(response={"status": 0, "_error": "net::ERR_FAILED"}),
        r"no answer came \(net::ERR_FAILED\)",
    ),
    "a mapping for any URL": (
        {"request": {"urlPattern": "/a.*", "method": "GET"}, "response": {"status": 200}},
        r"every URL that fits a pattern \(/a\.\*\)",
    ),
    "a mapping for any body": (
        samples.wiremock(bodyPatterns=[{"matchesJsonPath": "$.a"}]),
        "every body that fits matchesJsonPath",
    ),
    "a mapping for any method": (samples.wiremock(method="ANY"), "it answers any method"),
    "a mapping for any query": (samples.wiremock(queryParameters={"a": {"matches": "b"}}), "queries or forms"),
    "a body in another file": (
        samples.wiremock({"status": 200, "bodyFileName": "x.json"}),
        r"another file \(x\.json\)",
    ),
    "a proxy": (samples.wiremock({"proxyBaseUrl": "http://localhost:1"}), "it asks another server"),
    "a fault without counterpart": (samples.wiremock({"fault": "RANDOM_DATA_THEN_CLOSE"}), "has no counterpart"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_request_without_an_answer_to_replay_is_left_out_with_the_reason(name: str) -> None:
    data, why = LEFT_OUT[name]
    item = one(data)
    assert item.left_out
    assert item.exchange.steps == ()
    assert re.search(why, item.notes[-1])


def test_a_stream_of_sdk_objects_becomes_events_in_chunks_of_their_own() -> None:
    exchange = one(samples.llama_stack_stream()).exchange
    chunks = [step.data for step in exchange.steps if isinstance(step, Chunk)]
    assert chunks == [
        b'data: {"object":"chat.completion.chunk","n":1}\n\n',
        b'data: {"object":"chat.completion.chunk","n":2}\n\n',
        b"data: [DONE]\n\n",
    ]
    assert exchange.is_stream


def test_events_of_the_responses_api_keep_their_names_and_end_without_done() -> None:
    body = [{"__type__": "openai.types.responses.X", "__data__": {"type": "response.completed"}}]
    exchange = one(samples.llama_stack(body, is_streaming=True)).exchange
    assert exchange.body == b'event: response.completed\ndata: {"type":"response.completed"}\n\n'


def test_a_stream_of_ollamas_own_api_is_a_line_for_each_object() -> None:
    body = [{"__type__": "ollama._types.ChatResponse", "__data__": {"n": n}} for n in (1, 2)]
    exchange = one(samples.llama_stack(body, is_streaming=True)).exchange
    assert (exchange.content_type, exchange.body) == ("application/x-ndjson", b'{"n":1}\n{"n":2}\n')


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ({"status_code": 400, "body": {"code": 1}}, {"error": {"code": 1}}),
        ({"status_code": 404, "body": {"error": "gone"}}, {"error": "gone"}),
        ({"status_code": 500}, {"error": {"message": "no"}}),
    ],
)
def test_an_exception_with_a_status_becomes_the_error_answer_behind_it(data: Any, body: Any) -> None:
    exchange = one(samples.llama_stack_exception(**data)).exchange
    assert exchange.head is not None
    assert (exchange.head.status, json.loads(exchange.body)) == (data["status_code"], body)


RUBY_BODIES: dict[str, tuple[Any, bytes]] = {
    "base64": ({"encoding": "ASCII-8BIT", "base64_string": "AP8=\n"}, b"\x00\xff"),
    "binary": ({"encoding": "ASCII-8BIT", "string": b"\x00\xff"}, b"\x00\xff"),
    "latin-1": ({"encoding": "ISO-8859-1", "string": "ü"}, b"\xfc"),
    "text of unknown encoding": ({"encoding": "Klingon", "string": "ü"}, "ü".encode()),
    "R, plain": ("ü", "ü".encode()),
    "R, parsed": ({"json": {"a": 1}}, b'{"a":1}'),
    "none": ({}, b""),
}


@pytest.mark.parametrize("name", RUBY_BODIES)
def test_a_ruby_body_gives_the_bytes_in_its_encoding(name: str) -> None:
    body, expected = RUBY_BODIES[name]
    assert one(samples.ruby_vcr(body), as_yaml=True).exchange.body == expected


def test_rubys_own_tag_for_binary_is_read() -> None:
    text = yaml.safe_dump(samples.ruby_vcr({"string": b"\x00\xff"})).replace("!!binary", "!binary")
    assert "!binary" in text.replace("!!binary", "")
    _, (item,) = read(text.encode(), FILE)
    assert item.exchange.body == b"\x00\xff"


def test_rubys_date_is_kept_in_utc() -> None:
    assert one(samples.ruby_vcr()).exchange.recorded_at == "2026-08-10T23:51:43.000000Z"


def test_a_bare_status_is_read() -> None:
    head = one(samples.ruby_vcr(status=204)).exchange.head
    assert head is not None
    assert head.status == 204


def test_go_vcrs_duration_is_the_time_to_the_first_byte() -> None:
    steps = one(samples.go_vcr()).exchange.steps
    assert steps[0] == Wait(1.25)


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("1.5s", 1500), ("1m2.5s", 62_500), ("250ms", 250), ("1500000", 1.5), ("", 0), ("?", 0)]
)
def test_a_go_duration_is_milliseconds(text: str, milliseconds: float) -> None:
    assert parse_duration(text) == milliseconds


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-08-10T23:51:43Z", "2026-08-10T23:51:43.000000Z"),
        ("2026-08-10T23:51:43.5+02:00", "2026-08-10T21:51:43.500000Z"),
        ("Mon, 10 Aug 2026 23:51:43 GMT", "2026-08-10T23:51:43.000000Z"),
        ("yesterday", ""),
        (None, ""),
    ],
)
def test_a_recorders_date_is_utc_or_nothing(text: object, moment: str) -> None:
    assert utc(text) == moment


def test_pollys_encoded_body_keeps_its_chunks_encoding_and_times() -> None:
    wire = gzip.compress(samples.CAME.encode(), mtime=0)
    exchange = one(samples.polly([wire[:10], wire[10:]])).exchange
    assert [step.data for step in exchange.steps if isinstance(step, Chunk)] == [wire[:10], wire[10:]]
    assert [step.seconds for step in exchange.steps if isinstance(step, Wait)] == [0.251, 0.03]
    assert (exchange.encoding, exchange.body) == ("gzip", samples.CAME.encode())


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"text": samples.CAME, "size": 9}, samples.CAME.encode()),
        ({"size": 9}, b""),
    ],
)
def test_a_decoded_body_is_announced_with_its_own_length(content: Any, body: bytes) -> None:
    fields = (("content-encoding", "br"), ("content-length", "9"))
    head = one(samples.har(content, headers=fields, timings={"wait": 1, "receive": 1})).exchange.head
    assert head is not None
    assert head.header("content-length") == str(len(body))


def test_old_pollys_hexadecimal_body_is_read() -> None:
    data = samples.har({"_isBinary": True, "text": json.dumps([b"\x00\xff".hex(), b"\x01".hex()])})
    assert one(data).exchange.body == b"\x00\xff\x01"


def test_a_har_form_is_rebuilt_from_its_fields() -> None:
    data = samples.har()
    data["log"]["entries"][0]["request"]["postData"] = {
        "mimeType": "application/x-www-form-urlencoded",
        "params": [{"name": "a", "value": "1 2"}],
    }
    item = one(data)
    assert item.exchange.request.body == b"a=1+2"
    assert "request: body rebuilt from the form's fields" in item.notes


def test_a_wiremock_delay_and_fault_become_a_wait_and_a_break() -> None:
    exchange = one(samples.wiremock({"fault": "CONNECTION_RESET_BY_PEER", "fixedDelayMilliseconds": 20})).exchange
    assert exchange.outcome == "reset"
    assert exchange.steps[0] == Wait(0.02)


@pytest.mark.parametrize(
    ("response", "body"), [({"jsonBody": {"a": 1}}, b'{"a":1}'), ({"base64Body": "AP8="}, b"\x00\xff")]
)
def test_a_wiremock_body_may_be_json_or_base64(response: Any, body: bytes) -> None:
    assert one(samples.wiremock({"status": 200, **response})).exchange.body == body


def test_wiremocks_exact_query_is_part_of_the_url() -> None:
    exchange = one(samples.wiremock(urlPath="/models", queryParameters={"limit": {"equalTo": "2"}}, url=None)).exchange
    assert exchange.request.url == "http://localhost/models?limit=2"


def test_several_yaml_documents_are_several_mappings() -> None:
    text = yaml.safe_dump_all([samples.wiremock(), samples.wiremock(url="/b")])
    _, items = read(text.encode(), FILE)
    assert [item.exchange.request.path for item in items] == ["/chat/completions", "/b"]


def test_dates_and_words_that_other_yaml_writers_leave_unquoted_stay_text() -> None:
    item = samples.wiremock({"status": 200, "headers": {"a": "DATE", "b": "WORD", "c": "NUMBER"}})
    text = yaml.safe_dump(item).replace("DATE", "2020-10-01").replace("WORD", "no").replace("NUMBER", "010")
    _, (found,) = read(text.encode(), FILE)
    assert found.exchange.head is not None
    assert found.exchange.head.headers == (("a", "2020-10-01"), ("b", "no"), ("c", "010"))


def test_a_byte_order_mark_before_json_is_skipped() -> None:
    name, _ = read(b"\xef\xbb\xbf" + json.dumps(samples.har()).encode(), FILE)
    assert name == "har"


def test_base64_of_an_early_vcrpy_is_read() -> None:
    assert one(samples.vcrpy(samples.in_vcrpy(body={"base64_string": "AP8="}))).exchange.body == b"\x00\xff"


def broken(data: Any, *path: str | int) -> Any:
    """The recording without the value at a path."""
    place = data
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return data


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "go-vcr without a URL": (
        broken(samples.go_vcr(), "interactions", 0, "request", "url"),
        UnknownFormat,
        "exchange 1 of this go-vcr recording can't be read: 'url' is missing. Nothing was written",
    ),
    "a status that is none": (samples.ruby_vcr(status="fine"), UnknownFormat, "exchange 1 of this Ruby VCR"),
    "a body of an unknown kind": (samples.ruby_vcr({"fish": 1}), UnknownFormat, "response.body has fish, and no"),
    "base64 that is none": (samples.ruby_vcr({"base64_string": "a"}), UnknownFormat, "Ruby VCR recording can't be"),
    "vcrpy with an unknown body": (
        samples.vcrpy(samples.in_vcrpy(body={"fish": 1})),
        UnknownFormat,
        "response.body has fish, and no `string`",
    ),
    "vcrpy without a request": (
        broken(samples.vcrpy(), "interactions", 0, "request"),
        CassetteDamaged,
        "exchange 1 is not whole: 'request' is missing",
    ),
    "a URL that is none": (samples.go_vcr(url="[1]"), UnknownFormat, "the URL '\\[1\\]' is not absolute"),
    "half a character": (samples.go_vcr(method="\ud800"), UnknownFormat, "surrogates not allowed"),
    "an endless wait": (samples.har(timings={"wait": 1e400}), UnknownFormat, "a time in it is negative or infinite"),
    "a negative wait": (samples.wiremock({"fixedDelayMilliseconds": -1}), UnknownFormat, "negative or infinite"),
    "somebody's JSON": ({"name": "package", "version": "1.0.0"}, UnknownFormat, "no recording of a known format"),
    "a list": ([1, 2], UnknownFormat, "no recording of a known format"),
    "an unknown tool's pair": (
        {"request": {"method": "GET", "url": "http://localhost/"}, "response": {"statusCode": 200}},
        UnknownFormat,
        "no recording of a known format",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_error(name: str) -> None:
    data, kind, message = BAD[name]
    with pytest.raises(kind, match=message):
        read(json.dumps(data).encode(), FILE)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1: the file is empty"),
        (b'{"log": {"entries": [', "line 1: no JSON"),
        (b"a: [1", "no YAML"),
        (b"a: 1\n\xff", "line 2: not UTF-8"),
        (b"a: 1\n---\nb: 2\n", "holds 2 YAML documents"),
    ],
)
def test_a_damaged_file_names_the_line(data: bytes, message: str) -> None:
    with pytest.raises(CassetteDamaged, match=message):
        read(data, FILE)
