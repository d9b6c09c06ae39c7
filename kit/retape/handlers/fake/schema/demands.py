"""All that a schema asks of a string at once: patterns, formats, what it must not be, a length.

One pattern alone, or a format, has strings that are likelier and quicker to make (`patterns`, `formats`); here is what
is done when those don't do: a pattern and a format, several patterns, lookarounds, `not`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from math import inf
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from retape.handlers.fake.schema.draws import Draw
from retape.handlers.fake.schema.grammar import Grammar
from retape.handlers.fake.schema.languages import Language, both, either, other
from retape.handlers.fake.schema.memory import remembered
from retape.handlers.fake.schema.patterns import compiled
from retape.handlers.fake.schema.search import EFFORT, Search
from retape.handlers.fake.schema.shapes import SHAPES
from retape.handlers.fake.schema.valid import valid

Schema = Mapping[str, Any]

_STRINGS = ("pattern", "format", "not", "allOf", "minLength", "maxLength")
_EACH = 6
"""How many strings are looked for with the same choices."""
_OTHERS = 4
"""How many other choices are tried."""
_CHANGES = 400
"""How many changes are tried to what was found."""
_MORE = 400
"""How many more characters are tried for others, once one is found."""
_FREE = frozenset(("not", "minLength"))
_LIKELY = 4
"""How long a string is where nothing but a `not` is asked."""
_WIDTHS = 4
"""How many patterns a format has at most, from narrow to wide."""
_LONG = 1000
"""Longer strings aren't looked for, but made of short ones."""


def wanted(schema: Schema, draw: Draw) -> Iterator[str]:
    """Strings that validate, all different as far as can be; none where none was found.

    Args:
        schema: a schema without branches and references, but for those in `not`.
        draw: what the choices come from.
    """
    asked = {keyword: schema[keyword] for keyword in _STRINGS if keyword in schema}
    if asked.get("minLength", 0) > _LONG:
        yield from _stretched(asked, draw)
        return
    way, known = remembered(_known, asked)
    if not known:
        return
    first = draw.below(len(known))
    turned = [*known[first:], *known[:first]]
    found = list(known)
    changed = _changed(found, draw)  # first, where no format has likelier ones, so that another seed gives another
    likely = chain(turned, changed) if next(_formats(asked), "") in SHAPES else chain(changed, turned)
    said: set[str] = set()
    for text in chain(likely, _others(asked, way, len(known[0]), draw)):
        if text not in said and valid(text, asked):
            said.add(text)
            found.append(text)
            yield text


def _stretched(asked: Schema, draw: Draw) -> Iterator[str]:
    """Long strings: short ones, of which a character is repeated at the end, at the beginning, or in the middle."""
    least = int(asked["minLength"])
    short = {keyword: rule for keyword, rule in asked.items() if keyword != "minLength"}
    for text in islice(wanted(short, draw), 2):
        for at in (len(text), 0, len(text) // 2):
            longer = text[:at] + (text[at - 1 : at] or text[:1] or "a") * (least - len(text)) + text[at:]
            if valid(longer, asked):
                yield longer


def _known(asked: Schema) -> tuple[int, list[str]]:
    """Some strings, none where there are none, and how wide the formats have to be for them."""
    for way in range(_WIDTHS):
        for size in (_LIKELY, 0) if asked.keys() <= _FREE else (0,):
            search = _search(asked, way, size)
            if found := _first(search, asked):
                return way, found
        if not any(way + 1 < len(SHAPES.get(name, ())) for name in _formats(asked)):
            break
    return 0, []


def _first(search: Search, asked: Schema) -> list[str]:
    """The first strings: one with all effort, others with little more."""
    found: list[str] = []
    for text in search.texts(Draw("", "")):
        if valid(text, asked):
            found.append(text)
            search.effort = min(search.effort, 2 * search.tried + _MORE)
        if len(found) == _EACH:
            break
    return found


_KINDS = (ascii_lowercase, ascii_uppercase, digits)


def _changed(found: list[str], draw: Draw) -> Iterator[str]:
    """Strings with other letters and digits in the place of some; the caller adds to `found` what will do."""
    for turn in range(_CHANGES):
        text = draw.pick(found)
        for _ in range(1 + turn % 3):
            at = draw.below(len(text))
            kind = next((kind for kind in _KINDS if text[at : at + 1] in kind), "") if text else ""
            text = text[:at] + draw.pick(kind) + text[at + 1 :] if kind else text
        yield text


def _others(asked: Schema, way: int, size: int, draw: Draw) -> Iterator[str]:
    """Strings that are looked for with other choices, a little longer."""
    for turn in range(_OTHERS):
        search = _search(asked, way, size + turn)
        search.effort = EFFORT // _OTHERS
        yield from islice(search.texts(draw), _EACH)


def _formats(asked: Schema) -> Iterator[str]:
    if "format" in asked:
        yield asked["format"]
    for part in asked.get("allOf", ()):
        yield from _formats(part)


def _search(asked: Schema, way: int, shortest: int) -> Search:
    grammar = Grammar()
    language = both(_parts(asked, grammar, way))
    return Search(grammar, language, max(int(asked.get("minLength", 0)), shortest), asked.get("maxLength", inf))


def _parts(asked: Schema, grammar: Grammar, way: int) -> Iterator[Language]:
    """What is asked, one language each; what has none asks nothing, and is found out afterwards."""
    if (found := _pattern(asked, grammar)) is not None:
        yield found
    shapes = SHAPES.get(asked.get("format", ""), ())
    if shapes:
        yield grammar.whole(shapes[min(way, len(shapes) - 1)])
    for part in asked.get("allOf", ()):
        yield from _parts(part, grammar, way)
    if "not" in asked and (refused := _told(asked["not"], grammar)) is not None:
        yield other(refused)


def _pattern(asked: Schema, grammar: Grammar) -> Language | None:
    read = compiled(asked["pattern"]) if "pattern" in asked else None
    return None if read is None else grammar.found(read.pattern)


def _told(schema: Any, grammar: Grammar) -> Language | None:
    """The strings that validate under a part of a `not`; None where that can't be told exactly."""
    if not isinstance(schema, dict):
        return schema is not False
    if not schema.keys() <= _EXACT:
        return None
    parts = [*_scalar(schema, grammar)]
    for keyword, join in (("allOf", both), ("anyOf", either)):
        if keyword in schema:
            inner = [_told(part, grammar) for part in schema[keyword]]
            parts.append(None if None in inner else join(inner))
    if "not" in schema:
        inside = _told(schema["not"], grammar)
        parts.append(None if inside is None else other(inside))
    return None if any(part is None for part in parts) else both(parts)


_EXACT = frozenset(
    ("type", "pattern", "enum", "const", "minLength", "maxLength", "allOf", "anyOf", "not", "title", "description")
)


def _scalar(schema: Schema, grammar: Grammar) -> Iterator[Language | None]:
    if "type" in schema:
        yield "string" in schema["type"]  # a name or a list of names, none of which holds another
    if "pattern" in schema:
        yield _pattern(schema, grammar)
    for values in (schema.get("enum"), [schema["const"]] if "const" in schema else None):
        if values is not None:
            yield either(grammar.whole(re.escape(value)) for value in values if isinstance(value, str))
    if "minLength" in schema or "maxLength" in schema:
        most = schema.get("maxLength")
        yield grammar.sized(int(schema.get("minLength", 0)), None if most is None else int(most))
