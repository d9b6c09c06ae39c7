"""What was heard, cut into segments and words with their times, and written as subtitles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SENTENCE = re.compile(r"\S.*?(?:[.!?\u3002\uff01\uff1f]+(?=\s|$)|$)", re.DOTALL)
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of a text, and when it is said.

    Args:
        text: the words.
        start: seconds from the beginning.
        end: the same.
    """

    text: str
    start: float
    end: float


def sentences(text: str, seconds: float) -> list[Span]:
    """A text's sentences over a time."""
    return _spans(_SENTENCE, text, seconds)


def words(text: str, seconds: float) -> list[Span]:
    """A text's words over a time, without the marks around them."""
    return [
        Span(text=span.text.strip('.,;:!?"()[]\u201c\u201d'), start=span.start, end=span.end)
        for span in _spans(_WORD, text, seconds)
    ]


def _spans(pattern: re.Pattern[str], text: str, seconds: float) -> list[Span]:
    """What a pattern finds; each character takes as long as any other, and silence is between no two pieces."""
    found = list(pattern.finditer(text))
    total = sum(len(piece[0]) for piece in found) or 1
    spans, said = [], 0
    for piece in found:
        start, said = said, said + len(piece[0])
        spans.append(Span(text=piece[0], start=round(seconds * start / total, 2), end=round(seconds * said / total, 2)))
    return spans


def srt(spans: Sequence[Span]) -> str:
    """SubRip subtitles."""
    return "".join(
        f"{number}\n{_clock(span.start, ',')} --> {_clock(span.end, ',')}\n{span.text}\n\n"
        for number, span in enumerate(spans, 1)
    )


def vtt(spans: Sequence[Span]) -> str:
    """WebVTT subtitles."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(span.start, '.')} --> {_clock(span.end, '.')}\n{span.text}\n\n" for span in spans
    )


def _clock(seconds: float, point: str) -> str:
    whole = round(seconds * 1000)
    minutes, rest = divmod(whole, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
