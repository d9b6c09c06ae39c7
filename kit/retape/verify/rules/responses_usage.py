"""What a response says that it cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.evidence import Evidence
from retape.verify.responses_answer import result, snapshots
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_count, members, shown

RULES = Table("responses response response-cancel", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/responses/object#responses/object-usage"

_COUNTS = ("input_tokens", "output_tokens", "total_tokens")
_DETAILS = (
    ("input_tokens", "input_tokens_details", "cached_tokens"),
    ("output_tokens", "output_tokens_details", "reasoning_tokens"),
)
"""(total, details, part of the total)."""


def _usage(evidence: Evidence) -> tuple[str, dict[str, Any]]:
    """Where the usage is, and the usage; an empty one when there is none."""
    done = result(evidence)
    return (at(done.where, "usage"), members(done.body.get("usage"))) if done else ("", {})


def _told(evidence: Evidence) -> bool:
    """Whether there is a usage at all, if only an empty one."""
    done = result(evidence)
    return done is not None and isinstance(done.body.get("usage"), dict)


@RULES.rule("responses-usage", "must", "A completed or incomplete response says its usage.", source=REFERENCE)
def _present(evidence: Evidence) -> Iterator[Finding]:
    done = result(evidence)
    if done and done.body.get("status") in ("completed", "incomplete"):
        value = done.body.get("usage", MISSING)
        if not isinstance(value, dict):
            yield at(done.where, "usage"), f"is {shown(value)} although the response is {done.body['status']}"


@RULES.rule("responses-usage-counts", "must", "Tokens are counted in integers from 0 on.", source=REFERENCE)
def _counts(evidence: Evidence) -> Iterator[Finding]:
    where, usage = _usage(evidence)
    for name in _COUNTS if _told(evidence) else ():
        if not is_count(usage.get(name)):
            yield at(where, name), f"is {shown(usage.get(name, MISSING))}, not a count"


@RULES.rule("responses-usage-sum", "must", "total_tokens is input_tokens and output_tokens.", source=REFERENCE)
def _sum(evidence: Evidence) -> Iterator[Finding]:
    where, usage = _usage(evidence)
    counts = [usage.get(name) for name in _COUNTS]
    asked, answered, total = counts
    if is_count(asked) and is_count(answered) and is_count(total) and asked + answered != total:
        yield at(where, "total_tokens"), f"is {total}, not {asked} + {answered}"


@RULES.rule(
    "responses-usage-details",
    "must",
    "The usage has input_tokens_details.cached_tokens and output_tokens_details.reasoning_tokens, both counts.",
    source="openai-python: types/responses/response_usage.py; ollama/ollama#13736",
)
def _details(evidence: Evidence) -> Iterator[Finding]:
    where, usage = _usage(evidence)
    for _, details, part in _DETAILS if _told(evidence) else ():
        found = usage.get(details, MISSING)
        if not isinstance(found, dict):
            yield at(where, details), f"is {shown(found)}, not an object with {part}"
        elif not is_count(found.get(part)):
            yield at(where, details, part), f"is {shown(found.get(part, MISSING))}, not a count"


@RULES.rule(
    "responses-usage-parts",
    "should",
    "Cached tokens are some of the input's, reasoning tokens some of the output's.",
    source=REFERENCE,
)
def _parts(evidence: Evidence) -> Iterator[Finding]:
    where, usage = _usage(evidence)
    for total, details, part in _DETAILS:
        some, whole = members(usage.get(details)).get(part), usage.get(total)
        if is_count(some) and is_count(whole) and some > whole:
            yield at(where, details, part), f"is {some}, more than all {whole} {total}"


@RULES.rule(
    "responses-usage-limit",
    "should",
    "A response that used more than max_output_tokens isn't complete.",
    source="https://platform.openai.com/docs/api-reference/responses/create#responses-create-max_output_tokens",
)
def _limit(evidence: Evidence) -> Iterator[Finding]:
    where, usage = _usage(evidence)
    limit, used = evidence.asked.get("max_output_tokens"), usage.get("output_tokens")
    if is_count(limit) and is_count(used) and used > limit:
        yield at(where, "output_tokens"), f"is {used}, and the request allowed {limit}"


@RULES.rule(
    "responses-usage-early",
    "should",
    "Nothing is counted before the response has ended.",
    source="https://platform.openai.com/docs/api-reference/responses-streaming/response/created",
)
def _early(evidence: Evidence) -> Iterator[Finding]:
    for snapshot in snapshots(evidence):
        if snapshot.event in ("response.created", "response.queued") and members(snapshot.body.get("usage")):
            yield at(snapshot.where, "usage"), "is counted before anything was said"


@RULES.rule(
    "responses-reasoning-none",
    "should",
    'With reasoning.effort "none" a model doesn\'t reason.',
    source="https://platform.openai.com/docs/api-reference/responses/create#responses-create-reasoning",
)
def _no_reasoning(evidence: Evidence) -> Iterator[Finding]:
    done = result(evidence)
    if done is None or members(evidence.asked.get("reasoning")).get("effort") != "none":
        return
    where, usage = _usage(evidence)
    tokens = members(usage.get("output_tokens_details")).get("reasoning_tokens")
    if is_count(tokens) and tokens:
        yield at(where, "output_tokens_details", "reasoning_tokens"), f'is {tokens} although the effort is "none"'
    if any(members(item).get("type") == "reasoning" for item in elements(done.body.get("output"))):
        yield at(done.where, "output"), 'has a reasoning item although the effort is "none"'
