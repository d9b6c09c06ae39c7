"""Speech: text in, sound out.  Real files of every format; what is compressed is silence (`sounds`)."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from retape.handlers.fake.answer import DONE, Answer, data_frame, stream_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.routes import Route
from retape.handlers.fake.sounds import FORMATS
from retape.handlers.fake.tokens import count

_CHUNK = 16 * 1024
_EVENT = 12 * 1024  # a multiple of 3: each event's base64 decodes by itself

_AUDIO_TOKENS = 2
"""Tokens of sound that a token of text takes: about what is billed for speech."""


def create(call: Call) -> Answer:
    """POST /audio/speech: as bytes, in chunks as they are made, or as events."""
    body = call.body
    content_type, make = FORMATS[body.get("response_format") or "mp3"]
    data = make(str(body["input"]), float(body.get("speed") or 1))
    if body.get("stream_format") == "sse":
        return stream_answer(_frames(str(body["input"]), data))
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    return Answer(chunks=chunks, content_type=content_type)


def _frames(text: str, data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _EVENT):
        audio = base64.b64encode(data[start : start + _EVENT]).decode()
        yield data_frame({"type": "speech.audio.delta", "audio": audio})
    told, spoken = count(text), count(text) * _AUDIO_TOKENS
    usage = {"input_tokens": told, "output_tokens": spoken, "total_tokens": told + spoken}
    yield data_frame({"type": "speech.audio.done", "usage": usage})
    yield DONE


ROUTES = (
    Route(operation="audio.speech.create", method="POST", template="/audio/speech", endpoint=create, body="json"),
)
