"""Real sound files, small: what was spoken is a tone in WAV, and silence of the same length in compressed formats.

The standard library writes WAV and nothing else, and a caller who asked for an MP3 wants a file that a player opens.
Silence needs no encoder: a frame of it is the same few bytes again and again.  Every file with a container carries the
text that it stands for where players look for a comment, so that a transcription gives back what was spoken.
"""

from __future__ import annotations

import base64
import functools
import io
import math
import re
import struct
import wave
import zlib
from collections.abc import Callable
from dataclasses import dataclass

RATE = 24_000
"""Samples a second, as OpenAI's speech has."""

_LETTER = 0.06
"""Seconds of sound for each character of text."""

_SPOKEN = re.compile(rb"retape-spoken:(\d+):([\w-]*={0,2});")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the fake says in a sound file of its own.

    Args:
        text: the words.
        seconds: how long it takes.
    """

    text: str
    seconds: float


def length(text: str, speed: float = 1.0) -> float:
    """How many seconds a text takes to read, 0.1 to 10 at normal speed."""
    return min(10.0, max(0.1, len(text) * _LETTER)) / speed


def pcm(text: str, speed: float = 1.0) -> bytes:
    """Sound as 16-bit little-endian samples, 24 kHz, mono: a tone as long as the text takes to read."""
    count = int(RATE * length(text, speed))
    pitch = 200 + zlib.crc32(text.encode("utf-8", "surrogatepass")) % 200
    period = RATE // pitch
    wave_ = struct.pack(f"<{period}h", *(int(8000 * math.sin(2 * math.pi * i / period)) for i in range(period)))
    return (wave_ * (count // period + 1))[: count * 2]


def wav(text: str, speed: float = 1.0) -> bytes:
    """The same sound as a WAV file, the text in a comment of its LIST chunk."""
    data = pcm(text, speed)
    comment = _mark(text, speed) + b"\0"
    comment += b"\0" * (len(comment) % 2)
    listed = b"INFOICMT" + struct.pack("<I", len(comment)) + comment
    form = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, RATE * 2, 2, 16)
    form += b"data" + struct.pack("<I", len(data)) + data
    form += b"LIST" + struct.pack("<I", len(listed)) + listed
    return b"RIFF" + struct.pack("<I", len(form)) + form


def _mark(text: str, speed: float) -> bytes:
    told = base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass"))
    return b"retape-spoken:%d:%s;" % (round(length(text, speed) * 1000), told)


def spoken(data: bytes) -> Spoken | None:
    """What was spoken, in a file that the fake made and nobody wrote anew; None in any other."""
    found = _SPOKEN.search(data)
    if found is None:
        return None
    try:
        text = base64.urlsafe_b64decode(found[2]).decode("utf-8", "surrogatepass")
        return Spoken(text, int(found[1]) / 1000)
    except ValueError:  # somebody else's bytes that only look like ours
        return None


def seconds(data: bytes) -> float:
    """How long a WAV file lasts, or one of the fake's own; for another one a guess from its size."""
    own = spoken(data)
    if own is not None:
        return own.seconds
    try:
        with wave.open(io.BytesIO(data)) as reader:
            return float(reader.getnframes() / reader.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError, struct.error):
        return len(data) / 16_000


def mp3(text: str, speed: float = 1.0) -> bytes:
    """Silent frames of MPEG-2 layer III, 24 kHz, mono, 128 kbit/s as OpenAI's, behind an ID3v2 tag."""
    frame = b"\xff\xf3\xc4\xc4" + bytes(380)
    return _id3(text, speed) + frame * _frames(text, speed, 576)


def aac(text: str, speed: float = 1.0) -> bytes:
    """Silent frames of AAC-LC in ADTS, 24 kHz, mono, behind an ID3v2 tag."""
    silence = b"\x00\xc8\x00\x80\x23\x80"
    size = len(silence) + 7
    head = 0xFFF << 44 | 1 << 40 | 1 << 38 | 6 << 34 | 1 << 30 | size << 13 | 0x7FF << 2
    return _id3(text, speed) + (head.to_bytes(7, "big") + silence) * _frames(text, speed, 1024)


def _frames(text: str, speed: float, samples: int) -> int:
    return math.ceil(length(text, speed) * RATE / samples)


def _id3(text: str, speed: float) -> bytes:
    """An ID3v2.3 tag with a comment."""
    comment = b"\0eng\0" + _mark(text, speed)
    frame = b"COMM" + struct.pack(">IH", len(comment), 0) + comment
    size = len(frame)
    return b"ID3\3\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + frame


def flac(text: str, speed: float = 1.0) -> bytes:
    """Frames of one constant sample each (RFC 9639), 24 kHz, mono, 16 bits; the text is a comment."""
    block, count = 4096, int(RATE * length(text, speed))
    info = struct.pack(">HH", block, block) + bytes(6) + (RATE << 44 | 15 << 36 | count).to_bytes(8, "big") + bytes(16)
    frames = [_flac_frame(index, min(block, count - index * block)) for index in range(-(-count // block))]
    comments = _comments(text, speed)
    return b"fLaC\0" + _u24(len(info)) + info + b"\x84" + _u24(len(comments)) + comments + b"".join(frames)


def _flac_frame(index: int, size: int) -> bytes:
    """A silent frame: block size in 16 bits, 24 kHz, mono, 16 bits a sample, its number as UTF-8 writes it."""
    head = b"\xff\xf8\x77\x08" + chr(index).encode() + struct.pack(">H", size - 1)
    head += bytes([_crc(head, 8, 0x07)])
    frame = head + b"\0\0\0"
    return frame + struct.pack(">H", _crc(frame, 16, 0x8005))


def _u24(value: int) -> bytes:
    return value.to_bytes(3, "big")


def _comments(text: str, speed: float) -> bytes:
    """Vorbis comments, as FLAC and Opus have them."""
    vendor, comment = b"retape", b"COMMENT=" + _mark(text, speed)
    return struct.pack("<I", len(vendor)) + vendor + struct.pack("<II", 1, len(comment)) + comment


def opus(text: str, speed: float = 1.0) -> bytes:
    """Silent frames of 20 ms in Ogg (RFC 7845), 48 kHz, mono; the text is a comment."""
    head = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 0, RATE, 0, 0)
    pages = [_page(2, 0, 0, [head]), _page(0, 0, 1, [b"OpusTags" + _comments(text, speed)])]
    packets = math.ceil(length(text, speed) / 0.02)
    for number, start in enumerate(range(0, packets, 50), 2):
        end = min(start + 50, packets)
        pages.append(_page(4 if end == packets else 0, end * 960, number, [b"\xf8\xff\xfe"] * (end - start)))
    return b"".join(pages)


def _page(kind: int, position: int, number: int, packets: list[bytes]) -> bytes:
    """A page of Ogg (RFC 3533): 2 begins a stream, 4 ends it."""
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    head = b"OggS\0" + struct.pack("<BqII", kind, position, 1, number)
    tail = bytes([len(lacing)]) + lacing + b"".join(packets)
    return head + struct.pack("<I", _crc(head + bytes(4) + tail, 32, 0x04C11DB7)) + tail


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    table, mask = _crcs(bits, polynomial), (1 << bits) - 1
    value = 0
    for byte in data:
        value = (value << 8 & mask) ^ table[(value >> bits - 8 ^ byte) & 0xFF]
    return value


@functools.lru_cache
def _crcs(bits: int, polynomial: int) -> tuple[int, ...]:
    """A CRC's remainders of all bytes."""
    top, mask, table = 1 << bits - 1, (1 << bits) - 1, []
    for byte in range(256):
        value = byte << bits - 8
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
        table.append(value)
    return tuple(table)


FORMATS: dict[str, tuple[str, Callable[[str, float], bytes]]] = {
    "mp3": ("audio/mpeg", mp3),
    "opus": ("audio/opus", opus),
    "aac": ("audio/aac", aac),
    "flac": ("audio/flac", flac),
    "wav": ("audio/wav", wav),
    "pcm": ("audio/pcm", pcm),
}
"""What speech can be asked for as: its content type (mp3, wav and pcm recorded), and what makes it."""
