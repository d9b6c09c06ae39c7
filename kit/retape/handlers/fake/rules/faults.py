"""What is wrong at one place of a body, before anybody puts it into words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

Path = tuple[str | int, ...]
"""Where a value is: ("messages", 0, "role")."""

Fit = Callable[[Any], bool]
"""The quick question: is this value fine?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong.

    Args:
        family: which sentence says it: a key of `phrases.FAMILIES`.
        path: where; empty for the body itself.
        value: what is there.
        expected: what should be there, in OpenAI's words ("an array of objects").
        limit: the bound that was passed.
        size: how long or how many it is.
        blame: the path that `param` names, where it isn't `path`.
    """

    family: str
    path: Path
    value: Any = None
    expected: str = ""
    limit: int | float = 0
    size: int = 0
    blame: Path | None = None


Faults = Iterator[Fault]


@dataclass(frozen=True, eq=False, kw_only=True)
class Shape:
    """What a value may be.

    A shape answers two questions from the same data: `fit` compiles it to a function that only says whether a value
    is fine, and `faults` walks a value that isn't and says why, lazily and in OpenAI's order.

    Args:
        nullable: whether null will do, too.
    """

    nullable: bool = field(default=False)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of value that this shape is about: keys of `phrases.GOT`."""
        raise NotImplementedError

    @property
    def noun(self) -> str:
        """What it is called without an article: "array of objects"."""
        raise NotImplementedError

    @property
    def plural(self) -> str:
        """What several of them are called: "objects"."""
        return f"{self.noun}s"

    @property
    def expected(self) -> str:
        """What it is called where it was expected: "an array of objects"."""
        return f"{'an' if self.noun[0] in 'aeio' else 'a'} {self.noun}"

    @property
    def plain(self) -> frozenset[type]:
        """The types of which every value is fine, so that nothing more need be asked."""
        return frozenset()

    @property
    def easy(self) -> frozenset[type]:
        """`plain`, and null where null will do."""
        return self.plain | {NoneType} if self.nullable else self.plain

    def fit(self) -> Fit:
        """A function that says whether a value is fine."""
        fine = self._fit()
        return (lambda value: value is None or fine(value)) if self.nullable else fine

    def faults(self, value: Any, path: Path = ()) -> Faults:
        """What is wrong with a value, in OpenAI's order."""
        if value is None and self.nullable:
            return
        if kind(value) not in self.kinds:
            yield Fault(family="invalid_type", path=path, value=value, expected=self.expected)
            return
        yield from self._faults(value, path)

    def _fit(self) -> Fit:
        raise NotImplementedError

    def _faults(self, value: Any, path: Path) -> Faults:
        """What is wrong with a value of the right kind: nothing, unless a shape says otherwise."""
        yield from ()


_KINDS: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "decimal",
    NoneType: "null",
    list: "array",
    dict: "object",
}


def kind(value: Any) -> str:
    """The kind of a value: "string", "integer", "decimal", "boolean", "null", "array", "object", or a form's "file"."""
    return _KINDS.get(type(value), "file")
