"""Schemas that ask for several things at once, as zod, pydantic and people write them."""

from __future__ import annotations

from typing import Any

from fake.schema.schemas import closed

_LEAP = r"(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29"
_DAY = (
    rf"(?:{_LEAP}|\d{{4}}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))"
)
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])"

FORMATS: dict[str, tuple[str, str]] = {
    "a company's address": ("email", "@acme\\.com$"),
    "an address with a tag": ("email", r"\+test\d+@"),
    "zod's email": (
        "email",
        r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$",
    ),
    "a year": ("date", "^2024-"),
    "a month's end": ("date", "-(?:30|31)$"),
    "a leap day": ("date", "-02-29$"),
    "zod's date": ("date", f"^{_DAY}$"),
    "zod's datetime": ("date-time", rf"^{_DAY}T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z))$"),
    "a decade": ("date-time", "^203[0-9]-"),
    "an offset": ("date-time", r"\+05:30$"),
    "milliseconds": ("date-time", r"\.\d{3}Z$"),
    "a full hour": ("time", r":00:00\+"),
    "zod's duration": (
        "duration",
        r"^P(?:(\d+W)|(?!.*W)(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?)$",
    ),
    "seconds": ("duration", r"^PT\d{4,}S$"),
    "a private network": ("ipv4", "^10\\."),
    "a part of it": ("ipv4", r"^10\.(?!0\.)"),
    "zod's ipv4": ("ipv4", rf"^(?:{_BYTE}\.){{3}}{_BYTE}$"),
    "link-local": ("ipv6", "^fe80::"),
    "a cloud's host": ("hostname", r"^[a-z0-9-]+\.eu-west-1\.compute\.internal$"),
    "a long host": ("hostname", r"^.{80,}\.internal\.example$"),
    "a repository": ("uri", r"^https://(www\.)?github\.com/.+/.+\.git$"),
    "an image": ("uri", r"\.(?:png|jpe?g|webp)$"),
    "version 7": ("uuid", "^[0-9a-f]{8}-[0-9a-f]{4}-7"),
    "capitals": ("uuid", "^[^a-z]+$"),
    "padding": ("byte", "==$"),
    "a query": ("uri-template", r"\{\?q\}$"),
}
"""A name -> a format and a pattern."""

PATTERNS: dict[str, str] = {
    "a password": r"^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)(?=.*[!@#]).{8,}$",
    "a strict password": r"^(?=(?:.*[A-Z]){2})(?=(?:.*\d){3})(?=.*[^A-Za-z0-9])(?!.*\s).{12,16}$",
    "a lazy password": r"^(?=.*?[A-Z])(?=.*?[a-z])(?=.*?[0-9])(?=.*?[#?!@$ %^&*-]).{8,}$",
    "a long one": r"^(?=.*\d)[\s\S]{500,}$",
    "a lookbehind": r"(?<=\$)\d+",
    "a lookbehind and an end": r"(?<=\$)\d+(?:\.\d\d)?$",
    "no digits around": r"(?<!\d)\d{4}(?!\d)",
    "an anchor in the middle": "a$|^b",
    "an anchor after what may be empty": "x*^b",
    "words": r"\bfoo\b.*\bbar\b",
    "a word and no colon": r"\bTODO\b(?!:)",
    "no word's end": r"(?i)^hello\B",
    "groups again": r"^(\w+)-\1-(\d)\2$",
    "a tag": r"^<([a-z]+)[^>]*>.*</\1>$",
    "quotes": "^(['\"]).{3,}\\1$",
    "a group that may be absent": r"^(<)?\d+(?(1)>|!)$",
    "no letter twice in a row": r"^(?!.*(.)\1)[a-c]{6}$",
    "no letter twice": r"^(?!.*(.).*\1)[a-f]{5}$",
    "a palindrome": r"^(.)(.)(.)\2\1$",
    "empty repeats": "^(a*)*b$",
    "lines": r"(?m)^#\s+\w+$",
    "any case": r"(?i)^(?:mon|tues)day$",
    "no reserved word": "^(?!(?:class|def|if)$)[a-z_]+$",
    "a slug": r"^(?!.*--)(?!-)[a-z0-9-]{3,63}(?<!-)$",
    "a handle": r"^(?=.{8,20}$)(?![_.])(?!.*[_.]{2})[a-zA-Z0-9._]+(?<![_.])$",
    "a domain": r"^(?=.{1,253}$)(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}$",
    "a bucket": r"^arn:aws[a-z-]*:s3:::(?!xn--)(?!.*-s3alias$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    "a postal code": "^(?!.*[DFIOQU])[A-VXY][0-9][A-Z] ?[0-9][A-Z][0-9]$",
    "a social security number": r"^(?!000|666)[0-8]\d{2}-(?!00)\d{2}-(?!0000)\d{4}$",
    "pydantic's decimal": r"^(?!^[-+.]*$)[+-]?0*(?:\d{0,8}|(?=[\d.]{1,11}0*$)\d{0,8}\.\d{0,2}0*$)",
    "money": r"^\$?(?=\(.*\)|[^()]*$)\(?\d{1,3}(,?\d{3})?(\.\d\d?)?\)?$",
    "a version": (
        r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
        r"(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$"
    ),
    "an address by words": r"^((25[0-5]|(2[0-4]|1\d|[1-9]|)\d)\.?\b){4}$",
    "a phone": r"^(\+\d{1,2}\s?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}$",
    "a bank account": r"^[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?$",
    "a schedule": r"^(\*|([0-5]?\d)(,[0-5]?\d)*|\*/\d+)( (\*|\d+|\*/\d+)){4}$",
    "a place on earth": r"^[-+]?([1-8]?\d(\.\d+)?|90(\.0+)?),\s*[-+]?(180(\.0+)?|((1[0-7]\d)|([1-9]?\d))(\.\d+)?)$",
    "symbols": "^[\U0001f300-\U0001faff\u2600-\u27bf]+$",
}

_NODE = closed(
    {
        "value": {"type": "integer"},
        "kids": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/node"}, "minItems": 2}, {"type": "null"}]},
    }
)
_EXPRESSION = {
    "oneOf": [
        closed({"op": {"enum": ["and"]}, "of": {"type": "array", "items": {"$ref": "#/$defs/expr"}, "minItems": 2}}),
        closed({"op": {"const": "eq"}, "field": {"type": "string", "pattern": "^[a-z_]+$"}}),
    ]
}


def _array(items: Any, fewest: int, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": fewest} | more


def _string(**more: Any) -> dict[str, Any]:
    return {"type": "string"} | more


def _choice(field: str, value: str, rule: Any) -> dict[str, Any]:
    return {"if": {"properties": {field: {"const": value}}}, "then": rule}


SCHEMAS: dict[str, Any] = {
    "one of two formats": {"anyOf": [_string(format="ipv4", pattern="^192\\.168\\."), _string(format="ipv6")]},
    "a format and two patterns": {
        "allOf": [_string(format="email"), {"pattern": "\\.edu$"}, {"pattern": "^[a-m]"}, {"maxLength": 14}]
    },
    "two formats": _string(allOf=[{"format": "hostname"}, {"format": "ipv4"}]),
    "three patterns": _string(pattern="^[^a-z]{6}$", allOf=[{"pattern": "\\d"}, {"pattern": "[A-Z]"}]),
    "a pattern at a length": _string(pattern=r"^\d+\.\d+\.\d+(?=-)[-\w.]+$", minLength=14),
    "a pattern at a great length": _string(pattern=r"^(?=.*\d)(?=.*[A-Z])", minLength=3000),
    "a pattern or null": {"type": ["string", "null"], "pattern": r"^(?=.*\d)(?=.*[a-z])\S{6,}$"},
    "names by a lookahead": {
        "type": "object",
        "patternProperties": {r"^(?=.*\d)(?=.*[A-Z])[A-Z\d]{4}$": {"type": "integer"}},
        "additionalProperties": False,
        "minProperties": 3,
    },
    "names that aren't some": {
        "type": "object",
        "propertyNames": {"pattern": "^[A-Z_]{3,}$", "maxLength": 4, "not": {"enum": ["FOO"]}},
        "additionalProperties": {"type": "string"},
        "minProperties": 5,
    },
    "names of a format": {"type": "object", "propertyNames": {"format": "email"}, "minProperties": 8},
    "a dependency of a dependency": {
        "type": "object",
        "properties": {"card": _string(pattern="^\\d{16}$"), "zip": {"type": "string"}},
        "required": ["card"],
        "dependentRequired": {"card": ["address"], "address": ["zip"]},
    },
    "a dependent schema": {
        "required": ["a"],
        "dependentSchemas": {
            "a": {"required": ["b"], "properties": {"b": _string(format="date", pattern="^1999")}},
        },
    },
    "a postal code of a country": closed({"country": {"enum": ["US", "CA"]}, "zip": {"type": "string"}})
    | {
        "if": {"properties": {"country": {"const": "US"}}},
        "then": {"properties": {"zip": {"pattern": r"^\d{5}(-\d{4})?$"}}},
        "else": {"properties": {"zip": {"pattern": r"^[A-Z]\d[A-Z] ?\d[A-Z]\d$"}}},
    },
    "several ifs": closed({"kind": {"const": "b"}, "value": {}})
    | {
        "allOf": [
            _choice("kind", "a", {"properties": {"value": {"type": "string"}}}),
            _choice("kind", "b", {"properties": {"value": {"type": "integer", "minimum": 5}}}),
            _choice("kind", "c", False),
        ]
    },
    "some that match twice": _array(
        _string(pattern="^[a-z]{3}$"), 4, contains={"pattern": "^x.z$"}, minContains=2, maxContains=2, uniqueItems=True
    ),
    "at most one that is large": _array({"type": "integer"}, 4, contains={"minimum": 5}, maxContains=1),
    "all of an enum": _array({"enum": ["a", "b", 1, 2, None]}, 5, uniqueItems=True),
    "different addresses": _array(_string(format="email"), 12, uniqueItems=True),
    "different days": _array(_string(format="date"), 20, uniqueItems=True),
    "different days of a year": _array(_string(format="date", pattern="^2024-"), 20, uniqueItems=True),
    "different hosts": _array(_string(format="ipv4"), 10, uniqueItems=True),
    "different durations": _array(_string(format="duration"), 10, uniqueItems=True),
    "all strings of a pattern": _array(_string(pattern="^[ab]{3}$"), 8, uniqueItems=True),
    "different passwords": _array(_string(pattern=PATTERNS["a password"]), 6, uniqueItems=True),
    "different objects": _array(
        closed({"id": {"type": "integer", "minimum": 1, "maximum": 4}, "b": {"type": "boolean"}}), 4, uniqueItems=True
    ),
    "the one multiple": {"type": "number", "multipleOf": 0.05, "exclusiveMinimum": 0.2, "maximum": 0.25},
    "a common multiple": {"allOf": [{"type": "integer", "multipleOf": 6}, {"multipleOf": 4}, {"minimum": 13}]},
    "a pattern in a tuple": {"prefixItems": [_string(format="date", pattern="^2030")], "items": False, "minItems": 1},
    "two children each": {"$defs": {"node": _NODE}} | closed({"two": _array({"$ref": "#/$defs/node"}, 3)}),
    "an expression": {"$defs": {"expr": _EXPRESSION}, "$ref": "#/$defs/expr"},
    "no string": {"not": {"type": "string"}},
    "no string in a property": closed({"a": {"not": {"type": "string"}}}),
    "neither": {"not": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    "no integer": {"type": ["integer", "number"], "not": {"type": "integer"}},
    "not both": {"properties": {"a": {}, "b": {}}, "not": {"required": ["a", "b"]}, "minProperties": 1},
    "another kind": closed({"kind": {"enum": ["x", "y"]}}) | {"not": {"properties": {"kind": {"const": "x"}}}},
    "below": {"type": "integer", "not": {"minimum": 0}},
    "out of a range": {"type": "number", "not": {"minimum": 0, "maximum": 1000}},
    "the odd one": {
        "type": "integer",
        "minimum": 10,
        "maximum": 14,
        "not": {"anyOf": [{"multipleOf": 2}, {"const": 11}]},
    },
    "not integers alone": _array({"type": ["integer", "string"]}, 0) | {"not": {"items": {"type": "integer"}}},
    "none of them": _array({"enum": [1, 2]}, 2) | {"not": {"contains": {"const": 1}}},
    "an item twice": _array({"type": "integer"}, 2) | {"not": {"uniqueItems": True}},
    "more than two": _array({"type": "integer"}, 0) | {"not": {"maxItems": 2}},
    "a tree of pairs": {
        "type": "object",
        "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}},
        "oneOf": [
            {"required": ["left", "right"]},
            {"not": {"anyOf": [{"required": ["left"]}, {"required": ["right"]}]}},
        ],
    },
    "an address if it is one": {
        "type": "string",
        "if": {"format": "email"},
        "then": {"pattern": "@acme"},
        "else": False,
    },
    "different phones": _array(_string(pattern=r"^\+?[1-9]\d{7,14}$"), 30, uniqueItems=True),
    "names of days": {
        "type": "object",
        "propertyNames": {"format": "date", "pattern": "^2024"},
        "minProperties": 4,
    },
    "no vowel": _string(minLength=6) | {"not": {"pattern": "[aeiou]"}},
    "neither vowel nor word": _string(pattern="^[a-z]+$")
    | {"not": {"anyOf": [{"pattern": "[a-y]"}, {"const": "z"}, {"minLength": 3, "type": "string"}]}},
    "no address": _string() | {"not": {"format": "email"}},
    "not what is referred to": {"$defs": {"s": {"type": ["string", "number"]}}, "not": {"$ref": "#/$defs/s"}},
    "not nothing": _string() | {"not": {"maxLength": 0}},
    "not not": {"not": {"not": {"type": "integer"}}},
    "not one of": {"type": "object", "not": {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, "minProperties": 1},
    "not all of": {"not": {"allOf": [{"type": "string"}, {"minLength": 0}]}},
    "something more": {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "not": {"properties": {"a": {}}, "additionalProperties": False},
    },
    "one without the other": {
        "properties": {"a": {}, "b": {}},
        "required": ["a"],
        "not": {"required": ["a"], "dependentRequired": {"b": ["a"]}, "properties": {"b": False}},
    },
    "1001 properties": closed({f"p{at}": {"type": "string"} for at in range(1001)}),
}
