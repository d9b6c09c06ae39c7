"""What the bodies of image requests may hold, and what each family of models takes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from retape.handlers.fake.models import Model
from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.forms import Attachment
from retape.handlers.fake.rules.leaves import listed
from retape.handlers.fake.rules.phrases import said
from retape.handlers.fake.rules.relation import Body, Relation
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.rules.shapes import Choice, Fault, Fields, Flag, Listing, OneOf, Shape, Text, Whole
from retape.tape.multipart import Part

_EFFORT = Choice(("none", "minimal", "low", "medium", "high", "xhigh", "max"), nullable=True)


def _quality_of(*also: str) -> Choice:
    return Choice(("low", "medium", "high", "auto"), also=also, nullable=True)


_SHARED: dict[str, Shape] = {
    "background": Choice(("transparent", "opaque", "auto"), nullable=True),
    "complexity": Choice(("low", "medium", "high"), nullable=True),
    "frame_count": Whole(least=2, most=16, nullable=True),
    "frame_duration_ms": Whole(least=1, nullable=True),
    "model": Text(nullable=True),
    "n": Whole(least=1, most=10, nullable=True),
    "output_compression": Whole(least=0, most=100, nullable=True),
    "output_format": Choice(("png", "webp", "jpeg"), also=("gif", "svg"), nullable=True),
    "partial_images": Whole(least=0, most=3, nullable=True),
    "prompt": Text(least=1),
    "quality": _quality_of("xhigh", "max", "standard"),
    "response_format": Choice(("url", "b64_json"), nullable=True),
    "safety_identifier": Text(most=64, nullable=True),
    "size": Text(nullable=True),
    "stream": Flag(nullable=True),
    "svg": Fields(
        fields={"model": Text(), "reasoning": Fields(fields={"effort": _EFFORT}, nullable=True)},
        required=("model",),
        nullable=True,
    ),
    "user": Text(),
}
"""openai-refusals A37, A42 to A44; values that their sentences don't name are newer than they are."""

GENERATION = Fields(
    fields={
        **_SHARED,
        "moderation": Choice(("low", "auto"), nullable=True),
        "quality": _quality_of("xhigh", "max", "standard", "hd"),
        "style": Choice(("vivid", "natural"), nullable=True),
    },
    required=("prompt",),
)
"""The body of `images.generate`."""

_REFERENCE = Fields(fields={"file_id": Text(), "image_url": Text()})
_IMAGE = OneOf(Attachment(), Listing(Attachment(), least=1, most=16))

EDIT = Fields(
    fields={
        **_SHARED,
        "image": _IMAGE,
        "images": Listing(_REFERENCE, least=1, most=16),
        "input_fidelity": Choice(("high", "low"), nullable=True),
        "markup": OneOf(Attachment(), _REFERENCE),
        "mask": OneOf(Attachment(), _REFERENCE),
    },
    required=("prompt",),
)
"""The form of `images.edit`, or its body: JSON names images by URL or file (`images`; openai-refusals A38, A39)."""

VARIATION = Fields(
    fields={name: _SHARED[name] for name in ("model", "n", "response_format", "size", "user")}
    | {"image": Attachment()},
    required=("image",),
)
"""The form of `images.create_variation`."""

_OF_OLD = frozenset({"model", "n", "prompt", "response_format", "size", "user", "image", "mask"})
_NOT_TODAY = frozenset({"response_format", "style"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models that take the same.

    Args:
        refuses: whether a field is one that they don't know.
        sizes: the sizes in the order of the sentence; none for any that is a multiple of 16.
        qualities: the values of `quality`.
        longest: characters of the longest prompt.
        most: images of one request.
    """

    refuses: Callable[[str], bool]
    sizes: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    longest: int
    most: int = 10


FAMILIES: dict[str, Family] = {
    "dall-e-2": Family(
        refuses=lambda field: field not in _OF_OLD, sizes=("256x256", "512x512", "1024x1024"), longest=1000
    ),
    "dall-e-3": Family(
        refuses=lambda field: field not in _OF_OLD | {"quality", "style"},
        sizes=("1024x1024", "1024x1792", "1792x1024"),
        qualities=("standard", "hd"),
        longest=4000,
        most=1,
    ),
    "gpt-image-1": Family(
        refuses=_NOT_TODAY.__contains__,
        sizes=("1024x1024", "1024x1536", "1536x1024", "auto"),
        qualities=("low", "medium", "high", "auto"),
        longest=32_000,
    ),
    "gpt-image": Family(
        refuses=_NOT_TODAY.__contains__, qualities=("low", "medium", "high", "auto", "xhigh", "max"), longest=32_000
    ),
}
"""By the start of a model's name, or its trait (openai-refusals A40, A41, A46, A47; the guide)."""


def family(model: Model | None) -> Family | None:
    """The family of a model; None when there is no model, and nothing to be said."""
    if model is None or model.kind != "image":
        return None
    listed_ = "gpt-image-1" if "size-list" in model.traits else "gpt-image"
    return FAMILIES.get(model.id, FAMILIES[listed_])


def _stranger(field: str) -> Relation:
    def find(_: Body, setting: Setting) -> Refusal | None:
        takes = family(setting.model)
        unknown = takes is not None and takes.refuses(field)
        return said(Fault(family="unknown_parameter", path=(field,))).refusal if unknown else None

    says = f"a model that knows no {field} refuses it"
    return Relation(
        rule="unknown-parameter", field=field, find=find, says=says, source="openai-refusals A46, A47", gateway=True
    )


def _fault(family_: str, field: str, **more: object) -> Refusal:
    return said(Fault(family=family_, path=(field,), **more)).refusal  # type: ignore[arg-type]


def _quality(body: Body, setting: Setting) -> Refusal | None:
    takes, given = family(setting.model), body["quality"]
    if takes is None or given is None or given in takes.qualities:
        return None
    named = tuple(value for value in takes.qualities if value not in ("xhigh", "max"))
    return _fault("invalid_value", "quality", value=given, expected=listed(named, "and"))


def _prompt(body: Body, setting: Setting) -> Refusal | None:
    takes, size = family(setting.model), len(body["prompt"])
    if takes is None or size <= takes.longest:
        return None
    return _fault("string_above_max_length", "prompt", limit=takes.longest, size=size)


def _n(body: Body, setting: Setting) -> Refusal | None:
    takes, given = family(setting.model), body["n"]
    if takes is None or given is None or given <= takes.most:
        return None
    return _fault("integer_above_max_value", "n", value=given, limit=takes.most)


_FREE = re.compile(r"(\d{1,5})x(\d{1,5})")
_STEP = 16
_LONGEST_SIDE = 3840
_RATIO = 3


def _size(body: Body, setting: Setting) -> Refusal | None:
    takes, given = family(setting.model), body["size"]
    if takes is None or given is None or given in (takes.sizes or ("auto",)):
        return None
    if takes.sizes:
        *first, last = takes.sizes
        return _wrong_size(given, f"Supported sizes are {', '.join(first)}, and {last}.")
    return _free_size(given)


def _free_size(given: str) -> Refusal | None:
    """A size of the caller's own (openai-refusals A41; the guide for what its sentence doesn't say)."""
    sides = _FREE.fullmatch(given)
    if sides is None:
        return _wrong_size(given, "Sizes are written as WIDTHxHEIGHT, or auto.")
    short, long = sorted(int(side) for side in sides.groups())
    for wrong, told in (
        (short % _STEP or long % _STEP, f"Width and height must both be divisible by {_STEP}."),
        (long > _RATIO * short, "The aspect ratio must be between 1:3 and 3:1."),
        (long > _LONGEST_SIDE, f"Width and height must not exceed {_LONGEST_SIDE}."),
    ):
        if wrong:
            return _wrong_size(given, told)
    return None


def _wrong_size(given: str, told: str) -> Refusal:
    return Refusal(
        message=f"Invalid size '{given}'. {told}",
        type="image_generation_user_error",
        param="size",
        code="invalid_value",
    )


_MIME = ("image/jpeg", "image/png", "image/webp")
_NO_IMAGE_ENDING = re.compile(r"\.(?:svg|html?|txt|md|pdf|json|xml|mp[34]|zip|gif|bmp|tiff?)(?:[?#]|$)", re.IGNORECASE)


def _missing(body: Body, _: Setting) -> Refusal | None:
    if "image" in body or "images" in body:
        return None
    return _fault("missing_required_parameter", "image")


def _files(body: Body, setting: Setting) -> Refusal | None:
    given = body["image"]
    for index, part in enumerate(given if isinstance(given, list) else [given]):
        where = f"image[{index}]" if isinstance(given, list) else "image"
        refusal = _file(part, where, setting.model)
        if refusal is not None:
            return refusal
    return None


def _file(part: Part, where: str, model: Model | None) -> Refusal | None:
    if model is None or model.id == "dall-e-2":
        png = part.data.startswith(b"\x89PNG")
        return None if png else Refusal(message="Uploaded image must be a PNG and less than 4 MB.")
    kind = part.content_type.partition(";")[0].strip().lower()
    if kind not in _MIME:
        told = (
            f"Invalid file '{where}': unsupported mimetype ('{kind or 'application/octet-stream'}'). Supported file "
            f"formats are {listed(_MIME, 'and')}."
        )
        return Refusal(message=told, param=where, code="unsupported_file_mimetype")
    return None


def _urls(body: Body, setting: Setting) -> Refusal | None:
    """Images by URL: nothing is fetched; a host may be set up as unreachable, and an ending tells what is no image."""
    for index, row in enumerate(body["images"]):
        url = row.get("image_url") or ""
        host = re.sub(r"^[a-z]+://([^/:?#]*).*", r"\1", url, flags=re.DOTALL)
        if host in setting.unreachable or host.endswith(".invalid"):
            told = "Error while downloading file. Upstream status code: 404."
            return Refusal(message=told, param="url", code="invalid_value")
        if not url.startswith("data:image/") and _NO_IMAGE_ENDING.search(url):
            return Refusal(
                message="Invalid image data.",
                type="image_generation_user_error",
                param=f"images[{index}].image_url",
                code="invalid_image_file",
            )
    return None


def _only(*refused: str) -> Relation:
    """A rule against image models that don't take images."""

    def find(body: Body, setting: Setting) -> Refusal | None:
        model = setting.model
        if model is None or model.kind != "image" or not any(model.id.startswith(name) for name in refused):
            return None
        return _fault("only_value", "model", value=body["model"], expected="'dall-e-2'")

    return Relation(
        rule="wrong-endpoint",
        field="model",
        find=find,
        says="the model has to take images",
        source="quoted in many threads about images/edits",
        gateway=True,
    )


_TAKEN: tuple[Relation, ...] = (
    Relation(
        rule="above-maximum", field="n", find=_n, says="dall-e-3 makes one image a request", source="API reference"
    ),
    Relation(
        rule="too-long",
        field="prompt",
        find=_prompt,
        says="a prompt is no longer than its model's limit",
        source="API reference; the sentence by analogy with openai-refusals B17",
    ),
    Relation(
        rule="invalid-value",
        field="quality",
        find=_quality,
        says="a quality is one of its model's",
        source="openai-refusals A42; API reference",
    ),
    Relation(
        rule="image-size",
        field="size",
        find=_size,
        says="a size is one of its model's, or a multiple of 16",
        source="openai-refusals A40, A41",
    ),
)


def _strangers(shape: Fields) -> Iterable[Relation]:
    return (_stranger(field) for field in shape.fields if any(each.refuses(field) for each in FAMILIES.values()))


GENERATION_RULES = (*_strangers(GENERATION), *_TAKEN)
"""Beside the shape of `images.generate`."""

EDIT_RULES = (
    _only("dall-e-3"),
    *_strangers(EDIT),
    *_TAKEN,
    Relation(
        rule="missing-parameter", field="", find=_missing, says="an edit needs an image", source="openai-refusals A16"
    ),
    Relation(
        rule="image-file",
        field="image",
        find=_files,
        says="an image to edit is JPEG, PNG or WebP; for dall-e-2 PNG",
        source="sentences quoted in many threads",
        reads=("model",),
    ),
    Relation(
        rule="image-url",
        field="images",
        find=_urls,
        says="an image to edit can be fetched, and is one",
        source="openai-refusals A38, A39",
    ),
)
"""Beside the shape of `images.edit`."""

VARIATION_RULES = (_only("dall-e-3", "gpt-image", "chatgpt-image"), *_TAKEN[:1], *_TAKEN[3:], EDIT_RULES[-2])
"""Beside the shape of `images.create_variation`."""
