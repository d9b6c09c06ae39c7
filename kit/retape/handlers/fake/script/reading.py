"""Rules from what was written: the same words as in Python, each wrong one with its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from retape.errors import ScriptError, UsageError
from retape.handlers.fake.script import matchers
from retape.handlers.fake.script.acts import MODIFIERS, SAID, WORDS, Word, meant
from retape.handlers.fake.script.failing import argument, known, nearest_word, right_form, wrap
from retape.handlers.fake.script.fitting import unfit
from retape.handlers.fake.script.kinds import FLAG, Kind, nearest
from retape.handlers.fake.script.ledger import shadowing
from retape.handlers.fake.script.nodes import Node, Place, of_value
from retape.handlers.fake.script.rule import Rule

Made = TypeVar("Made")
Pair = tuple[Node, Node]
"""A key and its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A script that was read.

    Args:
        strict: whether it says `strict: true`; None when it says nothing.
        rules: its rules.
        failures: faults for every request, (fault, arguments, place), in order.
        place: where it stands.
    """

    strict: bool | None = None
    rules: tuple[Rule, ...] = ()
    failures: tuple[tuple[int | str, Mapping[str, Any], str], ...] = ()
    place: Place = field(default_factory=lambda: Place("script"))


def read_value(value: Any, operations: Collection[str] = ()) -> Written:
    """A script from a Python mapping, or from a list of rules.

    Raises:
        ScriptError: it says what no script can say.
    """
    return read(of_value(value, Place("script")), operations)


def read(node: Node, operations: Collection[str] = ()) -> Written:
    """A script from its nodes.

    Args:
        node: the whole: a mapping with `rules`, or a list of rules.
        operations: the endpoints there are; none checks no endpoint.

    Raises:
        ScriptError: it says what no script can say.
    """
    if node.is_null:
        return Written(place=node.place)
    if node.kind == "list":
        return Written(rules=_rules(node, operations), place=node.place)
    pairs = node.pairs("a script")
    for key, _ in pairs.values():
        if key.text not in ("strict", "rules", "fail"):
            key.place.fail(f"no word {key.text!r} here: {nearest(key.text, ('strict', 'rules', 'fail'))}")
    return Written(
        strict=_taken(pairs["strict"], FLAG) if "strict" in pairs else None,
        rules=_rules(pairs["rules"][1], operations) if "rules" in pairs else (),
        failures=_failures(pairs["fail"]) if "fail" in pairs else (),
        place=node.place,
    )


def _rules(node: Node, operations: Collection[str]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    for item in node.items("rules") if not node.is_null else ():
        rule = _rule(item, operations)
        rules.append(rule)
        before = shadowing(rules, rule)
        if before:
            item.place.fail(
                f"this rule is never reached: the rule of {before.place} matches all that it does and is never used "
                "up; put this one first, or say times: there"
            )
    return tuple(rules)


_RULE = ("on", "acts", "optional")


def _rule(node: Node, operations: Collection[str]) -> Rule:
    pairs = node.pairs("a rule")
    on = pairs["on"][1] if "on" in pairs else None
    asked = on.pairs("on (such as {contains: planet})").values() if on and not on.is_null else ()
    conditions = tuple(_condition(pair, operations) for pair in asked)
    rule = Rule(conditions, place=str(node.place))
    if "optional" in pairs and _taken(pairs["optional"], FLAG):
        rule.optional()
    rest = {word: pair for word, pair in pairs.items() if word not in _RULE}
    if "acts" not in pairs:
        _act(rule, rest, node.place, _RULE)
        return rule
    if rest:
        key = next(iter(rest.values()))[0]
        key.place.fail(f"{key.text!r} stands beside acts; write it as one of the acts")
    acts = pairs["acts"][1].items("acts")
    if not acts:
        pairs["acts"][0].place.fail("acts is empty: a rule needs something to do, such as reply")
    for act in acts:
        _act(rule, act.pairs("an act"), act.place, ())
    return rule


def add_act(rule: Rule, node: Node) -> None:
    """Have a rule do what is written.

    Args:
        rule: the rule.
        node: an act: a word of `WORDS` with its arguments.

    Raises:
        ScriptError: it says what no script can say.
    """
    _act(rule, node.pairs("an answer (such as {reply: Earth})"), node.place, ())


def _condition(pair: Pair, operations: Collection[str]) -> matchers.Condition:
    key, value = pair
    row = matchers.MATCHERS.get(key.text)
    if row is None:
        key.place.fail(f"no matcher {key.text!r}: {matchers.meant(key.text)}")
    if not row.written and not callable(value.value):
        key.place.fail(f"{key.text} takes a function, which only Python can give: fake.on({key.text}=...)")
    plain = value.plain(textual=row.kind.textual)
    _checked(value, lambda: matchers.condition(key.text, plain, operations))
    return matchers.condition(key.text, plain, operations)


def _act(rule: Rule, pairs: Mapping[str, Pair], place: Place, beside: tuple[str, ...]) -> None:
    found = [word for word in pairs if word in WORDS]
    word = WORDS[found[0]] if found else None
    if len(found) > 1 and not (word and _is_option(word, found[1])):
        pairs[found[1]][0].place.fail(
            f"{found[0]} and {found[1]} in one act; write a list of acts: one after the other"
        )
    for name, (key, _) in pairs.items():
        if name not in WORDS and name not in MODIFIERS and not (word and _is_option(word, name)):
            key.place.fail(f"no word {name!r} here: {_meant(word, name, beside)}")
    if word is None:
        place.fail(f"nothing to do: say one of {', '.join(WORDS)}")
    _fits(rule, pairs[word.name][0])
    given, times = _arguments(word, pairs)
    nodes = [value for _, value in pairs.values()]
    _at(_culprit(word, pairs), lambda: rule.add(word.name, given, place=str(pairs[word.name][0].place)), nodes)
    for name, pair in pairs.items():
        if name in MODIFIERS:
            _modify(rule, name, pair)
    if times is not None:
        _at(times.place, lambda: rule.modify("times", times.value))


def _is_option(word: Word, name: str) -> bool:
    return name in word.options or (word.open and name not in MODIFIERS and name not in WORDS)


def _meant(word: Word | None, name: str, beside: tuple[str, ...]) -> str:
    return meant(name, (*(word.options if word else ()), *beside))


def _arguments(word: Word, pairs: Mapping[str, Pair]) -> tuple[dict[str, Any], Node | None]:
    """A word's arguments, and the node of `times` where a fault's arguments have it."""
    key, main = pairs[word.name]
    if word.open:
        options = {name: pair for name, pair in pairs.items() if _is_option(word, name)}
        fault, inner = _fault(key, main)
        return _faulty(word.main, fault, {**inner, **options})
    kinds = {**word.options, word.name: word.kind}
    given = {}
    for name in [word.name, *(name for name in pairs if name in word.options)]:
        argument_name = word.main if name == word.name else name
        value = _value(pairs[name], kinds[name])
        _checked(pairs[name][1], lambda n=argument_name, v=value: word.taken(n, v))  # type: ignore[misc]
        given[argument_name] = value
    return given, None


def _fault(key: Node, node: Node) -> tuple[Node, dict[str, Pair]]:
    """The fault of `429`, `cut`, `{status: 429, ...}` or `{fault: cut, ...}`, and its arguments."""
    if node.kind != "mapping":
        return node, {}
    pairs = node.pairs("fail")
    named = [name for name in pairs if name in ("status", "fault")]
    if len(named) > 1:
        pairs[named[1]][0].place.fail(f"{named[0]} and {named[1]} in one {key.text}; say one of them")
    if not named:
        _unnamed(key, pairs)
    return pairs.pop(named[0])[1], pairs


def _unnamed(key: Node, pairs: Mapping[str, Pair]) -> NoReturn:
    """Say what is wrong with a fault that isn't named, at the word that stands in the name's place."""
    for name, (word, value) in pairs.items():
        inner = {inside.text: str(told.text) for inside, told in value.value} if value.kind == "mapping" else {}
        form = right_form(name, inner)
        if form:
            word.place.fail(f"no word {name!r} here: write {key.text}: {form}")
    for name, (word, _) in pairs.items():
        hint = nearest_word(name)
        if hint:
            word.place.fail(f"no word {name!r} here: {hint}")
    key.place.fail(f"{key.text} needs one of status: 429 and fault: cut")


def _faulty(main: str, fault: Node, pairs: Mapping[str, Pair]) -> tuple[dict[str, Any], Node | None]:
    given: dict[str, Any] = {main: _at(fault.place, lambda: _known(fault.plain()))}
    times = None
    for name, (key, value) in pairs.items():
        if name == "times":
            times = value
            continue
        _at(key.place, lambda name=name: argument(given[main], name))  # type: ignore[misc]
        given[name] = value.plain()
    return given, times


def _known(fault: Any) -> int | str:
    checked: int | str = WORDS["fail"].taken("fault", fault)
    known(checked)
    return checked


def _culprit(word: Word, pairs: Mapping[str, Pair]) -> Place:
    """Where an act's problem is, as far as that is known before it is made."""
    key, value = pairs[word.name]
    return value.place if value.kind == "scalar" or not word.open else key.place


def _fits(rule: Rule, key: Node) -> None:
    why = unfit(rule.conditions, key.text)
    if why:
        key.place.fail(why)


def _modify(rule: Rule, name: str, pair: Pair) -> None:
    key, value = pair
    _fits(rule, key)
    if not MODIFIERS[name].open:
        plain = _value(pair, MODIFIERS[name].kind)
        _at(value.place, lambda: rule.modify(name, plain))
        return
    fault, inner = _fault(key, value)
    given, times = _faulty("fault", fault, inner)
    if times is not None:
        given["times"] = times.plain()
    _at(key.place, lambda: rule.modify(name, given.pop("fault"), given), [value])


def _value(pair: Pair, kind: Kind) -> Any:
    """A value as its kind wants to see it; what has structure is JSON to `reply`."""
    node = pair[1]
    if kind is SAID and node.kind == "mapping":
        _no_options(node)
    textual = kind.textual and (kind is not SAID or node.kind == "scalar")
    return node.plain(textual=textual)


def _no_options(node: Node) -> None:
    """What looks like a reply's options is most likely meant as them, and JSON that really says it has another way."""
    inside = {key.text: key for key, _ in node.value}
    if "text" in inside and len(inside) > 1 and inside.keys() <= {"text", *WORDS["reply"].options}:
        option = next(key for name, key in inside.items() if name != "text")
        option.place.fail(
            f"{option.text} stands beside reply, not in it; what a model shall say as JSON can be written as text"
        )


def _taken(pair: Pair, kind: Kind) -> Any:
    key, node = pair
    try:
        return kind(node.plain(textual=kind.textual))
    except ValueError as error:
        node.place.fail(f"{key.text} {error}")


def _failures(pair: Pair) -> tuple[tuple[int | str, Mapping[str, Any], str], ...]:
    key, node = pair
    found = []
    for item in node.value if node.kind == "list" else [node]:
        fault, inner = _fault(key, item)
        given, times = _faulty("fault", fault, inner)
        if times is not None:
            given["times"] = times.plain()
        which = given.pop("fault")
        _at(fault.place, lambda which=which, given=given: wrap(which, given), [item])  # type: ignore[misc]
        found.append((which, given, str(key.place)))
    return tuple(found)


def _checked(node: Node, take: Callable[[], Any]) -> None:
    """Check a value; the problem's place is that of the part that it names."""
    try:
        take()
    except UsageError as error:
        (_part(node, str(error)) or node).place.fail(str(error))


def _part(node: Node, problem: str) -> Node | None:
    """The part of a value that a problem names, the innermost."""
    inner = (
        node.value
        if node.kind == "list"
        else [one for pair in node.value for one in pair]
        if node.kind == "mapping"
        else []
    )
    for part in inner:
        found = _part(part, problem)
        if found:
            return found
    return node if node.kind == "scalar" and node.text and repr(node.text) in problem else None


def _at(place: Place, make: Callable[[], Made], nodes: Iterable[Node] = ()) -> Made:
    """What is made, with a place for what is wrong with it: that of the part of `nodes` that is named, or `place`."""
    try:
        return make()
    except ScriptError:
        raise
    except UsageError as error:
        part = next(filter(None, (_part(node, str(error)) for node in nodes)), None)
        (part.place if part else place).fail(str(error))
