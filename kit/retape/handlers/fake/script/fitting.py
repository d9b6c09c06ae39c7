"""Which endpoint can be given which act, and which requests a strict script has to know."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from retape.handlers.fake.script.acts import ANYWHERE, MODIFIERS, SPEAKING, WORDS

if TYPE_CHECKING:
    from retape.handlers.fake.script.matchers import Condition
    from retape.handlers.fake.sent import Sent

MODELLED = SPEAKING | {
    "audio.speech.create",
    "embeddings.create",
    "images.create_variation",
    "images.edit",
    "images.generate",
    "moderations.create",
    "responses.compact",
    "responses.input_tokens.count",
}
"""Endpoints whose answer a model makes, or its tokenizer.  The others keep what they are given and give it back."""


def unfit(conditions: Iterable[Condition], word: str) -> str:
    """Why no request that fulfils some conditions can be given an act, as far as they say it; "" when one can.

    Args:
        conditions: a rule's.
        word: a row of `WORDS` or `MODIFIERS`.
    """
    patterns = [str(condition.value) for condition in conditions if condition.matcher.name == "endpoint"]
    carriers = _carriers(word)
    if carriers is None or all(_any(carriers, pattern) for pattern in patterns):
        return ""
    return _why(word, next(pattern for pattern in patterns if not _any(carriers, pattern)))


def misfit(word: str, sent: Sent, conditions: Iterable[Condition]) -> str:
    """Why a request can't be given an act; "" when it can.

    Args:
        word: a row of `WORDS`.
        sent: the request.
        conditions: those of the act's rule: where the fake has no endpoint, only one that names the path answers.
    """
    if not sent.endpoint:
        return _nowhere(word, sent, conditions)
    carriers = _carriers(word)
    return "" if carriers is None or sent.endpoint in carriers else _why(word, sent.endpoint)


def _nowhere(word: str, sent: Sent, conditions: Iterable[Condition]) -> str:
    if word not in ANYWHERE:
        return f"the fake has no endpoint there; {sent.method} {sent.path} can be given {_or(ANYWHERE)}"
    if not any(condition.matcher.name == "path" for condition in conditions):
        return f"the fake has no endpoint there; a rule with path={sent.path!r} can answer"
    return ""


def _carriers(word: str) -> frozenset[str] | None:
    return (WORDS.get(word) or MODIFIERS[word]).carriers


def _any(operations: Iterable[str], pattern: str) -> bool:
    return any(fnmatchcase(operation, pattern) for operation in operations)


def _why(word: str, endpoint: str) -> str:
    able = [row.name for row in WORDS.values() if row.carriers is None or _any(row.carriers, endpoint)]
    if _any(SPEAKING, endpoint):
        return f"{endpoint} can't be given {word}; give it {_or(able)}"
    return f"{word} is something that a model says, and {endpoint} is no endpoint for that; give it {_or(able)}"


def _or(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
