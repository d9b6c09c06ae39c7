"""Rules about the JSON Schemas of functions and formats: what `schema.strict` finds, in the place where it is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.relation import Body, Relation, value_error
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.schema.context import context
from retape.handlers.fake.schema.impossible import Impossible
from retape.handlers.fake.schema.strict import Subject, problem


@dataclass(frozen=True, slots=True)
class _Found:
    """A schema of a request: what it is of, where it is, and the code of what is wrong with it."""

    subject: Subject
    name: str
    schema: Any
    strict: bool
    param: str
    code: str | None

    def refusal(self) -> Refusal | None:
        """OpenAI's sentence about it; None when it is fine."""
        found = problem(self.schema, strict=self.strict, subject=self.subject)
        return None if found is None else self.said(found.tail)

    def said(self, tail: str) -> Refusal:
        """A sentence about it."""
        return value_error(f"Invalid schema for {self.subject} '{self.name}'{tail}", self.param or None, self.code)


def _function(given: dict[str, Any], param: str) -> Iterator[_Found]:
    if given.get("parameters") is not None:
        strict = given.get("strict") is True
        yield _Found("function", given["name"], given["parameters"], strict, param, "invalid_function_parameters")


def _format(given: dict[str, Any], param: str, code: str | None) -> Iterator[_Found]:
    if "schema" in given:
        yield _Found("response_format", given["name"], given["schema"], given.get("strict") is True, param, code)


def _chat_tools(body: Body) -> Iterator[_Found]:
    for index, tool in enumerate(body["tools"]):
        if tool["type"] == "function":
            yield from _function(tool["function"], f"tools[{index}].function.parameters")


def _functions(body: Body) -> Iterator[_Found]:
    for index, function in enumerate(body["functions"]):
        yield from _function(function, f"functions[{index}].parameters")


def _chat_format(body: Body) -> Iterator[_Found]:
    if body["response_format"]["type"] == "json_schema":
        yield from _format(body["response_format"]["json_schema"], "response_format", None)


def _tools(body: Body) -> Iterator[_Found]:
    for index, tool in enumerate(body["tools"]):
        if tool["type"] == "function":
            yield from _function(tool, f"tools[{index}].parameters")
        for at, inner in enumerate(tool.get("tools", ())):  # those of a namespace
            if inner["type"] == "function":
                yield from _function(inner, f"tools[{index}].tools[{at}].parameters")


def _text_format(body: Body) -> Iterator[_Found]:
    wanted = (body["text"] or {}).get("format") or {}
    if wanted.get("type") == "json_schema":
        yield from _format(wanted, "text.format.schema", "invalid_json_schema")


_READERS: dict[str, Callable[[Body], Iterator[_Found]]] = {
    "response_format": _chat_format,
    "text": _text_format,
    "functions": _functions,
}


def without_instance(body: Body, failed: Impossible) -> Refusal:
    """What is said when nothing was found that validates under a schema of a request.

    Nobody has published what OpenAI says then; it is what `strict` has of schemas that nothing can validate under, and
    the place.

    Args:
        body: the request's.
        failed: with the schema.
    """
    each = next(_those_of(body, failed.schema), _Found("response_format", "", failed.schema, True, "", None))
    place = context(failed.schema, failed.path)
    return each.said(f": In context={place}, {failed.reason}{failed.tail}" if place else failed.tail)


def _those_of(body: Body, schema: Any) -> Iterator[_Found]:
    """The functions and formats that have a schema; rules off may let a body pass in which none can be found."""
    tools = _chat_tools if "messages" in body else _tools
    for field, reader in (_READERS | {"tools": tools}).items():
        with suppress(AttributeError, KeyError, TypeError):
            yield from (found for found in (reader(body) if field in body else ()) if found.schema is schema)


def _row(field: str, schemas: Callable[[Body], Iterator[_Found]], source: str) -> Relation:
    def find(body: Body, _: Setting) -> Refusal | None:
        return next((refusal for each in schemas(body) if (refusal := each.refusal())), None)

    return Relation(
        rule="invalid-schema",
        field=field,
        find=find,
        says="a function's or format's schema is one that OpenAI can use, strictly if that is asked for",
        source=source,
    )


CHAT: tuple[Relation, ...] = (
    _row("tools", _chat_tools, "openai-refusals A9"),
    _row("functions", _functions, "by analogy with openai-refusals A9"),
    _row("response_format", _chat_format, "openai-refusals B19, B20"),
)
RESPONSES: tuple[Relation, ...] = (
    _row("tools", _tools, "openai-refusals A27"),
    _row("text", _text_format, "openai-refusals A28"),
)
