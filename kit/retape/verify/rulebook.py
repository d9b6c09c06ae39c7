"""All the rules, and what they find in an exchange."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from retape.tape.exchange import Exchange
from retape.verify.evidence import Evidence, Form, Memory
from retape.verify.rule import Rule, Table
from retape.verify.violation import Violation

FAMILIES: tuple[str, ...] = (
    "http",
    "sse",
    "errors",
    "chat",
    "chat_stream",
    "chat_order",
    "chat_usage",
    "chat_tools",
    "chat_tool_deltas",
    "chat_logprobs",
    "chat_asked",
    "chat_text",
    "chat_again",
    "chat_format",
    "chat_refused",
    "chat_stored",
    "responses",
    "responses_fields",
    "responses_usage",
    "responses_items",
    "responses_asked",
    "responses_refused",
    "responses_stream",
    "responses_items_streamed",
    "responses_state",
    "embeddings",
    "models",
    "completions",
    "moderations",
)
"""The modules of `retape.verify.rules`, in the order of their findings."""

_SHOWN = 3
"""Places of one rule in one exchange: a broken stream breaks it at each of a thousand events."""


@functools.cache
def tables() -> tuple[Table, ...]:
    """Every family's table."""
    return tuple(import_module(f"retape.verify.rules.{name}").RULES for name in FAMILIES)


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Every rule there is."""
    return tuple(rule for table in tables() for rule in table)


@functools.cache
def _rules_for(endpoint: str, form: Form) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules() if rule.applies(endpoint, form))


@functools.cache
def _recalls_for(endpoint: str, form: Form) -> tuple[Callable[[Evidence], Any], ...]:
    return tuple(recall for table in tables() for recall in table.recalls(endpoint, form))


def violations(exchanges: Exchange | Iterable[Exchange], *, file: str = "") -> Iterator[Violation]:
    """What the rules find.

    Args:
        exchanges: an exchange that stands alone, or those of one cassette in order: they are compared with each other.
        file: the cassette they came from, for the findings.
    """
    if isinstance(exchanges, Exchange):
        yield from _found(Evidence(exchanges), file, 0)
        return
    memory = Memory()
    for number, exchange in enumerate(exchanges, 1):
        evidence = Evidence(exchange, memory)
        yield from _found(evidence, file, number)
        memory.keep(evidence, number, _recalls_for(evidence.endpoint, evidence.form))


def _found(evidence: Evidence, file: str, number: int) -> Iterator[Violation]:
    for rule in _rules_for(evidence.endpoint, evidence.form):
        places = 0
        for where, message in rule.find(evidence):
            places += 1
            if places <= _SHOWN:
                yield _violation(rule, where, message, file, number)
        if places > _SHOWN:
            yield _violation(rule, "and more", f"{places - _SHOWN} more of the same", file, number)


def _violation(rule: Rule, where: str, message: str, file: str, number: int) -> Violation:
    return Violation(
        rule=rule.id,
        severity=rule.severity,
        where=where,
        message=message,
        source=rule.source,
        file=file,
        exchange=number,
    )
