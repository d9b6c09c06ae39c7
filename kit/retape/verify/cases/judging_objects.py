"""Words about stored objects, lists and vectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.cases.answers import same_calls
from retape.verify.cases.case import Kind
from retape.verify.cases.comparing import cosine
from retape.verify.cases.seen import MODEL, Seen

Complaints = Iterator[str | tuple[Kind, str]]

_NEAR = 0.999
"""How near two embeddings of one text are: servers add numbers up in another order each time."""


def output(wanted: tuple[str, ...], seen: Seen) -> Complaints:
    """Items come in an order."""
    rest = iter(seen.answer.output)
    if not all(kind in rest for kind in wanted):
        yield f"the output is {', '.join(seen.answer.output) or 'empty'}, without {' and then '.join(wanted)}"


def same(wanted: bool, seen: Seen) -> Complaints:
    """It is the earlier answer."""
    now, then = seen.answer, seen.before[-1]
    if now.id != then.id:
        yield f"the id is {now.id!r}, not {then.id!r}"
    if now.first.text != then.first.text:
        yield f"it says {now.first.text[:100]!r}, and said {then.first.text[:100]!r} before"
    if not same_calls(now.first.calls, then.first.calls):
        yield "it calls other tools than before, or with other arguments"
    if now.value.get("status") != then.value.get("status"):
        yield f"the status is {now.value.get('status')!r}, and was {then.value.get('status')!r} before"


def follows(wanted: bool, seen: Seen) -> Complaints:
    """It names what it goes on from."""
    named, asked = seen.answer.value.get("previous_response_id"), seen.sent.get("previous_response_id")
    if named != asked:
        yield f"previous_response_id is {named!r}, not {asked!r} as it was asked with"


def vectors(wanted: dict[str, int], seen: Seen) -> Complaints:
    """Vectors come."""
    found = seen.answer.vectors
    if len(found) != wanted.get("count", len(found)):
        yield f"{len(found)} vectors came, not {wanted['count']}"
    lengths = {len(vector) for vector in found}
    if lengths != {wanted["dimensions"]} if "dimensions" in wanted else len(lengths) != 1 or lengths == {0}:
        yield f"the vectors have {', '.join(map(str, sorted(lengths))) or 'no'} dimensions, not {_wanted(wanted)}"
    if not all(abs(number) < float("inf") for vector in found for number in vector):
        yield "a vector has a number that is none"


def _wanted(wanted: dict[str, int]) -> str:
    return str(wanted.get("dimensions", "the same for all"))


def same_vectors(wanted: bool, seen: Seen) -> Complaints:
    """They are those of the turn before."""
    now, then = seen.answer.vectors, seen.before[-1].vectors
    if [len(vector) for vector in now] != [len(vector) for vector in then]:
        yield f"{len(now)} vectors of other lengths came than the {len(then)} before"
        return
    nearest = min(map(cosine, now, then), default=0.0)
    if nearest < _NEAR:
        yield f"they are others than before (cosine {nearest:.4f})"


def ordered(wanted: bool, seen: Seen) -> Complaints:
    """They are those of the turn before, in the other order."""
    now, then = seen.answer.vectors, seen.before[-1].vectors[::-1]
    if len(now) != len(then):
        yield f"{len(now)} vectors came, and {len(then)} before"
    elif any(len(one) != len(other) or cosine(one, other) < _NEAR for one, other in zip(now, then, strict=True)):
        yield "the vectors don't stand in the order of the texts"


def listed(wanted: bool, seen: Seen) -> Complaints:
    """The model is in the list."""
    rows = seen.answer.value.get("data")
    names = [row.get("id") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if not names:
        yield "the list is empty"
    elif seen.model not in names:
        yield "inconclusive", f"{seen.model!r} isn't in the list: {', '.join(map(str, names[:10]))}"


def fields(wanted: dict[str, tuple[Any, ...]], seen: Seen) -> Complaints:
    """Fields of the object."""
    for name, values in wanted.items():
        allowed = [seen.model if one == MODEL else one for one in values]
        found = seen.answer.value.get(name)
        if found not in allowed or isinstance(found, bool) not in {isinstance(one, bool) for one in allowed}:
            yield f"{name} is {found!r}, not {' or '.join(map(repr, allowed))}"


def counts(wanted: tuple[str, ...], seen: Seen) -> Complaints:
    """Fields that count something."""
    for name in wanted:
        found = seen.answer.value.get(name)
        if not isinstance(found, int) or isinstance(found, bool) or found <= 0:
            yield f"{name} is {found!r}, and has to be a whole number above 0"
