"""Real files, small: an image and a sound, made of nothing but their text."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import wave
import zlib

RATE = 24_000
"""Samples a second, as OpenAI's speech has."""

_LETTER = 0.06
"""Seconds of sound for each character of text."""


def png(text: str, width: int = 1024, height: int = 1024) -> bytes:
    """A PNG: bands of colours that depend on the text.

    Args:
        text: what the picture is of.
        width: pixels.
        height: pixels.
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest()
    rows = bytearray()
    for band in range(8):
        colour = digest[band * 3 : band * 3 + 3]
        line = b"\0" + colour * width
        rows += line * ((height * (band + 1)) // 8 - (height * band) // 8)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pcm(text: str) -> bytes:
    """Sound as 16-bit little-endian samples, 24 kHz, mono: a tone as long as the text takes to read, 0.1 to 10 s."""
    count = int(RATE * min(10.0, max(0.1, len(text) * _LETTER)))
    pitch = 200 + zlib.crc32(text.encode("utf-8", "surrogatepass")) % 200
    period = RATE // pitch
    wave_ = struct.pack(f"<{period}h", *(int(8000 * math.sin(2 * math.pi * i / period)) for i in range(period)))
    return (wave_ * (count // period + 1))[: count * 2]


def wav(text: str) -> bytes:
    """The same sound as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(pcm(text))
    return file.getvalue()


def seconds(data: bytes) -> float:
    """How long a WAV file lasts; for another one a guess from its size."""
    try:
        with wave.open(io.BytesIO(data)) as reader:
            return float(reader.getnframes() / reader.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return len(data) / 16_000
