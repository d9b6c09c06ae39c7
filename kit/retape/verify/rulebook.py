"""All the rules, and what they find in an exchange."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice

from retape.tape.exchange import Exchange
from retape.verify.evidence import Evidence, Form
from retape.verify.rule import Rule
from retape.verify.violation import Violation

FAMILIES: tuple[str, ...] = ()
"""The modules of `retape.verify.rules`, in the order of their findings."""

_SHOWN = 3
"""Places of one rule in one exchange: a broken stream breaks it at each of a thousand events."""


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Every rule there is."""
    return tuple(rule for name in FAMILIES for rule in import_module(f"retape.verify.rules.{name}").RULES)


@functools.cache
def _rules_for(endpoint: str, form: Form) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules() if rule.applies(endpoint, form))


def violations(exchange: Exchange, *, file: str = "", number: int = 0) -> list[Violation]:
    """What the rules find in an exchange.

    Args:
        exchange: the exchange.
        file: the cassette it came from, for the findings.
        number: its number in there, from 1.
    """
    evidence = Evidence(exchange)
    return [
        Violation(
            rule=rule.id,
            severity=rule.severity,
            where=where,
            message=message,
            source=rule.source,
            file=file,
            exchange=number,
        )
        for rule in _rules_for(evidence.endpoint, evidence.form)
        for where, message in _first(rule.find(evidence))
    ]


def _first(findings: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The first places, and how many more there are."""
    rest = iter(findings)
    yield from islice(rest, _SHOWN)
    more = sum(1 for _ in rest)
    if more:
        yield "and more", f"{more} more of the same"
