"""Words about how an answer ends, what it counts, and how it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.cases.answers import Answer, Object
from retape.verify.cases.case import Kind
from retape.verify.cases.client import Refusal
from retape.verify.cases.seen import Seen

Complaints = Iterator[str | tuple[Kind, str]]

_LONG = 20
"""Characters that no token has in the mean: more than this for each allowed one, and the limit was ignored."""


def refused(wanted: dict[str, tuple[Any, ...]], seen: Seen) -> Complaints:
    """It is refused."""
    came = seen.came
    if not isinstance(came, Refusal):
        yield f"it was answered, and had to be refused with {_any(wanted['status'])}{_how(came)}"
        return
    if came.status not in wanted["status"]:
        yield f"it was refused with {came}, and had to be with {_any(wanted['status'])}"
    elif not came.clean:
        yield f"it was refused with {came.status}, and the body is no JSON error with a message: {came.message[:100]!r}"
    for name in ("type", "param", "code"):
        if name in wanted and getattr(came, name) not in wanted[name]:
            yield f"the error's {name} is {getattr(came, name)!r}, not {_any(wanted[name])}"
    told = f"{came.message} {came.param} {came.code}".casefold()
    if "names" in wanted and not any(str(one).casefold() in told for one in wanted["names"]):
        yield f"the error names none of {', '.join(map(str, wanted['names']))}: {came.message[:200]!r}"


def may_refuse(wanted: dict[str, tuple[Any, ...]], seen: Seen) -> Complaints:
    """It is answered or refused."""
    if isinstance(seen.came, Refusal):
        yield from refused(wanted, seen)


def _how(came: Answer) -> str:
    said = came.first.text or ", ".join(call.name for call in came.first.calls)
    return f": {said[:80]!r}" if said else ""


def finish(wanted: tuple[str, ...], seen: Seen) -> Complaints:
    """The finish reason."""
    found = seen.first.finish
    if found in wanted:
        return
    if "length" in wanted and not _over(seen):
        yield "inconclusive", f"the model ended by itself before the token limit ({found!r})"
    elif "tool_calls" in wanted and not seen.first.calls:
        yield "inconclusive", "no tool was called"
    elif found == "length":
        yield "inconclusive", "the answer hit a token limit"
    else:
        yield f"the finish reason is {found or None!r}, not {_any(wanted)}"


def _over(seen: Seen) -> bool:
    """Whether more came than was allowed, or as much."""
    limit = seen.limit or 0
    spent = seen.answer.counted("completion_tokens", "output_tokens")
    return spent >= limit if spent else len(seen.text) > limit * _LONG


def status(wanted: tuple[str, ...], seen: Seen) -> Complaints:
    """A response's status."""
    found = seen.answer.value.get("status")
    if found in wanted:
        return
    if "incomplete" in wanted and found == "completed" and not _over(seen):
        yield "inconclusive", "the model ended by itself before the token limit"
    elif found == "incomplete":
        yield "inconclusive", "the answer hit a token limit"
    else:
        yield f"the status is {found!r}, not {_any(wanted)}"


def reason(wanted: tuple[str, ...], seen: Seen) -> Complaints:
    """What made a response incomplete."""
    value = seen.answer.value
    if value.get("status") != "incomplete":
        return
    details = value.get("incomplete_details")
    found = details.get("reason") if isinstance(details, dict) else None
    if found not in wanted:
        yield f"incomplete_details.reason is {found!r}, not {_any(wanted)}"


def choices(wanted: int, seen: Seen) -> Complaints:
    """How many choices come."""
    indexes = [choice.index for choice in seen.answer.choices]
    if len(indexes) != wanted:
        yield f"{len(indexes)} choice{'s' * (len(indexes) != 1)} came where {wanted} were asked for"
    elif sorted(indexes) != list(range(wanted)):
        yield f"the choices have the indexes {indexes}, not 0 to {wanted - 1}"


_PARTS = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))


def usage(wanted: bool, seen: Seen) -> Complaints:
    """Tokens are counted."""
    counts = seen.answer.usage
    if counts is None:
        yield "there is no usage"
        return
    prompt, completion = _PARTS["input_tokens" in counts]
    parts = (prompt,) if seen.answer.vectors else (prompt, completion)
    for name in (*parts, "total_tokens"):
        if not _is_count(counts.get(name)):
            yield f"usage.{name} is {counts.get(name)!r}, and has to be a whole number from 0"
            return
    if sum(counts[name] for name in parts) != counts["total_tokens"]:
        told = " + ".join(str(counts[name]) for name in parts)
        yield f"usage.total_tokens is {counts['total_tokens']}, not {told}"
    if not counts[prompt]:
        yield f"usage.{prompt} is 0 though something was asked"


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def tokens(wanted: int, seen: Seen) -> Complaints:
    """No more was said than allowed."""
    spent = seen.answer.counted("completion_tokens", "output_tokens")
    if spent > wanted or (not spent and len(seen.text) > wanted * _LONG):
        yield f"{spent or 'many more'} tokens were said where {wanted} were allowed"


def logprobs(wanted: int, seen: Seen) -> Complaints:
    """Tokens have their log probabilities."""
    rows = seen.first.logprobs
    if not rows:
        yield "no log probabilities came"
        return
    others = wanted if "top_logprobs" in seen.sent else None
    wrong = next(filter(None, (_wrong_token(row, others) for row in rows)), None)
    if wrong:
        yield wrong
    elif _joined(rows) != seen.text.encode():
        yield f"the tokens with log probabilities say {_joined(rows)[:100]!r}, the answer {seen.text[:100]!r}"


def _wrong_token(row: Object, others: int | None) -> str:
    token, value, beside = row.get("token"), row.get("logprob"), row.get("top_logprobs")
    if not isinstance(token, str):
        return f"a token is {token!r}, and has to be text"
    if isinstance(value, bool) or not isinstance(value, int | float) or value > 0:
        return f"the log probability of {token!r} is {value!r}, and has to be a number of 0 at most"
    if others is not None and (not isinstance(beside, list) or len(beside) != others):
        return f"{len(beside) if isinstance(beside, list) else 'no'} top_logprobs came with {token!r}, not {others}"
    return ""


def _joined(rows: tuple[Object, ...]) -> bytes:
    """What the tokens say; a token may be a part of a character, and then only its bytes say which."""
    return b"".join(
        bytes(row["bytes"]) if isinstance(row.get("bytes"), list) else str(row["token"]).encode() for row in rows
    )


def _any(wanted: tuple[Any, ...]) -> str:
    return " or ".join(map(str, wanted))
