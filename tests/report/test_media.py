from __future__ import annotations

import base64
from typing import Any

import pytest

from retape.report.media import abridged, cut_base64, encoded, media_type, size
from retape.report.safe import safe, safe_line

SIZES = {0: "0 B", 999: "999 B", 1000: "1.0 kB", 12_345: "12.3 kB", 4_000_000: "4.0 MB", 5 * 10**12: "5000.0 GB"}


@pytest.mark.parametrize(("count", "text"), SIZES.items())
def test_a_size_is_for_people(count: int, text: str) -> None:
    assert size(count) == text


FILES = {
    b"\x89PNG\r\n": "image/png",
    b"\xff\xd8\xff\xe0": "image/jpeg",
    b"RIFF\x01\x02\x03\x04WAVE": "audio/wav",
    b"RIFF\x0a\x0a\x0a\x0aWEBP": "image/webp",
    b"%PDF-1.7": "application/pdf",
    b"hello": "",
}


@pytest.mark.parametrize(("data", "kind"), FILES.items())
def test_a_file_is_known_by_its_first_bytes(data: bytes, kind: str) -> None:
    assert media_type(data) == kind


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_base64_is_weighed_without_decoding_it(count: int) -> None:
    assert encoded(base64.b64encode(b"x" * count).decode()) == f"base64, {count} B"


LONG = base64.b64encode(b"\x89PNG" + b"\0" * 296).decode()
CUT: dict[str, tuple[Any, Any]] = {
    "a data URL within a text": (f"see data:image/png;base64,{LONG} there", "see [image/png, 300 B] there"),
    "a data URL's beginning": ("data:image/png;base64,AAA", "data:image/png;base64,AAA"),
    "base64 alone": ({"x": LONG}, {"x": "[image/png, 300 B]"}),
    "a long row of numbers": ([0.5] * 17, "[17 numbers]"),
    "a short row of numbers": ([1, 2, 3], [1, 2, 3]),
    "letters that are no base64": ("x" * 300, "x" * 300),
    "words": ("a word and another " * 40, "a word and another " * 40),
}


@pytest.mark.parametrize(("value", "cut"), CUT.values(), ids=CUT)
def test_what_nobody_reads_is_abridged(value: Any, cut: Any) -> None:
    assert abridged(value) == cut


def test_nesting_is_abridged_before_it_ends_the_stack() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    assert str(abridged(deep)).count("[") < 30


def test_cutting_a_megabyte_of_letters_ends() -> None:
    assert cut_base64("abcdefghijklmnopqrst" * 50_000) == "[base64, 750.0 kB]"


@pytest.mark.parametrize("text", ["naïve 世界 👩‍👩‍👧 क्षि\tx\ny", "e\u0301", "می‌خواهم"])
def test_what_a_language_needs_stays(text: str) -> None:
    assert safe(text) == text


def test_crlf_is_a_line_break() -> None:
    assert safe("a\r\nb") == "a\nb"


def test_one_line_is_one_line() -> None:
    assert safe_line("a\r\n\tb\u2028c") == "a b\\u2028c"
