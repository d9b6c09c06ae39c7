"""Rules that one field alone can't answer: relations between fields, and what a model refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.phrases import Wording
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.rules.shapes import Shape

Body = Mapping[str, Any]
Find = Callable[[Body, Setting], Refusal | None]
"""What is wrong with a body whose fields are fine one by one; None when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One rule.

    Args:
        rule: its id, for `off=`.
        field: the top-level field that it is about: without it the rule isn't asked, and its place in the alphabet is
            the rule's among what else is wrong (openai-refusals E32).  "" is asked always, and last.
        find: the rule itself.
        says: it in a sentence.
        source: rows of openai-refusals, or what else is known of it.
        reads: the other fields that it looks into, which have to have the right shape.
        only: the features of the messages or items without which it isn't asked (`parts.features`); "" for always.
        ahead: whether it is asked before the field's own shape, whatever the field holds: a model that doesn't take a
            parameter says so first (recorded: max_tokens 0 to o-series models, openai-refusals A18).
        gateway: whether it is asked before anything else, by the layer that looks at nothing but the model.
    """

    rule: str
    field: str
    find: Find
    says: str
    source: str
    reads: tuple[str, ...] = ()
    only: Literal["", "parts", "calls"] = ""
    ahead: bool = False
    gateway: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What an endpoint takes.

    Args:
        id: the operation, as the official client calls it: "chat.completions.create".
        shape: the body; for a GET the query, its values parsed.
        relations: the rules beside.
        wording: in which words the shape's faults are said.
    """

    id: str
    shape: Shape
    relations: tuple[Relation, ...] = ()
    wording: Wording = "openai"


def value_error(message: str, param: str | None, code: str | None = None) -> Refusal:
    """A 400 of the engine: what nearly every rule answers with."""
    return Refusal(message=message, param=param, code=code)
