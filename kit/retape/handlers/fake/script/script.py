"""A fake's script: its rules in order, which of them answers a request, and what became of each act."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retape.handlers.fake.refusal import refused
from retape.handlers.fake.script.acts import Act
from retape.handlers.fake.script.fitting import MODELLED, misfit
from retape.handlers.fake.script.rule import Rule
from retape.tape.counting import Firsts

if TYPE_CHECKING:
    from retape.handlers.fake.sent import Sent

NO_RULE = "no_rule_matched"
"""The code of the error for what a strict script doesn't know."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A rule's act, taken by a request.

    Args:
        rule: the rule.
        act: its act.
    """

    rule: Rule
    act: Act


class Script:
    """Rules; the first that matches and isn't used up answers.

    Args:
        strict: whether what a model makes is an error when no rule matches the request.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.rules: list[Rule] = []
        self.strict = strict
        self.unscripted: Firsts[tuple[Sent, str]] = Firsts()

    def reset(self) -> None:
        """Begin anew."""
        self.unscripted = Firsts()
        for act in self.acts():
            act.reset()

    def acts(self) -> Iterator[Act]:
        """All acts of all rules."""
        return (act for rule in self.rules for act in rule.acts)

    def take(self, sent: Sent) -> Taken | None:
        """The act for a request, counted as asked for; None when the fake answers by itself.

        Args:
            sent: the request.

        Raises:
            Refused: no rule of a strict script matches, and a model would answer.
        """
        for rule in self.rules:
            act = due(rule) if rule.matches(sent) else None
            if act is None:
                continue
            why = _passed(rule, act, sent)
            if not why:
                act.asked += 1
                sent.rule = rule
                return Taken(rule, act)
            act.passed = act.passed or (sent, why)
        if self.strict and (sent.endpoint in MODELLED or not sent.endpoint):
            self._unknown(sent)
        return None

    def put_back(self, taken: Taken) -> None:
        """Undo a `take`: the request turned out to be none that OpenAI would answer."""
        taken.act.asked -= 1

    def _unknown(self, sent: Sent) -> None:
        """Note a request that no rule matches; one to no endpoint then gets OpenAI's own refusal."""
        why = nearest_rule(self.rules, sent)
        self.unscripted.append((sent, why))
        if not sent.endpoint:
            return
        message = f"No rule of the script matches this request ({sent.endpoint}, {sent.text[:80]!r}). {why}"
        raise refused(message, code=NO_RULE, headers=(("x-should-retry", "false"),))


def due(rule: Rule) -> Act | None:
    """The act that comes next; None when all are used up."""
    last = len(rule.acts) - 1
    return next((act for index, act in enumerate(rule.acts) if act.asked < limit(act, last=index == last)), None)


def limit(act: Act, *, last: bool) -> float:
    """How often an act can be asked for."""
    return act.times or (math.inf if last or act.forever else 1)


def _passed(rule: Rule, act: Act, sent: Sent) -> str:
    """Why a rule lets a request pass that it matches; "" when it doesn't."""
    unable = misfit(act.word, sent, rule.conditions)
    if unable:
        return unable
    if _repeats(rule, act) and any(result.tool in act.deed.tools for result in sent.tool_results):
        return "it called this tool already, and here is the result; say .always() to have it called again"
    return ""


def _repeats(rule: Rule, act: Act) -> bool:
    """Whether a call is repeated for good without anybody having said so."""
    said = any(condition.matcher.name in ("result_of", "turn") for condition in rule.conditions)
    return act is rule.acts[-1] and not act.times and not act.forever and not said


def nearest_rule(rules: Iterable[Rule], sent: Sent) -> str:
    """The rule that came nearest to a request, and what kept it from answering, in a sentence."""
    told = sorted(((_distance(rule, sent), index, rule) for index, rule in enumerate(rules)), key=lambda row: row[:2])
    if not told:
        return "The script has no rules."
    rule = told[0][2]
    return f"Nearest: {rule!r} ({rule.place}): {'; '.join(_reasons(rule, sent))}."


def _distance(rule: Rule, sent: Sent) -> float:
    """The share of conditions that don't hold."""
    failed = [condition for condition in rule.conditions if not condition(sent)]
    return len(failed) / len(rule.conditions) if failed else 0.0


def _reasons(rule: Rule, sent: Sent) -> list[str]:
    failed = [
        f"{condition}, but {condition.matcher.seen(sent)}" for condition in rule.conditions if not condition(sent)
    ]
    if failed:
        return failed
    act = due(rule)
    if act is None:
        return ["it is used up" if rule.acts else "it does nothing; give it an act such as .reply(...)"]
    return [_passed(rule, act, sent) or "it matches"]
