"""What a script and its requests owe each other: acts that nobody asked for, requests that no rule knew."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from retape.errors import ScriptNotFollowed
from retape.handlers.fake.script.acts import Act
from retape.handlers.fake.script.rule import Rule
from retape.handlers.fake.script.script import Script, limit


def unasked(script: Script) -> list[str]:
    """The acts that were scripted and not asked for as often as was said, a line each."""
    return [line for rule in script.rules if not rule.is_optional for line in _of_rule(script.rules, rule)]


def _of_rule(rules: Sequence[Rule], rule: Rule) -> Iterator[str]:
    conditions = ", ".join(map(str, rule.conditions))
    if not rule.acts:
        yield f"{rule.place}: on({conditions}) does nothing: give it an act such as .reply(...)"
    for act in rule.acts:
        missing = _missing(act)
        if missing:
            why = _unable(act) if act.passed else _because(rules, rule)
            yield f"{act.place}: on({conditions}).{act.shown}: {missing}{why}"


def _missing(act: Act) -> str:
    wanted = act.times or 1
    if act.asked >= wanted:
        return "; ".join(f"asked for, but {fails!r} {fails.missing}" for fails in act.fails if fails.missing)
    if act.asked:
        return f"asked for {act.asked} of {wanted} times"
    return "asked for" if act.passed else "never asked for"


def _unable(act: Act) -> str:
    """Which request it was that couldn't be given the act."""
    if act.passed is None:
        return ""
    sent, why = act.passed
    return f"{' and' if act.asked else ' only'} by {sent!r}, which it can't answer: {why}"


def _because(rules: Sequence[Rule], rule: Rule) -> str:
    shadow = shadowing(rules, rule)
    return f" (the rule of {shadow.place} takes its requests, and is never used up)" if shadow else ""


def shadowing(rules: Sequence[Rule], rule: Rule) -> Rule | None:
    """The rule before this one that leaves it nothing: it asks for no more, and is never used up."""
    for before in rules:
        if before is rule:
            return None
        if _endless(before, rule) and all(condition in rule.conditions for condition in before.conditions):
            return before
    return None


def _endless(before: Rule, rule: Rule) -> bool:
    """Whether a rule answers for good whatever the other would answer."""
    if not before.acts or limit(before.acts[-1], last=True) < math.inf:
        return False
    last = before.acts[-1].deed
    return not last.speaks or (all(act.deed.speaks for act in rule.acts) and not last.tools)


def settle(script: Script, failures: Sequence[str] = ()) -> None:
    """Say what is owed.

    Args:
        script: the script.
        failures: faults for all requests that never struck, a line each.

    Raises:
        ScriptNotFollowed: something is.
    """
    acts = [*unasked(script), *failures]
    requests = [f"{sent!r}. {why}" for sent, why in script.unscripted]
    if script.unscripted.more:
        requests.append(f"and {script.unscripted.more} more")
    if acts or requests:
        raise ScriptNotFollowed(acts, requests)
