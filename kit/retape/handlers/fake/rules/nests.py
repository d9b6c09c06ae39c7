"""Shapes that hold shapes: objects, lists, alternatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from retape.handlers.fake.rules.faults import Fault, Faults, Fit, Path, Shape, kind
from retape.handlers.fake.rules.leaves import Text, listed

_OBJECT = frozenset({"object"})


@dataclass(frozen=True, eq=False, kw_only=True)
class Fields(Shape):
    """An object with named fields.

    What is missing is said first, then a field that nobody knows, then the fields in alphabetical order
    (openai-refusals E31, E32).

    Args:
        fields: name -> shape.
        required: names that have to be there, in the order in which their absence is reported.
        open: whether other fields may be there, too.
    """

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    open: bool = False

    kinds = _OBJECT
    noun = "object"

    def _fit(self) -> Fit:
        return _open_fit(self) if self.open else _closed_fit(self)

    def _faults(self, value: Any, path: Path) -> Faults:
        for name in self.required:
            if name not in value:
                yield Fault(family="missing_required_parameter", path=(*path, name))
        if not self.open:
            for name in value:
                if name not in self.fields:
                    yield Fault(family="unknown_parameter", path=(*path, name))
        for name in sorted(value.keys() & self.fields.keys()):
            yield from self.fields[name].faults(value[name], (*path, name))


def _closed_fit(shape: Fields) -> Fit:
    required = shape.required
    easy = {name: each.easy for name, each in shape.fields.items()}
    fits = {name: each.fit() for name, each in shape.fields.items()}

    def fit(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name in required:
            if name not in value:
                return False
        try:
            for name, item in value.items():
                if type(item) not in easy[name] and not fits[name](item):
                    return False
        except KeyError:
            return False
        return True

    return fit


def _open_fit(shape: Fields) -> Fit:
    required = shape.required
    fits = [(name, each.fit()) for name, each in shape.fields.items()]

    def fit(value: Any) -> bool:
        return (
            type(value) is dict
            and all(name in value for name in required)
            and all(name not in value or fine(value[name]) for name, fine in fits)
        )

    return fit


@dataclass(frozen=True, eq=False, kw_only=True)
class MapOf(Shape):
    """An object with names of the caller's own.

    Args:
        item: what every value is.
        most: how many names there may be.
        longest: how long a name may be.
    """

    item: Shape
    most: int | None = None
    longest: int | None = None

    kinds = _OBJECT
    noun = "object"

    def _fit(self) -> Fit:
        fine, most, longest = self.item.fit(), self.most, self.longest
        return lambda value: (
            type(value) is dict
            and (most is None or len(value) <= most)
            and all((longest is None or len(name) <= longest) and fine(item) for name, item in value.items())
        )

    def _faults(self, value: Any, path: Path) -> Faults:
        size = len(value)
        if self.most is not None and size > self.most:
            yield Fault(family="object_above_max_properties", path=path, limit=self.most, size=size)
        for name, item in value.items():
            here = (*path, name)
            if self.longest is not None and len(name) > self.longest:
                family = "property_name_above_max_length"
                yield Fault(family=family, path=path, value=name, limit=self.longest, size=len(name), blame=here)
            yield from self.item.faults(item, here)


@dataclass(frozen=True, eq=False)
class Listing(Shape):
    """An array.

    Args:
        item: what every item is.
        least: the fewest items that will do.
        most: the most.
    """

    item: Shape
    least: int = 0
    most: int | None = None

    kinds = frozenset({"array"})

    @property
    def noun(self) -> str:
        """After its items: "array of strings"."""
        return f"array of {self.item.plural}"

    @property
    def plural(self) -> str:
        """Just "arrays": no sentence says more."""
        return "arrays"

    def _fit(self) -> Fit:
        fine, least = self.item.fit(), self.least
        most = math.inf if self.most is None else self.most

        def fit(value: Any) -> bool:
            if type(value) is not list or not least <= len(value) <= most:
                return False
            for item in value:  # noqa: SIM110 - all() over a generator costs half as much again
                if not fine(item):
                    return False
            return True

        return fit

    def _faults(self, value: Any, path: Path) -> Faults:
        size = len(value)
        if size < self.least:
            family = "array_below_min_length" if size else "empty_array"
            yield Fault(family=family, path=path, value=value, limit=self.least, size=size)
        if self.most is not None and size > self.most:
            yield Fault(family="array_above_max_length", path=path, value=value, limit=self.most, size=size)
        for index, item in enumerate(value):
            yield from self.item.faults(item, (*path, index))


def _nothing(_: dict[str, Any]) -> str | None:
    return None


@dataclass(frozen=True, eq=False, kw_only=True)
class Tagged(Shape):
    """An object whose fields depend on the value of one of them.

    Args:
        by: the deciding field, "role" or "type".  The variants need not list it.
        variants: its value -> the rest.
        named: the values as OpenAI's sentence names them, where it isn't all of them in this order.
        absent: says which variant is meant by an object without the deciding field; None when it has to be there.
        fallback: the variant that the rest of an object with an unknown value is measured by, before the value itself
            is (openai-refusals E22).
        blames_holder: whether `param` names the object and not the field, as it does for the items of a Responses
            input (openai-refusals, B33 and B34).
    """

    by: str
    variants: Mapping[str, Shape]
    named: tuple[str, ...] = ()
    absent: Callable[[dict[str, Any]], str | None] = _nothing
    fallback: str = ""
    blames_holder: bool = False

    kinds = _OBJECT
    noun = "object"

    def _names(self, word: str) -> str:
        return listed(self.named or tuple(self.variants), word)

    def _fit(self) -> Fit:
        by, absent = self.by, self.absent
        fits = {name: _with(shape, by).fit() for name, shape in self.variants.items()}

        def fit(value: Any) -> bool:
            try:
                fine = fits[value[by]]
            except (KeyError, TypeError):  # no object, no such field, or a value that no variant has
                if type(value) is not dict or value.get(by) is not None:
                    return False
                name = absent(value)
                return name is not None and fits[name](value)
            return fine(value)

        return fit

    def _faults(self, value: Any, path: Path) -> Faults:
        here = (*path, self.by)
        name = value.get(self.by)
        if name is None:
            name = self.absent(value)
        if name is None and self.by not in value:
            yield Fault(family="missing_required_parameter", path=here)
        elif type(name) is not str:
            yield Fault(family="invalid_type", path=here, value=name, expected=f"one of {self._names('or')}")
        elif name not in self.variants:
            if self.fallback:
                yield from _with(self.variants[self.fallback], self.by).faults(value, path)
            blame = path if self.blames_holder else here
            yield Fault(family="invalid_value", path=here, value=name, expected=self._names("and"), blame=blame)
        else:
            yield from _with(self.variants[name], self.by).faults(value, path)


_ANY_TAG = Text(nullable=True)


def _with(shape: Shape, field: str) -> Shape:
    """A variant that takes the field which chose it."""
    if isinstance(shape, Fields):
        return replace(shape, fields={field: _ANY_TAG, **shape.fields})
    if isinstance(shape, Tagged):
        return replace(shape, variants={name: _with(each, field) for name, each in shape.variants.items()})
    return shape


@dataclass(frozen=True, eq=False, init=False)
class OneOf(Shape):
    """Any of several shapes; the one whose kind a value has is the one that it's measured by."""

    shapes: tuple[Shape, ...]

    def __init__(self, *shapes: Shape, nullable: bool = False) -> None:
        object.__setattr__(self, "shapes", shapes)
        object.__setattr__(self, "nullable", nullable)

    @property
    def kinds(self) -> frozenset[str]:
        """Those of all its shapes."""
        return frozenset[str]().union(*(shape.kinds for shape in self.shapes))

    @property
    def noun(self) -> str:
        """That of the first shape."""
        return self.shapes[0].noun

    @property
    def plain(self) -> frozenset[type]:
        """Those of all its shapes."""
        return frozenset[type]().union(*(shape.plain for shape in self.shapes))

    @property
    def plural(self) -> str:
        """That of the first shape."""
        return self.shapes[0].plural

    @property
    def expected(self) -> str:
        """Sic: "one of a string or array of objects", "one of one of 'none' or 'auto' or object"."""
        first, *rest = self.shapes
        names = [first.expected, *(shape.noun for shape in rest)]
        if len(names) <= 2:
            return f"one of {' or '.join(names)}"
        return f"one of {', '.join(names[:-1])}, or {names[-1]}"

    def _fit(self) -> Fit:
        easy, fits = self.plain, tuple(shape.fit() for shape in self.shapes)
        return lambda value: type(value) in easy or any(fine(value) for fine in fits)

    def _faults(self, value: Any, path: Path) -> Faults:
        near = [shape for shape in self.shapes if kind(value) in shape.kinds]
        if not any(next(shape.faults(value, path), None) is None for shape in near):
            yield from near[0].faults(value, path)
