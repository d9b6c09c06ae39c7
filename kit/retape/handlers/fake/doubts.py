"""What becomes of a request that passed only because rules are off.

An endpoint is written for what OpenAI lets through.  With rules off, or the profile "lenient", it may be asked
anything: what it can make sense of it answers, and where it fails the request gets what the whole rulebook says of it.
So no endpoint looks twice at what a rule has looked at, and an exception for which no rule accounts stays one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from retape.handlers.fake.admission import findings, rulebook
from retape.handlers.fake.answer import Answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.refusal import Refused, server_error
from retape.handlers.fake.rules import Finding, Rulebook
from retape.handlers.fake.rules.schemas import without_instance
from retape.handlers.fake.schema.impossible import Impossible
from retape.handlers.fake.script.cue import Interrupted

_WHOLE = Rulebook()

_RANKS = {"invalid-type": 0, "missing-parameter": 0, "unknown-parameter": 2}
"""At what endpoints fail first, and last; between them is every other rule."""

_HARMLESS = frozenset({"context-length", "unknown-model"})
"""Rules at which no endpoint fails: what they speak of is counted, or looked up."""

_BOUNDS: dict[str, tuple[float, float]] = {
    "best_of": (0, 1024),
    "dimensions": (0, 65_536),
    "logprobs": (0, 1024),
    "n": (0, 1024),
    "partial_images": (0, 64),
    "speed": (0.01, 100),
    "top_logprobs": (0, 1024),
}
"""Fields that say how much is made, and what this machine makes at most, whichever rules are off."""


def answered(call: Call, *, own: Callable[[Exception], bool]) -> Answer:
    """The endpoint's answer.

    Args:
        call: a request that was admitted.
        own: whether an exception is the script's, which stays what it is.

    Raises:
        Refused: OpenAI would refuse it; with rules off also for what it failed at.  So is a request for JSON of a
            schema under which nothing was found that validates, whatever rules are off.
    """
    try:
        return _answered(call, own)
    except Impossible as failed:
        raise Refused(without_instance(call.body, failed), "invalid-schema") from failed


def _answered(call: Call, own: Callable[[Exception], bool]) -> Answer:
    found = _doubts(call)
    if not found and not call.state.doubted:
        return call.route.endpoint(call)
    for each in found:
        if _beyond(call, each.refusal.param or ""):
            raise Refused(each.refusal, each.rule)
    try:
        answer = call.route.endpoint(call)
        answer = replace(answer, chunks=tuple(answer.chunks))  # a stream has to fail before it begins
    except (Refused, Interrupted):
        raise
    except Exception as error:
        if own(error) or (isinstance(error, Impossible) and not found):
            raise
        raise _failed(call, found) from error
    call.state.doubted = True
    return answer


def _failed(call: Call, found: list[Finding]) -> Refused:
    """What is said for an exception; to a sound request that met what an unsound one has stored, that it was sound."""
    if found:
        return Refused(found[0].refusal, found[0].rule)
    return Refused(server_error(call.identity.mint("request")))


def _doubts(call: Call) -> list[Finding]:
    """What the whole rulebook finds in a request that a smaller one let pass, the likeliest to be failed at first."""
    if not rulebook(call.settings).off:
        return []
    found = [each for each in findings(call, _WHOLE) if each.rule not in _HARMLESS]
    return sorted(found, key=lambda each: _RANKS.get(each.rule, 1))


def _beyond(call: Call, field: str) -> bool:
    value = call.body.get(field)
    least, most = _BOUNDS.get(field, (0, 0))
    return field in _BOUNDS and isinstance(value, int | float) and not least <= value <= most
