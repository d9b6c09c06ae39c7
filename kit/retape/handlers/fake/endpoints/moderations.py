"""Moderations: a small table of words instead of a classifier."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from retape.handlers.fake.answer import Answer, json_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.routes import Route

MODEL = "omni-moderation-latest"
"""What judges when the request doesn't say."""

CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "sexual",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm/intent",
    "self-harm/instructions",
    "self-harm",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""In the order of answers recorded in 2026."""

SEEN = frozenset({"sexual", "self-harm/intent", "self-harm/instructions", "self-harm", "violence", "violence/graphic"})
"""Categories that images are judged by, too (recorded)."""

WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"(?:will|going to|want to|gonna|wanna|'ll) (?:kill|murder|hurt|stab|shoot|beat) (?:you|him|her|them)",
        ("violence", "harassment", "harassment/threatening"),
    ),
    (r"kill(?:s|ed|ing)?|murder\w*|stab(?:s|bed|bing)?|shoot(?:s|ing)?|massacre|behead\w*", ("violence",)),
    (r"gore|gory|disembowel\w*|dismember\w*|decapitat\w*", ("violence", "violence/graphic")),
    (r"idiots?|morons?|stupid|worthless|pathetic|loser", ("harassment",)),
    (r"(?:inferior|subhuman) (?:race|people)|racial slur", ("hate",)),
    (r"exterminate (?:them|all|the)", ("hate", "hate/threatening", "violence")),
    (r"(?:kill|hurt|cut|harm)(?:ing)? myself|end my life|suicid\w*", ("self-harm", "self-harm/intent")),
    (r"how (?:to|do i) (?:kill|cut|hang|harm) (?:myself|yourself)", ("self-harm", "self-harm/instructions")),
    (r"porn\w*|erotic\w*|nude sex|sexual intercourse", ("sexual",)),
    (r"child porn\w*|csam", ("sexual", "sexual/minors")),
    (r"(?:cook|make|synthesi[sz]e) meth|hotwire|shoplift\w*|launder\w* money|steal a car", ("illicit",)),
    (r"(?:build|make|assemble) (?:a |an )?(?:bomb|explosives?|pipe bomb|firearm)", ("illicit", "illicit/violent")),
)
"""Words as patterns, and the categories that they are flagged for."""

_WORDS = tuple((re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), names) for pattern, names in WORDS)


def create(call: Call) -> Answer:
    """POST /moderations: a result for each text; one for all parts of a multi-modal input together."""
    given = call.body.get("input")
    results = [_result(call, index, texts, images) for index, (texts, images) in enumerate(_inputs(given))]
    return json_answer({"id": call.mint("moderation"), "model": call.body.get("model") or MODEL, "results": results})


def _inputs(given: Any) -> list[tuple[list[str], int]]:
    """The texts of each input, and how many images come with them."""
    if isinstance(given, str):
        return [([given], 0)]
    if not isinstance(given, list) or all(isinstance(item, str) for item in given):
        return [([str(item)], 0) for item in given or ()]
    parts = [part for part in given if isinstance(part, Mapping)]
    texts = [item for item in given if isinstance(item, str)]
    texts += [str(part.get("text", "")) for part in parts if part.get("type") == "text"]
    return [(texts, sum(part.get("type") == "image_url" for part in parts))]


def flags(text: str) -> frozenset[str]:
    """The categories that a text is flagged for."""
    return frozenset(name for pattern, names in _WORDS if pattern.search(text) for name in names)


def _result(call: Call, index: int, texts: Iterable[str], images: int) -> dict[str, Any]:
    texts = list(texts)
    flagged = flags("\n".join(texts))
    applied = {name: ["text"] * bool(texts) + ["image"] * (name in SEEN and images > 0) for name in CATEGORIES}
    return {
        "flagged": bool(flagged),
        "categories": {name: name in flagged for name in CATEGORIES},
        "category_scores": {
            name: _score(call, index, name, name in flagged) if applied[name] else 0.0 for name in CATEGORIES
        },
        "category_applied_input_types": applied,
    }


def _score(call: Call, index: int, name: str, flagged: bool) -> float:
    """Above a half for what is flagged, next to nothing for the rest."""
    chance = call.identity.bits("moderation", index, name) % 10**9 / 10**9
    return 0.55 + 0.44 * chance if flagged else 1e-6 + 5e-4 * chance**3


ROUTES = (Route(operation="moderations.create", method="POST", template="/moderations", endpoint=create, body="json"),)
