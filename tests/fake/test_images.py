"""Images: real files of the asked size and format, and what is said beside them."""

from __future__ import annotations

import base64
import json
import struct
import time
import zlib
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import openai
import pytest

from retape import Fake, Request
from retape.handlers.fake import media
from retape.handlers.fake.media import colours
from speaking import async_client, client

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # variations, in openai 3

Pixel = tuple[int, ...]


def chunks(data: bytes) -> dict[bytes, bytes]:
    """A PNG's chunks, their checksums checked; data that comes in several is joined."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    found: dict[bytes, bytes] = {}
    at = 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + body)
        found[kind] = found.get(kind, b"") + body
        at += 12 + size
    return found


def png_rows(data: bytes) -> Iterator[list[Pixel]]:
    """A PNG's rows, of the filters that the fake uses: none, and up."""
    found = chunks(data)
    width, height, depth, kind = struct.unpack(">IIBB", found[b"IHDR"][:10])
    step = {2: 3, 6: 4}[kind]
    raw = zlib.decompress(found[b"IDAT"])
    assert (depth, len(raw)) == (8, height * (width * step + 1))
    above = bytes(width * step)
    for row in range(height):
        start = row * (width * step + 1)
        line = raw[start + 1 : start + 1 + width * step]
        if raw[start] == 2:
            line = bytes((now + then) & 255 for now, then in zip(line, above, strict=True))
        above = line
        yield [tuple(line[i : i + step]) for i in range(0, len(line), step)]


@pytest.mark.parametrize(("width", "height"), [(64, 64), (100, 75), (1, 1), (3, 20)])
@pytest.mark.parametrize("transparent", [False, True])
def test_a_png_is_bands_of_its_texts_colours(width: int, height: int, transparent: bool) -> None:
    rows = list(png_rows(media.png("a cat", width, height, transparent=transparent)))
    assert (len(rows), {len(row) for row in rows}) == (height, {width})
    for index, row in enumerate(rows):
        band = next(b for b in range(8) if height * b // 8 <= index < height * (b + 1) // 8)
        assert set(row) == {colours("a cat")[band] + ((255 if band < 4 else 0),) * transparent}


class Bits:
    """Bits, highest first."""

    def __init__(self, data: bytes) -> None:
        self._told = "".join(f"{byte:08b}" for byte in data)
        self.at = 0

    def take(self, count: int) -> int:
        self.at += count
        return int(self._told[self.at - count : self.at] or "0", 2)

    def rest(self) -> str:
        return self._told[self.at :]


def jpeg_squares(data: bytes) -> tuple[int, int, list[Pixel]]:
    """A JPEG's width and height, and each of its squares' three shades, as far as the fake's tables go."""
    assert data.startswith(b"\xff\xd8")
    assert data.endswith(b"\xff\xd9")
    at, width, height = 2, 0, 0
    while True:
        marker, size = struct.unpack(">HH", data[at : at + 4])
        if marker == 0xFFC0:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
        at += 2 + size
        if marker == 0xFFDA:
            break
    bits, before, squares = Bits(data[at:-2].replace(b"\xff\0", b"\xff")), [0, 0, 0], []
    for _ in range(-(-width // 8) * -(-height // 8)):
        for plane in range(3):
            if bits.take(1):
                size = bits.take(4) + 1
                value = bits.take(size)
                before[plane] += value if value >> size - 1 else value - (1 << size) + 1
            assert bits.take(1) == 0  # no more coefficients
        squares.append(tuple(before))
    assert set(bits.rest()) <= {"1"}
    return width, height, squares


@pytest.mark.parametrize(("width", "height"), [(128, 128), (100, 75), (1, 1), (8, 640)])
def test_a_jpeg_is_bands_of_the_same_colours(width: int, height: int) -> None:
    *size, squares = jpeg_squares(media.jpeg("a cat", width, height))
    assert size == [width, height]
    across, down = -(-width // 8), -(-height // 8)
    for index, (y, cb, cr) in enumerate(squares):
        told = (y + 128 + 1.402 * cr, y + 128 - 0.344 * cb - 0.714 * cr, y + 128 + 1.772 * cb)
        wanted = colours("a cat")[index // across * 8 // down]
        assert all(abs(one - other) < 3 for one, other in zip(told, wanted, strict=True))


@pytest.mark.parametrize(("width", "height"), [(1024, 1536), (1, 1), (300, 7)])
def test_a_webp_says_its_size_and_one_colour(width: int, height: int) -> None:
    data = media.webp("a cat", width, height)
    assert (data[:4], data[8:16], struct.unpack("<I", data[4:8])[0]) == (b"RIFF", b"WEBPVP8L", len(data) - 8)
    told = int.from_bytes(data[20:], "little")
    assert (told & 0xFF, (told >> 8 & 0x3FFF) + 1, (told >> 22 & 0x3FFF) + 1) == (0x2F, width, height)
    codes = told >> 43  # behind the head: no transform, no cache, no meta codes
    symbols = [codes >> 11 * i + 3 & 0xFF for i in range(4)]
    green, red, blue, alpha = symbols
    assert ((red, green, blue), alpha) == (colours("a cat")[0], 255)


def gif_pixels(data: bytes) -> bytes:
    """A GIF's colour indices: LZW, undone."""
    at, stream = 6 + 7 + 6 + 10, bytearray()
    smallest = data[at]
    at += 1
    while data[at]:
        stream += data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    assert data[at:] == b"\0;"
    told, place = int.from_bytes(stream, "little"), 0
    clear, table, size = 1 << smallest, [], smallest + 1
    pixels, before = bytearray(), b""
    while True:
        code = told >> place & (1 << size) - 1
        place += size
        if code == clear:
            table, size, before = [bytes([i]) for i in range(clear)] + [b"", b""], smallest + 1, b""
        elif code == clear + 1:
            return bytes(pixels)
        else:
            run = table[code] if code < len(table) else before + before[:1]
            if before:
                table.append(before + run[:1])
            pixels += run
            before = run
            if len(table) == 1 << size and size < 12:
                size += 1


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 3), (256, 256), (3000, 2800)])
def test_a_gif_has_as_many_pixels_as_it_says(width: int, height: int) -> None:
    data = media.gif("a cat", width, height)
    assert (data[:6], struct.unpack("<HH", data[6:10])) == (b"GIF89a", (width, height))
    assert data[13:16] == bytes(colours("a cat")[0])
    assert gif_pixels(data) == bytes(width * height)


def test_an_svg_is_xml_of_its_size() -> None:
    root = ElementTree.fromstring(media.svg("a cat", 64, 48))
    assert (root.get("width"), root.get("height"), len(root)) == ("64", "48", 8)


def test_a_big_png_is_cheap() -> None:
    start = time.process_time()
    size = len(media.png("something new", 1536, 1024))
    assert time.process_time() - start < 0.1
    assert size < 100_000


def decoded(image: Any) -> bytes:
    return base64.b64decode(image.b64_json)


SIZES = [("1024x1024", (1024, 1024)), ("1024x1536", (1024, 1536)), ("auto", (1024, 1024)), (None, (1024, 1024))]


@pytest.mark.parametrize(("asked", "size"), SIZES)
def test_a_generation_has_the_size_that_was_asked_for(asked: str | None, size: tuple[int, int]) -> None:
    more: dict[str, Any] = {"size": asked} if asked else {}
    answer = client(Fake()).images.generate(model="gpt-image-1", prompt="a cat", **more)
    assert answer.data is not None
    assert struct.unpack(">II", chunks(decoded(answer.data[0]))[b"IHDR"][:8]) == size
    assert answer.size == f"{size[0]}x{size[1]}"


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF")])
def test_what_was_asked_for_is_echoed_and_made(kind: Any, magic: bytes) -> None:
    answer = client(Fake()).images.generate(
        model="gpt-image-1", prompt="a cat", output_format=kind, quality="low", background="transparent", n=2
    )
    assert (answer.output_format, answer.quality, answer.background) == (kind, "low", "transparent")
    assert answer.data is not None
    assert [decoded(image)[: len(magic)] for image in answer.data] == [magic] * 2
    assert answer.data[0].url is None


def test_usage_adds_up_and_grows_with_number_and_quality() -> None:
    def usage(**more: Any) -> Any:
        return client(Fake()).images.generate(model="gpt-image-1", prompt="a cat", **more).usage

    one, two, high = usage(), usage(n=2), usage(quality="high")
    assert (one.input_tokens, one.output_tokens) == (2, 1056)
    assert one.total_tokens == one.input_tokens + one.output_tokens
    assert (two.output_tokens, high.output_tokens) == (2 * 1056, 4160)


@pytest.mark.parametrize("model", ["dall-e-2", "dall-e-3"])
def test_the_older_models_give_urls_that_stay_and_no_usage(model: str) -> None:
    first, again = (client(Fake()).images.generate(model=model, prompt="a cat") for _ in range(2))
    assert first == again
    assert first.data is not None
    assert str(first.data[0].url).startswith("https://images.example.com/org-retape/img-")
    assert (first.usage, first.data[0].b64_json) == (None, None)
    assert (first.data[0].revised_prompt is not None) is (model == "dall-e-3")


def test_the_older_models_give_bytes_when_asked() -> None:
    answer = client(Fake()).images.generate(
        model="dall-e-2", prompt="a cat", response_format="b64_json", size="256x256"
    )
    assert answer.data is not None
    assert struct.unpack(">II", chunks(decoded(answer.data[0]))[b"IHDR"][:8]) == (256, 256)


def test_a_stream_shows_partial_images_and_then_the_plain_answers_one() -> None:
    api = client(Fake())
    asked: dict[str, Any] = {"model": "gpt-image-1", "prompt": "a cat", "size": "1024x1024"}
    events = list(api.images.generate(stream=True, partial_images=2, **asked))
    assert [event.type.rpartition(".")[2] for event in events] == ["partial_image", "partial_image", "completed"]
    assert [getattr(event, "partial_image_index", None) for event in events] == [0, 1, None]
    assert len({event.b64_json for event in events}) == 3
    whole = api.images.generate(**asked)
    assert whole.data is not None
    assert events[-1].b64_json == whole.data[0].b64_json
    assert events[-1].usage.total_tokens == whole.usage.total_tokens  # type: ignore[union-attr]


PNG = media.png("mine", 8, 8)


def test_an_edit_takes_files_and_counts_them() -> None:
    api = client(Fake())
    one = api.images.edit(model="gpt-image-1", image=("a.png", PNG), prompt="make it green")
    two = api.images.edit(model="gpt-image-1", image=[("a.png", PNG), ("b.png", PNG)], prompt="make it green", n=2)
    assert one.usage is not None
    assert two.usage is not None
    assert two.usage.input_tokens_details.image_tokens == 2 * one.usage.input_tokens_details.image_tokens > 0
    assert len(two.data or ()) == 2
    events = list(api.images.edit(model="gpt-image-1", image=("a.png", PNG), prompt="x", stream=True, partial_images=1))
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]


def edited(*images: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Status and body of an edit by JSON."""
    told = {"model": "gpt-image-1.5", "prompt": "x", "images": images}
    headers = (("content-type", "application/json"), ("authorization", "Bearer unused"))
    url = "https://api.openai.com/v1/images/edits"
    head, body = Fake()(Request("POST", url, headers, json.dumps(told).encode()))
    return head.status, json.loads(body.data)  # type: ignore[union-attr]


def test_an_edit_takes_json_with_images_by_url() -> None:
    status, answer = edited({"image_url": "https://example.com/a.png"})
    assert status == 200
    assert list(answer) == ["created", "background", "data", "output_format", "quality", "size", "usage"]


def test_an_edit_of_a_file_that_is_not_there_is_refused() -> None:
    status, answer = edited({"file_id": "file-x"})
    assert (status, answer["error"]["message"]) == (404, "No such File object: file-x")


def test_an_edit_refuses_what_is_no_image() -> None:
    with pytest.raises(openai.BadRequestError, match="unsupported mimetype"):
        client(Fake()).images.edit(model="gpt-image-1", image=("a.txt", b"text"), prompt="x")


def test_a_variation_gives_urls() -> None:
    answer = client(Fake()).images.create_variation(image=("a.png", PNG), n=2)
    assert len({image.url for image in answer.data or ()}) == 2


def test_images_depend_on_prompt_and_seed_and_nothing_else() -> None:
    def drawn(fake: Fake, prompt: str) -> Any:
        return client(fake).images.generate(model="gpt-image-1", prompt=prompt, size="1024x1024").data

    busy = Fake()
    drawn(busy, "a dog")
    assert drawn(busy, "a cat") == drawn(Fake(), "a cat")
    assert drawn(Fake(), "a cat") != drawn(Fake(), "a dog")
    assert drawn(Fake(), "a cat") != drawn(Fake(seed=1), "a cat")


@pytest.mark.anyio
async def test_the_asynchronous_client_draws() -> None:
    answer = await async_client(Fake()).images.generate(model="gpt-image-1", prompt="a cat")
    assert decoded((answer.data or [None])[0])[:4] == b"\x89PNG"
