"""Images: generations, edits and variations, plain and streamed; real files of the asked format and size."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake import media
from retape.handlers.fake.answer import Answer, json_answer, named_frame, stream_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.files import named
from retape.handlers.fake.routes import Route
from retape.handlers.fake.tokens import count

HOST = "https://images.example.com"
"""Where the images of the older models' URLs would be: a host that is kept free for examples (RFC 2606)."""

MODEL = "gpt-image-1"
"""What draws when the request doesn't say, and asks for what the older models don't have."""

SIZE = "1024x1024"

_OLD = ("dall-e-2", "dall-e-3")
_SIDES = re.compile(r"(\d{1,5})x(\d{1,5})")
_LONGEST = 4096  # pixels a side: what a size that nobody checked may ask for at most

TOKENS = {"low": 272, "medium": 1056, "high": 4160, "xhigh": 6240, "max": 8320}
"""Output tokens of a square of 1024 pixels, by quality (the guide for gpt-image-1; the last two are its steps on)."""

INPUT_IMAGE = 194
"""Input tokens of an image to edit (recorded for one of 128 pixels)."""

_SQUARE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What is to be drawn.

    Args:
        call: the request.
        event: the streamed events' family: "image_generation" or "image_edit".
        model: the model's name.
        pictures: how many images came along.
    """

    call: Call
    event: str
    model: str
    pictures: int = 0

    def given(self, name: str, default: str) -> str:
        """A field's value; "auto" is the default."""
        value = self.call.body.get(name)
        return default if value in (None, "auto") else str(value)

    @property
    def old(self) -> bool:
        """Whether a model draws that gives URLs and no usage."""
        return self.model in _OLD

    @property
    def number(self) -> int:
        return int(self.call.body.get("n") or 1)

    @property
    def sides(self) -> tuple[int, int]:
        found = _SIDES.fullmatch(self.given("size", SIZE))
        width, height = (int(found[1]), int(found[2])) if found else (1024, 1024)
        return min(max(width, 1), _LONGEST), min(max(height, 1), _LONGEST)

    @property
    def look(self) -> dict[str, str]:
        """What an answer says of its images, beside them."""
        width, height = self.sides
        return {
            "background": self.given("background", "opaque"),
            "output_format": self.given("output_format", "png"),
            "quality": self.given("quality", "medium"),
            "size": f"{width}x{height}",
        }

    @property
    def usage(self) -> dict[str, Any]:
        """Token counts, as recorded in 2026."""
        text, image = count(str(self.call.body.get("prompt") or "")), self.pictures * INPUT_IMAGE
        width, height = self.sides
        each = TOKENS.get(self.given("quality", "medium"), TOKENS["medium"]) * width * height
        drawn = self.number * max(1, each // _SQUARE)
        return {
            "input_tokens": text + image,
            "input_tokens_details": {"image_tokens": image, "text_tokens": text},
            "output_tokens": drawn,
            "output_tokens_details": {"image_tokens": drawn, "text_tokens": 0},
            "total_tokens": text + image + drawn,
        }

    def encoded(self, *place: object) -> str:
        """One image in base64: what it shows depends on the seed, the prompt, and the place."""
        told = f"{self.call.settings.seed} {self.call.body.get('prompt')} {' '.join(map(str, place))}"
        look = self.look
        return _encoded(told, look["output_format"], self.sides, transparent=look["background"] == "transparent")


@functools.lru_cache(maxsize=64)
def _encoded(told: str, kind: str, sides: tuple[int, int], *, transparent: bool) -> str:
    if kind == "png":
        return base64.b64encode(media.png(told, *sides, transparent=transparent)).decode()
    return base64.b64encode(media.FORMATS.get(kind, media.png)(told, *sides)).decode()


def generate(call: Call) -> Answer:
    """POST /images/generations."""
    return _draw(_Order(call=call, event="image_generation", model=_model(call)))


def edit(call: Call) -> Answer:
    """POST /images/edits: a form with files, or JSON with `images`.

    Raises:
        Refused: an image is a file that isn't there.
    """
    given = call.body.get("images") or call.body.get("image") or ()
    pictures = len(given) if isinstance(given, list) else 1
    for image in call.body.get("images") or ():
        if image.get("file_id"):
            named(call, image["file_id"])
    return _draw(_Order(call=call, event="image_edit", model=_model(call), pictures=pictures))


def create_variation(call: Call) -> Answer:
    """POST /images/variations: dall-e-2 alone has them."""
    return _draw(_Order(call=call, event="image_edit", model=str(call.body.get("model") or "dall-e-2"), pictures=1))


def _model(call: Call) -> str:
    """The model: without one, a wanted `response_format` tells that the older ones are meant."""
    return str(call.body.get("model") or ("dall-e-2" if call.body.get("response_format") else MODEL))


def _draw(order: _Order) -> Answer:
    if order.old:
        return json_answer({"created": order.call.now, "data": [_linked(order, i) for i in range(order.number)]})
    if order.call.body.get("stream"):
        return stream_answer(_frames(order))
    look = order.look
    return json_answer(
        {
            "created": order.call.now,
            "background": look.pop("background"),
            "data": [{"b64_json": order.encoded(index)} for index in range(order.number)],
            **look,
            "usage": order.usage,
        }
    )


def _linked(order: _Order, index: int) -> dict[str, str]:
    """An image of the older models; dall-e-3 says how it understood the prompt."""
    image = {}
    if order.model == "dall-e-3":
        image["revised_prompt"] = str(order.call.body.get("prompt") or "")
    if order.call.body.get("response_format") == "b64_json":
        return image | {"b64_json": order.encoded(index)}
    name = order.call.mint("image", index)
    return image | {"url": f"{HOST}/{order.call.settings.organization}/{name}.png"}


def _frames(order: _Order) -> Iterator[bytes]:
    """The partial images, then the whole ones; numbered as recorded in 2026."""
    number = 0
    for partial in range(int(order.call.body.get("partial_images") or 0)):
        shown = {"partial_image_index": partial, "sequence_number": number}
        yield named_frame(_event(order, "partial_image", order.encoded(0, "partial", partial), shown))
        number += 1
    for index in range(order.number):
        told: dict[str, Any] = {"sequence_number": number, "usage": order.usage}
        yield named_frame(_event(order, "completed", order.encoded(index), told))
        number += 1


def _event(order: _Order, what: str, image: str, told: Mapping[str, Any]) -> dict[str, Any]:
    head = {"type": f"{order.event}.{what}", "b64_json": image, "created_at": order.call.now}
    return {**head, **order.look, **told}


def _route(operation: str, template: str, endpoint: Any, body: str) -> Route:
    return Route(operation=f"images.{operation}", method="POST", template=template, endpoint=endpoint, body=body)


ROUTES = (
    _route("generate", "/images/generations", generate, "json"),
    _route("edit", "/images/edits", edit, "form"),
    _route("create_variation", "/images/variations", create_variation, "form"),
)
