from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from typing import Any

import pytest

from report.recorded import delta, plain, streamed
from report.runs import PLAIN, STREAM, cell, run, violation
from retape.report.matrix import Matrix
from retape.report.page import page
from retape.report.page.detail import detail
from retape.report.page.markup import attributes, text
from retape.report.page.packing import LIMITS, packed
from retape.report.page.pictures import LARGEST, Album, pictures
from retape.tape.exchange import Exchange
from retape.tape.steps import Abort
from retape.verify.cell import VERDICTS, Cell, Run

PICTURE = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(150))).decode()
EVIL = "</script><img src=x onerror=alert(1)>\" onclick='x' \u2028\u202e\x00\ud800"


class Reader(HTMLParser):
    """The page as a browser's parser sees it: elements with attributes, and whether each was closed."""

    EMPTY = frozenset({"meta", "link", "input", "br", "img", "rect"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        kind = self.elements[-1][1].get("type")
        if self.open[-1:] == ["script"] and kind is None:
            self.scripts.append(data)
        if self.open[-1:] == ["style"]:
            self.styles.append(data)


def told(made: Cell, limit: int = LIMITS[0]) -> dict[str, Any]:
    return detail(made, album=Album(), limit=limit)


def exchange(made: Exchange, limit: int = LIMITS[0]) -> dict[str, Any]:
    (found,) = told(cell(exchanges=(made,)), limit)["exchanges"]
    return dict(found)


def unpacked(packet: str) -> dict[str, Any]:
    return dict(json.loads(zlib.decompress(base64.b64decode(packet)))["cells"])


@pytest.mark.parametrize(
    "made",
    [run(), run(cell()), run(*(cell(name, name) for name in VERDICTS), interrupted=True)],
    ids=["none", "one", "all"],
)
def test_every_element_is_closed(made: Run) -> None:
    assert Reader(page(made)).open == []


def test_a_page_is_the_same_every_time() -> None:
    made = run(cell(), cell(stream=True, exchanges=(STREAM,)))
    assert page(made) == page(made)


def test_each_cell_is_a_link_with_its_verdict_and_reason() -> None:
    made = run(*(cell(name, name, why=f"because of {name}") for name in VERDICTS))
    links = [about for tag, about in Reader(page(made)).elements if tag == "a"]
    assert [(link["aria-label"], link["title"], link["href"]) for link in links] == [
        (name, f"because of {name}", f"#cell={number}.0") for number, name in enumerate(VERDICTS)
    ]


@pytest.mark.parametrize(("severity", "shown"), [("must", True), ("should", True), ("note", False)])
def test_a_pass_with_findings_is_marked(severity: Any, shown: bool) -> None:
    links = [
        about
        for tag, about in Reader(page(run(cell(violations=(violation(severity=severity),))))).elements
        if tag == "a"
    ]
    assert ("found" in (links[0]["class"] or "").split()) == shown


def test_a_page_asks_for_nothing_from_anywhere() -> None:
    addresses = [
        (name, value)
        for _, about in Reader(page(run(cell(stream=True, exchanges=(STREAM,))))).elements
        for name, value in about.items()
        if name in ("src", "href", "action", "srcset", "data", "style") or name.startswith("on")
    ]
    assert addresses == [("href", "data:,"), ("href", "#cell=0.0")]


def test_the_policy_allows_the_pages_own_script_and_style_and_no_other() -> None:
    read = Reader(page(run(cell())))
    (policy,) = [str(about["content"]) for _, about in read.elements if about.get("http-equiv")]
    digests = [
        f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
        for source in ("".join(read.styles), "".join(read.scripts))
    ]
    assert re.findall(r"'sha256-[^']+'", policy) == digests
    assert policy.startswith("default-src 'none'; img-src data:; ")


def test_hostile_names_stay_texts() -> None:
    fields = dict.fromkeys(("why", "title", "provider", "model", "rerun", "test", "cassette"), EVIL)
    source = page(run(cell(EVIL, "fail", **fields), display={EVIL: EVIL}, version=EVIL, client=EVIL, started=EVIL))
    elements = Reader(source).elements
    assert not [about for tag, about in elements if tag == "img" or "onclick" in about or "onerror" in about]
    assert source.encode().decode() == source


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('<a href="\'&">', "&lt;a href=&quot;&#x27;&amp;&quot;&gt;"),
        ("\u202e\x00\x1b", "\\u202e\\x00\\x1b"),
        ("\ud800\ufffe", "\\ud800\\ufffe"),
    ],
)
def test_a_text_is_escaped(value: str, shown: str) -> None:
    assert text(value) == shown


def test_attributes_are_quoted_named_and_left_out() -> None:
    made = attributes(class_="a b", data_x='"', hidden=True, title=None, disabled=False, colspan=0)
    assert made == ' class="a b" data-x="&quot;" hidden colspan="0"'


def test_providers_that_nobody_recorded_are_named_beside_the_matrix() -> None:
    source = page(run(cell(), cell("earth", "unrecorded", provider="far", exchanges=())))
    assert "1 provider not recorded yet" in source
    assert [about["href"] for tag, about in Reader(source).elements if tag == "a"] == ["#cell=0.0"]


def test_what_changed_since_a_baseline_leads_to_its_cell() -> None:
    before = run(cell("earth"), cell("mars"), cell("moon", "fail"), started="2026-01-02T00:00:00Z")
    source = page(run(cell("earth"), cell("mars", "fail", why="<wrong>"), cell("moon")), before=before)
    assert "<h2>Since the baseline of 2026-01-02: 1 worse, 1 better</h2>" in source
    assert (
        '<a href="#cell=1.0">test_chat_non_streaming_basic (mars)</a> on acme m-1: pass → fail: &lt;wrong&gt;' in source
    )
    assert "nothing changed" in page(before, before=before)


def test_a_row_is_packed_with_all_its_cells() -> None:
    made = run(cell(), cell(model="m-2", verdict="fail"), cell("mars", model="m-2"), display={"acme": "Acme"})
    first, second = (unpacked(packet) for packet in packed(Matrix(made)).rows)
    assert [(key, one["verdict"], one["provider_label"]) for key, one in first.items()] == [
        ("0", "pass", "Acme"),
        ("1", "fail", "Acme"),
    ]
    assert list(second) == ["1"]


def test_a_cell_tells_what_is_known_and_no_more() -> None:
    made = told(cell(conforms=False, violations=(violation(),), exchanges=()))
    assert made == {
        "title": "test_chat_non_streaming_basic (earth)",
        "provider": "acme",
        "model": "m-1",
        "verdict": "pass",
        "conforms": False,
        "rerun": "retape verify --provider acme -k earth",
        "violations": [
            {
                "rule": "chat-same-id",
                "severity": "must",
                "where": "event 3: id",
                "message": "is 'b', and was 'a'",
                "source": "https://example.com/chunk",
                "exchange": 1,
            }
        ],
    }


def test_a_stream_has_its_frames_and_its_times() -> None:
    made = exchange(STREAM)
    assert made["frames"][-1] == "data: [DONE]\n\n"
    assert [chunk[0] for chunk in made["line"]["chunks"]] == [250, 550, 560, 570]
    assert "body" not in made


def test_a_plain_answer_has_its_body() -> None:
    made = exchange(PLAIN)
    assert '"finish_reason": "stop"' in made["body"]
    assert "frames" not in made


@pytest.mark.parametrize(
    "broken",
    [
        streamed([], abort=Abort("refused", "ConnectError", "no")),
        streamed([b"\xff\xfe"]),
        plain(b"\xff\x00", kind="image/png"),
        plain(b"", sent=b"\xff"),
        plain(b"[" * 5_000),
        Exchange(request=PLAIN.request, steps=()),
    ],
    ids=["refused", "no text", "bytes", "empty", "deep", "no steps"],
)
def test_whatever_was_recorded_has_a_page(broken: Exchange) -> None:
    assert json.dumps(exchange(broken))


LONG = streamed([delta(f"{number:03}") for number in range(100)])


def test_frames_beyond_the_limit_are_counted() -> None:
    made = exchange(LONG, limit=1_000)
    assert 0 < len(made["frames"]) < 100
    assert made["frames_cut"] == f"{100 - len(made['frames'])} more events left out here"


def test_a_body_beyond_the_limit_is_cut_and_says_so() -> None:
    made = exchange(plain({"text": "x" * 3_000}), limit=1_000)
    assert (len(made["body"]), made["body_cut"]) == (1_000, "2.0 kB more are left out here")


def test_a_text_beyond_the_limit_is_cut_and_says_so() -> None:
    made = exchange(plain({}, sent={"messages": [{"role": "user", "content": "y" * 3_000}]}), limit=1_000)
    assert made["asked"][0]["parts"][0]["text"].endswith("\n... and 2,000 more characters")


def test_a_page_that_would_be_too_large_shows_less_of_each_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = Matrix(run(cell(stream=True, exchanges=(streamed([delta(str(n) * 50) for n in range(900)]),))))
    whole = packed(matrix)
    monkeypatch.setattr("retape.report.page.packing.BUDGET", len(whole.rows[0]) - 1)
    assert len(packed(matrix).rows[0]) < len(whole.rows[0])


def asked_with(*urls: str) -> Exchange:
    content = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return plain({}, sent={"messages": [{"role": "user", "content": content}]})


def test_a_picture_is_kept_once_and_named_where_it_is_shown() -> None:
    album = Album()
    both = cell(exchanges=(asked_with(PICTURE, PICTURE), asked_with(PICTURE)))
    made = detail(both, album=album, limit=1_000)
    parts = [part for one in made["exchanges"] for turn in one["asked"] for part in turn["parts"]]
    assert [(part["picture"], part["text"]) for part in parts] == [(0, "image/png, 158 B")] * 3
    assert album.urls == [PICTURE]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png",
        "data:image/svg+xml;base64," + "A" * 300,
        "data:text/html;base64," + "A" * 300,
        'data:image/png;base64,AAAA" onload="x' + "A" * 300,
        "data:image/png;base64," + "A" * LARGEST,
    ],
    ids=["elsewhere", "svg", "html", "broken out", "large"],
)
def test_what_is_no_small_raster_picture_is_not_shown(url: str) -> None:
    assert "picture" not in exchange(asked_with(url))["asked"][0]["parts"][0]


def test_a_drawn_picture_is_shown_too() -> None:
    drawn = PICTURE.partition(",")[2]
    made = exchange(plain({"data": [{"b64_json": drawn}]}))
    assert made["answered"][0]["parts"][0]["picture"] == 0
    assert pictures(plain({"data": [{"b64_json": drawn}]}), json.dumps({"b64_json": drawn}).encode()) == {
        "image/png, 158 B": [PICTURE]
    }


def test_an_album_that_is_full_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retape.report.page.pictures.ROOM", 10)
    album = Album()
    assert [album.number("12345678"), album.number("abcdefgh"), album.number("12345678")] == [0, None, 0]
