"""What a turn's expectations are held against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from retape.verify.cases.answers import Answer, Choice
from retape.verify.cases.client import Refusal

MODEL = "$model"
"""Stands for the model's name in a case, where the client's method takes none."""


@dataclass(frozen=True, kw_only=True)  # no slots: what the text says as JSON is worked out once
class Seen:
    """One turn, done.

    Args:
        came: the answer, or the refusal.
        sent: the arguments that it was asked with.
        model: the model's name, sent or not.
        before: the answers of earlier turns, the last one last.
        stream: whether it streamed.
    """

    came: Answer | Refusal
    sent: Mapping[str, Any]
    model: str = ""
    before: tuple[Answer, ...] = ()
    stream: bool = False

    @property
    def answer(self) -> Answer:
        """The answer; an empty one for a refusal."""
        return self.came if isinstance(self.came, Answer) else Answer()

    @property
    def first(self) -> Choice:
        """The answer's first choice."""
        return self.answer.first

    @property
    def text(self) -> str:
        """What the model said."""
        return self.first.text

    @cached_property
    def json(self) -> Any:
        """What the model said, as JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.text)

    @property
    def cut(self) -> bool:
        """Whether the answer hit a limit, so that what it lacks says nothing."""
        return self.first.finish == "length" or self.answer.value.get("status") == "incomplete"

    @property
    def limit(self) -> int | None:
        """How many tokens were allowed."""
        names = ("max_tokens", "max_completion_tokens", "max_output_tokens")
        return next((self.sent[name] for name in names if name in self.sent), None)

    @property
    def schema(self) -> Any:
        """The JSON Schema that the answer has to validate against; None for none."""
        chat = (self.sent.get("response_format") or {}).get("json_schema")
        return (chat or (self.sent.get("text") or {}).get("format") or {}).get("schema")

    def parameters(self, tool: str) -> Any:
        """The JSON Schema of a tool's arguments; None for an unknown tool."""
        return next((inner.get("parameters") or {} for inner in self._functions() if inner.get("name") == tool), None)

    @property
    def tools(self) -> list[str]:
        """The names of the tools that were offered."""
        return [str(inner.get("name")) for inner in self._functions()]

    def _functions(self) -> Iterator[Mapping[str, Any]]:
        for row in self.sent.get("tools") or ():
            inner = row.get("function") or row.get("custom") or row
            if isinstance(inner, Mapping) and inner.get("name"):
                yield inner
