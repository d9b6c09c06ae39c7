"""A fault from what a script says: a status or a name, its arguments, and words of one's own for the error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from retape.errors import UsageError
from retape.handlers import Handler
from retape.handlers.fake.script.kinds import nearest
from retape.tape.request import Request
from retape.tape.steps import Chunk, Step

if TYPE_CHECKING:
    from retape.handlers.faults import Faulted, Row

LIMITS = frozenset({"buckets"})
"""Faults that need not strike: a limit that wasn't reached is none that was forgotten."""

WORDING = ("message", "type", "param", "code")
"""Fields of an error that a script can set."""


class _Passed(Iterator[Step]):
    """Steps that no fault made: an error among them keeps its words."""

    def __init__(self, steps: Iterator[Step]) -> None:
        self._steps = steps

    def __next__(self) -> Step:
        return next(self._steps)


class Failing:
    """A fault from a script around a handler.

    Args:
        handler: what answers when it doesn't strike.
        make: puts the fault around a handler.
        own: an error's fields in the place of OpenAI's.
        shown: how it was written, for messages.
        times: how often it shall strike at least.
    """

    def __init__(
        self,
        handler: Handler,
        make: Callable[[Handler], Faulted],
        own: Mapping[str, Any],
        shown: str,
        times: int,
    ) -> None:
        self._handler = handler
        self._make = make
        self._own = own
        self._shown = shown
        self._times = times
        self.reset()

    def __repr__(self) -> str:
        return self._shown

    def __call__(self, request: Request) -> Iterator[Step]:
        """The answer, struck or not."""
        steps = self._faulted(request)
        return steps if isinstance(steps, _Passed) or not self._own else _reworded(steps, self._own)

    def _inside(self, request: Request) -> Iterator[Step]:
        return _Passed(self._handler(request))

    def reset(self) -> None:
        """Forget how often it struck."""
        self._faulted = self._make(self._inside if self._own else self._handler)

    @property
    def missing(self) -> str:
        """What it owes, for people: "" when it struck as often as was said."""
        struck = self._faulted.struck
        if struck >= self._times:
            return ""
        return f"struck {struck} of {self._times} times" if struck else "never struck"


def wrap(fault: int | str, arguments: Mapping[str, Any]) -> Callable[[Handler], Failing]:
    """A fault, to be put around a handler.

    Args:
        fault: a status, or a fault's name: "cut", "insufficient-quota".
        arguments: the fault's, and for an error status also `message`, `type`, `param` and `code`.

    Raises:
        UsageError: an unknown fault or argument, or a value that it doesn't take.
    """
    from retape.handlers.faults import build

    row, which = _row(fault)
    given = dict(arguments)
    known = {argument.name for argument in row.arguments}
    own = {name: given.pop(name) for name in WORDING if name in given and name not in known and "should_retry" in known}
    for name, value in own.items():
        if value is not None and not isinstance(value, str):
            raise UsageError(f"fail: {name} takes text, not {value!r}")
    made = build(row.name, which | given)
    if own and not _worded(made):
        raise UsageError(f"fail({fault!r}) gives a proxy's page, which has no {next(iter(own))}; leave that out")
    shown = f"fail({', '.join([repr(fault), *(f'{name}={value!r}' for name, value in arguments.items())])})"
    times = 0 if row.name in LIMITS else 1 if given.get("times") is None else given["times"]
    return lambda handler: Failing(handler, made, own, shown, times)


def _worded(made: Callable[[Handler], Handler]) -> bool:
    """Whether an error has a body with fields."""
    steps = made(lambda request: iter(()))(Request("POST", "https://api.openai.com/v1/chat/completions"))
    return any(isinstance(step, Chunk) and step.data.startswith(b"{") for step in steps)


def _row(fault: int | str) -> tuple[Row, dict[str, Any]]:
    """The fault's row, and what it is told beside a script's arguments."""
    from retape.handlers.faults import find

    if isinstance(fault, int):
        if not 400 <= fault <= 599:
            raise UsageError(f"fail({fault}): use a status from 400 to 599, or a fault's name")
        return find("status"), {"which": fault}
    return find(fault), {}


def _reworded(steps: Iterator[Step], own: Mapping[str, Any]) -> Iterator[Step]:
    """An error with fields of its own, in the same layout."""
    for step in steps:
        yield Chunk(_with(step.data, own)) if isinstance(step, Chunk) else step


def _with(data: bytes, own: Mapping[str, Any]) -> bytes:
    body = json.loads(data)
    body["error"].update(own)
    indent = 4 if data.startswith(b'{\n    "') else 2
    return json.dumps(body, indent=indent, ensure_ascii=False).encode() + data[len(data.rstrip()) :]


def argument(fault: int | str, name: str) -> None:
    """Check that a fault has an argument.

    Raises:
        UsageError: no such fault, or it has none of this name.
    """
    row, _ = _row(fault)
    names = [known.name for known in row.arguments]
    if "should_retry" not in names:
        row.argument(name)
    elif name not in WORDING and name.replace("-", "_") not in names:
        raise UsageError(f"{fault} takes no argument {name!r}: {nearest(name, [*WORDING, *names])}")


def right_form(name: str, arguments: Mapping[str, str]) -> str:
    """How a script says a fault that stands where `fault:` belongs, as in `fail: {cut: {after: 3}}`.

    Args:
        name: what stands there.
        arguments: what stands in it, as text; a slip in a name is mended, what isn't an argument at all left out.

    Returns:
        "{fault: cut, after: 3}"; "" when it is the name of no fault, and no status.
    """
    try:
        row, _ = _row(int(name) if name.isdecimal() else name)
    except UsageError:
        return ""
    names = [*WORDING, *(known.name for known in row.arguments)]
    meant = {near[0]: text for said, text in arguments.items() if (near := get_close_matches(said, names, n=1))}
    told = {"status" if name.isdecimal() else "fault": name} | meant
    return f"{{{', '.join(f'{said}: {text}' for said, text in told.items())}}}"


def nearest_word(name: str) -> str:
    """A hint at the key that a wrong one beside a fault stands for; "" for an argument that some fault has."""
    from retape.handlers.faults import table

    names = {known.name for row in table().values() for known in row.arguments} | {*WORDING}
    return "" if name.replace("-", "_") in names else nearest(name, ("status", "fault", *sorted(names)))


def known(fault: int | str) -> None:
    """Check that there is such a fault.

    Raises:
        UsageError: there is none.
    """
    _row(fault)
