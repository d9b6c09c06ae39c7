"""Audio in chat: an answer that is spoken."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retape.handlers.fake.call import Call
from retape.handlers.fake.sounds import FORMATS

_HOUR = 3600


def spoken_audio(call: Call, index: int, text: str) -> dict[str, Any]:
    """The `audio` of a message, in the format that was asked for."""
    wanted = call.body.get("audio")
    name = str(wanted.get("format")) if isinstance(wanted, dict) else ""
    _, make = FORMATS.get(name.removesuffix("16"), FORMATS["wav"])  # "pcm16" is what speech calls "pcm"
    data = base64.b64encode(make(text, 1.0)).decode()
    return {"id": call.mint("audio", index), "data": data, "expires_at": call.now + _HOUR, "transcript": text}


def spoken_chunks(audio: Mapping[str, Any], pieces: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The `audio` of a stream's deltas: id, the transcript in pieces, the sound, when it expires."""
    yield {"id": audio["id"], "transcript": ""}
    for piece in pieces:
        yield {"transcript": piece}
    size = 4096  # a multiple of 4: each piece of base64 decodes by itself
    for start in range(0, len(audio["data"]), size):
        yield {"data": audio["data"][start : start + size]}
    yield {"expires_at": audio["expires_at"]}
