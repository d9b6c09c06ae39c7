"""Rules about images and files: what a data URL holds, what can't be fetched, and what isn't stored.

The fake fetches nothing.  An address is out of reach when its name never resolves (RFC 2606: .invalid), or when the
fake was told so.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.parts import contents
from retape.handlers.fake.rules.relation import Body, Find, Relation, value_error
from retape.handlers.fake.rules.setting import Setting

_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")

Picture = tuple[str, str]
"""The path of an image's address, and the address."""


def is_image(data: bytes) -> bool:
    """Whether bytes begin as PNG, JPEG, GIF or WebP do."""
    return data.startswith(_MAGIC) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def decoded(url: str) -> bytes | None:
    """The bytes of a data URL in base64; None when it isn't one."""
    head, comma, data = url.partition(",")
    if not comma or not head.endswith(";base64"):
        return None
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def host_of(url: str) -> str | None:
    """The host of an http or https address; None when it is none."""
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:  # "http://[": not an IPv6 address
        return None


def reachable(url: str, setting: Setting) -> bool:
    """Whether an address counts as one that can be fetched."""
    host = host_of(url) or ""
    return not host.endswith(".invalid") and host not in setting.unreachable and url not in setting.unreachable


def _chat_images(body: Body) -> Iterator[Picture]:
    for path, part in contents(body["messages"], "messages"):
        if part["type"] == "image_url":
            yield f"{path}.image_url.url", part["image_url"]["url"]


def _input_images(body: Body) -> Iterator[Picture]:
    for path, part in _input_parts(body):
        if part.get("type") == "input_image" and part.get("image_url"):
            yield f"{path}.image_url", part["image_url"]


def _input_parts(body: Body) -> Iterator[tuple[str, dict[str, Any]]]:
    items = body["input"]
    return contents(items if type(items) is list else (), "input", ("content", "output"))


def _pictures(found: Callable[[Body], Iterator[Picture]], judge: Callable[[str, str, Setting], Refusal | None]) -> Find:
    def find(body: Body, setting: Setting) -> Refusal | None:
        return next((refusal for path, url in found(body) if (refusal := judge(path, url, setting))), None)

    return find


def _malformed(path: str, url: str, _: Setting) -> Refusal | None:
    if url.startswith("data:") or host_of(url):
        return None
    text = f"Invalid '{path}'. Expected a valid URL, but got a value with an invalid format."
    return value_error(text, path, "invalid_value")


def _chat_data(_: str, url: str, __: Setting) -> Refusal | None:
    if not url.startswith("data:"):
        return None
    data = decoded(url)
    if data is None:
        return value_error("Invalid base64 image_url.", None, "invalid_base64")
    text = (
        "You uploaded an unsupported image. Please make sure your image has of one the following formats: "
        "['png', 'jpeg', 'gif', 'webp']."
    )
    return None if is_image(data) else value_error(text, None, "invalid_image_format")


def _chat_far(_: str, url: str, setting: Setting) -> Refusal | None:
    if url.startswith("data:") or reachable(url, setting):
        return None
    return value_error(f"Error while downloading {url}.", None, "invalid_image_url")


def _input_data(path: str, url: str, _: Setting) -> Refusal | None:
    if not url.startswith("data:"):
        return None
    mime = url[5:].partition(";")[0].partition(",")[0]
    if not mime.startswith("image/"):
        text = (
            f"Invalid '{path}'. Expected a base64-encoded data URL with an image MIME type "
            f"(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got unsupported MIME type '{mime}'."
        )
        return value_error(text, path, "invalid_value")
    text = (
        "The image data you provided does not represent a valid image. Please check your input and try again with "
        "one of the following image formats: ['image/jpeg', 'image/png', 'image/gif', 'image/webp']."
    )
    return None if is_image(decoded(url) or b"") else value_error(text, "input", "invalid_value")


def _input_far(_: str, url: str, setting: Setting) -> Refusal | None:
    if url.startswith("data:") or reachable(url, setting):
        return None
    return value_error(f"Error while downloading {url}.", "url", "invalid_value")


_PDF = (
    "Invalid file data: '{path}'. Expected a base64-encoded data URL with an application/pdf MIME type "
    "(e.g. 'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ=='), but got {got}."
)
_FILE = (
    "Invalid file data: '{path}'. Expected a base64-encoded data URL with a valid file MIME type "
    "(e.g. 'data:text/plain;base64,SGVsbG8sIFdvcmxkIQ=='), but got {got}."
)
_SEE = " Please see https://platform.openai.com/docs/assistants/tools/file-search#supported-files for supported " + (
    "file types."
)


def _wrong(data: str, fine: Callable[[str], bool]) -> str:
    """What a file's data is instead of what it should be; "" when it is fine."""
    if not data.startswith("data:"):
        return "a value without the 'data:' prefix"
    mime = data[5:].partition(";")[0].partition(",")[0]
    return "" if fine(mime) else f"unsupported MIME type '{mime}'"


def _chat_files(body: Body, _: Setting) -> Refusal | None:
    for path, part in contents(body["messages"], "messages"):
        if part["type"] == "file" and "file_data" in part["file"]:
            got = _wrong(part["file"]["file_data"], lambda mime: mime == "application/pdf")
            if got:
                path = f"{path}.file.file_data"
                return value_error(_PDF.format(path=path, got=got), path, "invalid_value")
    return None


def _nameless(body: Body, _: Setting) -> Refusal | None:
    for path, part in contents(body["messages"], "messages"):
        if part["type"] == "file" and "file_id" not in part["file"] and not _whole(part["file"]):
            path = f"{path}.file.file_id"
            return value_error(f"Missing required parameter: '{path}'.", path, "missing_required_parameter")
    return None


def _whole(file: dict[str, Any]) -> bool:
    return "file_data" in file and "filename" in file


_BASE_64 = re.compile(r"[A-Za-z0-9+/\s]*=*\s*")


def _chat_sounds(body: Body, _: Setting) -> Refusal | None:
    for _path, part in contents(body["messages"], "messages"):
        if part["type"] == "input_audio" and not _BASE_64.fullmatch(part["input_audio"]["data"]):
            text = "This model does not support the format you provided."
            return value_error(text, "messages", "unsupported_format")
    return None


_SOUNDS = (".aac", ".flac", ".m4a", ".mov", ".mp3", ".mp4", ".mpeg", ".oga", ".ogg", ".wav", ".webm")


def _input_files(body: Body, _: Setting) -> Refusal | None:
    for path, part in _input_parts(body):
        if part.get("type") == "input_file" and part.get("file_data"):
            got = _wrong(part["file_data"], lambda mime: not mime.startswith(("audio/", "video/", "image/")))
            if got:
                path = f"{path}.file_data"
                return value_error(_FILE.format(path=path, got=got) + _SEE, path, "invalid_value")
    return None


def _far_files(body: Body, setting: Setting) -> Refusal | None:
    for _, part in _input_parts(body):
        url = part.get("file_url") if part.get("type") == "input_file" else None
        if url and not reachable(url, setting):
            return value_error(f"Error while downloading {url}.", "url", "invalid_value")
        if url and urlsplit(url).path.lower().endswith(_SOUNDS):
            text = "The file type you uploaded is not supported. Please try again with a pdf"
            return value_error(text, "input", "unsupported_file")
    return None


_FILED = ("input_file", "input_image")


def _missing(named: Iterable[str | None], setting: Setting) -> Refusal | None:
    missing = dict.fromkeys(name for name in named if name and not setting.file(name))
    text = f"Files [{', '.join(missing)}] were not found due to ownership verification failure."
    return value_error(text, None) if missing else None


def _chat_missing(body: Body, setting: Setting) -> Refusal | None:
    parts = (part for _, part in contents(body["messages"], "messages") if part["type"] == "file")
    return _missing((part["file"].get("file_id") for part in parts), setting)


def _input_missing(body: Body, setting: Setting) -> Refusal | None:
    return _missing((part.get("file_id") for _, part in _input_parts(body) if part.get("type") in _FILED), setting)


def _row(rule: str, field: str, find: Find, says: str, source: str) -> Relation:
    return Relation(rule=rule, field=field, find=find, says=says, source=source, only="parts")


_URL = "an image's address is a URL"
_DATA = "an image is a PNG, JPEG, GIF or WebP"
_FAR = "an image or file can be fetched, as far as its host's name says"
_THERE = "a file that is named by its id is stored"

CHAT: tuple[Relation, ...] = (
    _row("image-url", "messages", _pictures(_chat_images, _malformed), _URL, "by analogy with the Responses API"),
    _row("image-data", "messages", _pictures(_chat_images, _chat_data), _DATA, "openai-refusals A10, B58"),
    _row("unreachable-url", "messages", _pictures(_chat_images, _chat_far), _FAR, "openai-refusals A11"),
    _row("file-data", "messages", _chat_files, "a file is a PDF, as a data URL", "openai-refusals A13, A14"),
    _row(
        "nameless-file",
        "messages",
        _nameless,
        "a file is sent whole, with its name, or by its id",
        "openai-refusals B77",
    ),
    _row("audio-data", "messages", _chat_sounds, "a sound is base64, and not as a data URL", "openai-refusals B78"),
    _row("unknown-file", "messages", _chat_missing, _THERE, "by analogy with openai-refusals B75"),
)

RESPONSES: tuple[Relation, ...] = (
    _row("image-url", "input", _pictures(_input_images, _malformed), _URL, "quoted in issues of several projects"),
    _row("image-data", "input", _pictures(_input_images, _input_data), _DATA, "quoted in issues of several projects"),
    _row("unreachable-url", "input", _pictures(_input_images, _input_far), _FAR, "by analogy with openai-refusals A11"),
    _row("file-data", "input", _input_files, "a file is no sound and no film", "openai-refusals A29, A30"),
    _row("unreachable-url", "input", _far_files, _FAR, "openai-refusals A33; A11"),
    _row("unknown-file", "input", _input_missing, _THERE, "openai-refusals B75"),
)
