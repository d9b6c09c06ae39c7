"""Does what a model wrote conform to the schema that was asked for?"""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.schema.metaschema import unusable
from retape.handlers.fake.schema.valid import failure
from retape.verify.evidence import UNREADABLE, read_json
from retape.verify.words import at


def departure(text: str, schema: Any) -> str | None:
    """Where a JSON text first departs from a schema, in a sentence; None when it doesn't, or the schema is none.

    Args:
        text: what came.
        schema: a JSON schema, as it was asked for.
    """
    value, problem = read_json(text)
    if value is UNREADABLE:
        return f"is no JSON ({problem})"
    if not isinstance(schema, dict) or unusable(schema) is not None:
        return None
    wrong = failure(value, schema)
    return f"doesn't conform to the schema: {at(*wrong.path)} {wrong.reason}" if wrong else None
