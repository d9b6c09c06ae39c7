"""That a schema has no instance."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.schema.kinds import Path


class Impossible(Exception):
    """Nothing validates under a schema, or nothing was found that does.

    Attributes:
        reason: why, in words of our own.
        path: where in the instance.
        schema: the whole schema, once it is known.
        tail: what OpenAI says then, after the name of the function or format: see `strict.Problem.tail`.
    """

    tail = ". Please ensure it is a valid JSON Schema."

    def __init__(self, reason: str, path: Path = ()) -> None:
        self.reason, self.path = reason, path
        self.schema: Any = None
        super().__init__(f"no instance of the schema: {reason} (at {'/'.join(map(str, path)) or 'its top'})")
