from __future__ import annotations

import json

import pytest
from hypothesis import given

from retape.tape.bodies import LAYOUTS, to_bytes, to_text
from tape.generated import AWKWARD_JSON, bodies, json_bodies


@given(bodies)
def test_every_body_comes_back_to_the_byte(body: bytes) -> None:
    assert to_bytes(*to_text(body)) == body


@given(json_bodies())
def test_json_in_any_layout_comes_back_to_the_byte(body: bytes) -> None:
    assert to_bytes(*to_text(body)) == body


@pytest.mark.parametrize("text", AWKWARD_JSON, ids=range(len(AWKWARD_JSON)))
def test_json_that_is_hard_to_restore_comes_back_to_the_byte(text: str) -> None:
    assert to_bytes(*to_text(text.encode())) == text.encode()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_json_in_a_known_layout_is_shown_indented(layout: str) -> None:
    body = LAYOUTS[layout]({"a": "<é>", "b": [1, {"c": None}], "embedding": [0.5, -1]})
    shown, notes = to_text(body.encode())
    assert shown.count("\n") == 9
    assert '"embedding": [0.5, -1]' in shown
    assert to_bytes(shown, notes) == body.encode()


KEPT_AS_IT_CAME = ['{"a":1,"a":2}', '{"a":1E400}', '{"a":1.0e5}', '{"a":"\\ud83d"}', '{"a" :1}', '{\n "a": 1\n}', "{no"]


@pytest.mark.parametrize("text", KEPT_AS_IT_CAME)
def test_json_whose_bytes_would_be_lost_is_kept_as_it_came(text: str) -> None:
    assert to_text(text.encode()) == (text, {})


def test_crlf_text_is_shown_with_lf() -> None:
    assert to_text(b"data: 1\r\n\r\n") == ("data: 1\n\n", {"newline": "crlf"})


@pytest.mark.parametrize("body", [b"a\r\nb\n", b"a\rb\r\n", b"\xff\xfe"])
def test_mixed_line_ends_and_binary_are_kept_as_they_came(body: bytes) -> None:
    stored, notes = to_text(body)
    assert notes == {}
    assert stored in (body, body.decode("utf-8", "replace"))


def test_a_body_that_was_edited_is_written_in_its_layout() -> None:
    shown, notes = to_text(b'{"a":1}\n')
    assert to_bytes(str(shown).replace("1", "2"), notes) == b'{"a":2}\n'


@pytest.mark.parametrize(
    "stored, notes, problem",
    [
        ("{", {"json": "compact"}, "Expecting property name"),
        ("{}", {"json": "spacious"}, "unknown JSON layout 'spacious'"),
    ],
)
def test_notes_that_do_not_fit_the_body_are_an_error(stored: str, notes: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        to_bytes(stored, notes)


def test_a_body_that_is_no_text_is_an_error() -> None:
    with pytest.raises(TypeError, match="a body is text or bytes, not dict"):
        to_bytes(json.loads("{}"), {})
