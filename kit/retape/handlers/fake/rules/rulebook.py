"""The rules that are on, and the first that a request breaks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from retape.errors import UsageError
from retape.handlers.fake.refusal import Refused
from retape.handlers.fake.rules.endpoints import ENDPOINTS
from retape.handlers.fake.rules.parts import features
from retape.handlers.fake.rules.phrases import FAMILIES, Finding, said
from retape.handlers.fake.rules.profiles import PROFILES
from retape.handlers.fake.rules.relation import Endpoint, Relation
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.rules.shapes import Fault, Fields, Fit

_ANYWHERE = Setting()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as documentation has it.

    Args:
        id: its name, for `off=`.
        says: what it refuses, in a sentence.
        source: where that is known from.
    """

    id: str
    says: str
    source: str


def _rules() -> dict[str, Rule]:
    rows = [(each.rule, f"says: {each.sentence}", each.source) for each in FAMILIES.values()]
    rows += [(each.rule, each.says, each.source) for point in ENDPOINTS.values() for each in point.relations]
    found: dict[str, Rule] = {}
    for name, says, source in rows:
        found.setdefault(name, Rule(name, says, source))
    return found


RULES = _rules()
"""Every rule by id."""


@dataclass(frozen=True)
class _Plan:
    """An endpoint's rules as far as they are on, in the order in which they are asked."""

    endpoint: Endpoint
    off: frozenset[str]

    @cached_property
    def fit(self) -> Fit:
        return self.endpoint.shape.fit()

    @cached_property
    def gateway(self) -> tuple[Relation, ...]:
        return tuple(each for each in self._on if each.gateway)

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        return tuple(sorted((each for each in self._on if not each.gateway), key=_turn))

    @property
    def _on(self) -> Iterator[Relation]:
        return (each for each in self.endpoint.relations if each.rule not in self.off)

    @cached_property
    def _fits(self) -> dict[str, Fit]:
        shape = self.endpoint.shape
        return {name: each.fit() for name, each in shape.fields.items()} if isinstance(shape, Fields) else {}

    def findings(self, body: Any, setting: Setting) -> Iterator[Finding]:
        """What is wrong, lazily, in OpenAI's order."""
        if isinstance(body, dict):
            yield from _asked(self.gateway, body, setting)
        if self.fit(body):
            yield from _asked(self.relations, body, setting)
        else:
            yield from self._mixed(body, setting)

    def _mixed(self, body: Any, setting: Setting) -> Iterator[Finding]:
        """Faults and relations, in the alphabetical order of the top-level fields that they are about."""
        left = list(self.relations) if isinstance(body, dict) else []
        for fault in self.endpoint.shape.faults(body):
            place = _place(fault)
            while left and place and _turn(left[0]) < (place, True):
                yield from self._safely(left.pop(0), body, setting)
            finding = said(fault, self.endpoint.wording)
            if finding.rule not in self.off:
                yield finding
        for each in left:
            yield from self._safely(each, body, setting)

    def _safely(self, relation: Relation, body: dict[str, Any], setting: Setting) -> Iterator[Finding]:
        """Ask a rule only when what it looks into is as it expects."""
        own = () if relation.ahead else (relation.field,)
        if all(self._fine(name, body) for name in (*own, *relation.reads)):
            yield from _asked((relation,), body, setting)

    def _fine(self, name: str, body: dict[str, Any]) -> bool:
        return name not in body or (name in self._fits and self._fits[name](body[name]))


def _turn(relation: Relation) -> tuple[str, bool]:
    """When a rule is asked: with its field, before or after the field's own faults; those about none last."""
    return relation.field or "~", not relation.ahead


def _place(fault: Fault) -> str:
    """The top-level field that a fault is about; "" for what is said before all fields."""
    early = fault.family in ("missing_required_parameter", "unknown_parameter") and len(fault.path) == 1
    return "" if early or not fault.path else str(fault.path[0])


def _asked(relations: Iterable[Relation], body: dict[str, Any], setting: Setting) -> Iterator[Finding]:
    seen: frozenset[str] | None = None
    for each in relations:
        if each.field and each.field not in body:
            continue
        if each.only:
            seen = features(body) if seen is None else seen
            if each.only not in seen:
                continue
        refusal = each.find(body, setting)
        if refusal is not None:
            yield Finding(each.rule, refusal)


class Rulebook:
    """Which rules hold.

    Args:
        profile: "openai" for all that OpenAI is known to refuse; "lenient" for what nearly every compatible server
            refuses, too.
        off: ids of rules that don't hold (`RULES`).

    Raises:
        UsageError: a profile or rule that doesn't exist.
    """

    def __init__(self, profile: str = "openai", off: Iterable[str] = ()) -> None:
        off = (off,) if isinstance(off, str) else tuple(off)
        if profile not in PROFILES:
            raise UsageError(_unknown("profile", profile, PROFILES))
        for name in off:
            if name not in RULES:
                raise UsageError(_unknown("rule", name, RULES))
        self.off: frozenset[str] = PROFILES[profile] | frozenset(off)
        self._plans: dict[str, _Plan] = {}

    def holds(self, rule: str) -> bool:
        """Whether a rule is on."""
        return rule not in self.off

    def findings(self, endpoint: str, body: Any, setting: Setting = _ANYWHERE) -> Iterator[Finding]:
        """Everything that is wrong with a request, in the order in which OpenAI would say it, lazily.

        Args:
            endpoint: the operation's id; nothing is wrong with one that has no rules.
            body: the parsed body.
            setting: the circumstances.
        """
        plan = self._plan(endpoint)
        return plan.findings(body, setting) if plan else iter(())

    def check(self, endpoint: str, body: Any, setting: Setting = _ANYWHERE) -> None:
        """Judge a request; the arguments are those of `findings`.

        Raises:
            Refused: OpenAI would refuse it, with the first thing that it would say.
        """
        for finding in self.findings(endpoint, body, setting):
            raise Refused(finding.refusal, finding.rule)

    def _plan(self, endpoint: str) -> _Plan | None:
        plan = self._plans.get(endpoint)
        if plan is None and endpoint in ENDPOINTS:
            plan = self._plans[endpoint] = _Plan(ENDPOINTS[endpoint], self.off)
        return plan


def _unknown(what: str, name: object, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.0)
    return f"there is no {what} {name!r}; the nearest is {near[0]!r}. All of them: {', '.join(names)}"
