"""The words for what a rule does: the table that Python and YAML both read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from retape.errors import UsageError
from retape.handlers.fake.reply import Reply
from retape.handlers.fake.script.deeds import Deed, Fails, Gives, MadeUp, Says, arguments_text, json_of, waits_of
from retape.handlers.fake.script.failing import wrap
from retape.handlers.fake.script.kinds import (
    COUNT,
    DELTAS,
    FIELDS,
    FINISH,
    JSON,
    ROWS,
    SECONDS,
    STATUS,
    TEXT,
    TOOLS_USED,
    TRUE,
    USED,
    Kind,
    nearest,
)

if TYPE_CHECKING:
    from retape.handlers.fake.sent import Sent


CALLING = frozenset({"chat.completions.create", "responses.create"})
"""Endpoints whose answers have places for a tool call, and for a refusal."""

TALKING = CALLING | {"completions.create"}
"""Endpoints that stream a model's words in the deltas in which it says them."""

SPEAKING = TALKING | {"audio.transcriptions.create", "audio.translations.create"}
"""Endpoints that can carry a model's words."""

ANYWHERE = ("json", "fail")
"""Words that need no endpoint of the fake's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A row: one thing that a rule can do.

    Args:
        name: the word.
        does: what it does, for people.
        main: the argument that is given without its name.
        kind: what that takes.
        options: further arguments by name.
        make: arguments by name -> what it does.
        open: whether further names are passed on to what is made, as a fault's arguments are.
        carriers: the endpoints that can be given it; None for all.
    """

    name: str
    does: str
    main: str
    kind: Kind
    options: Mapping[str, Kind] = field(default_factory=dict)
    make: Callable[..., Deed]
    open: bool = False
    carriers: frozenset[str] | None = None

    def taken(self, name: str, value: Any) -> Any:
        """An argument's value as it is kept.

        Raises:
            UsageError: it doesn't take the value.
        """
        kind = self.kind if name == self.main else self.options.get(name)
        try:
            return kind(value) if kind else value
        except UsageError as error:
            raise UsageError(f"{self.name}: {error}") from None
        except ValueError as error:
            raise UsageError(f"{self.name if name == self.main else f'{self.name}: {name}'} {error}") from None


def _said(value: Any) -> Any:
    """What can be said, checked now rather than when a request comes."""
    if isinstance(value, str | Reply) or (callable(value) and not isinstance(value, type)):
        return value
    return json_of(value)


def _also(value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise ValueError(f"takes a list of what the further choices say, not {value!r}")
    return tuple(map(_said, value))


def _calls(value: Any) -> tuple[tuple[str, str], ...]:
    """Calls from `{name: arguments}`, with several names or in a list for several calls at once, or from a name."""
    rows = value if isinstance(value, list | tuple) else [value]
    found: list[tuple[str, str]] = []
    for row in rows:
        calls = {row: None} if isinstance(row, str) else row
        if not isinstance(calls, Mapping) or not calls or not all(isinstance(name, str) and name for name in calls):
            raise ValueError(f"takes a tool's name, or its name: arguments, not {row!r}")
        if calls.keys() == {"name", "arguments"}:
            raise ValueError(f"takes a tool's name as the key; write {calls['name']}: and its arguments")
        for name, arguments in calls.items():
            if not isinstance(arguments, str | Mapping | None):
                raise ValueError(f"takes arguments as a mapping or as text, not {arguments!r}")
            found.append((name, arguments_text(arguments)))
    if not found:
        raise ValueError("takes at least one call")
    return tuple(found)


def _fault(value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"takes a status or a fault's name, not {value!r}")
    return value


SAID = Kind("text, JSON or a function", _said, textual=True)
CALLS = Kind("a tool's name, or its name: arguments", _calls)
FAULT = Kind("a status or a fault's name", _fault)

_FIELDS = {"reasoning": TEXT, "finish": FINISH, "usage": USED, "annotations": ROWS, "tools_used": TOOLS_USED}


def _reply(text: Any, also: tuple[Any, ...] = (), **fields: Any) -> Deed:
    return Says(told=text, also=also, fields=fields)


def _call(tool: tuple[tuple[str, str], ...]) -> Deed:
    return Says(calls=tool)


def _refuse(text: str, **fields: Any) -> Deed:
    return Says(told=Reply(refusal=text), fields=fields)


def _stream(deltas: tuple[str | float, ...], delay: float = 0.0, **fields: Any) -> Deed:
    pieces, waits = waits_of(deltas, delay)
    return Says(told=Reply(text="".join(pieces), pieces=pieces), fields=fields, waits=waits)


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Deed:
    return Gives(body=body, status=status, headers=tuple((headers or {}).items()))


def _fail(fault: int | str, **arguments: Any) -> Deed:
    return Fails(wrap(fault, arguments))


def _made_up(made_up: bool) -> Deed:
    return MadeUp()


_ROWS = (
    Word(
        name="reply",
        does="the model says this",
        main="text",
        kind=SAID,
        options={"also": Kind("a list", _also), **_FIELDS},
        make=_reply,
        carriers=SPEAKING,
    ),
    Word(
        name="call",
        does="the model calls this tool, or these at once",
        main="tool",
        kind=CALLS,
        make=_call,
        carriers=CALLING,
    ),
    Word(
        name="refuse",
        does="the model refuses in these words",
        main="text",
        kind=TEXT,
        options={name: _FIELDS[name] for name in ("reasoning", "finish", "usage")},
        make=_refuse,
        carriers=CALLING,
    ),
    Word(
        name="stream",
        does="the model says this, in these very deltas; numbers are seconds to wait",
        main="deltas",
        kind=DELTAS,
        options={"delay": SECONDS, **_FIELDS},
        make=_stream,
        carriers=TALKING,
    ),
    Word(
        name="json",
        does="this JSON is the answer, whatever the endpoint",
        main="body",
        kind=JSON,
        options={"status": STATUS, "headers": FIELDS},
        make=_json,
    ),
    Word(
        name="fail",
        does="a status with OpenAI's error, or any fault by name with its arguments",
        main="fault",
        kind=FAULT,
        make=_fail,
        open=True,
    ),
    Word(name="made_up", does="the fake answers by itself", main="made_up", kind=TRUE, make=_made_up),
)

WORDS = {row.name: row for row in _ROWS}
"""Word -> what a rule does."""


@dataclass(slots=True)
class Act:
    """A deed as a rule has it.

    Args:
        word: the word it was written with.
        deed: what it does.
        shown: how it was written, for messages.
        place: where, "tests/test_planet.py:12" or "script.yaml:4:7".
        times: how often; None for once, or for the last act for good.
        forever: whether `always` was said.
        faults: what goes wrong with its answer, the innermost first.
        asked: how often a request got it.
        passed: the first request that would have got it and couldn't, and why.
    """

    word: str
    deed: Deed
    shown: str
    place: str
    times: int | None = None
    forever: bool = False
    faults: list[Fails] = field(default_factory=list)
    asked: int = 0
    passed: tuple[Sent, str] | None = None

    @property
    def fails(self) -> tuple[Fails, ...]:
        """All that goes wrong here."""
        return tuple(fails for fails in (self.deed, *self.faults) if isinstance(fails, Fails))

    def reset(self) -> None:
        """Begin anew."""
        self.asked, self.passed = 0, None
        for fails in self.fails:
            fails.reset()


def _times(act: Act, times: int) -> None:
    act.times, act.forever = times, False
    act.shown += ".once()" if times == 1 else f".times({times})"


def _always(act: Act, _: bool = True) -> None:
    act.times, act.forever = None, True
    act.shown += ".always()"


def _and_call(act: Act, tool: tuple[tuple[str, str], ...]) -> None:
    if not isinstance(act.deed, Says):
        raise UsageError(f"and_call follows reply or call, not {act.word}")
    act.deed = replace(act.deed, calls=act.deed.calls + tool)
    act.shown += f".and_call({names(tool)})"


def _and_fail(act: Act, fault: int | str, **arguments: Any) -> None:
    fails = Fails(wrap(fault, arguments))
    act.faults.append(fails)
    act.shown += f".and_{fails!r}"


def names(calls: tuple[tuple[str, str], ...]) -> str:
    """The tools of some calls, for messages."""
    return ", ".join(repr(name) for name, _ in calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """A row: what can be said about the act before.

    Args:
        name: the word.
        does: for people.
        kind: what it takes.
        change: changes the act.
        open: whether it takes a fault's arguments.
        carriers: as a word's.
    """

    name: str
    does: str
    kind: Kind
    change: Callable[..., None]
    open: bool = False
    carriers: frozenset[str] | None = None


_MODIFIERS = (
    Modifier(name="times", does="so often, and then no more", kind=COUNT, change=_times),
    Modifier(name="once", does="a single time", kind=TRUE, change=lambda act, _=True: _times(act, 1)),
    Modifier(name="always", does="for good, in a tool loop, too", kind=TRUE, change=_always),
    Modifier(
        name="and_call",
        does="and calls this tool in the same answer",
        kind=CALLS,
        change=_and_call,
        carriers=CALLING,
    ),
    Modifier(name="and_fail", does="and this goes wrong with that answer", kind=FAULT, change=_and_fail, open=True),
)

MODIFIERS = {row.name: row for row in _MODIFIERS}
"""Word -> what is said about the act before."""

OTHER_WORDS = {
    "respond": "reply", "answer": "reply", "say": "reply", "says": "reply", "return": "reply", "text": "reply",
    "content": "reply", "response": "reply", "tool_call": "call", "tool_calls": "call", "calls": "call",
    "function_call": "call", "refusal": "refuse", "error": "fail", "status": "fail", "fault": "fail",
    "chunks": "stream", "deltas": "stream", "raw": "json", "pass": "made_up", "default": "made_up", "match": "on",
    "then": "acts", "steps": "acts", "do": "acts",
}  # fmt: skip
"""What others call them -> the word."""


@functools.cache
def known_words() -> tuple[str, ...]:
    """All acts and what can be said about them."""
    return (*WORDS, *MODIFIERS)


def meant(word: str, beside: tuple[str, ...] = ()) -> str:
    """A hint at the word that a wrong one stands for."""
    allowed = (*known_words(), *beside)
    if OTHER_WORDS.get(word) in allowed:
        return f"did you mean {OTHER_WORDS[word]!r}?"
    return nearest(word, allowed)
