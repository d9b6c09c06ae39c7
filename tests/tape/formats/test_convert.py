"""`retape convert`: what is written, what is refused, and that nothing is lost in silence."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import vcr
import yaml

from retape.errors import CassetteDamaged, SecretSurvived, UnknownFormat, UsageError
from retape.handlers.replay import replay
from retape.tape.cassette import Cassette, Entry
from retape.tape.exchange import Exchange
from retape.tape.formats import Report, convert
from retape.tape.request import Request
from retape.tape.scrub import Finding, Scrubber
from retape.tape.steps import Abort, Chunk, Head, Step, Wait
from tape.formats import samples

SCRUBBER = Scrubber.of(environ={})
SSE = b'data: {"a": "\xc3\xbc"}\r\n\r\ndata: [DONE]\r\n\r\n'


def exchange(*steps: Step, body: bytes = b'{"n": 1}', url: str = samples.URL) -> Exchange:
    headers = (("content-type", "application/json"),)
    request = Request("POST", url, headers, body)
    return Exchange(request=request, steps=steps, recorded_at="2026-01-02T03:04:05.000000Z")


def head(kind: str = "application/json", **more: str) -> Head:
    fields = {"content-type": kind, **{name.replace("_", "-"): value for name, value in more.items()}}
    return Head(200, tuple(sorted(fields.items())), "OK")


PLAIN = exchange(Wait(0.1), head(content_length="9"), Chunk(b'{"ok": 1}'))
STREAM = exchange(head("text/event-stream"), Chunk(SSE[:9]), Wait(0.2), Chunk(SSE[9:]))
BINARY = exchange(head("audio/mpeg"), Chunk(b"\x00\xff"), body=b"\xff\x00")
CODED = exchange(head(content_encoding="gzip"), Chunk(gzip.compress(b'{"ok": 2}', mtime=0)))
EMPTY = exchange(Head(204), body=b"")
BROKEN = exchange(head("text/event-stream"), Chunk(b"data: 1\n\n"), Abort("reset", "ReadError", "gone"))
LEFT = exchange(head("text/event-stream"), Chunk(b"data: 1\n\n"), Abort("client-left"))


def saved(path: Path, *exchanges: Exchange) -> Path:
    Cassette(path, [Entry(exchange=item) for item in exchanges]).save()
    return path


def written(path: Path, data: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), "utf-8")
    return path


def converted(source: Path, target: Path, **options: Any) -> Report:
    return convert(source, target, scrubber=SCRUBBER, **options)


def answers(item: Exchange) -> tuple[Request, Head | None, bytes]:
    return item.request, item.head, item.body


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
@pytest.mark.parametrize("item", [PLAIN, STREAM, EMPTY], ids=["plain", "stream", "empty"])
def test_to_vcrpy_and_back_keeps_request_status_headers_and_body(item: Exchange, suffix: str, tmp_path: Path) -> None:
    source = saved(tmp_path / "a.yaml", item)
    plain, back = tmp_path / f"b{suffix}", tmp_path / "c.yaml"
    assert converted(source, plain, to="vcrpy").written == 1
    converted(plain, back)
    (found,) = Cassette.load(back).exchanges
    assert answers(found) == answers(item)


@pytest.mark.parametrize("item", [PLAIN, STREAM, BINARY, CODED, EMPTY])
def test_stock_vcrpy_replays_what_was_written_for_it(item: Exchange, tmp_path: Path) -> None:
    target = tmp_path / "b.yaml"
    converted(saved(tmp_path / "a.yaml", item), target, to="vcrpy")
    with vcr.use_cassette(str(target), record_mode="none"), httpx.Client(verify=False) as client:
        response = client.post(samples.URL, content=item.request.body)
    assert (response.status_code, response.content) == (item.head.status if item.head else 0, item.body)


def test_a_cassette_for_vcrpy_holds_nothing_of_retapes(tmp_path: Path) -> None:
    converted(saved(tmp_path / "a.yaml", PLAIN, STREAM, CODED), tmp_path / "b.yaml", to="vcrpy")
    data = yaml.safe_load((tmp_path / "b.yaml").read_text("utf-8"))
    assert data.keys() == {"version", "interactions"}
    for interaction in data["interactions"]:
        assert interaction["request"].keys() == {"method", "uri", "headers", "body"}
        assert interaction["response"].keys() == {"status", "headers", "body"}
    assert "retape" not in (tmp_path / "b.yaml").read_text("utf-8")


LOST: dict[str, tuple[Exchange, tuple[str, ...]]] = {
    "times": (PLAIN, ("times and chunk boundaries left out", "date of the recording left out")),
    "encoding": (CODED, ("date of the recording", "response: body stored decoded, content-encoding gzip left out")),
    "the client left": (LEFT, ("date of the recording", "the client stopped reading early")),
    "nothing but the date": (EMPTY, ("date of the recording left out: stock vcrpy keeps none",)),
}


@pytest.mark.parametrize("name", LOST)
def test_what_stock_vcrpy_cannot_hold_is_said(name: str, tmp_path: Path) -> None:
    item, expected = LOST[name]
    report = converted(saved(tmp_path / "a.yaml", item), tmp_path / "b.yaml", to="vcrpy")
    (row,) = report.rows
    assert (row.index, row.method, row.path) == (1, "POST", "/v1/chat/completions")
    assert [note[: len(start)] for note, start in zip(row.notes, expected, strict=True)] == list(expected)


def test_a_broken_exchange_never_becomes_a_success_for_stock_vcrpy(tmp_path: Path) -> None:
    report = converted(saved(tmp_path / "a.yaml", BROKEN, PLAIN), tmp_path / "b.yaml", to="vcrpy")
    assert report.rows[0].notes == ("broken exchange left out (reset): stock vcrpy would replay it as a success",)
    assert report.written == 1
    (found,) = Cassette.load(tmp_path / "b.yaml").exchanges
    assert found.body == PLAIN.body


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_retape_to_retape_keeps_every_step(suffix: str, tmp_path: Path) -> None:
    items = [PLAIN, STREAM, CODED, BROKEN, LEFT, EMPTY]
    report = converted(saved(tmp_path / "a.yaml", *items), tmp_path / f"b{suffix}")
    assert Cassette.load(tmp_path / f"b{suffix}").exchanges == items
    assert report.files[0].format == "retape"
    assert [row.notes for row in report.rows] == [()] * len(items)


def test_retapes_json_is_read_with_its_times(tmp_path: Path) -> None:
    converted(saved(tmp_path / "a.yaml", STREAM), tmp_path / "b.json")
    converted(tmp_path / "b.json", tmp_path / "c.yaml")
    assert Cassette.load(tmp_path / "c.yaml").exchanges == [STREAM]


@pytest.mark.parametrize(
    "make",
    [
        *(samples.vcrpy, samples.vcrpy_old_httpx, samples.pydantic_ai, samples.llama_stack, samples.go_vcr),
        *(samples.ruby_vcr, samples.har, samples.wiremock, samples.dd_apm),
    ],
)
@pytest.mark.parametrize("to", ["retape", "vcrpy"])
def test_a_converted_recording_answers_the_request_it_was_made_of(make: Any, to: str, tmp_path: Path) -> None:
    target = tmp_path / "b.yaml"
    assert converted(written(tmp_path / "a.json", make()), target, to=to).written == 1
    asked = Request("POST", samples.URL, (("content-type", "application/json"),), samples.SENT.encode())
    steps = list(replay(target)(asked))
    assert b"".join(step.data for step in steps if isinstance(step, Chunk)) == samples.CAME.encode()


KEY = "sk-" + "a1B2" * 8


@pytest.mark.parametrize("to", ["retape", "vcrpy"])
def test_secrets_are_taken_out_on_the_way(to: str, tmp_path: Path) -> None:
    data = samples.ruby_vcr({"encoding": "UTF-8", "string": f"you sent {KEY}"})
    data["http_interactions"][0]["request"]["headers"] = {**samples.JSON_TYPE, "Authorization": [f"Bearer {KEY}"]}
    report = converted(written(tmp_path / "a.json", data), tmp_path / "b.yaml", to=to)
    assert KEY not in (tmp_path / "b.yaml").read_text("utf-8")
    assert report.files[0].scrubbed == 1
    assert report.rows[0].notes[-1].startswith("scrubbed: ")
    assert report.files[0].headers_left_out == ("authorization",)


class Blind(Scrubber):
    """A scrubber that overlooks what it knows."""

    def check(self, exchange: Exchange) -> list[Finding]:
        return [Finding("response.body", "some rule")]

    def knowing(self, request: Request) -> Scrubber:
        return self


def test_a_secret_that_survives_stops_it_and_says_where(tmp_path: Path) -> None:
    source = written(tmp_path / "a.json", samples.vcrpy())
    with pytest.raises(SecretSurvived, match=r"response\.body of exchange 1 of .*a\.json \(some rule\)"):
        convert(source, tmp_path / "b.yaml", scrubber=Blind())
    assert not (tmp_path / "b.yaml").exists()


def test_header_fields_asked_for_are_kept(tmp_path: Path) -> None:
    source = written(tmp_path / "a.json", samples.vcrpy(samples.in_vcrpy(headers={"X-Mine": ["1"], "Server": ["s"]})))
    report = converted(source, tmp_path / "b.yaml", keep_headers=["x-mine"])
    (found,) = Cassette.load(tmp_path / "b.yaml").exchanges
    assert found.head is not None
    assert found.head.headers == (("x-mine", "1"),)
    assert report.files[0].headers_left_out == ("server",)


def test_a_target_that_exists_is_left_alone_unless_forced(tmp_path: Path) -> None:
    source, target = saved(tmp_path / "a.yaml", PLAIN), tmp_path / "b.yaml"
    target.write_text("mine")
    with pytest.raises(UsageError, match=r"b\.yaml exists already; name another target, or overwrite it with --force"):
        converted(source, target)
    assert target.read_text() == "mine"
    converted(source, target, force=True)
    assert Cassette.load(target).exchanges == [PLAIN]


def test_a_source_may_be_converted_in_place_when_forced(tmp_path: Path) -> None:
    source = written(tmp_path / "a.json", samples.har())
    converted(source, source, force=True)
    assert Cassette.load(source).exchanges[0].body == samples.CAME.encode()


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", CassetteDamaged, "the file is empty"),
        ('{"log": {"entr', CassetteDamaged, "line 1: no JSON"),
        (
            '{"version": 2, "interactions": [{"request": {}, "response": {}}]}',
            UnknownFormat,
            "exchange 1 of this go-vcr",
        ),
        ("plain text", UnknownFormat, "no recording of a known format"),
    ],
)
def test_bad_input_leaves_a_forced_target_as_it_was(
    text: str, kind: type[Exception], message: str, tmp_path: Path
) -> None:
    source, target = tmp_path / "a.json", tmp_path / "b.yaml"
    source.write_text(text)
    target.write_text("mine")
    with pytest.raises(kind, match=message):
        converted(source, target, force=True)
    assert target.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.yaml"]


def test_a_cassette_cut_short_is_damaged_and_not_half_converted(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.yaml", PLAIN, STREAM)
    source.write_text(source.read_text("utf-8")[:-200], "utf-8")
    with pytest.raises(CassetteDamaged, match="the end is missing"):
        converted(source, tmp_path / "b.yaml")
    assert not (tmp_path / "b.yaml").exists()


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("b.txt", {}, r"a cassette's name ends in \.yaml, \.yml, \.json"),
        ("", {}, r"a cassette's name ends in"),
        ("b.yaml", {"to": "har"}, "can't write 'har'; choose one of: retape, vcrpy"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(
    target: str, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    source = written(tmp_path / "a.json", samples.har())
    with pytest.raises(UsageError, match=message):
        converted(source, tmp_path / target, **options)


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no recording .*nowhere\.yaml"):
        converted(tmp_path / "nowhere.yaml", tmp_path / "b.yaml")


@pytest.mark.parametrize(("to", "kind"), [("retape", UnknownFormat), ("vcrpy", UsageError)])
def test_a_binary_body_does_not_go_into_json(to: str, kind: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(kind, match="JSON can't hold a binary body"):
        converted(saved(tmp_path / "a.yaml", BINARY), tmp_path / "b.json", to=to)
    assert not (tmp_path / "b.json").exists()


def test_a_recording_with_nothing_to_replay_is_an_error_with_the_reason(tmp_path: Path) -> None:
    source = written(tmp_path / "a.json", samples.llama_stack_exception(type="TimeoutError"))
    with pytest.raises(UnknownFormat, match=r"nothing in it can be replayed: POST .*TimeoutError was raised"):
        converted(source, tmp_path / "b.yaml")
    assert not (tmp_path / "b.yaml").exists()


def test_an_empty_cassette_stays_an_empty_cassette(tmp_path: Path) -> None:
    assert converted(saved(tmp_path / "a.yaml"), tmp_path / "b.yaml", to="vcrpy").written == 0
    assert yaml.safe_load((tmp_path / "b.yaml").read_text()) == {"interactions": [], "version": 1}


def test_a_folder_becomes_a_cassette_for_each_file_at_the_same_place(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    written(source / "x" / "1.json", samples.llama_stack())
    written(source / "x" / "2.json", samples.llama_stack_stream())
    written(source / "3.har", samples.har())
    written(source / "failed.json", samples.llama_stack_exception(type="TimeoutError"))
    written(source / ".hidden.json", {"not": "a recording"})
    (source / "README.md").write_text("not a recording")
    report = converted(source, target)
    found = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    assert found == ["3.yaml", "x/1.yaml", "x/2.yaml"]
    assert report.written == 3
    assert [(file.source.name, file.target and file.target.name) for file in report.files] == [
        ("3.har", "3.yaml"),
        ("failed.json", None),
        ("1.json", "1.yaml"),
        ("2.json", "2.yaml"),
    ]


def test_one_bad_file_in_a_folder_stops_it_before_anything_is_written(tmp_path: Path) -> None:
    written(tmp_path / "in" / "a.json", samples.har())
    written(tmp_path / "in" / "b.json", {"name": "package"})
    with pytest.raises(UnknownFormat, match=r"b\.json: no recording of a known format"):
        converted(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("names", "target", "message"),
    [
        (["a.json", "a.har"], "out", r"a\.har and .*a\.json would both become .*a\.yaml; rename one"),
        (["a.json"], "out.yaml", "is a folder, so the target must be one too"),
        ([], "out", r"no recording in .*: no file that ends in \.yaml, \.yml, \.json, \.har"),
    ],
)
def test_a_folder_that_cannot_be_converted_is_refused(
    names: list[str], target: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for name in names:
        written(tmp_path / "in" / name, samples.har())
    with pytest.raises(UsageError, match=message):
        converted(tmp_path / "in", tmp_path / target)


def test_a_folder_with_targets_that_exist_is_refused_with_their_number(tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(tmp_path / "in" / f"{name}.json", samples.har())
        written(tmp_path / "out" / f"{name}.yaml", "mine")
    with pytest.raises(UsageError, match=r"a\.yaml exists already \(and 1 more\)"):
        converted(tmp_path / "in", tmp_path / "out")
