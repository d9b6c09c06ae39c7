"""Real images, small: bands of colours that depend on nothing but a text, in four formats without any library.

PNG and JPEG hold eight bands.  A WebP and a GIF hold the first band's colour alone: what more they could hold would
take an encoder that the standard library doesn't have, and every decoder opens them all the same.
"""

from __future__ import annotations

import functools
import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence

Colour = tuple[int, int, int]

_BANDS = 8
_MOST_WEBP = 1 << 14


def colours(text: str) -> list[Colour]:
    """The colours of a text's picture, from top to bottom."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest()
    return [(digest[i * 3], digest[i * 3 + 1], digest[i * 3 + 2]) for i in range(_BANDS)]


@functools.lru_cache(maxsize=32)
def png(text: str, width: int = 1024, height: int = 1024, *, transparent: bool = False) -> bytes:
    """A PNG: bands of colours that depend on the text.

    Args:
        text: what the picture is of.
        width: pixels.
        height: pixels.
        transparent: whether the lower half lets through what is behind it.
    """
    same = b"\2" + bytes(width * (4 if transparent else 3))  # filter "up": a row like the one above is all zeros
    packed_same, packed, checksum = _deflated(same), bytearray(b"\x78\x01"), 1
    for band, colour in enumerate(colours(text)):
        rows = height * (band + 1) // _BANDS - height * band // _BANDS
        if rows:
            pixel = bytes(colour) + bytes([255 if band < _BANDS // 2 else 0]) * transparent
            first = b"\0" + pixel * width
            packed += _deflated(first) + packed_same * (rows - 1)
            checksum = zlib.adler32(first + same * (rows - 1), checksum)
    packed += b"\3\0" + struct.pack(">I", checksum)
    header = struct.pack(">IIBBBBB", width, height, 8, 6 if transparent else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", bytes(packed)) + _chunk(b"IEND", b"")


def _deflated(row: bytes) -> bytes:
    """A row on its own, so that its bytes can be repeated instead of compressed again: a tenth of the time."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(row) + packer.flush(zlib.Z_FULL_FLUSH)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@functools.lru_cache(maxsize=32)
def jpeg(text: str, width: int = 1024, height: int = 1024) -> bytes:
    """A baseline JPEG of the same bands, as far as squares of 8 pixels go (ITU-T T.81)."""
    across, down = -(-width // 8), -(-height // 8)
    shades = [_shade(colour) for colour in colours(text)]
    bits = []
    before = (0, 0, 0)
    for row in range(down):
        shade = shades[row * _BANDS // down]
        bits.append("".join(_difference(now - then) for now, then in zip(shade, before, strict=True)))
        bits.append("000000" * (across - 1))
        before = shade
    told = "".join(bits)
    told += "1" * (-len(told) % 8)
    scan = int(told, 2).to_bytes(len(told) // 8, "big").replace(b"\xff", b"\xff\0")
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    return b"".join(
        [
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
            _segment(0xDB, b"\0" + bytes([8]) + b"\1" * 63),
            _segment(0xC0, frame),
            _segment(0xC4, b"\0" + bytes([1, 0, 0, 0, 11]) + bytes(11) + bytes(range(12))),
            _segment(0xC4, b"\x10" + bytes([1]) + bytes(15) + b"\0"),
            _segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0"),
            scan,
            b"\xff\xd9",
        ]
    )


def _segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def _shade(colour: Colour) -> tuple[int, int, int]:
    """Luminance and chrominance of a flat square, less 128: its DC coefficients where the quantiser is 8."""
    r, g, b = colour
    return (
        round(0.299 * r + 0.587 * g + 0.114 * b) - 128,
        round(-0.1687 * r - 0.3313 * g + 0.5 * b),
        round(0.5 * r - 0.4187 * g - 0.0813 * b),
    )


def _difference(value: int) -> str:
    """A square's DC difference in the table of `jpeg` ("0" for none, else five bits and the value), and its end."""
    size = abs(value).bit_length()
    if not size:
        return "00"
    told = value if value > 0 else value + (1 << size) - 1
    return f"{0b10000 + size - 1:05b}{told:0{size}b}0"


def webp(text: str, width: int = 1024, height: int = 1024) -> bytes:
    """A lossless WebP of one colour (RFC 9649): five prefix codes of a single symbol each, and no bit for any pixel."""
    red, green, blue = colours(text)[0]
    width, height = min(width, _MOST_WEBP), min(height, _MOST_WEBP)
    fields = [(0x2F, 8), (width - 1, 14), (height - 1, 14), (0, 1), (0, 3), (0, 1), (0, 1), (0, 1)]
    for symbol in (green, red, blue, 255):
        fields += [(1, 1), (0, 1), (1, 1), (symbol, 8)]
    fields += [(1, 1), (0, 1), (0, 1), (0, 1)]
    data = _low_bits_first(fields)
    data += b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(data) + 12) + b"WEBPVP8L" + struct.pack("<I", len(data)) + data


def gif(text: str, width: int = 1024, height: int = 1024) -> bytes:
    """A GIF of one colour (GIF89a)."""
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0)
    palette = bytes(colours(text)[0]) + bytes(3)
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\2"
    packed = _low_bits_first(list(_runs(width * height)))
    blocks = b"".join(bytes([len(packed[i : i + 255])]) + packed[i : i + 255] for i in range(0, len(packed), 255))
    return b"GIF89a" + screen + palette + image + blocks + b"\0\x3b"


def _runs(pixels: int) -> Iterator[tuple[int, int]]:
    """The codes of LZW for that many pixels of colour 0, and their sizes: each run is one longer than the last."""
    clear, end = 4, 5
    yield clear, 3
    code, size, run = end, 3, 0
    while pixels > 0:
        run += 1
        if run > pixels or code >= 4094:
            yield clear, size
            code, size, run = end, 3, 1
        yield (0 if run == 1 else code), size
        pixels -= run
        code += 1
        if code + 1 > 1 << size and size < 12:
            size += 1
    yield end, size


def _low_bits_first(fields: Sequence[tuple[int, int]]) -> bytes:
    """Numbers of so many bits each, one after the other, the lowest bit first."""
    told = "".join(f"{value:0{size}b}" for value, size in reversed(fields))
    told = "0" * (-len(told) % 8) + told
    return int(told, 2).to_bytes(len(told) // 8, "little")


def svg(text: str, width: int = 1024, height: int = 1024) -> bytes:
    """An SVG of the same bands."""
    bands = "".join(
        f'<rect y="{height * band / _BANDS:g}" width="{width}" height="{height / _BANDS:g}" '
        f'fill="#{red:02x}{green:02x}{blue:02x}"/>'
        for band, (red, green, blue) in enumerate(colours(text))
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
    return f"{head}{bands}</svg>".encode()


FORMATS: dict[str, Callable[[str, int, int], bytes]] = {"png": png, "jpeg": jpeg, "webp": webp, "gif": gif, "svg": svg}
"""What an image can be asked for as."""
