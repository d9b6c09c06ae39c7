"""Cases from YAML files: the words of a file, each wrong one with its place and the nearest right one."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from retape.errors import UsageError
from retape.handlers.fake.script.kinds import FLAG, TEXT, Kind, nearest
from retape.handlers.fake.script.nodes import Node
from retape.handlers.fake.script.reading import add_act
from retape.handlers.fake.script.rule import Rule
from retape.handlers.fake.script.yaml import load_nodes
from retape.verify.cases.actions import ACTIONS, ENDPOINTS
from retape.verify.cases.capabilities import CAPABILITIES
from retape.verify.cases.case import Case, Expectation, Turn
from retape.verify.cases.words import OTHER_WORDS, WORDS

Pairs = Mapping[str, tuple[Node, Node]]

PICTURE = "file:"
"""A text that begins so in `ask` stands for a picture beside the case's file, as a data URI."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_TEST = ("test", "about", "endpoint", "needs", "modes", "history", "ask", "cases")
_TURN = ("does", "ask", "key", "expect", "answer", "results")
_CASE = ("about", "needs", "modes", "history", "turns")
_MODES = {"plain": False, "stream": True}
_STREAMING = frozenset(name for name, action in ACTIONS.items() if action.read_stream)
_LATER = frozenset({"same", "same_vectors", "ordered"})
"""Words that look at the turn before."""
_MEDIA = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif"}


def shipped() -> Path:
    """The folder of the shipped cases: in the installed package, or in the checkout that it is installed from."""
    package = Path(__file__).parents[2]
    inside = package / "shipped" / "cases"
    return inside if inside.is_dir() else package.parents[1] / "cases"


def load_cases(folder: Path | None = None) -> tuple[Case, ...]:
    """The cases of a folder, in the order of the files' names.

    Args:
        folder: with `*.yaml` files, each a test; None for the shipped ones.

    Raises:
        UsageError: there is no such folder, or no case in it; a file says what no case can say: `ScriptError`, which
            names file, line, column and the nearest right word.
    """
    place = Path(folder) if folder is not None else shipped()
    if not place.is_dir():
        raise UsageError(f"no folder of cases: {place}")
    files = sorted(file for pattern in ("*.yaml", "*.yml") for file in place.glob(pattern))
    cases: dict[tuple[str, str], Case] = {}
    for file in files:
        for case in read_test(file):
            before = cases.setdefault((case.test, case.case), case)
            if before is not case:
                raise UsageError(f"{case.place}: there is a case {case.test} {case.case} already: {before.place}")
    if not cases:
        raise UsageError(f"no case in {place}: a file of cases is a *.yaml with test, endpoint and cases")
    return tuple(cases.values())


def read_test(file: Path) -> tuple[Case, ...]:
    """The cases of a file.

    Raises:
        ScriptError: see `load_cases`.
    """
    node = load_nodes(file)
    pairs = _known(node, "a test", _TEST)
    for name in ("test", "endpoint", "cases"):
        if name not in pairs:
            node.place.fail(f"a test needs {name}: {', '.join(_TEST)}")
    endpoint = _one_of(pairs["endpoint"][1], "endpoint", tuple(ENDPOINTS))
    test = _Test(file, _named(pairs["test"][1], "test"), endpoint, pairs)
    cases = pairs["cases"][1].pairs("cases")
    if not cases:
        pairs["cases"][0].place.fail("cases is empty: a case is a name with turns, or with ask and expect")
    return tuple(test.case(name, inner) for name, inner in cases.values())


class _Test:
    """A test whose cases are read.

    Args:
        file: the file.
        name: the test.
        endpoint: what it is about.
        pairs: its words.
    """

    def __init__(self, file: Path, name: str, endpoint: str, pairs: Pairs) -> None:
        self._file = file
        self._name = name
        self._endpoint = endpoint
        self._pairs = pairs

    def case(self, name: Node, node: Node) -> Case:
        """One of them.

        Args:
            name: its name.
            node: its words: turns, or those of its only turn.
        """
        single = "turns" not in node.pairs("a case")
        pairs = _known(node, "a case", (*_CASE, *(_TURN if single else ())))
        words = {**self._pairs, **pairs}
        turns = [node] if single else pairs["turns"][1].items("turns")
        if not turns:
            pairs["turns"][0].place.fail("turns is empty")
        read = tuple(self._turn(turn, number, _CASE if single else ()) for number, turn in enumerate(turns))
        return Case(
            test=self._name,
            case=_named(name, "case"),
            endpoint=self._endpoint,
            turns=read,
            needs=_needs(self._pairs) | _needs(pairs),
            modes=_modes(words, any(turn.does in _STREAMING for turn in read)),
            history=bool(_taken(words, "history", FLAG, False)),
            about=_taken(words, "about", TEXT, ""),
            place=f"{name.place.source}:{name.place.line}",
        )

    def _turn(self, node: Node, number: int, beside: Sequence[str]) -> Turn:
        pairs = _known(node, "a turn", (*_TURN, *beside))
        does = _one_of(pairs["does"][1], "does", tuple(ACTIONS)) if "does" in pairs else ENDPOINTS[self._endpoint]
        shared = self._ask(self._pairs) if not number and does == ENDPOINTS[self._endpoint] else {}
        return Turn(
            does=does,
            ask={**shared, **self._ask(pairs)},
            expect=_expectations(pairs["expect"][1], number) if "expect" in pairs else (),
            results=_results(pairs["results"][1]) if "results" in pairs else {},
            key=_taken(pairs, "key", TEXT, ""),
            answer=_answer(pairs["answer"][1]) if "answer" in pairs else None,
            place=node.place,
        )

    def _ask(self, pairs: Pairs) -> dict[str, Any]:
        if "ask" not in pairs:
            return {}
        node = pairs["ask"][1]
        return {name: self._filled(value) for name, (_, value) in node.pairs("ask (the arguments)").items()}

    def _filled(self, node: Node) -> Any:
        """A value with its pictures in it."""
        if node.kind == "list":
            return [self._filled(item) for item in node.value]
        if node.kind == "mapping":
            return {key.text: self._filled(value) for key, value in node.value}
        if isinstance(node.value, str) and node.value.startswith(PICTURE):
            return self._picture(node)
        return node.value

    def _picture(self, node: Node) -> str:
        path = self._file.parent / node.value.removeprefix(PICTURE)
        kind = _MEDIA.get(path.suffix.lower())
        if kind is None:
            node.place.fail(f"{node.value!r} is no picture: {nearest(path.suffix, tuple(_MEDIA))}")
        try:
            data = path.read_bytes()
        except OSError as error:
            beside = [one.name for one in path.parent.glob("*")] if path.parent.is_dir() else []
            node.place.fail(f"the picture {node.value!r} can't be read: {error.strerror}; {nearest(path.name, beside)}")
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _known(node: Node, what: str, words: Sequence[str]) -> Pairs:
    """A mapping of nothing but these words."""
    pairs = node.pairs(what)
    for key, _ in pairs.values():
        if key.text not in words:
            key.place.fail(f"no word {key.text!r} in {what}: {nearest(key.text, words)}")
    return pairs


def _named(node: Node, what: str) -> str:
    if not _NAME.match(node.text):
        node.place.fail(f"{what} is a name of letters, digits, - and _, not {node.text!r}")
    return node.text


def _one_of(node: Node, what: str, known: Sequence[str]) -> str:
    if node.kind != "scalar" or node.text not in known:
        node.place.fail(f"no {what} {node.text!r}: {nearest(node.text, known)}")
    return node.text


def _taken(pairs: Pairs, name: str, kind: Kind, absent: Any) -> Any:
    if name not in pairs:
        return absent
    node = pairs[name][1]
    try:
        return kind(node.plain(textual=kind.textual))
    except ValueError as error:
        node.place.fail(f"{name} {error}")


def _needs(pairs: Pairs) -> frozenset[str]:
    rows = pairs["needs"][1].items("needs") if "needs" in pairs else []
    return frozenset(_one_of(row, "capability", tuple(CAPABILITIES)) for row in rows)


def _modes(pairs: Pairs, streams: bool) -> tuple[bool, ...]:
    if "modes" not in pairs:
        return (False, True) if streams else (False,)
    rows = pairs["modes"][1].items("modes")
    if not rows:
        pairs["modes"][0].place.fail(f"modes is empty: {', '.join(_MODES)}")
    return tuple(sorted({_MODES[_one_of(row, "mode", tuple(_MODES))] for row in rows}))


def _expectations(node: Node, number: int) -> tuple[Expectation, ...]:
    return tuple(_expectation(key, value, number) for key, value in node.pairs("expect").values())


def _expectation(key: Node, value: Node, number: int) -> Expectation:
    row = WORDS.get(key.text)
    if row is None:
        hint = OTHER_WORDS.get(key.text)
        key.place.fail(
            f"no word {key.text!r} in expect: {f'did you mean {hint!r}?' if hint else nearest(key.text, tuple(WORDS))}"
        )
    if key.text in _LATER and not number:
        key.place.fail(f"{key.text} looks at the turn before, and this is the first")
    try:
        wanted = row.takes(value.plain(textual=row.takes.textual))
    except ValueError as error:
        value.place.fail(f"{key.text} {error}")
    return Expectation(word=key.text, wanted=wanted, place=key.place)


def _results(node: Node) -> dict[str, str]:
    found = {}
    for name, (key, value) in node.pairs("results (a text for each tool)").items():
        if value.kind != "scalar" or value.value is None:
            key.place.fail(f"the result of {name!r} is text, which is JSON maybe")
        found[name] = value.text
    return found


def _answer(node: Node) -> Node:
    """What the fake says, checked."""
    add_act(Rule((), place=str(node.place)), node)
    return node
