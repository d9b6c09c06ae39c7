from __future__ import annotations

import base64
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from report.browser import Tab, browser, found
from report.recorded import delta, plain, streamed
from report.runs import PLAIN, STREAM, cell, run, violation
from retape.report.page import page
from retape.tape.steps import Abort
from retape.verify.cell import Run

EVIL = (
    "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\"'><b>\u2028\u202e`${window.hacked=1}"
)


def png(width: int, height: int) -> str:
    """A grey picture as a data URL."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((x * y) % 256 for x in range(width)) for y in range(height))
    data = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows))
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + data + chunk(b"IEND", b"")).decode()


CALLED = {"index": 0, "id": "call-7", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
LONG = streamed(
    [delta("", role="assistant"), *(delta(f"{n} ") for n in range(300))],
    gaps=[0.1, *[0.001] * 301],
    abort=Abort("reset"),
)
PICTURED = plain(
    {"choices": [{"index": 0, "message": {"role": "assistant", "content": None, "tool_calls": [CALLED]}}]},
    sent={
        "model": "m-1",
        "tools": [{"type": "function", "function": {"name": "get_weather"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is it?"},
                    {"type": "image_url", "image_url": {"url": png(40, 30)}},
                ],
            }
        ],
    },
)
OTHER = streamed(
    [delta("", role="assistant"), delta("Mars"), {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}],
    sent={"model": "m-2", "stream": True, "messages": [{"role": "user", "content": "Which planet?"}]},
    gaps=[0.1, 0.1, 0.1, 0.1],
)
HOSTILE = streamed(
    [delta(EVIL, role=EVIL), f"{EVIL}\r", {"error": {"message": EVIL}}],
    sent={"model": EVIL, "messages": [{"role": "user", "name": EVIL, "content": EVIL}], EVIL: EVIL},
    headers=(("content-type", "text/event-stream"), ("x-evil", EVIL)),
    abort=Abort("reset", EVIL, EVIL),
)
RUN = run(
    cell("earth", conforms=True, answered=True, seconds=0.5, prompt_tokens=9),
    cell("earth", "fail", model="m-2", why="it named Mars", conforms=True, answered=False),
    cell("earth", "unrecorded", provider="other", exchanges=(), why="nobody did"),
    cell("earth", stream=True, exchanges=(STREAM,)),
    cell("earth", "fail", stream=True, model="m-2", exchanges=(OTHER,), conforms=False, violations=(violation(),)),
    cell("earth", stream=True, provider="other", exchanges=(LONG,)),
    cell("picture", test="chat-image", title="test_chat_image (picture)", exchanges=(PICTURED, PLAIN)),
    cell("picture", "error", test="chat-image", model="m-2", title="test_chat_image (picture)", why="no route"),
    display={"acme": "Acme"},
)
CHROMIUM = found()


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    if CHROMIUM is None:
        if os.environ.get("PAGE_BROWSER") == "required":
            pytest.fail("no Chromium here, and this environment is for tests in it")
        pytest.skip("no Chromium here: apt-get install chromium")
    with browser(CHROMIUM) as opened:
        yield opened


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    evil = cell(
        EVIL,
        "fail",
        title=f"{EVIL} ({EVIL})",
        test=EVIL,
        why=EVIL,
        provider=EVIL,
        model=EVIL,
        cassette=EVIL,
        rerun=EVIL,
        deviations=(EVIL,),
        exchanges=(HOSTILE, plain(EVIL.encode(), sent=EVIL.encode(), kind="text/html")),
        violations=(violation(EVIL, where=f"event 1: {EVIL}", message=EVIL, source=f"https://example.com/{EVIL}"),),
    )
    pages: dict[str, Run] = {
        "run": RUN,
        "evil": run(
            evil,
            replace(evil, model="m-2", exchanges=(OTHER,)),
            display={EVIL: EVIL, f"{EVIL}/{EVIL}": EVIL},
            version=EVIL,
            client=EVIL,
            started=EVIL,
        ),
        "empty": run(),
    }
    for name, made in pages.items():
        (folder / f"{name}.html").write_text(page(made), "utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.fixture
def shown(tab: Tab, files: dict[str, Path]) -> Iterator[Tab]:
    """The page, opened; at the end it must have asked for nothing and complained of nothing."""
    tab.errors.clear()
    tab.requests.clear()
    tab.open(files["run"])
    yield tab
    assert tab.errors == []
    assert {address.partition("#")[0] for address in tab.requests} == {files["run"].as_uri()}


ROWS = "table.matrix tbody tr"
CELLS = "table.matrix td:not(.dim) a.v"


def test_the_matrix_is_shown_at_once(shown: Tab) -> None:
    assert (shown.visible(ROWS), shown.visible(CELLS), shown.text("#count")) == (3, 8, "8 cells")
    assert shown.run("Number(document.documentElement.dataset.usable)") < 10_000


def test_a_reader_without_javascript_has_the_matrix_and_the_failures(tab: Tab, files: dict[str, Path]) -> None:
    tab.scripts(on=False)
    try:
        tab.open(files["run"])
        assert (tab.visible(ROWS), tab.count("noscript li")) == (3, 3)
        assert "it named Mars" in tab.text("noscript ul")
    finally:
        tab.scripts(on=True)


@pytest.mark.parametrize(
    ("words", "rows", "cells"),
    [
        ("image", 1, 2),
        ("NAMED mars", 1, 1),
        ("m-2", 3, 3),
        ("Acme streaming", 2, 4),
        ("fail streaming_basic", 2, 2),
        ("chat-same-id", 1, 1),
        ("nonsense", 0, 0),
        ("", 3, 8),
    ],
)
def test_words_filter_the_matrix(shown: Tab, words: str, rows: int, cells: int) -> None:
    shown.press("/")
    assert shown.run("document.activeElement.id") == "filter"
    shown.type(words)
    assert (shown.visible(ROWS), shown.visible(CELLS)) == (rows, cells)
    assert shown.visible("#nothing") == (rows == 0)


def test_escape_clears_the_filter(shown: Tab) -> None:
    shown.press("/")
    shown.type("image")
    shown.press("Escape")
    assert shown.visible(ROWS) == 3


@pytest.mark.parametrize(
    ("toggle", "rows", "cells"),
    [("[data-verdict=pass]", 3, 4), ("[data-verdict=fail]", 3, 6), ("[data-provider=acme]", 2, 2)],
)
def test_a_verdict_or_a_provider_can_be_turned_off_and_on_again(shown: Tab, toggle: str, rows: int, cells: int) -> None:
    shown.click(toggle)
    assert (shown.visible(ROWS), shown.visible(CELLS)) == (rows, cells)
    shown.click(toggle)
    assert (shown.visible(ROWS), shown.visible(CELLS)) == (3, 8)


def test_a_provider_that_is_off_takes_its_columns_away(shown: Tab) -> None:
    shown.click("[data-provider=other]")
    assert (shown.visible("tr.models th"), shown.visible("tr.names th[data-provider]")) == (2, 1)


def test_a_cell_shows_the_conversation_of_its_stream_merged(shown: Tab) -> None:
    shown.go("cell=1.0")
    assert shown.text("dialog h2") == "test_chat_streaming_basic (earth)"
    assert "Which planet?" in shown.text(".turn.user")
    assert "Earth" in shown.text(".turn.assistant")


def test_a_cell_shows_its_verdict_why_and_how_to_run_it_again(shown: Tab) -> None:
    shown.go("cell=0.1")
    assert shown.text("p.why") == "it named Mars"
    assert "answer not as expected" in shown.text("p.facts")
    assert "retape verify --provider acme -k earth" in shown.text(".rerun")


def test_a_cell_shows_the_frames_as_they_came(shown: Tab) -> None:
    shown.go("cell=1.0")
    assert shown.count("table.frames tbody tr") == 4
    cells = [shown.text(f"table.frames tbody tr:nth-child(2) td:nth-child({place})") for place in (1, 2, 3)]
    assert (cells[0], cells[1], cells[2].split("\n")[0]) == ("2", "550.0 +300.0", "textEa")
    assert shown.text("table.frames tbody tr:last-child code") == "data: [DONE]"


def test_a_long_stream_shows_its_first_frames_and_the_rest_on_demand(shown: Tab) -> None:
    shown.go("cell=1.2")
    assert shown.count("table.frames tbody tr") == 250
    shown.click(".panel button.more")
    assert shown.count("table.frames tbody tr") == 301


def test_a_stream_is_drawn_on_a_time_axis(shown: Tab) -> None:
    shown.go("cell=1.0")
    assert shown.count("svg.axis line.chunk") == 4
    assert shown.text("figcaption").replace("\n", " ").startswith("first byte 200 ms")
    assert "longest gap 300 ms after chunk 1" in shown.text("figcaption")
    places = shown.run(
        "[...document.querySelectorAll('svg.axis line.chunk')].map((one) => parseFloat(one.getAttribute('x1')))"
    )
    assert [round((place - 0.4) / 98.8 * 570) for place in places] == [250, 550, 560, 570]


def test_a_chunk_leads_to_its_frame(shown: Tab) -> None:
    shown.go("cell=1.0")
    shown.run("document.querySelector('line.chunk[data-chunk=\"2\"]').dispatchEvent(new MouseEvent('click'))")
    assert shown.run("document.querySelector('tr.chosen').dataset.event") == "3"


def test_a_broken_stream_ends_in_how_it_broke(shown: Tab) -> None:
    shown.go("cell=1.2")
    assert shown.count("svg.axis line.end.broken") == 1
    assert "reset" in shown.text("figcaption")


def test_a_violation_has_its_source_and_leads_to_its_frame(shown: Tab) -> None:
    shown.go("cell=1.1")
    assert "is 'b', and was 'a'" in shown.text(".violations li.must")
    assert shown.run("document.querySelector('.violations .source a').href") == "https://example.com/chunk"
    assert shown.run("document.querySelector('tr.marked').dataset.event") == "3"
    shown.click(".violations button")
    assert shown.run("document.querySelector('tr.chosen').dataset.event") == "3"


def test_pictures_and_tool_calls_are_shown_and_exchanges_follow_each_other(shown: Tab) -> None:
    shown.go("cell=2.0")
    shown.wait("document.querySelector('.part.media img').naturalWidth === 40")
    assert "get_weather" in shown.text(".part.tool-call")
    assert '"city": "Paris"' in shown.text(".part.tool-call pre")
    assert "get_weather" in shown.text("ul.chips")
    assert shown.count("article.exchange") == 2


def test_request_answer_and_headers_are_behind_tabs(shown: Tab) -> None:
    shown.go("cell=0.0")
    assert '"finish_reason": "stop"' in shown.text(".panel pre")
    shown.click("[role=tab]:nth-child(2)")
    assert '"content": "Which planet?"' in shown.text(".panel pre")
    shown.click("[role=tab]:nth-child(3)")
    assert "application/json" in shown.text(".panel")
    assert shown.run("document.querySelectorAll('[role=tab][aria-selected=true]').length") == 1


def test_a_cell_without_evidence_says_so(shown: Tab) -> None:
    shown.go("cell=0.2")
    assert shown.text("p.why") == "nobody did"
    assert "Nothing was sent" in shown.text("dialog")


@pytest.mark.parametrize("fragment", ["cell=0.9", "compare=0.0.9", "compare=0.0.2"])
def test_an_address_without_its_evidence_says_so(shown: Tab, fragment: str) -> None:
    shown.go(fragment)
    assert "There is no such" in shown.text("dialog") or "only on the left" in shown.text("dialog")


def test_two_streams_are_aligned_by_event_and_what_differs_is_marked(shown: Tab) -> None:
    shown.go("compare=1.0.1")
    rows = shown.run(
        "[...document.querySelectorAll('table.aligned tbody tr')].map((row) => "
        "[row.querySelector('.kind').innerText, row.dataset.mark])"
    )
    assert rows == [["role", "same"], ["text", "value"], ["[DONE]", "alone"], ["finish", "alone"]]
    assert "Earth" in shown.text("table.aligned tr.value td")
    assert shown.count("svg.axis") == 2
    shown.click(".legend input")
    assert shown.visible("table.aligned tbody tr") == 3


def test_a_field_that_one_side_lacks_is_another_shape_and_an_id_is_no_difference(tab: Tab, tmp_path: Path) -> None:
    def finish(**more: object) -> dict[str, object]:
        return {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **more}

    pair = [streamed([finish(id="a", created=1)]), streamed([finish(id="b", created=2, timings={"ms": 1, "n": 2})])]
    made = run(*(cell(stream=True, model=f"m-{n}", exchanges=(one,)) for n, one in enumerate(pair)))
    (tmp_path / "page.html").write_text(page(made), "utf-8")
    tab.open(tmp_path / "page.html")
    tab.go("compare=0.0.1")
    assert tab.text("tr[data-mark] td.notes") == 'timings absent → {"ms":1,"n":2}'
    assert tab.run("document.querySelector('tr[data-mark]').dataset.mark") == "shape"


WEIRD = [
    *("null", "7", '"text"', "[]", "{", '{"__proto__": {"a": 1}}', '{"error": "no"}', '{"error": {"message": {}}}'),
    *('{"type": 7}', '{"type": "response.completed"}', '{"type": "x.delta", "delta": {}}', '{"usage": {}}'),
    *('{"choices": null}', '{"choices": {}}', '{"choices": [null]}', '{"choices": ["a"]}', '{"choices": [[]]}'),
    *(f'{{"choices": [{{"delta": {delta}}}]}}' for delta in ("null", '"a"', "[]", '{"content": []}', '{"role": 7}')),
    *(
        f'{{"choices": [{{"delta": {{"tool_calls": {calls}}}}}]}}'
        for calls in ("{}", '"a"', "[null]", '[{"function": 7}]')
    ),
]


def test_events_of_any_shape_are_shown_and_compared(tab: Tab, tmp_path: Path) -> None:
    made = run(
        cell(stream=True, exchanges=(streamed(WEIRD),)),
        cell(stream=True, model="m-2", exchanges=(streamed(WEIRD[::-1]),)),
    )
    (tmp_path / "page.html").write_text(page(made), "utf-8")
    tab.errors.clear()
    tab.open(tmp_path / "page.html")
    tab.go("cell=0.0")
    assert tab.count("table.frames tbody tr") == len(WEIRD)
    tab.go("compare=0.0.1")
    assert tab.count("table.aligned tbody tr") > 10
    assert tab.errors == []


def test_two_plain_answers_are_compared_field_by_field(shown: Tab) -> None:
    shown.go("compare=2.0.1")
    assert shown.run("document.querySelector('tr.alone th code').innerText").startswith("choices[0].message")


def test_a_pair_is_chosen_from_a_cell(shown: Tab) -> None:
    shown.go("cell=1.0")
    shown.run("document.querySelector('dialog select').value = '1'")
    shown.run("document.querySelector('dialog select').dispatchEvent(new Event('change'))")
    shown.wait("document.querySelector('dialog').dataset.shown === '#compare=1.0.1'")
    assert shown.visible("table.aligned") == 1


def test_the_page_is_used_from_the_keyboard(shown: Tab) -> None:
    shown.run("document.querySelector('a.v').focus()")
    shown.press("ArrowDown")
    shown.press("ArrowRight")
    assert shown.run("document.activeElement.hash") == "#cell=1.1"
    shown.press("Enter")
    shown.wait("document.querySelector('dialog').open")
    shown.press("Escape")
    shown.wait("!document.querySelector('dialog').open && !location.hash")
    assert shown.run("document.activeElement.hash") == "#cell=1.1"


def test_buttons_lead_from_cell_to_cell(shown: Tab) -> None:
    shown.go("cell=0.0")
    shown.click("nav.bar button[title='model after']")
    shown.wait("document.querySelector('dialog').dataset.shown === '#cell=0.1'")
    assert shown.run("document.querySelector(\"nav.bar button[title='row before']\").disabled") is True


def test_a_link_to_a_cell_opens_it(tab: Tab, files: dict[str, Path]) -> None:
    tab.open(files["run"], "#cell=1.1")
    tab.wait("document.querySelector('dialog').open")
    assert "streaming_basic" in tab.text("dialog h2")


def test_dark_is_dark_and_light_is_light(shown: Tab) -> None:
    def background(scheme: str) -> int:
        shown.scheme(scheme)
        red: int = shown.run("Number(/\\d+/.exec(getComputedStyle(document.body).backgroundColor)[0])")
        return red

    assert background("dark") < 50 < 200 < background("light")


@pytest.mark.parametrize("fragment", ["", "cell=0.0", "compare=0.0.1"])
def test_nothing_that_a_stranger_wrote_runs_or_asks_for_anything(
    tab: Tab, files: dict[str, Path], fragment: str
) -> None:
    tab.errors.clear()
    tab.requests.clear()
    tab.open(files["evil"])
    if fragment:
        tab.go(fragment)
        assert "onerror" in tab.text("dialog")
    for index in range(tab.count("[role=tab]")):
        tab.run(f"document.querySelectorAll('[role=tab]')[{index}].click()")
    assert tab.run("window.hacked === undefined") is True
    assert tab.count("img") == 0
    assert tab.errors == []
    assert tab.requests == [files["evil"].as_uri()]


def test_a_run_without_cells_is_a_page_too(tab: Tab, files: dict[str, Path]) -> None:
    tab.errors.clear()
    tab.open(files["empty"])
    assert (tab.errors, tab.text("#count")) == ([], "0 cells")
