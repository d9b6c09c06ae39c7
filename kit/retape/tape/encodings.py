"""Content encodings: gzip and deflate from the standard library, br and zstd where a library is there.

httpx asks a server for br or zstd only when the same libraries are installed, so whoever
records such an answer can decode it.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from retape.errors import MissingExtra

Decode = Callable[[bytes], bytes]
Encode = Callable[[bytes], bytes]


def _first(extra: str, *names: str) -> Any:
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise MissingExtra(f"a body is {extra}-encoded and no library here reads that: pip install 'retape[{extra}]'")


def _gunzip(data: bytes) -> bytes:
    """Every gzip member, as far as the data goes: a stream that broke has no trailer."""
    plain = b""
    while data[:2] == b"\x1f\x8b":
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        plain += member.decompress(data) + member.flush()
        data = member.unused_data
    return plain


def _inflate(data: bytes) -> bytes:
    """RFC 9110 says zlib; some servers send raw deflate."""
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        inflater = zlib.decompressobj(wbits)
        try:
            return inflater.decompress(data) + inflater.flush()
        except zlib.error:
            continue
    raise ValueError("not deflate data")


def _unbrotli(data: bytes) -> bytes:
    decoder = _first("brotli", "brotli", "brotlicffi").Decompressor()
    feed = getattr(decoder, "process", None) or decoder.decompress
    return cast(bytes, feed(data))


def _brotli(data: bytes) -> bytes:
    return cast(bytes, _first("brotli", "brotli", "brotlicffi").compress(data))


def _unzstd(data: bytes) -> bytes:
    library = _first("zstd", "compression.zstd", "backports.zstd", "zstandard")
    plain = b""
    while data:
        decoder = library.ZstdDecompressor()
        decoder = decoder.decompressobj() if hasattr(decoder, "decompressobj") else decoder
        plain += decoder.decompress(data)
        data = decoder.unused_data
    return plain


def _zstd(data: bytes) -> bytes:
    library = _first("zstd", "compression.zstd", "backports.zstd", "zstandard")
    return cast(bytes, library.compress(data))


CODINGS: dict[str, tuple[Decode, Encode]] = {
    "gzip": (_gunzip, lambda data: gzip.compress(data, mtime=0)),
    "x-gzip": (_gunzip, lambda data: gzip.compress(data, mtime=0)),
    "deflate": (_inflate, zlib.compress),
    "br": (_unbrotli, _brotli),
    "zstd": (_unzstd, _zstd),
    "identity": (bytes, bytes),
}
"""Coding name -> (decode, encode)."""


def _codings(header: str) -> list[str]:
    """The codings to undo; none when one is unknown here: then the bytes are opaque."""
    names = [name for name in (part.strip().lower() for part in header.split(",")) if name]
    return names if all(name in CODINGS for name in names) else []


def decode(data: bytes, header: str) -> bytes:
    """Undo a Content-Encoding; data in an unknown one comes back as it is.

    Args:
        data: the body as sent; it may stop early.
        header: the field's value, "gzip" or "gzip, br".

    Raises:
        MissingExtra: a library for it isn't installed.
        ValueError: the data isn't in that encoding.
    """
    if not data:
        return data
    for name in reversed(_codings(header)):
        if name in ("gzip", "x-gzip") and data[:2] != b"\x1f\x8b":
            raise ValueError("not gzip data")
        try:
            data = CODINGS[name][0](data)
        except (MissingExtra, ValueError):
            raise
        except Exception as err:  # zlib.error, brotli.error, ZstdError: no common base
            raise ValueError(f"not {name} data: {err}") from err
    return data


def encode(data: bytes, header: str) -> bytes:
    """Apply a Content-Encoding, deterministically.

    Raises:
        MissingExtra: a library for it isn't installed.
    """
    for name in _codings(header):
        data = CODINGS[name][1](data)
    return data
