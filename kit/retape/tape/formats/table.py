"""Every format that can be read, in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retape.tape.foreign import KINDS, VCRPY
from retape.tape.formats.dd_apm import read_dd_apm
from retape.tape.formats.go_vcr import read_go_vcr
from retape.tape.formats.har import read_har
from retape.tape.formats.imported import Imported
from retape.tape.formats.llama_stack import read_llama_stack
from retape.tape.formats.ruby_vcr import read_ruby_vcr
from retape.tape.formats.vcrpy import read_pydantic_ai, read_vcrpy
from retape.tape.formats.wiremock import read_wiremock

Read = Callable[[Any, Path], Iterator[Imported]]
"""A parsed file and where it came from -> its exchanges."""

READERS: dict[str, Read] = {
    "ruby-vcr": read_ruby_vcr,
    "go-vcr": read_go_vcr,
    "har": read_har,
    "pydantic-ai": read_pydantic_ai,
    "llama-stack": read_llama_stack,
    "dd-apm-test-agent": read_dd_apm,
    "wiremock": read_wiremock,
}
"""A kind's name -> its reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format that can be read.

    Args:
        name: its name in a report.
        label: what a person calls it.
        detect: whether a parsed file is in it.
        read: its exchanges.
    """

    name: str
    label: str
    detect: Callable[[Any], bool]
    read: Read


FORMATS: tuple[Format, ...] = (
    *(Format(name=kind.name, label=kind.label, detect=kind.detect, read=READERS[kind.name]) for kind in KINDS),
    Format(
        name="vcrpy",
        label=VCRPY,
        detect=lambda data: isinstance(data, dict) and "interactions" in data,
        read=read_vcrpy,
    ),
)
"""The first that fits is it; vcrpy's own comes last, because others took its words over."""
