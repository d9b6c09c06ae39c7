"""What OpenAI says of a schema: of every function's, and of those that ask for strict adherence.

    problem(schema, *, strict, subject="function") -> Problem | None

The rows of `TABLE` are OpenAI's sentences, each with the thread or recording that has it; a sentence that nobody has
published is marked as inferred.  `context` is the way to the offending part, printed as a Python tuple.

The checks come in this order: is it a schema at all (`metaschema`), does its top describe an object, then the parts
from the top down, then the limits (`limits`), and last whether anything can validate at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from retape.handlers.fake.schema.formats import STRICT
from retape.handlers.fake.schema.heights import Heights
from retape.handlers.fake.schema.kinds import KINDS, Path
from retape.handlers.fake.schema.limits import LIMITS, excess
from retape.handlers.fake.schema.memory import remembered
from retape.handlers.fake.schema.metaschema import malformed
from retape.handlers.fake.schema.pointers import MISSING, Document

Subject = Literal["function", "response_format"]
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that OpenAI says.

    Args:
        sentence: the sentence, with places for what it names.
        source: where it was seen.
        context: how the place is named before it.
    """

    sentence: str
    source: str
    context: str = "In context={context}, "


TABLE: dict[str, Row] = {
    "malformed": Row("{said}.", "see metaschema", ""),
    "unusable": Row(". Please ensure it is a valid JSON Schema.", "tldraw/ai-template#2", ""),
    "root-type": Row(
        "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{type}\"'.", "prism-php/prism#858", ""
    ),
    "root-branches": Row(
        "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'const'/'not' at the top level.",
        "goruck/home-generative-agent#545; until 2026 without 'const': nspady/google-calendar-mcp#39",
        "",
    ),
    "no-properties": Row("object schema missing properties.", "github/github-mcp-server#1548"),
    "no-items": Row("array schema missing items.", "sigoden/aichat#1049"),
    "no-type": Row("schema must have a 'type' key.", "apexive/odoo-llm#212"),
    "open": Row(
        "'additionalProperties' is required to be supplied and to be false.",
        "openai-refusals A9, A28; dottxt-ai/outlines#844",
    ),
    "not-required": Row(
        "'required' is required to be supplied and to be an array including every key in properties. Missing '{name}'.",
        "openai-refusals A27; mastra-ai/mastra#12284",
    ),
    "unknown-required": Row(
        "'required' is required to be supplied and to be an array including every key in properties. "
        "Extra required key '{name}' supplied.",
        "dotnet/extensions#6302",
    ),
    "keyword": Row(
        "'{keyword}' is not permitted.", "makenotion/notion-mcp-server#117 (allOf); can1357/oh-my-pi#920 (oneOf)"
    ),
    "format": Row("'{format}' is not a valid format.", "cyanheads/git-mcp-server#47; tailcallhq/forgecode#2974"),
    "beside-ref": Row(
        "$ref cannot have keywords {keywords}.",
        "vectorize-io/hindsight#3944; defog-ai/defog#244",
        "context={context}, ",
    ),
    "far-ref": Row(
        "reference can only point to definitions defined at the top level of the schema.", "dotnet/extensions#6918"
    ),
    "enum-type": Row(
        "enum value {value} does not validate against {{'type': {type!r}}}.",
        "a client's parser of the sentence, in public code; for const inferred",
        "context={context}, ",
    ),
    **{limit.name: Row(limit.tail, limit.source, "") for limit in LIMITS},
}
"""What is wrong -> what OpenAI says."""

FORBIDDEN = (
    *("oneOf", "allOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"),
    *("propertyNames", "minProperties", "maxProperties", "unevaluatedProperties", "unevaluatedItems"),
    *("contains", "minContains", "maxContains", "uniqueItems"),
)
"""Keywords that strict mode refuses.

The first eight: the structured outputs guide, "Some type-specific keywords are not yet supported".  `uniqueItems` and
`propertyNames`: quoted in 2026.  The others stood with these in the guide's list of 2024.  `default` was refused until
2025 (dotnet/extensions#6196) and is taken since (openai/openai-agents-python#4390, August 2026).
"""
_FORBIDDEN = frozenset(FORBIDDEN)
_ROOT_BRANCHES = frozenset(("oneOf", "anyOf", "allOf", "enum", "const", "not"))
_DEFINITIONS = ("$defs", "definitions")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that OpenAI refuses in a schema.

    Args:
        row: which row of `TABLE`.
        tail: what follows the name of the function or format: ": In context=(), ...".
        path: the keys and indexes that lead to the offending part.
    """

    row: str
    tail: str
    path: Path = ()

    @property
    def source(self) -> str:
        """Where OpenAI was seen to say so."""
        return TABLE[self.row].source


def problem(schema: Any, *, strict: bool, subject: Subject = "function") -> Problem | None:
    """The first thing that OpenAI refuses in a schema; None when there is none.

    Args:
        schema: any JSON value.
        strict: whether strict adherence is asked for.
        subject: whose schema it is; what isn't strict is looked at more closely in a function than in a format.
    """
    return remembered(_found, schema, strict, subject)


def _found(schema: Any, strict: bool, subject: Subject) -> Problem | None:
    wrong = malformed(schema)
    if wrong is not None:
        return _said("malformed", wrong.path, said=wrong.sentence) if wrong.sentence else _unusable(wrong.path)
    if not isinstance(schema, dict):
        return _said("malformed", (), said=f"{schema!r} is not of type 'object'")
    document = Document(schema)
    parts = _strict(schema, (), document) if strict else _loose(schema, subject)
    found = next(_root(schema, document, strict=strict, subject=subject), None) or next(parts, None)
    return found or (_excess(schema) if strict else None) or _dead(document)


def _said(row: str, path: Path, **values: Any) -> Problem:
    """A row's sentence at a place, with what it names."""
    known = TABLE[row]
    sentence = known.sentence.format(**values) if values else known.sentence
    return Problem(row, f": {known.context.format(context=tuple(map(str, path)))}{sentence}", path)


def _unusable(path: Path = ()) -> Problem:
    return Problem("unusable", TABLE["unusable"].sentence, path)


def _root(schema: Schema, document: Document, *, strict: bool, subject: Subject) -> Iterator[Problem]:
    """What is asked of a schema's top."""
    if strict:
        yield from _keywords(schema, ())
    target = document.find(schema["$ref"]) if "$ref" in schema else schema
    kind = target.get("type") if isinstance(target, dict) else None
    if kind != "object":
        yield _said("root-type", (), type=kind)
    if (strict or subject == "function") and not _ROOT_BRANCHES.isdisjoint(schema):
        yield _said("root-branches", ())
    if (strict or subject == "function") and "properties" not in schema and "$ref" not in schema:
        yield _said("no-properties", ())


def _loose(schema: Schema, subject: Subject) -> Iterator[Problem]:
    """What is asked of a schema without strict adherence: arrays say what they hold, in functions."""
    waiting: list[tuple[Any, Path]] = [(schema, ())] if subject == "function" else []
    while waiting:
        part, path = waiting.pop()
        kind = part.get("type")
        if kind == "array" or kind.__class__ is list:
            yield from _items(part, path)
        if not _INNER.isdisjoint(part):
            waiting += [(inner, (*path, *step)) for step, inner in _inner(part)][::-1]


def _strict(schema: Schema, path: Path, document: Document) -> Iterator[Problem]:
    """What strict adherence asks of a part and of those inside it."""
    if "$ref" in schema:
        yield from _ref(schema, path, document)
        yield from _within(schema, path, document)
        return
    yield from _keywords(schema, path)
    kind = schema.get("type")
    if kind is None:
        if "anyOf" not in schema:
            yield _said("no-type", path)
    elif kind == "object":
        yield from _object(schema, path)
    elif kind == "array":
        yield from _items(schema, path)
    elif kind.__class__ is list:
        for at, one in enumerate(kind):
            yield from _strict_type(schema, one, (*path, "type", str(at)))
    if "format" in schema and kind.__class__ is str:
        yield from _format(schema, path)
    if "enum" in schema or "const" in schema:
        yield from _values(schema, path)
    yield from _within(schema, path, document)


def _strict_type(schema: Schema, kind: str, path: Path) -> Iterator[Problem]:
    """What is asked for one of several types."""
    if kind == "object":
        yield from _object(schema, path)
    elif kind == "array":
        yield from _items(schema, path)
    elif kind == "string":
        yield from _format(schema, path)


def _within(schema: Schema, path: Path, document: Document) -> Iterator[Problem]:
    if not _INNER.isdisjoint(schema):
        for step, inner in _inner(schema):
            yield from _strict(inner, path + step, document)


_INNER = frozenset(("properties", "items", "anyOf", *_DEFINITIONS))


def _inner(schema: Schema) -> Iterator[tuple[Path, Schema]]:
    """The parts of a schema that OpenAI looks at, with the steps to them."""
    for name, part in schema.get("properties", {}).items():
        if isinstance(part, dict):
            yield ("properties", name), part
    if isinstance(schema.get("items"), dict):
        yield ("items",), schema["items"]
    for at, part in enumerate(schema.get("anyOf", ())):
        if isinstance(part, dict):
            yield ("anyOf", str(at)), part
    for keyword in _DEFINITIONS:
        for name, part in schema.get(keyword, {}).items():
            if isinstance(part, dict):
                yield (keyword, name), part


def _keywords(schema: Schema, path: Path) -> Iterator[Problem]:
    if not _FORBIDDEN.isdisjoint(schema):
        yield _said("keyword", path, keyword=next(word for word in FORBIDDEN if word in schema))


def _ref(schema: Schema, path: Path, document: Document) -> Iterator[Problem]:
    beside = [f"'{keyword}'" for keyword in schema if keyword != "$ref" and (path or keyword not in _DEFINITIONS)]
    if beside:
        yield _said("beside-ref", path, keywords=f"{{{', '.join(beside)}}}")
    ref = schema["$ref"]
    near = ref == "#" or (ref.startswith(("#/$defs/", "#/definitions/")) and ref.count("/") == 2)
    if not near or document.find(ref) is MISSING:
        yield _said("far-ref", path)


def _object(schema: Schema, path: Path) -> Iterator[Problem]:
    if schema.get("additionalProperties") is not False and (path or "properties" in schema):
        yield _said("open", path)
    if "properties" not in schema:
        yield _said("no-properties", path)
    properties, required = schema.get("properties", {}), schema.get("required", ())
    if properties.keys() != set(required) or not all(properties.values()):
        missing = [name for name in properties if name not in required]
        # An empty schema counts as no property; seen in public code of 2026 for `{}`.
        extra = [name for name in required if not properties.get(name)]
        yield from (_said("not-required", path, name=name) for name in missing)
        yield from (_said("unknown-required", path, name=name) for name in extra)


def _items(schema: Schema, path: Path) -> Iterator[Problem]:
    kind = schema["type"]
    if "items" not in schema and "array" in kind:
        at = path if isinstance(kind, str) or path[-2:-1] == ("type",) else (*path, "type", str(kind.index("array")))
        yield _said("no-items", at)


def _format(schema: Schema, path: Path) -> Iterator[Problem]:
    if schema.get("format", STRICT[0]) not in STRICT:
        yield _said("format", path, format=schema["format"])


def _values(schema: Schema, path: Path) -> Iterator[Problem]:
    """What `enum` and `const` hold must be of the type beside them."""
    kind = schema.get("type")
    kinds = [kind] if isinstance(kind, str) else kind or list(KINDS)
    for value in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())):
        if not any(KINDS[name](value) for name in kinds):
            yield _said("enum-type", path, value=value, type=kind)


def _excess(schema: Schema) -> Problem | None:
    found = excess(schema)
    return None if found is None else Problem(found[0].name, found[1])


def _dead(document: Document) -> Problem | None:
    """A schema under which nothing finite validates."""
    return _unusable() if Heights(document).of(document.root) == float("inf") else None
