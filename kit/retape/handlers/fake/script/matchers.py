"""What a rule asks of a request: the table of matchers, the same in Python, in YAML and in assertions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypedDict

from retape.errors import UsageError
from retape.handlers.fake.script.kinds import (
    COUNT,
    FIELDS,
    FLAG,
    FUNCTION,
    MANY,
    MAPPING,
    PATTERN,
    TEXT,
    TEXTS,
    Kind,
    nearest,
)
from retape.tape.canonical import json_path

if TYPE_CHECKING:
    from retape.handlers.fake.sent import Sent

_LONGEST = 60


class Matchers(TypedDict, total=False):
    """What can be asked of a request; each matcher's row says when it matches.  One that is None doesn't count.

    Args:
        contains: text, or several, of the last user message.
        pattern: a regular expression that is found in it.
        system: text, or several, of the instructions.
        model: the model's name; `*` stands for anything, as in `endpoint`, `path` and the values of `header`.
        tool: the name of a tool that is offered, or several.
        result_of: the name of a tool whose result comes last.
        turn: which of the assistant's turns it is, from 1.
        header: header fields, name -> value.
        endpoint: the client's method: "chat.completions.create".
        path: the URL's path.
        stream: whether a stream is asked for.
        body: JSON path -> value: `{"metadata.run": "1"}`; an object may hold more.
        images: whether the last user message brings images, or how many.
        when: a function of the request that says whether it is one.
    """

    contains: str | Sequence[str] | None
    pattern: str | re.Pattern[str] | None
    system: str | Sequence[str] | None
    model: str | None
    tool: str | Sequence[str] | None
    result_of: str | None
    turn: int | None
    header: Mapping[str, str] | None
    endpoint: str | None
    path: str | None
    stream: bool | None
    body: Mapping[str, Any] | None
    images: bool | int | None
    when: Callable[[Sent], object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A row: one thing that can be asked of a request.

    Args:
        name: the word.
        kind: what it takes.
        does: when it matches, for people.
        matches: (value, request) -> whether.
        seen: what there was instead, for people.
        written: whether it can be said in YAML.
    """

    name: str
    kind: Kind
    does: str
    matches: Callable[[Any, Sent], bool]
    seen: Callable[[Sent], object]
    written: bool = True


def _within(wanted: Collection[str], found: Container[str]) -> bool:
    for text in wanted:  # noqa: SIM110 - a loop takes half the time: each request asks each rule
        if text not in found:
            return False
    return True


def _header(wanted: Mapping[str, str], sent: Sent) -> bool:
    return all(fnmatchcase(sent.headers.get(name, "\0"), value) for name, value in wanted.items())


def _body(wanted: Mapping[str, Any], sent: Sent) -> bool:
    return all(any(_holds(value, found) for found in _at(sent.body, json_path(path))) for path, value in wanted.items())


def _holds(wanted: Any, found: Any) -> bool:
    """Whether what was found is what was wanted; an object may hold more."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(name in found and _holds(value, found[name]) for name, value in wanted.items())
    return isinstance(wanted, bool) == isinstance(found, bool) and bool(wanted == found)


def _at(value: Any, path: tuple[str, ...]) -> list[Any]:
    """What a JSON path leads to."""
    if not path:
        return [value]
    name, rest = path[0], path[1:]
    if isinstance(value, list):
        items = value if name == "*" else value[int(name) : int(name) + 1] if name.isdigit() else []
    elif isinstance(value, Mapping):
        items = list(value.values()) if name == "*" else [value[name]] if name in value else []
    else:
        items = []
    return [found for item in items for found in _at(item, rest)]


def _images(wanted: bool | int, sent: Sent) -> bool:
    return bool(sent.images) is wanted if isinstance(wanted, bool) else sent.images == wanted


_ROWS = (
    Matcher(
        name="contains",
        kind=TEXTS,
        does="the last user message contains this text, or all of these",
        matches=lambda value, sent: _within(value, sent.text),
        seen=lambda sent: f"the text is {clip(sent.text)!r}",
    ),
    Matcher(
        name="pattern",
        kind=PATTERN,
        does="this regular expression is found in the last user message",
        matches=lambda value, sent: value.search(sent.text) is not None,
        seen=lambda sent: f"the text is {clip(sent.text)!r}",
    ),
    Matcher(
        name="system",
        kind=TEXTS,
        does="the instructions (system and developer messages) contain this text, or all of these",
        matches=lambda value, sent: _within(value, sent.system),
        seen=lambda sent: f"the instructions are {clip(sent.system)!r}",
    ),
    Matcher(
        name="model",
        kind=TEXT,
        does='the model has this name; * stands for anything ("gpt-4o*")',
        matches=lambda value, sent: fnmatchcase(sent.model, value),
        seen=lambda sent: f"the model is {sent.model!r}",
    ),
    Matcher(
        name="tool",
        kind=TEXTS,
        does="a tool of this name is offered, or all of these",
        matches=lambda value, sent: _within(value, sent.tools),
        seen=lambda sent: f"the tools are {', '.join(sent.tools)}" if sent.tools else "no tool is offered",
    ),
    Matcher(
        name="result_of",
        kind=TEXT,
        does="the conversation ends in a result of this tool",
        matches=lambda value, sent: any(result.tool == value for result in sent.tool_results),
        seen=lambda sent: (
            f"the results are of {', '.join(result.tool for result in sent.tool_results)}"
            if sent.tool_results
            else "no tool's result comes last"
        ),
    ),
    Matcher(
        name="turn",
        kind=COUNT,
        does="this is the assistant's n-th turn of the conversation",
        matches=lambda value, sent: sent.turn == value,
        seen=lambda sent: f"it is turn {sent.turn}",
    ),
    Matcher(
        name="header",
        kind=FIELDS,
        does="these header fields have these values; * stands for anything",
        matches=_header,
        seen=lambda sent: f"the header fields are {', '.join(sent.headers) or 'none'}",
    ),
    Matcher(
        name="endpoint",
        kind=TEXT,
        does='the endpoint, by its method of the client: "chat.completions.create", "responses.*"',
        matches=lambda value, sent: fnmatchcase(sent.endpoint, value),
        seen=lambda sent: f"the endpoint is {sent.endpoint or 'none'}",
    ),
    Matcher(
        name="path",
        kind=TEXT,
        does='the URL\'s path; * stands for anything ("*/chat/completions")',
        matches=lambda value, sent: fnmatchcase(sent.path, value),
        seen=lambda sent: f"the path is {sent.path}",
    ),
    Matcher(
        name="stream",
        kind=FLAG,
        does="a stream is asked for, or none",
        matches=lambda value, sent: sent.stream is value,
        seen=lambda sent: f"stream is {str(sent.stream).lower()}",
    ),
    Matcher(
        name="body",
        kind=MAPPING,
        does='the body has these values at these JSON paths ({"metadata.run": "1"}); an object may hold more',
        matches=_body,
        seen=lambda sent: f"the body is {clip(str(sent.body))}",
    ),
    Matcher(
        name="images",
        kind=MANY,
        does="the last user message brings images, none, or so many",
        matches=_images,
        seen=lambda sent: f"it has {sent.images} image{'s' * (sent.images != 1)}",
    ),
    Matcher(
        name="when",
        kind=FUNCTION,
        does="this function of the request (a Sent) says so",
        matches=lambda value, sent: bool(value(sent)),
        seen=lambda sent: "it said no",
        written=False,
    ),
)

MATCHERS = {row.name: row for row in _ROWS}
"""Word -> matcher."""

OTHER_WORDS = {
    "says": "pattern", "regex": "pattern", "matches": "pattern", "text": "contains", "message": "contains",
    "prompt": "contains", "content": "contains", "includes": "contains", "after_tool": "result_of",
    "tool_result": "result_of", "tools": "tool", "instructions": "system", "developer": "system",
    "headers": "header", "operation": "endpoint", "url": "path", "streaming": "stream", "json": "body",
    "metadata": "body", "image": "images", "predicate": "when", "function": "when",
}  # fmt: skip
"""What others call them -> the word."""


def meant(word: str) -> str:
    """A hint at the matcher that a wrong word stands for."""
    return f"did you mean {OTHER_WORDS[word]!r}?" if word in OTHER_WORDS else nearest(word, tuple(MATCHERS))


def clip(text: str) -> str:
    """A text for a line of a message."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


@dataclass(frozen=True, slots=True)
class Condition:
    """A matcher with its value.

    Args:
        matcher: the row.
        value: as its kind keeps it.
    """

    matcher: Matcher
    value: Any

    def __call__(self, sent: Sent) -> bool:
        """Whether a request is as wanted."""
        return self.matcher.matches(self.value, sent)

    def __str__(self) -> str:
        return f"{self.matcher.name}={_shown(self.value)}"


def _shown(value: Any) -> str:
    if isinstance(value, re.Pattern):
        return repr(value.pattern)
    if isinstance(value, tuple):
        return repr(value[0] if len(value) == 1 else list(value))
    return getattr(value, "__name__", None) or repr(value)


def condition(name: str, value: Any, operations: Collection[str] = ()) -> Condition:
    """A condition from a word and its value.

    Args:
        name: the word.
        value: what was given.
        operations: the endpoints there are; none checks no endpoint.

    Raises:
        UsageError: an unknown word, or a value it doesn't take.
    """
    row = MATCHERS.get(name)
    if row is None:
        raise UsageError(f"no matcher {name!r}: {meant(name)}")
    try:
        kept = row.kind(value)
        if name == "endpoint":
            _known(kept, operations)
        if name == "body":
            for path in kept:
                _path(path)
    except ValueError as error:
        raise UsageError(f"{name} {error}") from None
    return Condition(row, kept)


def _known(pattern: str, operations: Collection[str]) -> None:
    if operations and not any(fnmatchcase(operation, pattern) for operation in operations):
        raise ValueError(f"{pattern!r} is none that the fake has: {nearest(pattern, sorted(operations))}")


def _path(path: Any) -> None:
    try:
        json_path(path)
    except (UsageError, TypeError):
        raise ValueError(f"takes JSON paths like metadata.run or messages[*].name, not {path!r}") from None


def conditions(
    predicate: Callable[[Sent], object] | None, matchers: Mapping[str, Any], operations: Collection[str] = ()
) -> tuple[Condition, ...]:
    """Conditions from what Python was given; one that is None doesn't count.

    Raises:
        UsageError: see `condition`.
    """
    given = {name: value for name, value in matchers.items() if value is not None}
    if isinstance(predicate, str):
        raise UsageError(f"what is asked of a request has a name: did you mean contains={predicate!r}?")
    if predicate is not None and "when" in given:
        raise UsageError("a function was given twice: by its place and as when=")
    if predicate is not None:
        given["when"] = predicate
    return tuple(condition(name, value, operations) for name, value in given.items())
