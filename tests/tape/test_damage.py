"""A damaged cassette is an error that says what to do: never an empty cassette, a live call, or an overwrite."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import vcr

from retape import Cassette, CassetteDamaged, UnknownFormat, use_cassette
from retape.errors import CassetteError
from retape.tape.cassette import Entry
from retape.tape.exchange import Exchange
from retape.tape.request import Request
from retape.tape.steps import Chunk, Head, Wait
from wire import WireServer

MODES = ("replay", "record", "rewrite", "live")
SSE = b'data: {"a":"<<<<<<< HEAD"}\n\ndata: [DONE]\n\n'


def exchange(word: str) -> Exchange:
    head = Head(200, (("content-type", "text/event-stream"),), "OK")
    request = Request("POST", "http://127.0.0.1:9/v1/chat/completions", (), json.dumps({"a": word}).encode())
    steps = (Wait(0.1), head, Chunk(SSE[:9]), Wait(0.01), Chunk(SSE[9:]))
    return Exchange(request=request, steps=steps, recorded_at="2026-11-20T12:00:00.000000Z")


def retape_yaml(path: Path) -> Path:
    Cassette(path, [Entry(exchange=exchange("Mercury")), Entry(exchange=exchange("Venus 🌍"))]).save()
    return path


def stock_yaml(path: Path, serializer: str = "yaml") -> Path:
    with (
        WireServer() as server,
        vcr.use_cassette(str(path), serializer=serializer),
        httpx.Client(verify=False) as client,
    ):
        client.post(server.url + "/chat/completions", json={"a": "Mercury 🌍"})
    return path


@pytest.fixture
def untouched(server: WireServer) -> Iterator[Callable[[Path, str], CassetteDamaged]]:
    """Opens a damaged cassette, and holds it to what is promised: an error, and nothing else."""

    def open_it(path: Path, mode: str) -> CassetteDamaged:
        before, beside = path.read_bytes(), sorted(path.parent.iterdir())
        with (
            pytest.raises(CassetteDamaged, match="damaged cassette") as caught,
            use_cassette(path, mode=mode),
            httpx.Client(verify=False) as client,
        ):
            client.post(server.url + "/chat/completions", json={"a": "Mercury"})
        assert path.read_bytes() == before
        assert sorted(path.parent.iterdir()) == beside
        return caught.value

    yield open_it
    assert server.requests == []


def test_a_cassette_of_retape_cut_at_any_byte_is_damaged(tmp_path: Path) -> None:
    whole = Cassette(tmp_path / "whole.yaml", [Entry(exchange=exchange("Venus 🌍"))]).dumps().encode()
    for length in range(len(whole)):
        path = tmp_path / "cut.yaml"
        path.write_bytes(whole[:length])
        with pytest.raises(CassetteDamaged, match=r"cut\.yaml: line \d+: .*retape repair .*cut\.yaml"):
            Cassette.load(path)


@pytest.mark.parametrize("serializer", ["yaml", "json"])
def test_a_cassette_of_stock_vcrpy_cut_at_any_byte_is_damaged_or_still_whole(serializer: str, tmp_path: Path) -> None:
    path = stock_yaml(tmp_path / f"c.{serializer}", serializer)
    whole, exchanges = path.read_bytes(), Cassette.load(path).exchanges
    still_whole = [cut for cut in range(len(whole)) if _opens(path, whole[:cut], exchanges)]
    assert all(whole[cut:].isspace() for cut in still_whole)


def _opens(path: Path, data: bytes, exchanges: list[Exchange]) -> bool:
    path.write_bytes(data)
    try:
        found = Cassette.load(path).exchanges
    except CassetteDamaged as damaged:
        return not str(damaged).startswith(f"damaged cassette {path}: line ")
    return found == exchanges


DAMAGE: dict[str, tuple[Callable[[str], str | bytes], int | None, str]] = {
    "cut in the middle": (lambda text: text[: len(text) // 2], None, "the end is missing, after the start of exchange"),
    "cut in the seal": (lambda text: text[:-3], None, "the end is missing, after the start of exchange 2"),
    "a NUL byte": (lambda text: text.replace("Mercury", "Mer\0cury"), 9, "a NUL byte"),
    "NUL bytes at the end": (lambda text: text + "\0" * 512, None, "a NUL byte"),
    "bad UTF-8": (lambda text: text.encode().replace(b"Mercury", b"Mer\xffcury"), 9, r"not UTF-8 \(byte 0xff\)"),
    "a cut character": (lambda text: text.encode().partition(b"\x9f")[0], None, "not UTF-8"),
    "a merge conflict": (
        lambda text: text.replace("- request:", "<<<<<<< HEAD\n- request:", 1), 3, "an unresolved merge conflict",
    ),
    "a merge conflict in a body": (
        lambda text: text.replace("        data: [DONE]", "=======\n>>>>>>> theirs\n        data: [DONE]", 1),
        None, "an unresolved merge conflict",
    ),
    "empty": (lambda text: "", 1, "the file is empty"),
    "white space": (lambda text: " \n\n\t\n", 1, "the file is empty"),
    "a remark alone": (lambda text: "# nothing\n", 1, "no cassette: the file holds"),
    "null": (lambda text: "null\n", 1, "no cassette: the file holds null"),
    "a list": (lambda text: "[]\n", 1, "no cassette: the file holds a list"),
    "plain text": (lambda text: "hello\n", 1, "no cassette: the file holds plain text"),
    "deep nesting": (lambda text: "[" * 1_500 + "]" * 1_500, 1, "no (YAML|cassette)"),
    "no interactions": (lambda text: "version: 1\n", 1, "`interactions` is missing"),
    "null for interactions": (lambda text: "interactions: null\nversion: 1\n", 1, "`interactions` holds null"),
    "no version": (lambda text: "interactions: []\n", 1, "`version: 1` is missing"),
    "another version": (lambda text: "interactions: []\nversion: 7\n", 2, "`version` isn't 1"),
    "null for an exchange": (lambda text: "interactions:\n- null\nversion: 1\n", None, "exchange 1 is not whole"),
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("change, line, problem", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_named_with_its_line_and_nothing_else_happens(
    change: Callable[[str], str | bytes],
    line: int | None,
    problem: str,
    mode: str,
    untouched: Callable[[Path, str], CassetteDamaged],
    tmp_path: Path,
) -> None:
    path = retape_yaml(tmp_path / "c.yaml")
    changed = change(path.read_text())
    path.write_bytes(changed.encode() if isinstance(changed, str) else changed)
    damaged = untouched(path, mode)
    assert damaged.path == path
    assert line is None or damaged.line == line
    assert damaged.repair == f"retape repair {path}"
    with pytest.raises(CassetteDamaged, match=problem):
        raise damaged


STOCK = {
    "interactions": [
        {
            "request": {"method": "POST", "uri": "http://x/v1/models", "body": "", "headers": {}},
            "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}},
        }
    ],
    "version": 1,
}
MISSING = ("request", "response", "request.method", "request.uri", "response.status", "response.body")


@pytest.mark.parametrize("key", MISSING)
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_an_exchange_that_lacks_a_part_is_damage(key: str, suffix: str, tmp_path: Path) -> None:
    loaded = json.loads(json.dumps(STOCK))
    holder = loaded["interactions"][0]
    *outer, last = key.split(".")
    for name in outer:
        holder = holder[name]
    del holder[last]
    path = tmp_path / f"c.{suffix}"
    path.write_text(json.dumps(loaded, indent=1))
    with pytest.raises(CassetteDamaged, match=f"exchange 1 is not whole: '{last}' is missing"):
        Cassette.load(path)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"version": 1}', '{"interactions": [{}], "version": 1}'])
def test_a_damaged_json_cassette_is_damage_in_every_mode(
    text: str, mode: str, untouched: Callable[[Path, str], CassetteDamaged], tmp_path: Path
) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    assert untouched(path, mode).line == 1


def test_the_line_of_the_exchange_that_is_not_whole_is_named(tmp_path: Path) -> None:
    path = retape_yaml(tmp_path / "c.yaml")
    text = path.read_text()
    at = text.index("      outcome", text.index("Venus"))
    path.write_text(text[:at] + '      outcome: "eaten"\n' + text[text.index("\n", at) + 1 :])
    with pytest.raises(CassetteDamaged, match="exchange 2 is not whole: unknown outcome 'eaten'") as caught:
        Cassette.load(path)
    assert text.splitlines()[caught.value.line - 1] == "- request:"
    assert caught.value.line > 10


def test_another_tools_recording_is_no_damage_but_named(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("http_interactions: []\nrecorded_with: VCR 6.0\n")
    with pytest.raises(UnknownFormat, match="retape convert"):
        Cassette.load(path)


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_mapping_that_has_nothing_of_a_cassette_is_no_recording(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"api.{suffix}"
    path.write_text('{"openapi": "3.1.0", "paths": {}}')
    with pytest.raises(UnknownFormat, match=r"api\.\w+: no recording of a known format: Ruby VCR, .*-recording;"):
        Cassette.load(path)


WHOLE: dict[str, Callable[[bytes], bytes]] = {
    "as written": lambda data: data,
    "checked out with CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "with a remark that somebody added": lambda data: data.replace(b"interactions:", b"# mine\ninteractions:"),
    "with a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "without the remark": lambda data: data.partition(b"\n")[2],
}


@pytest.mark.parametrize("change", WHOLE.values(), ids=WHOLE)
def test_a_file_that_somebody_touched_but_left_whole_is_read(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = retape_yaml(tmp_path / "c.yaml")
    path.write_bytes(change(path.read_bytes()))
    assert Cassette.load(path).exchanges == [exchange("Mercury"), exchange("Venus 🌍")]


def test_every_error_about_a_cassette_names_it() -> None:
    assert CassetteError("a/b.yaml", "what").path == Path("a/b.yaml")
