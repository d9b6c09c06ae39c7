"""The cases' pictures are those that the script beside them draws."""

from __future__ import annotations

import importlib.util
import struct
import zlib
from pathlib import Path
from types import ModuleType

import pytest

from retape.verify.cases.reading import shipped

FOLDER = shipped() / "pictures"
NAMES = ("llama.png", "room-1.png", "room-2.png", "room-3.png")


@pytest.fixture(scope="module")
def draw() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw", FOLDER / "draw.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def chunks(data: bytes) -> dict[bytes, bytes]:
    """A PNG's chunks, decompressed: zlib's releases differ in what they write."""
    found, place = {}, 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        name, inner = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack(">I", data[place + 8 + length : place + 12 + length]) == (zlib.crc32(name + inner),)
        found[name] = zlib.decompress(inner) if name == b"IDAT" else inner
        place += length + 12
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_what_the_script_draws(name: str, draw: ModuleType) -> None:
    data = (FOLDER / name).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(data) < 10_000
    assert chunks(data) == chunks(draw.PICTURES[name]().png())


def test_every_picture_is_drawn_here(draw: ModuleType) -> None:
    assert {file.name for file in Path(FOLDER).glob("*.png")} == set(NAMES) == draw.PICTURES.keys()
