"""Strategies for schemas: those that OpenAI's strict mode takes, and free ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]

NAMES = st.sampled_from(
    [
        "name",
        "city",
        "unit",
        "count",
        "created_at",
        "tags",
        "größe",
        "住所",
        "имя",
        "a b",
        "x-1",
        "price",
        "id",
        "emoji😀",
    ]
)
TEXTS = st.text("abcäöü日本 -", max_size=8)
WORDS = st.sampled_from(["red", "grün", "青", "", "a b", "N/A", "0"])
FORMATS = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]
PATTERNS = [
    r"^[A-Z]{2,5}$",
    r"^\d{3}-\d{4}$",
    r"^@[a-zA-Z0-9_]+$",
    r"^(foo|bar)+$",
    r"[a-f0-9]{8}",
    r"^\S+@\S+\.\w+$",
    r"^[^\s]*$",
    r"^(?=.*\d)[a-z0-9]{4,}$",
    r"^\+?[1-9]\d{1,14}$",
    r"^#(?:[0-9a-fA-F]{3}){1,2}$",
    r"a|b|cd",
    r"^v\d+(\.\d+){0,2}(-\w+)?$",
    r"^([a-z])x\1$",
    "^[а-я]+$",
    r"\bok\b",
    r"^(?i:yes|no)$",
    "^.{3,7}$",
    r"^[\w.-]+$",
]


def strings() -> st.SearchStrategy[Schema]:
    sizes = st.tuples(st.integers(0, 12), st.integers(0, 30)).map(
        lambda size: {"minLength": size[0], "maxLength": sum(size)}
    )
    return st.one_of(
        st.just({"type": "string"}),
        sizes.map(lambda size: {"type": "string"} | size),
        st.sampled_from(FORMATS).map(lambda name: {"type": "string", "format": name}),
        st.sampled_from(PATTERNS).map(lambda pattern: {"type": "string", "pattern": pattern}),
        st.lists(WORDS, min_size=1, max_size=4, unique=True).map(lambda values: {"type": "string", "enum": values}),
        WORDS.map(lambda value: {"type": "string", "const": value}),
    )


def numbers() -> st.SearchStrategy[Schema]:
    kinds = st.sampled_from(["number", "integer"])
    low, width = st.integers(-1000, 1000), st.integers(1, 50)
    return st.one_of(
        kinds.map(lambda kind: {"type": kind}),
        st.builds(lambda kind, a, b: {"type": kind, "minimum": a, "maximum": a + b}, kinds, low, width),
        st.builds(
            lambda kind, a, b: {"type": kind, "exclusiveMinimum": a, "exclusiveMaximum": a + b + 1}, kinds, low, width
        ),
        st.builds(lambda kind, a: {"type": kind, "minimum": a}, kinds, low),
        st.builds(lambda kind, a: {"type": kind, "exclusiveMaximum": a}, kinds, low),
        st.builds(lambda a: {"type": "number", "minimum": a / 100, "maximum": a / 100 + 0.005}, low),
        st.builds(
            lambda step, a, b: {"type": "number", "multipleOf": step, "minimum": a, "maximum": a + b},
            st.sampled_from([0.5, 0.01, 0.1, 1, 0.25]),
            low,
            width,
        ),
        st.builds(lambda kind, step: {"type": kind, "multipleOf": step}, kinds, st.integers(1, 50)),
    )


def leaves() -> st.SearchStrategy[Schema]:
    mixed = st.sampled_from([["string", "null"], ["integer", "string"], ["null", "boolean"], ["number", "null"]])
    return st.one_of(
        strings(),
        numbers(),
        st.just({"type": "boolean"}),
        st.just({"type": "null"}),
        mixed.map(lambda kinds: {"type": kinds}),
    )


def closed(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def arrays(items: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    sizes = st.sampled_from([{}, {"minItems": 1}, {"maxItems": 2}, {"minItems": 2, "maxItems": 4}, {"maxItems": 0}])
    return st.builds(lambda inner, size: {"type": "array", "items": inner} | size, items, sizes)


def strict_parts() -> st.SearchStrategy[Schema]:
    refs: st.SearchStrategy[Schema] = st.sampled_from(
        [{"$ref": "#/$defs/Point"}, {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}]
    )
    return st.recursive(
        leaves() | refs,
        lambda inner: st.one_of(
            st.dictionaries(NAMES, inner, min_size=1, max_size=4).map(closed),
            arrays(inner),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
            inner.map(lambda part: {"anyOf": [part, {"type": "null"}]}),
        ),
        max_leaves=8,
    )


DEFS: Schema = {
    "Point": closed({"x": {"type": "number"}, "y": {"type": "number"}}),
    "Node": closed(
        {
            "value": {"type": "string"},
            "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
        }
    ),
}


def strict() -> st.SearchStrategy[Schema]:
    """Schemas that OpenAI's strict mode takes."""
    properties = st.dictionaries(NAMES, strict_parts(), min_size=1, max_size=5)
    return properties.map(lambda parts: closed(parts) | {"$defs": DEFS})


def free_parts() -> st.SearchStrategy[Schema]:
    def around(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
        properties = st.dictionaries(NAMES, inner, max_size=4)
        return st.one_of(
            st.builds(loose, properties, st.integers(0, 15)),
            arrays(inner),
            inner.map(lambda part: {"type": "array", "prefixItems": [part, {"type": "integer"}], "minItems": 2}),
            inner.map(lambda part: {"type": "object", "additionalProperties": part}),
            inner.map(
                lambda part: {
                    "type": "object",
                    "patternProperties": {"^k_[a-z]+$": part},
                    "minProperties": 2,
                    "additionalProperties": False,
                }
            ),
            inner.map(lambda part: {"type": "array", "contains": part, "minItems": 2}),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
            st.builds(
                lambda name, part: {"allOf": [loose({name: part}, 1), loose({"other": {"type": "integer"}}, 1)]},
                NAMES,
                inner,
            ),
            st.builds(
                lambda name, part: {"oneOf": [tagged("a", name, part), tagged("b", name, {"type": "null"})]},
                NAMES,
                inner,
            ),
            inner.map(lambda part: {"if": {"required": ["flag"]}, "then": loose({"part": part}, 1), "type": "object"}),
            inner.map(lambda part: {"allOf": [part, {"description": "twice"}, part]}),
        )

    plain = (
        st.just(schema)
        for schema in [
            {},
            {"$ref": "#/$defs/Point"},
            {"$ref": "#/properties/first"},
            {"enum": [1, "two", None, 3.5, True]},
            {"type": "array", "items": {"type": "integer"}, "uniqueItems": True, "minItems": 3},
            {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "minItems": 3},
            {"type": "string", "default": "x", "examples": ["y"]},
            {"type": "string", "not": {"enum": ["", "x"]}},
            {"type": "integer", "not": {"multipleOf": 2}},
            {"type": "object", "propertyNames": {"pattern": "^[a-z]{3}$"}, "minProperties": 2},
            {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"], "dependentRequired": {"a": ["b"]}},
            {"properties": {"kind": {"const": "x"}}, "required": ["kind"]},
        ]
    )
    return st.recursive(st.one_of(*plain, leaves()), around, max_leaves=6)


def loose(properties: Schema, chosen: int) -> Schema:
    required = [name for at, name in enumerate(properties) if chosen >> at & 1]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def tagged(tag: str, name: str, part: Schema) -> Schema:
    return {"type": "object", "properties": {"tag": {"const": tag}, name: part}, "required": ["tag", name]}


def free() -> st.SearchStrategy[Schema]:
    """Schemas of all JSON Schema, as a tool that isn't strict may have them."""
    properties = st.dictionaries(NAMES, free_parts(), max_size=4)
    first = {"first": {"type": "object", "properties": {"self": {"$ref": "#"}, "n": {"type": "integer"}}}}
    return st.builds(
        lambda parts, chosen: loose(first | parts, chosen) | {"$defs": DEFS},
        properties,
        st.sampled_from([0, 31, 30, 9]),
    )
