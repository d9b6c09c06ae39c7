"""A rule: which requests it is for, and what it does with them, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from retape.errors import ScriptError, UsageError
from retape.handlers.fake.reply import Reply
from retape.handlers.fake.script.acts import MODIFIERS, WORDS, Act, names
from retape.handlers.fake.script.fitting import unfit
from retape.handlers.fake.script.kinds import FinishReason
from retape.handlers.fake.script.matchers import Condition
from retape.handlers.fake.script.place import caller

if TYPE_CHECKING:
    from retape.handlers.fake.sent import Sent

Said = Any
"""What a model says: text, a `Reply`, whatever JSON can say, a pydantic model or dataclass."""

_UNSET: Any = object()


class Rule:
    """What a fake says to some requests: made by `Fake.on`, or read from a file.

    Each request takes the next act; the last one is repeated for good unless `times` or `once` was said.  A rule that
    is used up leaves its requests to the rules after it, and in the end to the fake itself.  A rule passes over
    requests that can't carry its act: an embedding has no use for words.  Where the fake has no endpoint, a rule that
    names the `path` answers with `json` or `fail`.

    A tool call that is repeated for good answers no request that brings that tool's result: a tool loop comes to its
    end.  `always`, `times`, `result_of=` and `turn=` say otherwise.

    Attributes:
        conditions: all that a request has to fulfil.
        acts: what it does, in order.
        place: where it was written.
        is_optional: whether it is fine that nobody asks for it.
    """

    def __init__(
        self, conditions: tuple[Condition, ...], *, place: str = "", lock: threading.RLock | None = None
    ) -> None:
        self.conditions = conditions
        self.acts: list[Act] = []
        self.place = place or caller()
        self.is_optional = False
        self._lock = lock or threading.RLock()
        self._tests = tuple((condition.matcher.matches, condition.value) for condition in conditions)

    def __repr__(self) -> str:
        return f"on({', '.join(map(str, self.conditions))})" + "".join(f".{act.shown}" for act in self.acts)

    @property
    def asked(self) -> int:
        """How many requests it answered."""
        return sum(act.asked for act in self.acts)

    def reply(
        self,
        text: Said | Callable[[Sent], Said],
        *,
        also: Iterable[Said] = _UNSET,
        reasoning: str = _UNSET,
        finish: FinishReason = _UNSET,
        usage: Mapping[str, int] = _UNSET,
        annotations: Iterable[Mapping[str, Any]] = _UNSET,
        tools_used: str | Iterable[str | Mapping[str, Any]] = _UNSET,
    ) -> Rule:
        """The model says this.

        Args:
            text: text; a `Reply`; a JSON value, a pydantic model or a dataclass, which are said as JSON; or a function
                of the request (a `Sent`) that gives one of these.  It is cut to `max_tokens`, `stop` and the like.
            also: what the second, third, ... of several choices say (`n=3`); without it all say the same.
            reasoning: the summary of the reasoning before it.
            finish: the finish reason.
            usage: token counts in the place of the counted ones: `{"completion_tokens": 7}`.
            annotations: citations, as the API writes them.
            tools_used: built-in tools that were used on the way, in responses: `"web_search"`, or with fields of the
                output item `{"web_search": {"status": "completed"}}`, or several of these.

        Raises:
            UsageError: a value that can't be said.
        """
        options = {"also": _listed(also), "reasoning": reasoning, "finish": finish, "usage": usage}
        rows = {"annotations": _listed(annotations), "tools_used": tools_used}
        return self._do("reply", text, options | rows)

    def call(self, name: str, arguments: Mapping[str, Any] | str | None = None, /, **named: Any) -> Rule:
        """The model calls a tool: `call("get_weather", location="Paris")`.

        Args:
            name: the tool's name.
            arguments: a mapping, or text as it is: broken JSON, a custom tool's input.
            named: the arguments by name, instead.
        """
        return self._do("call", {name: _either(name, arguments, named)}, {})

    def and_call(self, name: str, arguments: Mapping[str, Any] | str | None = None, /, **named: Any) -> Rule:
        """The act before calls this tool, too, in the same answer; arguments as in `call`."""
        return self._add("and_call", {name: _either(name, arguments, named)})

    def refuse(
        self,
        text: str = "I'm sorry, but I can't help with that.",
        *,
        reasoning: str = _UNSET,
        finish: FinishReason = _UNSET,
        usage: Mapping[str, int] = _UNSET,
    ) -> Rule:
        """The model refuses: `message.refusal`, in responses a refusal part.

        Args:
            text: its words.
            reasoning: as in `reply`.
            finish: "content_filter" where the filter stopped it.
            usage: as in `reply`.
        """
        return self._do("refuse", text, {"reasoning": reasoning, "finish": finish, "usage": usage})

    def stream(
        self,
        *deltas: str | float,
        delay: float = _UNSET,
        reasoning: str = _UNSET,
        finish: FinishReason = _UNSET,
        usage: Mapping[str, int] = _UNSET,
        annotations: Iterable[Mapping[str, Any]] = _UNSET,
        tools_used: str | Iterable[str | Mapping[str, Any]] = _UNSET,
    ) -> Rule:
        """The model says this, in these very deltas: `stream("Ear", 0.5, "th")`.

        Args:
            deltas: the text's pieces; a number is so many seconds of silence before the next one, really waited for.
                One that asks for no stream waits for all of them, and then gets the whole.
            delay: seconds between any two deltas.
            reasoning: this and the others as in `reply`.
            finish: see there.
            usage: see there.
            annotations: see there.
            tools_used: see there.
        """
        options = {"delay": delay, "reasoning": reasoning, "finish": finish, "usage": usage}
        rows = {"annotations": _listed(annotations), "tools_used": tools_used}
        return self._do("stream", list(deltas), options | rows)

    def json(self, body: Any, *, status: int = _UNSET, headers: Mapping[str, str] = _UNSET) -> Rule:
        """This JSON is the answer, whatever the endpoint makes of it; with `path=` in the rule on any path and method.

        Args:
            body: the value.
            status: the HTTP status, 200 to 599.
            headers: further header fields.
        """
        return self._do("json", body, {"status": status, "headers": headers})

    def fail(self, fault: int | str, /, **arguments: Any) -> Rule:
        """Something goes wrong: `fail(429, retry_after=1, times=2)`, `fail("cut", after=3)`.

        Args:
            fault: a status, with OpenAI's error for it, or the name of a fault (`retape.faults`).
            arguments: the fault's; `times`, after which the rule goes on; and for an error `message`, `type`, `param`
                and `code` in the place of OpenAI's.
        """
        times = arguments.pop("times", None)
        self._do("fail", fault, arguments)
        return self if times is None else self.times(times)

    def and_fail(self, fault: int | str, /, **arguments: Any) -> Rule:
        """Something goes wrong with the answer of the act before: `reply("Earth").and_fail("cut", after=2)`."""
        return self._add("and_fail", fault, arguments)

    def made_up(self) -> Rule:
        """The fake answers by itself."""
        return self._do("made_up", True, {})

    def times(self, number: int) -> Rule:
        """The act before is for so many requests, and then no more."""
        return self._add("times", number)

    def once(self) -> Rule:
        """The act before is for a single request."""
        return self._add("once", True)

    def always(self) -> Rule:
        """The act before is for all requests that follow, also those that bring the result of the tool it calls."""
        return self._add("always", True)

    def optional(self) -> Rule:
        """It is fine if nobody asks for this rule."""
        self.is_optional = True
        return self

    def matches(self, sent: Sent) -> bool:
        """Whether a request fulfils all conditions."""
        for matches, value in self._tests:  # noqa: SIM110 - a loop takes half the time: each request asks each rule
            if not matches(value, sent):
                return False
        return True

    def add(self, word: str, given: Mapping[str, Any], *, place: str) -> None:
        """Add an act.

        Args:
            word: a row of `WORDS`.
            given: its arguments by name, the main one included.
            place: where it was written.

        Raises:
            ScriptError: the endpoint of the rule can't be given it.
            UsageError: an argument that the word doesn't take.
        """
        row = WORDS[word]
        self._fits(word, place)
        taken = {name: row.taken(name, value) for name, value in given.items()}
        deed = row.make(**taken)
        if self.acts and self.acts[-1].forever:
            raise UsageError(f"{word} comes after always(), so it would never be reached")
        shown = names(taken["tool"]) if word == "call" else _shown(given[row.main])
        rest = "".join(f", {name}={value!r}" for name, value in given.items() if name != row.main)
        with self._lock:
            self.acts.append(Act(word=word, deed=deed, shown=f"{word}({shown}{rest})", place=place))

    def modify(self, word: str, value: Any, arguments: Mapping[str, Any] | None = None) -> None:
        """Say something about the last act.

        Args:
            word: a row of `MODIFIERS`.
            value: what it takes.
            arguments: a fault's.

        Raises:
            ScriptError: the endpoint of the rule can't be given it.
            UsageError: there is no act yet, or a value that the word doesn't take.
        """
        row = MODIFIERS[word]
        if not self.acts:
            raise UsageError(f"{word} follows an act, such as reply")
        self._fits(word, self.acts[-1].place)
        try:
            taken = row.kind(value)
        except UsageError as error:
            raise UsageError(f"{word}: {error}") from None
        except ValueError as error:
            raise UsageError(f"{word} {error}") from None
        with self._lock:
            row.change(self.acts[-1], taken, **(arguments or {}))

    def _fits(self, word: str, place: str) -> None:
        why = unfit(self.conditions, word)
        if why:
            raise ScriptError(place, why)

    def _do(self, word: str, value: Any, options: Mapping[str, Any]) -> Rule:
        given = {WORDS[word].main: value} | {name: option for name, option in options.items() if option is not _UNSET}
        self.add(word, given, place=caller())
        return self

    def _add(self, word: str, value: Any, arguments: Mapping[str, Any] | None = None) -> Rule:
        self.modify(word, value, arguments)
        return self


def _either(name: str, arguments: Any, named: Mapping[str, Any]) -> Any:
    if arguments is not None and named:
        raise UsageError(f"call({name!r}): give the arguments as a mapping or text, or by name, not both")
    return arguments if arguments is not None else dict(named)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, Reply):
        return "Reply(...)"
    if callable(value):
        return getattr(value, "__name__", "function")
    text = repr(value)
    return text if len(text) <= 50 else text[:47] + "..."


def _listed(values: Any) -> Any:
    """Several values as a list; what is none is left to whoever checks it."""
    several = isinstance(values, Iterable) and not isinstance(values, str | Mapping)
    return list(values) if several else values
