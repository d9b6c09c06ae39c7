"""Draws the pictures of the cases: `python cases/pictures/draw.py`.  Needs nothing but Python.

A llama on a meadow, and three rooms: one with a bed, a chair and a table, one with a bed alone, one with a bed and a
lamp.  Shapes are painted at four times the size and made smaller, so that edges are smooth.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

Color = tuple[int, int, int]
Point = tuple[float, float]

WIDTH, HEIGHT, FINE = 320, 240, 3

SKY, GRASS, HILL = (178, 216, 240), (126, 176, 88), (150, 160, 150)
WOOL, SHADE, DARK, PINK = (246, 238, 222), (222, 208, 184), (52, 42, 36), (214, 150, 140)
WALL, FLOOR, WOOD, PALE, SHEET, BLANKET = (
    (238, 230, 214),
    (188, 150, 112),
    (120, 78, 44),
    (166, 116, 70),
    (250, 250, 248),
    (70, 110, 176),
)
LAMP, METAL, RED = (252, 222, 120), (96, 96, 100), (188, 64, 56)


class Canvas:
    """A picture that is painted on."""

    def __init__(self, color: Color) -> None:
        self.rows = [[color] * (WIDTH * FINE) for _ in range(HEIGHT * FINE)]

    def _fill(
        self, top: float, bottom: float, spans: Callable[[float], Sequence[tuple[float, float]]], color: Color
    ) -> None:
        for y in range(max(0, int(top * FINE)), min(HEIGHT * FINE, int(bottom * FINE) + 1)):
            for left, right in spans((y + 0.5) / FINE):
                first, last = max(0, round(left * FINE)), min(WIDTH * FINE, round(right * FINE))
                if first < last:
                    self.rows[y][first:last] = [color] * (last - first)

    def box(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """A rectangle."""
        self._fill(top, bottom - 1 / FINE, lambda y: [(left, right)], color)

    def oval(self, x: float, y: float, wide: float, high: float, color: Color) -> None:
        """An ellipse around a point."""

        def spans(line: float) -> list[tuple[float, float]]:
            rest = 1 - ((line - y) / high) ** 2
            return [(x - wide * rest**0.5, x + wide * rest**0.5)] if rest > 0 else []

        self._fill(y - high, y + high, spans, color)

    def shape(self, points: Sequence[Point], color: Color) -> None:
        """A polygon."""

        def spans(line: float) -> list[tuple[float, float]]:
            sides = zip(points, [*points[1:], points[0]], strict=True)
            cuts = sorted(
                x1 + (line - y1) * (x2 - x1) / (y2 - y1) for (x1, y1), (x2, y2) in sides if (y1 <= line) != (y2 <= line)
            )
            return list(zip(cuts[::2], cuts[1::2], strict=True))

        self._fill(min(y for _, y in points), max(y for _, y in points), spans, color)

    def png(self) -> bytes:
        """The picture, with a palette."""
        pixels = [[self._mean(x, y) for x in range(WIDTH)] for y in range(HEIGHT)]
        colors = sorted({color for row in pixels for color in row})
        number = {color: n for n, color in enumerate(colors)}
        if len(colors) <= 256:
            kind, data = 3, b"".join(b"\0" + bytes(number[color] for color in row) for row in pixels)
        else:
            kind, data = 2, b"".join(b"\0" + bytes(part for color in row for part in color) for row in pixels)
        palette = [(b"PLTE", bytes(part for color in colors for part in color))] if kind == 3 else []
        head = (b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, kind, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            map(_chunk, [head, *palette, (b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")])
        )

    def _mean(self, x: int, y: int) -> Color:
        """A pixel's color, in steps of eight, so that few enough are left."""
        parts = [self.rows[y * FINE + row][x * FINE + column] for row in range(FINE) for column in range(FINE)]
        if parts.count(parts[0]) == len(parts):
            return parts[0]
        red, green, blue = (min(255, round(sum(part[n] for part in parts) / len(parts) / 24) * 24) for n in range(3))
        return red, green, blue


def _chunk(named: tuple[bytes, bytes]) -> bytes:
    name, data = named
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def llama() -> Canvas:
    """A white llama from the side: long neck, upright ears, woolly body, four legs, a short tail."""
    c = Canvas(SKY)
    c.shape([(0, 150), (70, 92), (130, 132), (210, 84), (320, 140), (320, 180), (0, 180)], HILL)
    c.box(0, 158, WIDTH, HEIGHT, GRASS)
    for x in (128, 214):
        c.shape([(x, 150), (x + 17, 150), (x + 13, 214), (x + 3, 214)], SHADE)
        c.box(x + 2, 208, x + 15, 215, DARK)
    for x in (144, 198):
        c.shape([(x, 150), (x + 18, 150), (x + 14, 218), (x + 3, 218)], WOOL)
        c.box(x + 2, 212, x + 16, 219, DARK)
    c.oval(240, 118, 11, 16, SHADE)  # tail
    c.oval(184, 134, 58, 34, WOOL)
    for x, y in ((140, 118), (164, 108), (190, 106), (216, 112), (232, 128), (150, 152), (180, 160), (212, 154)):
        c.oval(x, y, 18, 14, WOOL)
    c.oval(196, 142, 30, 14, SHADE)
    c.oval(192, 138, 30, 14, WOOL)
    c.shape([(122, 140), (160, 116), (132, 48), (104, 54)], WOOL)  # the long neck
    for y in range(60, 132, 12):
        c.oval(107 + (y - 60) * 0.26, y, 8, 8, WOOL)
        c.oval(134 + (y - 60) * 0.36, y, 7, 8, WOOL)
    c.shape([(106, 42), (101, 10), (108, 6), (117, 36)], WOOL)  # banana-shaped ears, upright
    c.shape([(108, 38), (105, 16), (109, 13), (114, 35)], PINK)
    c.shape([(122, 40), (126, 8), (133, 9), (132, 42)], WOOL)
    c.oval(114, 50, 24, 18, WOOL)
    c.oval(90, 58, 17, 11, WOOL)  # muzzle
    c.oval(78, 56, 5, 5, SHADE)
    c.oval(76, 54, 2.4, 2, DARK)
    c.shape([(74, 63), (92, 65), (92, 66.5), (75, 65)], DARK)
    c.oval(106, 45, 4, 4.6, DARK)
    c.oval(104.8, 43.4, 1.3, 1.3, SHEET)
    c.oval(122, 32, 14, 9, WOOL)  # the tuft between the ears
    return c


def _room() -> Canvas:
    c = Canvas(WALL)
    c.box(0, 160, WIDTH, HEIGHT, FLOOR)
    c.box(0, 156, WIDTH, 161, PALE)
    return c


def _bed(c: Canvas, x: float, y: float) -> None:
    c.box(x, y - 52, x + 10, y + 38, WOOD)
    c.box(x + 130, y - 16, x + 140, y + 38, WOOD)
    c.box(x, y + 8, x + 140, y + 24, WOOD)
    c.box(x + 10, y - 14, x + 130, y + 10, SHEET)
    c.oval(x + 30, y - 16, 19, 9, SHEET)
    c.oval(x + 30, y - 13, 19, 4, SHADE)
    c.shape([(x + 52, y - 18), (x + 130, y - 16), (x + 130, y + 12), (x + 52, y + 12)], BLANKET)
    c.box(x + 46, y - 18, x + 54, y + 12, SHEET)


def _table(c: Canvas, x: float, y: float) -> None:
    c.box(x, y, x + 96, y + 8, WOOD)
    for leg in (x + 6, x + 83):
        c.box(leg, y + 8, leg + 7, y + 60, WOOD)
    c.shape([(x + 40, y - 18), (x + 58, y - 18), (x + 55, y), (x + 43, y)], RED)  # a vase


def _chair(c: Canvas, x: float, y: float) -> None:
    c.box(x, y - 58, x + 7, y + 46, PALE)
    for rung in (y - 54, y - 38, y - 22):
        c.box(x, rung, x + 6, rung + 8, PALE)
    c.box(x, y, x + 46, y + 8, PALE)
    c.box(x + 39, y, x + 46, y + 46, PALE)
    for rung in range(3):
        c.box(x + 7, y - 54 + 16 * rung, x + 12, y - 48 + 16 * rung, PALE)


def room_with_chair_and_table() -> Canvas:
    """A bed on the left, a table in the middle, a chair on the right."""
    c = _room()
    _bed(c, 12, 150)
    _table(c, 168, 158)
    _chair(c, 268, 172)
    return c


def room_with_window() -> Canvas:
    """A bed alone, and a window."""
    c = _room()
    c.box(204, 30, 296, 110, WOOD)
    c.box(210, 36, 290, 104, SKY)
    c.box(247, 36, 253, 104, WOOD)
    c.box(210, 67, 290, 73, WOOD)
    _bed(c, 40, 160)
    return c


def room_with_lamp() -> Canvas:
    """A bed and a standing lamp."""
    c = _room()
    _bed(c, 150, 164)
    c.box(76, 80, 82, 200, METAL)
    c.oval(79, 202, 22, 6, METAL)
    c.shape([(60, 48), (98, 48), (112, 88), (46, 88)], LAMP)
    return c


PICTURES: dict[str, Callable[[], Canvas]] = {
    "llama.png": llama,
    "room-1.png": room_with_chair_and_table,
    "room-2.png": room_with_window,
    "room-3.png": room_with_lamp,
}
"""File -> what draws it."""

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (Path(__file__).parent / name).write_bytes(draw().png())
