from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from report.recorded import QUESTION, cassette, delta, plain, request, streamed
from retape.errors import UsageError
from retape.report.summary import summary
from retape.report.terminal import CHARACTERS, MARGIN, show
from retape.tape.exchange import Exchange
from retape.tape.steps import Abort, Wait

SGR = re.compile(r"\x1b\[[0-9;]*m")
ANSWER = {"choices": [{"message": {"role": "assistant", "content": "Earth"}, "finish_reason": "stop"}]}


def shown(*exchanges: Exchange, width: int = 80, terminal: bool = False, encoding: str = "utf-8", **how: Any) -> str:
    """What `show` prints, in a terminal or a file."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    show(cassette(*exchanges), Console(file=file, width=width, force_terminal=terminal), **how)
    file.flush()
    return raw.getvalue().decode(encoding)


def listed(*exchanges: Exchange, width: int = 80, terminal: bool = False) -> list[str]:
    """The lines that `summary` prints."""
    file = io.StringIO()
    summary(cassette(*exchanges), Console(file=file, width=width, force_terminal=terminal))
    return file.getvalue().splitlines()


def said(text: str) -> Exchange:
    return plain({"choices": [{"message": {"role": "assistant", "content": text}}]}, sent=QUESTION)


def test_a_plain_exchange_reads_like_a_conversation() -> None:
    assert shown(plain(ANSWER, sent={**QUESTION, "temperature": 0})).splitlines() == [
        "1/1           POST /chat/completions · m-1 · 200 OK",
        "              https://api.example.com/v1 · sent 94 B, received 94 B",
        "parameters    temperature 0",
        "",
        "user          Which planet?",
        "",
        "assistant     Earth",
        "finish        stop",
        "",
    ]


def test_a_stream_has_its_timeline() -> None:
    lines = shown(streamed([delta("Ea"), delta("rth")], sent=QUESTION, gaps=[0.5, 0, 0.5])).splitlines()
    assert lines[-4:] == [
        "timeline      0 " + "·" * 28 + "█" + "·" * 26 + "█▏ 1.00 s",
        "              first byte 500 ms · first text 500 ms · 2 chunks, 2 events",
        "              median gap 500 ms · largest 500 ms, after chunk 1",
        "",
    ]


def test_a_recording_without_times_says_so() -> None:
    assert "instant: no times recorded · 2 chunks" in shown(streamed([delta("Ea"), delta("rth")]))


def test_the_timeline_can_be_left_out() -> None:
    assert "chunk" not in shown(streamed([delta("Ea")]), timeline=False)


def test_a_connection_that_never_came_says_how_it_ended() -> None:
    steps = (Wait(0.5), Abort("refused", "ConnectError", "nobody there"))
    text = shown(Exchange(request=request(body=QUESTION), steps=steps))
    assert "· refused · 500 ms" in text
    assert "ended         refused: ConnectError: nobody there" in text


def test_only_the_exchange_asked_for_is_shown() -> None:
    text = shown(said("Earth"), said("Mars"), exchange=2)
    assert ("Earth" in text, "Mars" in text, "2/2" in text) == (False, True, True)


@pytest.mark.parametrize("number", [0, -1, 3])
def test_an_exchange_that_is_not_there_is_an_error_that_says_which_are(number: int) -> None:
    with pytest.raises(UsageError, match=rf"planets\.yaml: no exchange {number}; its exchanges are 1 to 2"):
        shown(said("a"), said("b"), exchange=number)


def test_an_empty_cassette_says_so() -> None:
    assert shown().strip() == "no exchanges"


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    text = shown(said("x" * (CHARACTERS + 34)))
    assert "x" * CHARACTERS + " … 34 more characters (--full)" in text


def test_a_long_text_is_whole_when_asked_for() -> None:
    assert "x" * 5000 in shown(said("x" * 5000), full=True)


def test_a_long_conversation_is_cut_in_its_middle() -> None:
    messages = [{"role": "user", "content": f"message {i}"} for i in range(20)]
    text = shown(plain(ANSWER, sent={"messages": messages}))
    assert "… 8 more, left out (--full shows them)" in text
    assert re.findall(r"message \d+", text) == [f"message {i}" for i in (0, 1, 2, *range(11, 20))]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_terminal_gets_no_line_wider_than_itself(width: int) -> None:
    text = SGR.sub("", shown(said("wörld 世界 " * 60), width=width, terminal=True))
    assert max(len(line) + line.count("世") + line.count("界") for line in text.splitlines()) <= width


def test_wrapped_lines_stay_behind_the_margin() -> None:
    lines = SGR.sub("", shown(said("word " * 60), terminal=True)).splitlines()
    wrapped = [line for line in lines if line.strip().startswith("word")]
    assert len(wrapped) > 2
    assert {len(line) - len(line.lstrip()) for line in wrapped} == {MARGIN}


def test_a_file_gets_whole_lines() -> None:
    assert "word " * 59 + "word\n" in shown(said("word " * 60), width=40)


def test_a_file_gets_no_escape_sequences() -> None:
    assert "\x1b" not in shown(streamed([delta("Earth")], gaps=[1, 1]))


def test_a_terminal_gets_colours() -> None:
    assert SGR.search(shown(said("Earth"), terminal=True))


def test_only_the_speakers_name_has_the_speakers_style() -> None:
    [line] = [line for line in shown(said("Earth"), terminal=True).splitlines() if "Earth" in line]
    assert line.endswith("\x1b[0mEarth")


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    colours = re.compile(r"\x1b\[[0-9;]*(?:3[0-9]|4[0-9]|9[0-9])[0-9;]*m")
    assert not colours.search(shown(plain({"error": "No."}, status=400, sent=QUESTION), terminal=True))


def test_a_terminal_that_knows_only_ascii_gets_ascii() -> None:
    text = shown(streamed([delta("Wörld"), delta("!")], gaps=[0.5, 0, 0.5]), said("x"), encoding="ascii")
    assert "W\\xf6rld!" in text
    assert "#| 1.00 s" in text


HOSTILE: dict[str, tuple[str, str]] = {
    "clear the screen": ("\x1b[2J", "\\x1b[2J"),
    "rename the window": ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
    "an eight-bit escape": ("\x9b31m", "\\x9b31m"),
    "rich markup": ("[red]x[/red] [link=https://example.com]y[/link] :smile:", "[red]x[/red] [link=https://ex"),
    "unbalanced markup": ("[/bold]", "[/bold]"),
    "text overwritten": ("Earth\rMars", "Earth\\x0dMars"),
    "text rubbed out": ("Earth\b\b\b", "Earth\\x08\\x08\\x08"),
    "reversed text": ("\u202eabc\u2066", "\\u202eabc\\u2066"),
    "text that nobody sees": ("\U000e0041\u200b", "\\U000e0041\\u200b"),
    "a lone surrogate": ("\ud83d", "\\ud83d"),
    "NUL": ("\0", "\\x00"),
}
"""What a recording may hold -> what is seen of it."""


def hostile_everywhere(text: str) -> Exchange:
    """An exchange that says a text in every place where a recording has any."""
    tool = {"type": "function", "function": {"name": text}}
    call = {"id": text, "function": {"name": text, "arguments": text}}
    asked = {
        "model": text,
        "messages": [
            {"role": text, "name": text, "content": text},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": text, "content": text},
        ],
        "tools": [tool],
        text: text,
    }
    answer = {
        "model": text,
        "choices": [{"message": {"role": text, "content": text, "refusal": text}, "finish_reason": text}],
        "error": {"message": text, "type": text},
        "usage": {text: 1},
    }
    made = plain(answer, sent=asked)
    return Exchange(request=made.request, steps=(*made.steps, Abort("reset", text, text)), recorded_at=f"2026T{text}")


@pytest.mark.parametrize(("text", "seen"), HOSTILE.values(), ids=HOSTILE)
def test_a_recorded_text_is_seen_and_not_obeyed(text: str, seen: str) -> None:
    assert seen in shown(said(text))


@pytest.mark.parametrize("text", [text for text, _ in HOSTILE.values()], ids=HOSTILE)
def test_nothing_recorded_acts_on_a_terminal(text: str) -> None:
    printed = shown(hostile_everywhere(text), width=200, terminal=True, full=True)
    left = SGR.sub("", printed).replace("\n", "")
    assert [char for char in left if ord(char) < 32 or 127 <= ord(char) < 160 or char in "\u202e\u2066\u200b"] == []
    assert not re.search(r"\x1b\[(?!0|1|2|3|[349][0-7]|;|m)", printed)


@pytest.mark.parametrize("text", [text for text, _ in HOSTILE.values()], ids=HOSTILE)
def test_no_recorded_text_breaks_out_of_its_summary_line(text: str) -> None:
    lines = listed(hostile_everywhere(text + "\n" + text), width=200)
    assert len(lines) == 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e\u2066]", lines[0])


def test_a_summary_has_a_line_for_each_exchange() -> None:
    broken = Exchange(request=request("/models"), steps=(Wait(0.25), Abort("refused")))
    failed = plain({"error": "No."}, sent=QUESTION, status=429)
    exchanges = (said("Earth"), streamed([delta("Mars")], sent=QUESTION, gaps=[1, 1]), failed, broken)
    assert listed(*exchanges) == [
        "1  POST  /chat/completions  m-1  200                      Earth",
        "2  POST  /chat/completions  m-1  200      stream  2.00 s  Mars",
        "3  POST  /chat/completions  m-1  429                      No.",
        "4  POST  /models                 refused          250 ms",
    ]


@pytest.mark.parametrize("width", [40, 80])
def test_a_summary_line_is_cut_to_the_width(width: int) -> None:
    [line] = listed(said("word " * 60), width=width, terminal=True)
    assert (len(line), line[-1]) == (width, "…")


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (80, "1  POST  /chat/completions  m-1  200  stream  2.00 s  Earth Earth Earth Earth E…"),
        (60, "1  /chat/completions  m-1  200  stream  Earth Earth Earth E…"),
        (40, "1  /chat/completions  200  Earth Earth …"),
    ],
)
def test_a_narrow_summary_leaves_columns_out_rather_than_words(width: int, line: str) -> None:
    exchange = streamed([delta("Earth " * 20)], sent=QUESTION, gaps=[1, 1])
    assert listed(exchange, width=width, terminal=True) == [line]


def test_a_summary_shows_a_call_when_there_is_no_text() -> None:
    call = {"function": {"name": "look", "arguments": '{"a":1}'}}
    [line] = listed(plain({"choices": [{"message": {"tool_calls": [call]}}]}))
    assert line.endswith('look { "a": 1 }')
