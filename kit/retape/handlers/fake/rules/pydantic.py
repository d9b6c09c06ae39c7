"""The audio endpoints' wording: a validator's list of errors, as Python prints it (openai-refusals A48)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.faults import Fault

_Said = tuple[str, str, dict[str, Any]]
"""pydantic's type of the error, its message, and what it adds as `ctx`."""


def _listed(fault: Fault) -> str:
    """The values as pydantic lists them: "'a', 'b' or 'c'"."""
    return fault.expected.replace(", and ", " or ").replace(" and ", " or ")


_TYPES: dict[str, tuple[str, str]] = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
    "decimal": ("float_parsing", "Input should be a valid number, unable to parse string as a number"),
    "boolean": ("bool_parsing", "Input should be a valid boolean, unable to interpret input"),
    "file": ("value_error", "Value error, Expected UploadFile, received: <class 'str'>"),
}


def _type(fault: Fault) -> _Said:
    noun = fault.expected.rpartition(" ")[2]
    return (*_TYPES.get(noun, ("list_type", "Input should be a valid list")), {})


_SAYS: dict[str, Callable[[Fault], _Said]] = {
    "missing_required_parameter": lambda fault: ("missing", "Field required", {}),
    "unknown_parameter": lambda fault: ("extra_forbidden", "Extra inputs are not permitted", {}),
    "invalid_type": _type,
    "invalid_value": lambda fault: ("enum", f"Input should be {_listed(fault)}", {"expected": _listed(fault)}),
    "only_value": lambda fault: ("enum", f"Input should be {_listed(fault)}", {"expected": _listed(fault)}),
    "decimal_above_max_value": lambda fault: (
        "less_than_equal",
        f"Input should be less than or equal to {fault.limit}",
        {"le": float(fault.limit)},
    ),
    "decimal_below_min_value": lambda fault: (
        "greater_than_equal",
        f"Input should be greater than or equal to {fault.limit}",
        {"ge": float(fault.limit)},
    ),
    "string_above_max_length": lambda fault: (
        "string_too_long",
        f"String should have at most {fault.limit} characters",
        {"max_length": fault.limit},
    ),
    "empty_string": lambda fault: ("string_too_short", "String should have at least 1 character", {"min_length": 1}),
    "array_above_max_length": lambda fault: (
        "too_long",
        f"List should have at most {fault.limit} items after validation, not {fault.size}",
        {"field_type": "List", "max_length": fault.limit, "actual_length": fault.size},
    ),
}
"""A family of faults -> how pydantic says it."""


def listed(fault: Fault) -> Refusal | None:
    """A fault as the list of one error; None when pydantic has no words for it."""
    says = _SAYS.get(fault.family)
    if says is None:
        return None
    kind, message, context = says(fault)
    error: dict[str, Any] = {"type": kind, "loc": ("body", *fault.path), "msg": message}
    return Refusal(message=str([error | ({"ctx": context} if context else {})]))
