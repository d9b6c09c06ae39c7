"""Whose recording is this?  Told from the parsed file alone, never from its name.

`retape.tape.damage` asks, to refuse a foreign file with the right command; `retape.tape.formats` has the readers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retape.errors import UnknownFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of recording that isn't stock vcrpy's.

    Args:
        name: its name in the code and in a report.
        label: what a person calls it.
        detect: whether a parsed file is one; it gets anything that YAML or JSON can hold.
    """

    name: str
    label: str
    detect: Callable[[Any], bool]


_STUB_RESPONSE = frozenset(
    {
        *("status", "statusMessage", "headers", "body", "jsonBody", "base64Body", "bodyFileName", "fault"),
        *("fixedDelayMilliseconds", "delayDistribution", "chunkedDribbleDelay", "transformers"),
        *("transformerParameters", "proxyBaseUrl", "additionalProxyRequestHeaders", "fromConfiguredStub"),
    }
)
"""What a WireMock response may hold; a file with anything else is another tool's."""


def _ruby_vcr(data: Any) -> bool:
    return isinstance(data, dict) and "http_interactions" in data


def _go_vcr(data: Any) -> bool:
    """Version 2, or version 1 with Go's names (`url`, `code`) where vcrpy has `uri` and `status.code`."""
    if not isinstance(data, dict) or not isinstance(data.get("interactions"), list):
        return False
    first = next(iter(data["interactions"]), None)
    return data.get("version") == 2 or ("url" in _side(first, "request") and "code" in _side(first, "response"))


def _har(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("log"), dict) and "entries" in data["log"]


def _pydantic_ai(data: Any) -> bool:
    items = data.get("interactions") if isinstance(data, dict) else None
    return isinstance(items, list) and any(
        "parsed_body" in _side(item, side) for item in items for side in ("request", "response")
    )


def _llama_stack(data: Any) -> bool:
    return _is_pair(data) and ("is_streaming" in data["response"] or "endpoint" in data["request"])


def _dd_apm(data: Any) -> bool:
    return _is_pair(data) and isinstance(data["response"].get("status"), dict) and "url" in data["request"]


def _wiremock(data: Any) -> bool:
    if isinstance(data, dict) and isinstance(data.get("mappings"), list):
        return True
    stubs = data if isinstance(data, list) else [data]
    return bool(stubs) and all(_is_stub(stub) for stub in stubs)


def _is_stub(data: Any) -> bool:
    return (
        _is_pair(data)
        and any(name in ("method", "bodyPatterns") or name.startswith("url") for name in data["request"])
        and data["response"].keys() <= _STUB_RESPONSE
        and not isinstance(data["response"].get("status"), dict)
    )


def _is_pair(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("request"), dict) and isinstance(data.get("response"), dict)


def _side(item: Any, side: str) -> Mapping[str, Any]:
    value = item.get(side) if isinstance(item, dict) else None
    return value if isinstance(value, dict) else {}


KINDS: tuple[Kind, ...] = (
    Kind(name="ruby-vcr", label="Ruby VCR", detect=_ruby_vcr),
    Kind(name="go-vcr", label="go-vcr", detect=_go_vcr),
    Kind(name="har", label="Polly.js or another HAR writer", detect=_har),
    Kind(name="pydantic-ai", label="pydantic-ai (parsed_body)", detect=_pydantic_ai),
    Kind(name="llama-stack", label="llama-stack", detect=_llama_stack),
    Kind(name="dd-apm-test-agent", label="dd-apm-test-agent", detect=_dd_apm),
    Kind(name="wiremock", label="WireMock", detect=_wiremock),
)
"""The most telling first: the first that fits is it."""

VCRPY = "vcrpy or pytest-recording"
"""What a person calls the kind that every cassette is of."""


def kind_of(data: Any) -> Kind | None:
    """The kind of a parsed file; None for stock vcrpy's and for what is no recording."""
    return next((kind for kind in KINDS if kind.detect(data)), None)


def unknown(path: Path) -> UnknownFormat:
    """The error for a file that is no recording at all."""
    labels = ", ".join([*(kind.label for kind in KINDS), VCRPY])
    return UnknownFormat(path, f"no recording of a known format: {labels}; see retape convert --help")
