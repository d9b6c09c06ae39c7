"""Faults put into OpenAI's words: one table of sentences, and the old ones of the endpoints that still use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.faults import Fault, Path, Shape, kind
from retape.handlers.fake.rules.pydantic import listed as as_pydantic

Wording = Literal["openai", "legacy", "pydantic"]
"""Which way of saying it.  "legacy" is the embeddings endpoint's, "pydantic" the audio endpoints'; neither gives param
or code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a request.

    Args:
        rule: the id of the rule that found it, for `off=`.
        refusal: the answer.
    """

    rule: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of sentence.

    Args:
        rule: the id of the rule.
        code: OpenAI's code.
        sentence: with {where}, {value}, {expected}, {got}, {limit}, {size}, {name}.
        source: rows of openai-refusals, or what else is known of it.
        legacy: the same in the old wording, with {old} for the old spelling of where; "" where it isn't known.
    """

    rule: str
    code: str
    sentence: str
    source: str
    legacy: str = ""


_OLD = "'$.{where}' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference."
"""openai-refusals B57."""

FAMILIES: dict[str, Family] = {
    "missing_required_parameter": Family(
        "missing-parameter",
        "missing_required_parameter",
        "Missing required parameter: '{where}'.",
        "openai-refusals A16, B35, E1 to E9",
        "'{name}' is a required property",
    ),
    "unknown_parameter": Family(
        "unknown-parameter",
        "unknown_parameter",
        "Unknown parameter: '{where}'.",
        "openai-refusals A46, A47, B42, B65, E31",
        "Unrecognized request argument supplied: {name}",
    ),
    "invalid_type": Family(
        "invalid-type",
        "invalid_type",
        "Invalid type for '{where}': expected {expected}, but got {got} instead.",
        "openai-refusals A52, E10 to E20",
        _OLD,
    ),
    "invalid_value": Family(
        "invalid-value",
        "invalid_value",
        "Invalid value: '{value}'. Supported values are: {expected}.",
        "openai-refusals A42 to A44, B33, B34, E21 to E25",
        "'{value}' is not one of [{choices}] - '{old}'",
    ),
    "only_value": Family(
        "invalid-value",
        "invalid_value",
        "Invalid value: '{value}'. Value must be {expected}.",
        "quoted in many threads about images/edits: Value must be 'dall-e-2'",
        "'{value}' is not one of [{choices}] - '{old}'",
    ),
    "integer_below_min_value": Family(
        "below-minimum",
        "integer_below_min_value",
        "Invalid '{where}': integer below minimum value. Expected a value >= {limit}, but got {value} instead.",
        "openai-refusals A23, E26",
        "{value} is less than the minimum of {limit} - '{old}'",
    ),
    "integer_above_max_value": Family(
        "above-maximum",
        "integer_above_max_value",
        "Invalid '{where}': integer above maximum value. Expected a value <= {limit}, but got {value} instead.",
        "openai-refusals E27",
        "{value} is greater than the maximum of {limit} - '{old}'",
    ),
    "decimal_below_min_value": Family(
        "below-minimum",
        "decimal_below_min_value",
        "Invalid '{where}': decimal below minimum value. Expected a value >= {limit}, but got {value} instead.",
        "openai-refusals A26",
        "{value} is less than the minimum of {limit} - '{old}'",
    ),
    "decimal_above_max_value": Family(
        "above-maximum",
        "decimal_above_max_value",
        "Invalid '{where}': decimal above maximum value. Expected a value <= {limit}, but got {value} instead.",
        "openai-refusals A7",
        "{value} is greater than the maximum of {limit} - '{old}'",
    ),
    "empty_array": Family(
        "empty",
        "empty_array",
        "Invalid '{where}': empty array. Expected an array with minimum length {limit}, but got an empty array "
        "instead.",
        "openai-refusals A8",
        _OLD,
    ),
    "array_below_min_length": Family(
        "too-short",
        "array_below_min_length",
        "Invalid '{where}': array too short. Expected an array with minimum length {limit}, but got an array with "
        "length {size} instead.",
        "by analogy with openai-refusals B16",
        _OLD,
    ),
    "array_above_max_length": Family(
        "too-long",
        "array_above_max_length",
        "Invalid '{where}': array too long. Expected an array with maximum length {limit}, but got an array with "
        "length {size} instead.",
        "openai-refusals B16",
        _OLD,
    ),
    "empty_string": Family(
        "empty",
        "empty_string",
        "Invalid '{where}': empty string. Expected a string with minimum length {limit}, but got an empty string "
        "instead.",
        "openai-refusals A37",
        _OLD,
    ),
    "string_below_min_length": Family(
        "too-short",
        "string_below_min_length",
        "Invalid '{where}': string too short. Expected a string with minimum length {limit}, but got a string with "
        "length {size} instead.",
        "by analogy with openai-refusals B17",
        _OLD,
    ),
    "string_above_max_length": Family(
        "too-long",
        "string_above_max_length",
        "Invalid '{where}': string too long. Expected a string with maximum length {limit}, but got a string with "
        "length {size} instead.",
        "openai-refusals B17",
        _OLD,
    ),
    "pattern": Family(
        "pattern",
        "invalid_value",
        "Invalid '{where}': string does not match pattern. Expected a string that matches the pattern '{expected}'.",
        "openai-refusals B14, B15",
        "'{value}' does not match '{expected}' - '{old}'",
    ),
    "object_above_max_properties": Family(
        "too-long",
        "object_above_max_properties",
        "Invalid '{where}': too many properties. Expected an object with at most {limit} properties, but got an object "
        "with {size} properties instead.",
        "BerriAI/litellm#4257; its code measured with openai-refusals E1 to E32",
    ),
    "property_name_above_max_length": Family(
        "too-long",
        "property_name_above_max_length",
        "Invalid property name in '{where}': '{short}' is too long. Expected a string with maximum length {limit}, but "
        "got a string with length {size} instead.",
        "measured with openai-refusals E1 to E32",
    ),
}
"""Every sentence about a single place of a body."""

GOT = {
    "string": "a string",
    "integer": "an integer",
    "decimal": "a decimal number",
    "boolean": "a boolean",
    "null": "null",
    "array": "an array",
    "object": "an object",
    "file": "a file",
}
"""What was there instead, by kind of value."""

BODY = "We could not parse the JSON body of your request. The OpenAI API expects a JSON object."


def findings(shape: Shape, value: Any, path: Path = (), *, wording: Wording = "openai") -> Iterator[Finding]:
    """What is wrong with a value, lazily and in OpenAI's order.

    Args:
        shape: what it may be.
        value: any JSON value.
        path: where it is; empty for the body.
        wording: in which words.
    """
    return (said(fault, wording) for fault in shape.faults(value, path))


def said(fault: Fault, wording: Wording = "openai") -> Finding:
    """A fault in OpenAI's words."""
    family = FAMILIES[fault.family]
    if not fault.path:
        return Finding(family.rule, Refusal(message=BODY))
    words = _Words(fault)
    if wording == "pydantic" and (told := as_pydantic(fault)):
        return Finding(family.rule, told)
    if wording == "legacy" and family.legacy:
        return Finding(family.rule, Refusal(message=family.legacy.format_map(words)))
    param = spelled(fault.path if fault.blame is None else fault.blame)
    return Finding(family.rule, Refusal(message=family.sentence.format_map(words), param=param, code=family.code))


class _Words(dict[str, str]):
    """The blanks of a sentence, filled in when they're asked for."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def __missing__(self, key: str) -> str:
        return _BLANKS[key](self._fault)


_BLANKS: dict[str, Callable[[Fault], str]] = {
    "where": lambda fault: spelled(fault.path),
    "old": lambda fault: ".".join(str(step) for step in fault.path),
    "name": lambda fault: str(fault.path[-1]),
    "value": lambda fault: shown(fault.value),
    "short": lambda fault: elided(str(fault.value)),
    "expected": lambda fault: fault.expected,
    "choices": lambda fault: fault.expected.replace(" and ", " ").replace("' '", "', '"),
    "got": lambda fault: GOT[kind(fault.value)],
    "limit": lambda fault: f"{fault.limit:g}" if type(fault.limit) is float else str(fault.limit),
    "size": lambda fault: str(fault.size),
}


def spelled(path: Path) -> str:
    """A path as OpenAI spells it: "messages[0].content[1].type"."""
    steps = (f"[{step}]" if type(step) is int else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def shown(value: Any) -> str:
    """A value as a sentence shows it.  An integer too long for Python to print is shown by its first digits."""
    if type(value) is int and value.bit_length() > _LONGEST_INTEGER:
        return "-inf" if value < 0 else "inf"
    return _JSON.get(value, str(value)) if type(value) in _SINGLE else str(value)


_JSON = {True: "true", False: "false", None: "null"}
_SINGLE = (bool, type(None))


_LONGEST_INTEGER = 4096
"""Bits: Python refuses to print integers of more than 4,300 digits."""

_LONGEST_NAME = 64


def elided(name: str) -> str:
    """A property name as OpenAI shortens it: "kkk...kkk" (measured with openai-refusals E1 to E32)."""
    return f"{name[:3]}...{name[-3:]}" if len(name) > _LONGEST_NAME else name
